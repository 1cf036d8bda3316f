// SPDX-License-Identifier: Apache-2.0
// Input: a CSV of paths and labels, read with several choices of the label's column.
#include <string.h>

#include "data/labelled_files.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const labels[] = {NULL, "none", "0", "b"};
    const struct ridge_source source = {.name = "folder/input", .data = data, .size = size};
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        struct ridge_labelled_files list;
        const ridge_read_params params = {.label = labels[i]};
        ridge_status status = ridge_labelled_files_parse(&source, &params, &list);
        fuzz_require((status == RIDGE_OK) == (list.files != NULL));
        fuzz_require(!status || ridge_error()[0] != 0);
        for (size_t j = 0; j < list.count; j++) {
            fuzz_touch(list.files[j].path, strlen(list.files[j].path));
            fuzz_require(list.files[j].label >= 0);
            fuzz_require(!list.classes || (size_t)list.files[j].label < list.class_count);
        }
        for (size_t j = 0; j < list.class_count; j++)
            fuzz_touch(list.classes[j], strlen(list.classes[j]));
        ridge_labelled_files_free(&list);
    }
    return 0;
}
