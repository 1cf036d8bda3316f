// SPDX-License-Identifier: Apache-2.0
// Input: a WAV or FLAC file, decoded as it is, its beginning, and at other rates. Lengths are
// given, since FLAC packs any length of silence into a few bytes.
#include <math.h>
#include <stdlib.h>

#include "data/sound.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct ridge_sound_wish wishes[] = {
        {.seconds = 0.5f}, {.seconds = 0.001f, .rate = 8000}, {.seconds = 0.01f, .rate = 44100}};
    const struct ridge_source source = {.name = "input", .data = data, .size = size};
    for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
        struct ridge_sound sound;
        ridge_status status = ridge_sound_decode(&source, &wishes[i], &sound);
        fuzz_require((status == RIDGE_OK) == (sound.samples != NULL));
        fuzz_require(!status || ridge_error()[0] != 0);
        if (status)
            continue;
        fuzz_require(sound.count > 0 && sound.rate > 0);
        fuzz_require(!wishes[i].rate || wishes[i].rate == sound.rate);
        for (size_t j = 0; j < sound.count; j++)
            fuzz_require(isfinite(sound.samples[j]));
        free(sound.samples);
    }
    return 0;
}
