// SPDX-License-Identifier: Apache-2.0
// Input: a gzip file, unpacked under a limit.
#include <stdlib.h>

#include "fuzz.h"

#define LIMIT ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct ridge_source packed = {.name = "input", .data = data, .size = size};
    unsigned char *unpacked = NULL;
    size_t unpacked_size = 0;
    ridge_status status = ridge_gunzip(&packed, LIMIT, &unpacked, &unpacked_size);
    fuzz_require((status == RIDGE_OK) == (unpacked != NULL));
    fuzz_require(unpacked_size <= LIMIT);
    fuzz_touch(unpacked, unpacked_size);
    free(unpacked);
    return 0;
}
