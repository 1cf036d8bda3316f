// SPDX-License-Identifier: Apache-2.0
// RIFF chunks: four letters, a size, so many bytes, and one more where that is odd.
#include "data/wav.h"

#include <string.h>

#include "base/bytes.h"
#include "base/error.h"

#define CHUNK 8                  // bytes before a chunk's content
#define LEAST_FORMAT 16          // bytes of the chunk "fmt "
#define MOST_FORMAT 64           // no kind that is read has more than 40
#define UNKNOWN_SIZE 0xFFFFFFFFu // of a file that was written to a pipe
#define MOST_DATA 0xFFFFFF00u    // that a chunk can tell of, with room for the head

static bool is(const unsigned char *bytes, const char *letters)
{
    return memcmp(bytes, letters, 4) == 0;
}

bool ridge_is_wav(const struct ridge_source *source)
{
    return source->size >= 12 && is(source->data, "RIFF") && is(source->data + 8, "WAVE");
}

static ridge_status take_format(const struct ridge_source *source, const unsigned char *format,
                                size_t size, struct ridge_wav *wav)
{
    if (size < LEAST_FORMAT || size > MOST_FORMAT)
        return ridge_fail(RIDGE_ERROR_FORMAT,
                          "%s: expected a chunk \"fmt \" of %d to %d bytes, got %zu", source->name,
                          LEAST_FORMAT, MOST_FORMAT, size);
    unsigned kind = (unsigned)ridge_load_le(format, 2);
    // 0xFFFE names one of the others further on, which libsndfile looks at
    if (kind != 1 && kind != 3 && kind != 6 && kind != 7 && kind != 0xFFFE)
        return ridge_fail(RIDGE_ERROR_UNSUPPORTED,
                          "%s: expected samples as PCM, floats, A-law or mu-law, got format 0x%x",
                          source->name, kind);
    size_t even = size + size % 2;
    memcpy(wav->head + 12 + CHUNK, format, size);
    memcpy(wav->head, "RIFF....WAVEfmt ", 16);
    ridge_store_le(wav->head + 16, 4, even);
    wav->head_size = 12 + CHUNK + even + CHUNK;
    return RIDGE_OK;
}

static ridge_status take_data(const struct ridge_source *source, const unsigned char *data,
                              size_t size, size_t left, struct ridge_wav *wav)
{
    if (!wav->head_size)
        return ridge_fail(RIDGE_ERROR_FORMAT, "%s: expected a chunk \"fmt \" before \"data\"",
                          source->name);
    if (size > left && size != UNKNOWN_SIZE)
        return ridge_fail(RIDGE_ERROR_FORMAT,
                          "%s: truncated: its header tells of %zu bytes of samples, %zu are there",
                          source->name, size, left);
    wav->data = data;
    wav->size = size < left ? size : left;
    if (wav->size > MOST_DATA)
        wav->size = MOST_DATA;
    memcpy(wav->head + wav->head_size - CHUNK, "data", 4);
    ridge_store_le(wav->head + wav->head_size - 4, 4, wav->size);
    ridge_store_le(wav->head + 4, 4, wav->head_size - CHUNK + wav->size);
    return RIDGE_OK;
}

ridge_status ridge_wav_parse(const struct ridge_source *source, struct ridge_wav *wav)
{
    *wav = (struct ridge_wav){0};
    for (size_t at = 12; source->size - at >= CHUNK;) {
        const unsigned char *chunk = source->data + at;
        size_t size = (size_t)ridge_load_le(chunk + 4, 4), left = source->size - at - CHUNK;
        if (is(chunk, "data"))
            return take_data(source, chunk + CHUNK, size, left, wav);
        if (size > left)
            return ridge_fail(
                RIDGE_ERROR_FORMAT,
                "%s: truncated: the chunk at byte %zu tells of %zu bytes, %zu are there",
                source->name, at, size, left);
        if (is(chunk, "fmt "))
            RIDGE_TRY(take_format(source, chunk + CHUNK, size, wav));
        at += CHUNK + size + (size % 2 && size < left);
    }
    return ridge_fail(RIDGE_ERROR_FORMAT, "%s: expected a chunk \"data\", found none",
                      source->name);
}
