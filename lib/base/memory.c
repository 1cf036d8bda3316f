// SPDX-License-Identifier: Apache-2.0
// Checked host allocation.
#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

void *ridge_allocate(size_t count, size_t size)
{
    // calloc checks the product; a count of zero must still give a pointer.
    void *data = calloc(count ? count : 1, size ? size : 1);
    if (!data)
        ridge_error_set("host memory: %zu elements of %zu bytes refused", count, size);
    return data;
}

ridge_status ridge_grow(void *items, size_t *capacity, size_t needed, size_t size)
{
    if (needed <= *capacity)
        return RIDGE_OK;
    size_t grown = *capacity < 8 ? 8 : *capacity * 2;
    if (grown < needed)
        grown = needed;
    // Copied, since `items` points to a pointer of some other type than void *.
    void *old;
    memcpy(&old, items, sizeof(old));
    void *data = grown > SIZE_MAX / size ? NULL : realloc(old, grown * size);
    if (!data)
        return ridge_fail(RIDGE_ERROR_MEMORY, "host memory: %zu elements of %zu bytes refused",
                          grown, size);
    memset((char *)data + *capacity * size, 0, (grown - *capacity) * size);
    memcpy(items, &data, sizeof(data));
    *capacity = grown;
    return RIDGE_OK;
}

char *ridge_duplicate(const char *text)
{
    size_t length = text ? strlen(text) : 0;
    char *copy = ridge_allocate(length + 1, 1);
    if (copy && length)
        memcpy(copy, text, length);
    return copy;
}

void ridge_text_append(struct ridge_text *text, const char *format, ...)
{
    if (text->failed)
        return;
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int added = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (added < 0 ||
        ridge_grow(&text->data, &text->capacity, text->length + (size_t)added + 1, 1)) {
        text->failed = true;
    } else {
        vsnprintf(text->data + text->length, (size_t)added + 1, format, again);
        text->length += (size_t)added;
    }
    va_end(again);
}

void ridge_text_list(struct ridge_text *text, const char *name)
{
    ridge_text_append(text, "%s%s", text->length ? ", " : "", name);
}
