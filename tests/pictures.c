// SPDX-License-Identifier: Apache-2.0
// Image files for tests, in memory.
#include "pictures.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "files.h"
#include "harness.h"

#if RIDGE_HAVE_TURBOJPEG
#include <turbojpeg.h>
#endif

unsigned char test_pixel(unsigned seed, size_t row, size_t column, size_t channel)
{
    uint32_t mixed = (uint32_t)(seed * 40503u + row * 2654435u + column * 97u + channel * 31u);
    return (unsigned char)((mixed * 2654435761u) >> 24);
}

unsigned char *test_pixels(unsigned seed, size_t height, size_t width, size_t channels)
{
    unsigned char *pixels = malloc(height * width * channels);
    assert_non_null(pixels);
    for (size_t i = 0; i < height * width * channels; i++)
        pixels[i] = test_pixel(seed, i / channels / width, i / channels % width, i % channels);
    return pixels;
}

static void store_be32(unsigned char *to, size_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(value >> (24 - 8 * i));
}

static void add_chunk(unsigned char *file, size_t *size, const char *kind, const void *data,
                      size_t length)
{
    unsigned char *at = file + *size;
    store_be32(at, length);
    memcpy(at + 4, kind, 4);
    if (length)
        memcpy(at + 8, data, length);
    store_be32(at + 8 + length, crc32(0, at + 4, (uInt)length + 4));
    *size += length + 12;
}

static void add_header(unsigned char *file, size_t *size, size_t height, size_t width,
                       size_t channels)
{
    static const unsigned char colours[] = {0, 0, 4, 2, 6};
    unsigned char header[13] = {0};
    memcpy(file, "\x89PNG\r\n\x1a\n", 8);
    *size = 8;
    store_be32(header, width);
    store_be32(header + 4, height);
    header[8] = 8;
    header[9] = colours[channels];
    add_chunk(file, size, "IHDR", header, sizeof(header));
}

unsigned char *test_png(const unsigned char *pixels, size_t height, size_t width, size_t channels,
                        size_t *size)
{
    size_t line = width * channels, raw_size = height * (line + 1);
    unsigned char *raw = calloc(raw_size, 1); // a filter of 0 before each line
    uLongf packed_size = compressBound(raw_size);
    unsigned char *packed = malloc(packed_size), *file = malloc(packed_size + 128);
    assert_true(raw && packed && file);
    for (size_t i = 0; i < height; i++)
        memcpy(raw + i * (line + 1) + 1, pixels + i * line, line);
    assert_int_equal(compress(packed, &packed_size, raw, raw_size), Z_OK);
    add_header(file, size, height, width, channels);
    add_chunk(file, size, "IDAT", packed, packed_size);
    add_chunk(file, size, "IEND", NULL, 0);
    free(raw);
    free(packed);
    return file;
}

unsigned char *test_png_header(size_t height, size_t width, size_t *size)
{
    unsigned char *file = malloc(64);
    assert_non_null(file);
    add_header(file, size, height, width, 3);
    return file;
}

unsigned char *test_jpeg(const unsigned char *pixels, size_t height, size_t width, size_t channels,
                         size_t *size)
{
#if RIDGE_HAVE_TURBOJPEG
    unsigned char *made = NULL, *file;
    unsigned long length = 0;
    tjhandle handle = tjInitCompress();
    assert_int_equal(tjCompress2(handle, pixels, (int)width, 0, (int)height,
                                 channels == 1 ? TJPF_GRAY : TJPF_RGB, &made, &length,
                                 channels == 1 ? TJSAMP_GRAY : TJSAMP_444, 95, 0),
                     0);
    file = malloc(length);
    assert_non_null(file);
    memcpy(file, made, length);
    tjFree(made);
    tjDestroy(handle);
    *size = length;
    return file;
#else
    (void)pixels, (void)height, (void)width, (void)channels;
    *size = 0;
    return NULL;
#endif
}

const char *test_write_png(const char *name, unsigned seed, size_t height, size_t width,
                           size_t channels)
{
    size_t size;
    unsigned char *pixels = test_pixels(seed, height, width, channels);
    unsigned char *file = test_png(pixels, height, width, channels, &size);
    const char *path = test_write(name, file, size);
    free(pixels);
    free(file);
    return path;
}
