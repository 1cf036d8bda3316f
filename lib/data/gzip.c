// SPDX-License-Identifier: Apache-2.0
// Transparent gzip: data sets are distributed packed, and zlib checks what it unpacks.
#include "data/gzip.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/size.h"

#define ROOM 65536             // free bytes behind the output before each step
#define STEP ((size_t)1 << 30) // zlib counts in unsigned int
#define GZIP_ONLY (15 + 16)    // window bits of inflateInit2: the largest window, gzip header

struct unpacked {
    unsigned char *data;
    size_t size, capacity;
};

static bool is_gzip(const unsigned char *data, size_t size)
{
    return size >= 2 && data[0] == 0x1f && data[1] == 0x8b;
}

// One call of inflate: feeds what is left of the input and appends what comes out.
static ridge_status inflate_step(z_stream *stream, const struct ridge_source *packed, size_t limit,
                                 struct unpacked *out, int *result)
{
    size_t used = (size_t)(stream->next_in - packed->data);
    RIDGE_TRY(ridge_grow(&out->data, &out->capacity, out->size + ROOM, 1));
    size_t room = ridge_smaller(out->capacity - out->size, limit - out->size + 1);
    stream->avail_in = (uInt)ridge_smaller(packed->size - used, STEP);
    stream->avail_out = (uInt)ridge_smaller(room, STEP);
    stream->next_out = out->data + out->size;
    *result = inflate(stream, Z_NO_FLUSH);
    out->size = (size_t)(stream->next_out - out->data);

    used = (size_t)(stream->next_in - packed->data);
    if (out->size > limit)
        return ridge_fail(RIDGE_ERROR_FORMAT,
                          "%s: unpacks to more than %zu bytes; unpack it with gunzip first",
                          packed->name, limit);
    if (*result == Z_MEM_ERROR)
        return ridge_fail(RIDGE_ERROR_MEMORY, "%s: host memory refused to zlib", packed->name);
    if (*result == Z_BUF_ERROR)
        return ridge_fail(RIDGE_ERROR_FORMAT, "%s: truncated gzip file (%zu bytes)", packed->name,
                          packed->size);
    if (*result != Z_OK && *result != Z_STREAM_END)
        return ridge_fail(RIDGE_ERROR_FORMAT, "%s: damaged gzip file at byte %zu: %s", packed->name,
                          used, stream->msg ? stream->msg : "not gzip");
    return RIDGE_OK;
}

// Zeros behind the last member are padding, as gzip(1) has it.
static bool only_zeros(const unsigned char *data, size_t size)
{
    while (size && data[size - 1] == 0)
        size--;
    return size == 0;
}

static ridge_status inflate_members(z_stream *stream, const struct ridge_source *packed,
                                    size_t limit, struct unpacked *out)
{
    for (;;) {
        int result = Z_OK;
        while (result != Z_STREAM_END)
            RIDGE_TRY(inflate_step(stream, packed, limit, out, &result));
        size_t used = (size_t)(stream->next_in - packed->data);
        if (only_zeros(stream->next_in, packed->size - used))
            return RIDGE_OK;
        inflateReset(stream);
    }
}

ridge_status ridge_gunzip(const struct ridge_source *packed, size_t limit, unsigned char **data,
                          size_t *size)
{
    struct unpacked out = {0};
    z_stream stream = {.next_in = (Bytef *)packed->data};
    if (inflateInit2(&stream, GZIP_ONLY) != Z_OK)
        return ridge_fail(RIDGE_ERROR_MEMORY, "%s: host memory refused to zlib", packed->name);
    ridge_status status = inflate_members(&stream, packed, limit, &out);
    inflateEnd(&stream);
    if (status) {
        free(out.data);
        return status;
    }
    *data = out.data;
    *size = out.size;
    return RIDGE_OK;
}

ridge_status ridge_source_read(const char *path, struct ridge_source *source)
{
    unsigned char *data = NULL, *unpacked = NULL;
    size_t size = 0;
    *source = (struct ridge_source){.name = path};
    RIDGE_TRY(ridge_file_read(path, 0, &data, &size));
    if (is_gzip(data, size)) {
        struct ridge_source packed = {.name = path, .data = data, .size = size};
        ridge_status status = ridge_gunzip(&packed, RIDGE_UNPACKED_LIMIT, &unpacked, &size);
        free(data);
        RIDGE_TRY(status);
        data = unpacked;
    }
    source->data = data;
    source->size = size;
    return RIDGE_OK;
}

void ridge_source_free(struct ridge_source *source)
{
    free((void *)source->data);
    *source = (struct ridge_source){0};
}
