// SPDX-License-Identifier: Apache-2.0
// Image files for tests, in memory.
#ifndef RIDGE_TESTS_PICTURES_H
#define RIDGE_TESTS_PICTURES_H

#include <stddef.h>

// Pixels that look like nothing: element (row, column, channel) of picture `seed`.
unsigned char test_pixel(unsigned seed, size_t row, size_t column, size_t channel);
// [height, width, channels] of them, the caller's to free().
unsigned char *test_pixels(unsigned seed, size_t height, size_t width, size_t channels);

// A PNG file, written here and not by the library that reads it: 1 grey, 2 with alpha, 3 RGB, 4
// with alpha. The caller's to free().
unsigned char *test_png(const unsigned char *pixels, size_t height, size_t width, size_t channels,
                        size_t *size);
// A PNG that ends after its header, which announces this size.
unsigned char *test_png_header(size_t height, size_t width, size_t *size);
// A JPEG file of quality 95 without subsampling, of 1 or 3 channels; NULL where ridge was built
// without libjpeg-turbo.
unsigned char *test_jpeg(const unsigned char *pixels, size_t height, size_t width, size_t channels,
                         size_t *size);

// Writes picture `seed` (see test_pixel) to a file in the scratch folder, as files.h has it.
const char *test_write_png(const char *name, unsigned seed, size_t height, size_t width,
                           size_t channels);

#endif
