// SPDX-License-Identifier: Apache-2.0
// Input: a CSV file, read with several choices of the target.
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const ridge_read_params params[] = {{.label_kind = 0},
                                               {.label = "none"},
                                               {.label = "0", .label_kind = 1},
                                               {.label = "b", .label_kind = 2}};
    const struct ridge_source source = {.name = "input", .data = data, .size = size};
    for (size_t i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
        ridge_dataset *set = NULL;
        ridge_status status = ridge_csv_parse(&source, &params[i], &set);
        fuzz_check(status, &set);
    }
    return 0;
}
