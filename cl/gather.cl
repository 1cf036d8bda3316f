// SPDX-License-Identifier: Apache-2.0
// Rows picked by index, or one after the other, as a batch: y[r] = source[index[first + r]] scaled.
//
// SOURCE     0 float, 1 uchar, 2 int; int is copied as it is, so y is an array of int then
// HAVE_INDEX 1: rows come by index; 0: first + r itself
// HAVE_POSITION 1: position[0] is added to first
#include "common.h"

#ifndef SOURCE
#define SOURCE 0
#endif
#ifndef HAVE_INDEX
#define HAVE_INDEX 1
#endif
#ifndef HAVE_POSITION
#define HAVE_POSITION 1
#endif

#if SOURCE == 0
#define SOURCE_TYPE float
#define RESULT_TYPE float
#define SCALED(value) ((value)*scale + shift)
#elif SOURCE == 1
#define SOURCE_TYPE uchar
#define RESULT_TYPE float
#define SCALED(value) (convert_float(value) * scale + shift)
#else
#define SOURCE_TYPE int
#define RESULT_TYPE int
#define SCALED(value) (value)
#endif

#if SOURCE == 0
#define SCALED_VECTOR(p) (VLOAD(0, p) * scale + shift)
#elif SOURCE == 1
#define SCALED_VECTOR(p) (convert_floatv(VLOAD(0, p)) * scale + shift)
#else
#define SCALED_VECTOR(p) VLOAD(0, p)
#endif

static inline ulong source_row(ulong r, ulong first, __global const uint *index,
                               __global const uint *position)
{
    ulong row = first + r;
#if HAVE_POSITION
    row += position[0];
#endif
#if HAVE_INDEX
    row = index[row];
#endif
    return row;
}

#define ARGUMENTS                                                                                  \
    IN(SOURCE_TYPE, source), IN(uint, index), IN(uint, position), ulong first, float scale,        \
        float shift, OUT(RESULT_TYPE, y), ulong rows, ulong size
#define AT_ALL                                                                                     \
    AT(source);                                                                                    \
    AT(index);                                                                                     \
    AT(position);                                                                                  \
    AT(y)

// Wide rows: one work-group each. Launched by ridge_launch_rows.
__kernel void gather_rows(ARGUMENTS)
{
    AT_ALL;
    FOR_EACH_ROW(r, rows)
    {
        __global const SOURCE_TYPE *from = source + source_row(r, first, index, position) * size;
        __global RESULT_TYPE *to = y + r * size;
        FOR_EACH_IN_ROW(i, size)
        {
            if (i + VECTOR <= size)
                put(as_floatv(SCALED_VECTOR(from + i)), (__global float *)(to + i));
            else
                for (ulong j = i; j < size; j++)
                    to[j] = SCALED(from[j]);
        }
    }
}

// Narrow rows, labels above all: each work-item takes whole rows. Launched by ridge_launch_elements
// over the rows.
__kernel void gather_narrow(ARGUMENTS)
{
    AT_ALL;
    FOR_EACH_VECTOR(begin, rows)
    {
        for (ulong r = begin; r < begin + VECTOR && r < rows; r++) {
            ulong row = source_row(r, first, index, position);
            for (ulong j = 0; j < size; j++)
                y[r * size + j] = SCALED(source[row * size + j]);
        }
    }
}
