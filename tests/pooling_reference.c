// SPDX-License-Identifier: Apache-2.0
#include "pooling_reference.h"

#include "harness.h"

#include <stdlib.h>

struct pooling_images pooling_make(ridge_pooling_shape shape)
{
    struct pooling_images m = {.shape = shape};
    ridge_pooling_output(&shape, m.output);
    m.inputs = shape.batch * shape.height * shape.width * shape.channels;
    m.outputs = shape.batch * m.output[0] * m.output[1] * shape.channels;
    size_t most = m.inputs > m.outputs ? m.inputs : m.outputs;
    m.x = malloc(m.inputs * sizeof(float));
    m.dy = malloc(m.outputs * sizeof(float));
    m.got = malloc(most * sizeof(float));
    m.expected = malloc(most * sizeof(double));
    test_fill(m.x, m.inputs, m.inputs, -5, 5);
    for (size_t i = 0; i < m.inputs; i += 3)
        m.x[i] = floorf(m.x[i]);
    test_fill(m.dy, m.outputs, 2, -1, 1);
    m.from = test_vector(m.inputs, m.x);
    m.back = test_vector(m.outputs, m.dy);
    return m;
}

void pooling_release(struct pooling_images *m)
{
    test_release(&m->from);
    test_release(&m->back);
    free(m->x);
    free(m->dy);
    free(m->got);
    free(m->expected);
}

// The places of window (oy, ox) inside the image, as [begin, end) of rows and columns.
static void window_of(const struct pooling_images *m, size_t oy, size_t ox, size_t begin[2],
                      size_t end[2])
{
    const size_t output[2] = {oy, ox}, size[2] = {m->shape.height, m->shape.width};
    for (int d = 0; d < 2; d++) {
        size_t start = output[d] * m->shape.stride[d], pad = m->shape.pad_before[d];
        begin[d] = start > pad ? start - pad : 0;
        end[d] = start + m->shape.window[d] - pad;
        end[d] = end[d] < size[d] ? end[d] : size[d];
    }
}

static size_t element(const struct pooling_images *m, size_t b, size_t y, size_t x, size_t c)
{
    return ((b * m->shape.height + y) * m->shape.width + x) * m->shape.channels + c;
}

void pooling_windows(struct pooling_images *m, pooling_visit *what)
{
    size_t begin[2], end[2], output = 0;
    for (size_t b = 0; b < m->shape.batch; b++)
        for (size_t oy = 0; oy < m->output[0]; oy++)
            for (size_t ox = 0; ox < m->output[1]; ox++)
                for (size_t c = 0; c < m->shape.channels; c++) {
                    window_of(m, oy, ox, begin, end);
                    what(m, output++, b, c, begin, end);
                }
}

static size_t largest_in(const struct pooling_images *m, size_t b, size_t c, const size_t begin[2],
                         const size_t end[2])
{
    size_t best = element(m, b, begin[0], begin[1], c);
    for (size_t y = begin[0]; y < end[0]; y++)
        for (size_t x = begin[1]; x < end[1]; x++)
            if (m->x[element(m, b, y, x, c)] > m->x[best])
                best = element(m, b, y, x, c);
    return best;
}

void pooling_largest(struct pooling_images *m, size_t output, size_t b, size_t c,
                     const size_t begin[2], const size_t end[2])
{
    m->expected[output] = m->x[largest_in(m, b, c, begin, end)];
}

void pooling_largest_back(struct pooling_images *m, size_t output, size_t b, size_t c,
                          const size_t begin[2], const size_t end[2])
{
    m->expected[largest_in(m, b, c, begin, end)] += m->dy[output];
}

static double places_of(const struct pooling_images *m, const size_t begin[2], const size_t end[2])
{
    if (m->shape.counts_padding)
        return (double)(m->shape.window[0] * m->shape.window[1]);
    return (double)((end[0] - begin[0]) * (end[1] - begin[1]));
}

void pooling_mean(struct pooling_images *m, size_t output, size_t b, size_t c,
                  const size_t begin[2], const size_t end[2])
{
    m->expected[output] = 0;
    for (size_t y = begin[0]; y < end[0]; y++)
        for (size_t x = begin[1]; x < end[1]; x++)
            m->expected[output] += m->x[element(m, b, y, x, c)] / places_of(m, begin, end);
}

void pooling_mean_back(struct pooling_images *m, size_t output, size_t b, size_t c,
                       const size_t begin[2], const size_t end[2])
{
    for (size_t y = begin[0]; y < end[0]; y++)
        for (size_t x = begin[1]; x < end[1]; x++)
            m->expected[element(m, b, y, x, c)] += m->dy[output] / places_of(m, begin, end);
}
