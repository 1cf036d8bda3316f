// SPDX-License-Identifier: Apache-2.0
// safetensors: named arrays and strings in one file, which Python reads with the package of that
// name. Models, checkpoints and test values are kept in it.
#ifndef RIDGE_FILES_SAFETENSORS_H
#define RIDGE_FILES_SAFETENSORS_H

#include <ridge/tensor.h>

struct ridge_safetensor {
    const char *name; // not "__metadata__"
    ridge_type type;
    unsigned rank;
    size_t shape[RIDGE_MAX_RANK];
    const void *data; // dense; after reading at any alignment, so copy it out
    size_t size;      // of the data in bytes; set by reading
};

struct ridge_metadata {
    const char *key, *value;
};

// The content of a file; all pointers in it live until ridge_safetensors_free.
struct ridge_safetensors {
    struct ridge_safetensor *tensors; // in the order of the header
    size_t count;
    struct ridge_metadata *metadata;
    size_t metadata_count;
    unsigned char *bytes; // the file, where it was read from one
    void *json;           // owns names, keys and values
};

// Writes tensors and metadata; `path` keeps its earlier content on failure. Names, and keys, must
// differ among themselves. Errors: RIDGE_ERROR_FILE, RIDGE_ERROR_MEMORY.
ridge_status ridge_safetensors_write(const char *path, const struct ridge_safetensor *tensors,
                                     size_t count, const struct ridge_metadata *metadata,
                                     size_t metadata_count);

// Reads a whole file and checks all of its header. Errors: RIDGE_ERROR_FILE; RIDGE_ERROR_FORMAT
// with the name of the tensor; RIDGE_ERROR_UNSUPPORTED for element types other than F32, U8, I32
// and U32 and for ranks above RIDGE_MAX_RANK. Nothing to free after a failure.
ridge_status ridge_safetensors_read(const char *path, struct ridge_safetensors *file);

// The same from memory, which must outlive `file`. `name` is the file's name in messages.
ridge_status ridge_safetensors_parse(const char *name, const unsigned char *bytes, size_t size,
                                     struct ridge_safetensors *file);

// NULL where there is none of that name or key.
const struct ridge_safetensor *ridge_safetensors_find(const struct ridge_safetensors *file,
                                                      const char *name);
const char *ridge_safetensors_metadata(const struct ridge_safetensors *file, const char *key);

void ridge_safetensors_free(struct ridge_safetensors *file);

#endif
