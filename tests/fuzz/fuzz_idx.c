// SPDX-License-Identifier: Apache-2.0
// Input: a file of images; once more as two files, images and labels.
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct ridge_source whole = {.name = "input", .data = data, .size = size};
    struct ridge_source images, labels;
    ridge_dataset *set = NULL;
    ridge_status status = ridge_idx_parse(&whole, NULL, &set);
    fuzz_check(status, &set);
    fuzz_split(data, size, &images, &labels);
    status = ridge_idx_parse(&images, &labels, &set);
    fuzz_check(status, &set);
    return 0;
}
