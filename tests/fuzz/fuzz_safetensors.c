// SPDX-License-Identifier: Apache-2.0
// Input: a safetensors file.
#include "files/safetensors.h"

#include <string.h>

#include "fuzz.h"

static void check_tensor(const struct ridge_safetensors *file,
                         const struct ridge_safetensor *tensor)
{
    size_t size = ridge_type_size(tensor->type);
    fuzz_require(size > 0 && tensor->rank <= RIDGE_MAX_RANK);
    for (unsigned d = 0; d < tensor->rank; d++)
        size *= tensor->shape[d];
    fuzz_require(size == tensor->size);
    fuzz_require(ridge_safetensors_find(file, tensor->name) == tensor);
    fuzz_touch(tensor->data, tensor->size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ridge_safetensors file;
    if (ridge_safetensors_parse("input", data, size, &file)) {
        fuzz_require(!file.tensors && !file.metadata && !file.json);
        fuzz_require(ridge_error()[0] != 0);
        return 0;
    }
    size_t total = 0;
    for (size_t i = 0; i < file.count; i++) {
        check_tensor(&file, &file.tensors[i]);
        total += file.tensors[i].size;
    }
    fuzz_require(total <= size);
    for (size_t i = 0; i < file.metadata_count; i++) {
        const struct ridge_metadata *entry = &file.metadata[i];
        fuzz_require(ridge_safetensors_metadata(&file, entry->key) == entry->value);
        fuzz_touch(entry->value, strlen(entry->value));
    }
    ridge_safetensors_free(&file);
    return 0;
}
