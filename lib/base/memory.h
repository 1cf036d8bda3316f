// SPDX-License-Identifier: Apache-2.0
// Checked host allocation: zeroed, overflow-safe, and with a message when it fails.
#ifndef RIDGE_BASE_MEMORY_H
#define RIDGE_BASE_MEMORY_H

#include <ridge/base.h>

// `count` elements of `size` bytes, zeroed. NULL with a message (RIDGE_ERROR_MEMORY) on failure;
// never NULL for a count of zero. Released with free().
void *ridge_allocate(size_t count, size_t size);

// Grows `*items` (capacity `*capacity`, in elements of `size` bytes) to hold at least `needed`.
// New elements are zeroed. On failure `*items` is as it was.
ridge_status ridge_grow(void *items, size_t *capacity, size_t needed, size_t size);

// A copy of `text`, NULL with a message on failure. NULL gives a copy of "".
char *ridge_duplicate(const char *text);

// A string that grows. Zero-initialise it; release with free(text.data). After a failed append
// `failed` stays set, so that one check at the end is enough. `data` is NULL until the first
// append.
struct ridge_text {
    char *data;
    size_t length, capacity;
    bool failed;
};

void ridge_text_append(struct ridge_text *text, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

// Appends one more name of a list, behind a comma.
void ridge_text_list(struct ridge_text *text, const char *name);

#endif
