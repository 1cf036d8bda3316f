// SPDX-License-Identifier: Apache-2.0
// Resizing, first across, then down. Each pixel of the result is a sum of weighted pixels: the
// shares of the area that it covers where an axis shrinks, the two neighbours of its centre where
// it grows. Integers throughout, weights are multiples of 2^-24 with a sum of exactly 1, so that
// every host gives the same bytes and a plain area keeps its value.
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <tmmintrin.h>
#endif

#include "base/error.h"
#include "base/memory.h"
#include "data/image.h"

#define ONE ((uint64_t)1 << 24)

static ridge_status reserve_axis(struct ridge_image_axis *axis, size_t from, size_t to)
{
    // A shrinking axis cuts at most one pixel in two for each pixel of the result.
    RIDGE_TRY(ridge_grow(&axis->first, &axis->capacity[0], to, sizeof(uint32_t)));
    RIDGE_TRY(ridge_grow(&axis->start, &axis->capacity[1], to + 1, sizeof(uint32_t)));
    return ridge_grow(&axis->weight, &axis->capacity[2], from + 2 * to, sizeof(uint32_t));
}

// Pixel i covers [i from / to, (i + 1) from / to). Weights are differences of rounded shares, so
// that their sum is 1.
static void shrink(struct ridge_image_axis *axis, size_t i)
{
    uint64_t from = axis->from, to = axis->to, begin = i * from, end = begin + from; // in 1 / to
    uint32_t count = axis->start[i];
    uint64_t before = 0;
    axis->first[i] = (uint32_t)(begin / to);
    for (uint64_t pixel = begin / to; pixel * to < end; pixel++) {
        uint64_t covered = ((pixel + 1) * to < end ? (pixel + 1) * to : end) - begin;
        uint64_t share = (covered * ONE + from / 2) / from;
        axis->weight[count++] = (uint32_t)(share - before);
        before = share;
    }
    axis->start[i + 1] = count;
}

// The centre of pixel i lies at (i + 1/2) from / to - 1/2 between the centres of two.
static void grow(struct ridge_image_axis *axis, size_t i)
{
    uint64_t from = axis->from, to = axis->to, twice = 2 * to;
    uint64_t place = (2 * i + 1) * from, low = place > to ? place - to : 0; // in 1 / twice
    uint64_t pixel = low / twice, share = (low % twice * ONE + to) / twice;
    uint32_t count = axis->start[i];
    axis->first[i] = (uint32_t)pixel;
    if (pixel + 1 < from) {
        axis->weight[count++] = (uint32_t)(ONE - share);
        axis->weight[count++] = (uint32_t)share;
    } else {
        axis->weight[count++] = (uint32_t)ONE;
    }
    axis->start[i + 1] = count;
}

static ridge_status plan_axis(struct ridge_image_axis *axis, size_t from, size_t to)
{
    if (axis->from == from && axis->to == to)
        return RIDGE_OK;
    axis->from = 0; // until the plan is whole
    RIDGE_TRY(reserve_axis(axis, from, to));
    axis->from = from;
    axis->to = to;
    axis->start[0] = 0;
    for (size_t i = 0; i < to; i++) {
        if (from > to)
            shrink(axis, i);
        else
            grow(axis, i);
    }
    return RIDGE_OK;
}

void ridge_image_axis_clear(struct ridge_image_axis *axis)
{
    free(axis->first);
    free(axis->start);
    free(axis->weight);
    *axis = (struct ridge_image_axis){0};
}

// A row of pixels across: [to, channels], in units of 2^-24; 255 of them just fit.
static void resize_row(const struct ridge_image_axis *axis, const unsigned char *pixels,
                       size_t channels, uint32_t *row)
{
    for (size_t i = 0; i < axis->to; i++) {
        const unsigned char *from = pixels + axis->first[i] * channels;
        uint32_t sums[3] = {0};
        for (uint32_t k = axis->start[i]; k < axis->start[i + 1]; k++, from += channels)
            for (size_t c = 0; c < channels; c++)
                sums[c] += axis->weight[k] * from[c];
        memcpy(row + i * channels, sums, channels * sizeof(*sums));
    }
}

// Row `pixel` of the picture, resized across. The two last ones are kept: neighbouring rows of the
// result share them.
static const uint32_t *row_across(struct ridge_image_decoder *decoder, size_t pixel, size_t kept[2])
{
    const struct ridge_image_shape *shape = &decoder->shape;
    size_t size = decoder->across.to * shape->channels, slot = pixel % 2;
    uint32_t *row = decoder->rows + slot * size;
    if (kept[slot] != pixel)
        resize_row(&decoder->across, decoder->pixels + pixel * shape->width * shape->channels,
                   shape->channels, row);
    kept[slot] = pixel;
    return row;
}

