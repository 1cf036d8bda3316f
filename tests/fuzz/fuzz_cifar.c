// SPDX-License-Identifier: Apache-2.0
// Input: a file of either kind; once more as two files.
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct ridge_cifar_format *const formats[] = {&ridge_cifar10, &ridge_cifar100};
    const struct ridge_source whole = {.name = "input", .data = data, .size = size};
    struct ridge_source parts[2];
    fuzz_split(data, size, &parts[0], &parts[1]);
    for (int i = 0; i < 2; i++) {
        ridge_dataset *set = NULL;
        ridge_status status = ridge_cifar_parse(formats[i], &whole, 1, &set);
        fuzz_check(status, &set);
        status = ridge_cifar_parse(formats[i], parts, 2, &set);
        fuzz_check(status, &set);
    }
    return 0;
}
