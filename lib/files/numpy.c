// SPDX-License-Identifier: Apache-2.0
// NPY: a magic string, a version, and a header that is a Python dictionary of three entries.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#include "files/numpy.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

#define MAGIC "\x93NUMPY"
#define MAGIC_SIZE 6
#define ALIGNMENT 64 // of the data in the file, as NumPy writes it

static const struct {
    const char *name;
    size_t size;
} types[] = {
    [RIDGE_NPY_FLOAT32] = {"<f4", 4}, [RIDGE_NPY_FLOAT64] = {"<f8", 8},
    [RIDGE_NPY_UINT8] = {"|u1", 1},   [RIDGE_NPY_INT32] = {"<i4", 4},
    [RIDGE_NPY_INT64] = {"<i8", 8},
};

// Reads the dictionary; `at` stays inside [start, end).
struct header {
    const char *name; // of the file
    const char *start, *at, *end;
    bool has_type, has_order, has_shape;
    bool fortran_order;
};

const char *ridge_npy_type_name(enum ridge_npy_type type)
{
    return types[type].name;
}

static ridge_status fail_header(const struct header *header, const char *expected)
{
    return ridge_fail(RIDGE_ERROR_FORMAT, "%s: NPY header, character %zu: expected %s",
                      header->name, (size_t)(header->at - header->start), expected);
}

static void skip_spaces(struct header *header)
{
    while (header->at < header->end && strchr(" \t\r\n", *header->at) && *header->at)
        header->at++;
}

// Moves past `character` if it comes next.
static bool accept(struct header *header, char character)
{
    skip_spaces(header);
    if (header->at == header->end || *header->at != character)
        return false;
    header->at++;
    return true;
}

static bool accept_word(struct header *header, const char *word)
{
    size_t length = strlen(word);
    skip_spaces(header);
    if ((size_t)(header->end - header->at) < length || memcmp(header->at, word, length) != 0)
        return false;
    header->at += length;
    return true;
}

// A string between single or double quotes, without escapes.
static ridge_status parse_string(struct header *header, const char **text, size_t *length)
{
    skip_spaces(header);
    char quote = header->at < header->end ? *header->at : 0;
    if (quote != '\'' && quote != '"')
        return fail_header(header, "a string");
    const char *close = memchr(header->at + 1, quote, (size_t)(header->end - header->at - 1));
    if (!close)
        return fail_header(header, "a closed string");
    *text = header->at + 1;
    *length = (size_t)(close - *text);
    header->at = close + 1;
    return RIDGE_OK;
}

static ridge_status parse_type(struct header *header, struct ridge_npy *array)
{
    const char *text;
    size_t length;
    if (accept(header, '['))
        return ridge_fail(RIDGE_ERROR_UNSUPPORTED,
                          "%s: expected an array of plain numbers, got a structured type",
                          header->name);
    RIDGE_TRY(parse_string(header, &text, &length));
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strlen(types[i].name) == length && memcmp(types[i].name, text, length) == 0) {
            array->type = (enum ridge_npy_type)i;
            header->has_type = true;
            return RIDGE_OK;
        }
    }
    return ridge_fail(RIDGE_ERROR_UNSUPPORTED,
                      "%s: expected elements of type <f4, <f8, |u1, <i4 or <i8, got %.*s",
                      header->name, length < 20 ? (int)length : 20, text);
}

static ridge_status parse_order(struct header *header)
{
    header->fortran_order = accept_word(header, "True");
    if (!header->fortran_order && !accept_word(header, "False"))
        return fail_header(header, "True or False");
    header->has_order = true;
    return RIDGE_OK;
}

static ridge_status parse_size(struct header *header, size_t *size)
{
    skip_spaces(header);
    const char *first = header->at;
    for (*size = 0; header->at < header->end; header->at++) {
        if (*header->at < '0' || *header->at > '9')
            break;
        size_t digit = (size_t)(*header->at - '0');
        if (*size > (SIZE_MAX - digit) / 10)
            return fail_header(header, "a size that memory can hold");
        *size = *size * 10 + digit;
    }
    return header->at == first ? fail_header(header, "a size") : RIDGE_OK;
}

static ridge_status parse_shape(struct header *header, struct ridge_npy *array)
{
    if (!accept(header, '('))
        return fail_header(header, "a shape in parentheses");
    bool comma = true;
    while (!accept(header, ')')) {
        if (!comma)
            return fail_header(header, "a comma or a parenthesis");
        if (array->rank == RIDGE_NPY_MAX_RANK)
            return ridge_fail(RIDGE_ERROR_UNSUPPORTED, "%s: expected at most %d dimensions",
                              header->name, RIDGE_NPY_MAX_RANK);
        RIDGE_TRY(parse_size(header, &array->shape[array->rank++]));
        comma = accept(header, ',');
    }
    header->has_shape = true;
    return RIDGE_OK;
}

static ridge_status parse_entry(struct header *header, struct ridge_npy *array)
{
    const char *key;
    size_t length;
    RIDGE_TRY(parse_string(header, &key, &length));
    if (!accept(header, ':'))
        return fail_header(header, "a colon");
    if (length == 5 && memcmp(key, "descr", 5) == 0 && !header->has_type)
        return parse_type(header, array);
    if (length == 13 && memcmp(key, "fortran_order", 13) == 0 && !header->has_order)
        return parse_order(header);
    if (length == 5 && memcmp(key, "shape", 5) == 0 && !header->has_shape)
        return parse_shape(header, array);
    return fail_header(header, "the keys descr, fortran_order and shape, once each, before this");
}