// Row `i` of the result: `sums` [width, channels] in units of 2^-48.
static void resize_down(struct ridge_image_decoder *decoder, size_t i, uint64_t *sums,
                        size_t kept[2])
{
    const struct ridge_image_axis *down = &decoder->down;
    size_t size = decoder->across.to * decoder->shape.channels;
    memset(sums, 0, size * sizeof(*sums));
    for (uint32_t k = down->start[i]; k < down->start[i + 1]; k++) {
        const uint32_t *row = row_across(decoder, down->first[i] + k - down->start[i], kept);
        uint64_t weight = down->weight[k];
        for (size_t j = 0; j < size; j++)
            sums[j] += weight * row[j];
    }
}

#if defined(__x86_64__)
// Three loads and nine shuffles for 16 pixels; compilers make single bytes of it, which took as
// long as a fifth of decoding. Returns how many pixels are done. (ARM has an instruction for it.)
__attribute__((target("ssse3"))) static size_t split_vectors(const unsigned char *pixels,
                                                             size_t count, unsigned char *planes)
{
    __m128i take[3][3]; // of plane c from vector v: byte j is pixel j's; -1: another vector has it
    for (int c = 0; c < 3; c++)
        for (int v = 0; v < 3; v++) {
            char places[16];
            for (int j = 0; j < 16; j++)
                places[j] = (char)((3 * j + c) / 16 == v ? (3 * j + c) % 16 : -1);
            take[c][v] = _mm_loadu_si128((const __m128i *)places);
        }
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        __m128i part[3];
        for (size_t v = 0; v < 3; v++)
            part[v] = _mm_loadu_si128((const __m128i *)(pixels + 3 * i + 16 * v));
        for (size_t c = 0; c < 3; c++) {
            __m128i plane = _mm_or_si128(_mm_shuffle_epi8(part[0], take[c][0]),
                                         _mm_or_si128(_mm_shuffle_epi8(part[1], take[c][1]),
                                                      _mm_shuffle_epi8(part[2], take[c][2])));
            _mm_storeu_si128((__m128i *)(planes + c * count + i), plane);
        }
    }
    return i;
}
#endif

// Interleaved channels into planes.
static void split_planes(const unsigned char *pixels, size_t count, size_t channels,
                         unsigned char *planes)
{
    size_t i = 0;
    if (channels == 1) {
        memcpy(planes, pixels, count);
        return;
    }
#if defined(__x86_64__)
    if (__builtin_cpu_supports("ssse3"))
        i = split_vectors(pixels, count, planes);
#endif
    for (; i < count; i++) {
        planes[i] = pixels[3 * i];
        planes[count + i] = pixels[3 * i + 1];
        planes[2 * count + i] = pixels[3 * i + 2];
    }
}

ridge_status ridge_image_resize(struct ridge_image_decoder *decoder,
                                const struct ridge_image_shape *wanted, unsigned char *planes)
{
    const struct ridge_image_shape *shape = &decoder->shape;
    size_t width = wanted->width, plane = wanted->height * width, channels = shape->channels;
    if (shape->height == wanted->height && shape->width == width) {
        split_planes(decoder->pixels, plane, channels, planes);
        return RIDGE_OK;
    }
    RIDGE_TRY(plan_axis(&decoder->across, shape->width, width));
    RIDGE_TRY(plan_axis(&decoder->down, shape->height, wanted->height));
    // Two rows and, behind them, the sums, of twice the size.
    size_t size = width * channels, kept[2] = {SIZE_MAX, SIZE_MAX};
    RIDGE_TRY(ridge_grow(&decoder->rows, &decoder->rows_capacity, 4 * size, sizeof(uint32_t)));
    uint64_t *sums = (uint64_t *)(decoder->rows + 2 * size);
    for (size_t i = 0; i < wanted->height; i++) {
        resize_down(decoder, i, sums, kept);
        for (size_t j = 0; j < width; j++)
            for (size_t c = 0; c < channels; c++)
                planes[c * plane + i * width + j] =
                    (unsigned char)((sums[j * channels + c] + ((uint64_t)1 << 47)) >> 48);
    }
    return RIDGE_OK;
}
