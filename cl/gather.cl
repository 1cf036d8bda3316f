// SPDX-License-Identifier: Apache-2.0
// A batch: rows picked by index, or one after the other, and scaled; those of their elements that a
// dropout keeps; and the rows' targets, words of 32 bits that are copied as they are.
//
//     y[r] = source[index[first + r]] scale + shift, where kept times kept_scale, else 0
//     target[r] = target_source[index[first + r]]
//
// SOURCE       0 float, 1 uchar, 2 int; int is copied as it is, and never dropped
// has_index    0: first + r itself is the row
// has_position 1: position[0] is added to first
// drops        1: element e of y is kept where its word is at most `limit`
//
// Launched by ridge_launch_elements over the elements of y.
#include "philox.h"

#ifndef SOURCE
#define SOURCE 0
#endif

#if SOURCE == 0
#define SOURCE_TYPE float
#define RESULT_TYPE float
#define SCALED(value) ((value)*rows->scale + rows->shift)
#define SCALED_VECTOR(p) SCALED(get(p))
#elif SOURCE == 1
#define SOURCE_TYPE uchar
#define RESULT_TYPE float
#define SCALED(value) (convert_float(value) * rows->scale + rows->shift)
#define SCALED_VECTOR(p) (convert_floatv(VLOAD(0, p)) * rows->scale + rows->shift)
#else
#define SOURCE_TYPE int
#define RESULT_TYPE int
#define SCALED(value) (value)
#define SCALED_VECTOR(p) VLOAD(0, p)
#endif

struct rows {
    __global const SOURCE_TYPE *source;
    __global const uint *index;
    uint has_index;
    ulong first, count, size;
    float scale, shift;
};

static inline ulong source_row(const struct rows *rows, ulong r)
{
    return rows->has_index ? rows->index[rows->first + r] : rows->first + r;
}

// Elements from column c of row r on, which end in other rows.
APART floatv across_rows(const struct rows *rows, ulong r, ulong c)
{
    RESULT_TYPE part[VECTOR];
    for (uint j = 0; j < VECTOR; j++) {
        part[j] = 0;
        if (r < rows->count)
            part[j] = SCALED(rows->source[source_row(rows, r) * rows->size + c]);
        if (++c == rows->size) {
            c = 0;
            r++;
        }
    }
    return as_floatv(VLOAD(0, part));
}

static inline floatv scaled(const struct rows *rows, ulong r, ulong c)
{
    if (c + VECTOR > rows->size || r >= rows->count)
        return across_rows(rows, r, c);
    return as_floatv(SCALED_VECTOR(rows->source + source_row(rows, r) * rows->size + c));
}

#define SPAN 8192 // elements

// Asks for the elements from i to i + SPAN, whose rows lie anywhere in memory, all at once: one
// after the other, as far as a core looks ahead, they take three times as long. Returns where the
// next span begins.
APART ulong fetch(const struct rows *rows, ulong i)
{
#if RIDGE_WALK_CPU
    ulong c = i % rows->size, left = SPAN;
    for (ulong r = i / rows->size; left && r < rows->count; r++, c = 0) {
        __global const SOURCE_TYPE *row = rows->source + source_row(rows, r) * rows->size;
        ulong stop = min(rows->size, c + left);
        left -= stop - c;
        for (; c < stop; c += 64 / sizeof(SOURCE_TYPE))
            FETCH(row + c);
    }
#endif
    return i + SPAN;
}

APART void copy_target(const struct rows *rows, ulong r, __global const uint *from,
                       __global uint *to, ulong size)
{
    from += source_row(rows, r) * size;
    for (ulong j = 0; j < size; j++)
        to[r * size + j] = from[j];
}

__kernel void gather(IN(SOURCE_TYPE, source), IN(uint, index), uint has_index, IN(uint, position),
                     uint has_position, ulong first, float scale, float shift, OUT(float, y),
                     ulong count, ulong size, RANDOM, uint drops, uint limit, float kept_scale,
                     IN(uint, target_source), OUT(uint, target), ulong target_size)
{
    AT(source);
    AT(index);
    AT(position);
    AT(y);
    AT(step_at);
    AT(target_source);
    AT(target);
    const struct rows rows = {source, index, has_index, has_position ? first + position[0] : first,
                              count,  size,  scale,     shift};
    struct philox_stream random = RANDOM_STREAM;
    ulong fetched = 0;
    FOR_EACH_VECTOR(block, philox_blocks(count * size))
    {
        ulong i = philox_element(block), r = i / size, c = i - r * size;
        if (i >= fetched)
            fetched = fetch(&rows, i);
        uintv words[4] = {0, 0, 0, 0};
        if (drops) {
            struct philox drawn = philox_at(random, block);
            words[0] = drawn.w0;
            words[1] = drawn.w1;
            words[2] = drawn.w2;
            words[3] = drawn.w3;
        }
        for (uint w = 0; w < 4; w++) {
            floatv value = scaled(&rows, r, c);
            if (drops)
                value = select((floatv)(0.0f), value * kept_scale, words[w] <= (uintv)(limit));
            store(value, y, i + 16 * w, count * size);
            for (c += 16; c >= size; c -= size)
                r++;
        }
    }
    for (ulong r = get_global_id(0); r < count; r += get_global_size(0))
        copy_target(&rows, r, target_source, target, target_size);
}
