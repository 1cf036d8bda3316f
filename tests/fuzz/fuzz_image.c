// SPDX-License-Identifier: Apache-2.0
// Input: a picture, decoded to several sizes by one decoder, as a thread would, under a limit of
// pixels. It must not matter what the decoder has seen before.
#include "data/image.h"

#include <string.h>

#include "fuzz.h"

#define MOST_PIXELS 65536
#define ROOM ((size_t)3 * 41 * 40)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct ridge_image_shape wanted[] = {{3, 41, 40}, {1, 1, 1}, {3, 5, 23}};
    static struct ridge_image_decoder used = {.most_pixels = MOST_PIXELS};
    const struct ridge_source source = {.name = "input", .data = data, .size = size};
    unsigned char planes[2][ROOM];
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        struct ridge_image_decoder fresh = {.most_pixels = MOST_PIXELS};
        struct ridge_image_shape found;
        ridge_status status = ridge_image_decode(&used, &source, &wanted[i], planes[0]);
        ridge_status again = ridge_image_decode(&fresh, &source, &wanted[i], planes[1]);
        fuzz_require(status == again && (!status || ridge_error()[0] != 0));
        size_t count = wanted[i].channels * wanted[i].height * wanted[i].width;
        fuzz_require(status || memcmp(planes[0], planes[1], count) == 0);
        fuzz_require(status || ridge_image_size(&fresh, &source, &found) == RIDGE_OK);
        fuzz_require(status || found.height * found.width <= MOST_PIXELS);
        ridge_image_decoder_clear(&fresh);
    }
    return 0;
}