static ridge_status parse_dictionary(struct header *header, struct ridge_npy *array)
{
    if (!accept(header, '{'))
        return fail_header(header, "a dictionary");
    bool comma = true;
    while (!accept(header, '}')) {
        if (!comma)
            return fail_header(header, "a comma or a brace");
        RIDGE_TRY(parse_entry(header, array));
        comma = accept(header, ',');
    }
    skip_spaces(header);
    if (header->at != header->end)
        return fail_header(header, "nothing behind the dictionary");
    if (!header->has_type || !header->has_order || !header->has_shape)
        return fail_header(header, "the keys descr, fortran_order and shape before this");
    return RIDGE_OK;
}

// The sizes must fit what the file holds exactly. Comparing by division keeps lying headers from
// overflowing the product.
static ridge_status check_size(const char *name, struct ridge_npy *array, size_t held)
{
    size_t size = types[array->type].size;
    array->count = 1;
    for (unsigned d = 0; d < array->rank; d++) {
        if (!array->shape[d])
            return ridge_fail(RIDGE_ERROR_FORMAT, "%s: dimension %u is 0", name, d);
        if (array->count > held / size / array->shape[d])
            return ridge_fail(RIDGE_ERROR_FORMAT,
                              "%s: truncated: the header announces more than the %zu bytes that "
                              "follow it",
                              name, held);
        array->count *= array->shape[d];
    }
    if (array->count * size != held)
        return ridge_fail(RIDGE_ERROR_FORMAT,
                          "%s: the header announces %zu bytes of data, %zu follow it", name,
                          array->count * size, held);
    return RIDGE_OK;
}

ridge_status ridge_npy_parse(const char *name, const unsigned char *bytes, size_t size,
                             struct ridge_npy *array)
{
    *array = (struct ridge_npy){0};
    if (size < MAGIC_SIZE + 4 || memcmp(bytes, MAGIC, MAGIC_SIZE) != 0)
        return ridge_fail(RIDGE_ERROR_FORMAT, "%s: not an NPY file (%zu bytes)", name, size);
    unsigned version = bytes[MAGIC_SIZE];
    if (version < 1 || version > 3)
        return ridge_fail(RIDGE_ERROR_UNSUPPORTED, "%s: expected NPY version 1 to 3, got %u", name,
                          version);
    // Version 1 has two bytes of header length, the later ones four.
    unsigned width = version == 1 ? 2 : 4;
    size_t offset = MAGIC_SIZE + 2 + width;
    size_t length = size < offset ? SIZE_MAX : (size_t)ridge_load_le(bytes + MAGIC_SIZE + 2, width);
    if (size < offset || length > size - offset)
        return ridge_fail(RIDGE_ERROR_FORMAT, "%s: truncated in the NPY header (%zu bytes)", name,
                          size);
    const char *text = (const char *)bytes + offset;
    struct header header = {.name = name, .start = text, .at = text, .end = text + length};
    RIDGE_TRY(parse_dictionary(&header, array));
    if (header.fortran_order)
        return ridge_fail(RIDGE_ERROR_UNSUPPORTED,
                          "%s: the array is in Fortran order; save numpy.ascontiguousarray(a)",
                          name);
    array->data = bytes + offset + length;
    return check_size(name, array, size - offset - length);
}

static const char *type_name(ridge_type type)
{
    static const char *const names[] = {[RIDGE_FLOAT32] = "<f4",
                                        [RIDGE_UINT8] = "|u1",
                                        [RIDGE_INT32] = "<i4",
                                        [RIDGE_UINT32] = "<u4"};
    return names[type];
}

// Everything before the data: version 1, padded with spaces so that the data is aligned.
static void append_header(struct ridge_text *text, ridge_type type, unsigned rank,
                          const size_t *shape)
{
    ridge_text_append(text, "{'descr': '%s', 'fortran_order': False, 'shape': (", type_name(type));
    for (unsigned d = 0; d < rank; d++)
        ridge_text_append(text, "%zu%s", shape[d], d + 1 < rank ? ", " : rank == 1 ? "," : "");
    ridge_text_append(text, "), }");
    size_t before = MAGIC_SIZE + 4 + text->length + 1;
    size_t padding = (ALIGNMENT - before % ALIGNMENT) % ALIGNMENT;
    ridge_text_append(text, "%*s\n", (int)padding, "");
}

ridge_status ridge_npy_write(const char *path, ridge_type type, unsigned rank, const size_t *shape,
                             const void *data)
{
    struct ridge_text text = {0};
    append_header(&text, type, rank, shape);
    if (text.failed) {
        free(text.data);
        return RIDGE_ERROR_MEMORY;
    }
    unsigned char start[MAGIC_SIZE + 4] = MAGIC "\x01";
    ridge_store_le(start + MAGIC_SIZE + 2, 2, text.length);
    size_t size = ridge_type_size(type);
    for (unsigned d = 0; d < rank; d++)
        size *= shape[d];

    struct ridge_file_writer writer = {0};
    ridge_status status = ridge_file_open(&writer, path);
    if (status == RIDGE_OK) {
        status = ridge_file_append(&writer, start, sizeof(start));
        if (status == RIDGE_OK)
            status = ridge_file_append(&writer, text.data, text.length);
        if (status == RIDGE_OK)
            status = ridge_file_append(&writer, data, size);
        if (status == RIDGE_OK)
            status = ridge_file_commit(&writer);
        else
            ridge_file_discard(&writer);
    }
    free(text.data);
    return status;
}
