// SPDX-License-Identifier: Apache-2.0
// Input: a file of features; once more as two files, features and targets.
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct ridge_source whole = {.name = "input", .data = data, .size = size};
    struct ridge_source features, targets;
    ridge_dataset *set = NULL;
    ridge_status status = ridge_npy_parse_dataset(&whole, NULL, &set);
    fuzz_check(status, &set);
    fuzz_split(data, size, &features, &targets);
    status = ridge_npy_parse_dataset(&features, &targets, &set);
    fuzz_check(status, &set);
    return 0;
}
