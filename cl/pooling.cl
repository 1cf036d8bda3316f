// SPDX-License-Identifier: Apache-2.0
// Pooling: the largest value or the mean of each window of an image, channel by channel.
// x [batch, height, width, channels], y [batch, out height, out width, channels]; the window of
// output (oy, ox) begins at row oy stride - pad top and column ox stride - pad left. Backward
// gathers: each place of x looks at the windows that it lies in, so that windows may overlap and no
// two work-items write to one place. Launched by ridge_launch_rows.
//
// WINDOW_HEIGHT, WINDOW_WIDTH, STRIDE_HEIGHT, STRIDE_WIDTH: those of small windows, so that their
// loops are unrolled; what is not defined comes as an argument.
// WIDE 0: windows have up to 256 places, and which of them is the largest is kept as uchar; 1: int.
#include "places.h"

#ifndef WIDE
#define WIDE 0
#endif

#if WIDE
#define INDEX int
#define indexv intv
#define convert_indexv convert_intv
#else
#define INDEX uchar
#if RIDGE_WALK_CPU
#define indexv uchar16
#define convert_indexv convert_uchar16
#else
#define indexv uchar4
#define convert_indexv convert_uchar4
#endif
#endif

#ifndef WINDOW_HEIGHT
#define WINDOW_HEIGHT window_height
#define WINDOW_WIDTH window_width
#define STRIDE_HEIGHT stride_height
#define STRIDE_WIDTH stride_width
#endif

#define POOLING                                                                                    \
    uint height, uint width, uint channels, uint out_height, uint out_width, uint window_height,   \
        uint window_width, uint stride_height, uint stride_width, uint pad_top, uint pad_left

// Which place of its window each value is.
static inline void store_index(intv place, __global INDEX *index, ulong i, ulong count)
{
    if (i + VECTOR <= count) {
#if RIDGE_WALK_CPU
        typedef indexv __attribute__((aligned(sizeof(INDEX)))) loose; // see put
        *(__global loose *)(index + i) = convert_indexv(place);
#else
        VSTORE(convert_indexv(place), 0, index + i);
#endif
        return;
    }
    int part[VECTOR];
    VSTORE(place, 0, part);
    for (uint j = 0; j < VECTOR && i + j < count; j++)
        index[i + j] = (INDEX)part[j];
}

static inline intv load_index(__global const INDEX *index, ulong i, ulong count)
{
    if (i + VECTOR <= count)
        return convert_intv(VLOAD(0, index + i));
    int part[VECTOR];
    for (uint j = 0; j < VECTOR; j++)
        part[j] = i + j < count ? index[i + j] : -1;
    return VLOAD(0, part);
}

// The places of a window that begins at `start`, `pad` more than in the image, along one dimension:
// `k` counts in the window, `i` in the image.
#define FOR_EACH_INSIDE(i, k, start, pad, window, size)                                            \
    for (uint k = 0, i = (start) - (pad); k < (window); k++, i++)                                  \
        if (i < (size))

// How many they are.
static inline uint places_inside(uint start, uint pad, uint window, uint size)
{
    return min(start + window - pad, size) - (max(start, pad) - pad);
}

// y = the largest of each window; index = its place in the window, where `keep`: the first of
// equals. NaN is larger than any number. Rows: of y.
__kernel void max_pool(IN(float, x), OUT(float, y), OUT(INDEX, index), POOLING, uint keep,
                       ulong rows)
{
    AT(x);
    AT(y);
    AT(index);
    FOR_EACH_LINE(row, rows)
    {
        ulong batch = row / out_height; // no remainder, see FOR_EACH_PLACE
        uint top = (uint)(row - batch * out_height) * STRIDE_HEIGHT;
        __global const float *image = x + batch * height * width * channels;
        int first_row = (int)(pad_top - min(top, pad_top)) * (int)WINDOW_WIDTH;
        FOR_EACH_PLACE(ox, c, out_width, channels)
        {
            uint left = ox * STRIDE_WIDTH;
            floatv largest = (floatv)(-INFINITY);
            intv place = (intv)(first_row + (int)(pad_left - min(left, pad_left)));
            FOR_EACH_INSIDE(iy, ky, top, pad_top, WINDOW_HEIGHT, height)
            {
                FOR_EACH_INSIDE(ix, kx, left, pad_left, WINDOW_WIDTH, width)
                {
                    floatv value = load(image + ((ulong)iy * width + ix) * channels, c, channels);
                    intv larger = value > largest || isnan(value);
                    largest = select(largest, value, larger);
                    place = select(place, (intv)((int)(ky * WINDOW_WIDTH + kx)), larger);
                }
            }
            ulong at = (row * out_width + ox) * channels;
            store(largest, y + at, c, channels);
            if (keep)
                store_index(place, index + at, c, channels);
        }
    }
}

// The windows that a place lies in, along one dimension: `output` counts down from the last while
// `k`, the place in the window, goes up by the stride. Outputs that do not exist are above `count`.
#define FOR_EACH_WINDOW(output, k, place, stride, window, count)                                   \
    for (uint output = (place) / (stride), k = (place)-output * (stride); k < (window);            \
         k += (stride), output--)                                                                  \
        if (output < (count))

// dx = the sum of dy over the windows where x was the largest, added to what is there when
// `accumulate`. Rows: of x.
__kernel void max_pool_backward(IN(INDEX, index), IN(float, dy), OUT(float, dx), POOLING,
                                uint accumulate, ulong rows)
{
    AT(index);
    AT(dy);
    AT(dx);
    FOR_EACH_LINE(row, rows)
    {
        ulong batch = row / height;
        uint down = (uint)(row - batch * height) + pad_top;
        ulong image = batch * out_height * out_width;
        FOR_EACH_PLACE(ix, c, width, channels)
        {
            __global float *to = dx + (row * width + ix) * channels;
            floatv sum = accumulate ? load(to, c, channels) : (floatv)(0.0f);
            FOR_EACH_WINDOW(oy, ky, down, STRIDE_HEIGHT, WINDOW_HEIGHT, out_height)
            {
                FOR_EACH_WINDOW(ox, kx, ix + pad_left, STRIDE_WIDTH, WINDOW_WIDTH, out_width)
                {
                    ulong at = (image + (ulong)oy * out_width + ox) * channels;
                    intv is_here = load_index(index + at, c, channels) ==
                                   (intv)((int)(ky * WINDOW_WIDTH + kx));
                    floatv gradient = load(dy + at, c, channels);
                    sum += select((floatv)(0.0f), gradient, is_here);
                }
            }
            store(sum, to, c, channels);
        }
    }
}

// y = the sum of each window / divisor, added to what is there when `accumulate`. divisor 0: how
// many of its places lie in the image. Sums of a window's rows are added up, and within a row those
// of 64 places, so that errors do not grow with each place. Rows: of y.
__kernel void average_pool(IN(float, x), OUT(float, y), POOLING, float divisor, uint accumulate,
                           ulong rows)
{
    AT(x);
    AT(y);
    FOR_EACH_LINE(row, rows)
    {
        ulong batch = row / out_height; // no remainder, see FOR_EACH_PLACE
        uint top = (uint)(row - batch * out_height) * STRIDE_HEIGHT;
        uint tall = places_inside(top, pad_top, WINDOW_HEIGHT, height);
        __global const float *image = x + batch * height * width * channels;
        FOR_EACH_PLACE(ox, c, out_width, channels)
        {
            uint left = ox * STRIDE_WIDTH;
            floatv total = (floatv)(0.0f);
            FOR_EACH_INSIDE(iy, ky, top, pad_top, WINDOW_HEIGHT, height)
            {
                for (uint block = 0; block < WINDOW_WIDTH; block += 64) {
                    floatv sum = (floatv)(0.0f);
                    FOR_EACH_INSIDE(ix, kx, left + block, pad_left,
                                    min(64u, (uint)WINDOW_WIDTH - block), width)
                    {
                        sum += load(image + ((ulong)iy * width + ix) * channels, c, channels);
                    }
                    total += sum;
                }
            }
            uint inside = tall * places_inside(left, pad_left, WINDOW_WIDTH, width);
            floatv result = total / (divisor > 0.0f ? divisor : (float)inside);
            __global float *to = y + (row * out_width + ox) * channels;
            if (accumulate)
                result += load(to, c, channels);
            store(result, to, c, channels);
        }
    }
}

// dx = the sum of dy / divisor over the windows that a place lies in, added to what is there when
// `accumulate`; divisor as above. Rows: of x.
__kernel void average_pool_backward(IN(float, dy), OUT(float, dx), POOLING, float divisor,
                                    uint accumulate, ulong rows)
{
    AT(dy);
    AT(dx);
    FOR_EACH_LINE(row, rows)
    {
        ulong batch = row / height;
        uint down = (uint)(row - batch * height) + pad_top;
        ulong image = batch * out_height * out_width;
        FOR_EACH_PLACE(ix, c, width, channels)
        {
            __global float *to = dx + (row * width + ix) * channels;
            floatv sum = accumulate ? load(to, c, channels) : (floatv)(0.0f);
            FOR_EACH_WINDOW(oy, ky, down, STRIDE_HEIGHT, WINDOW_HEIGHT, out_height)
            {
                uint top = oy * STRIDE_HEIGHT;
                uint tall = places_inside(top, pad_top, WINDOW_HEIGHT, height);
                FOR_EACH_WINDOW(ox, kx, ix + pad_left, STRIDE_WIDTH, WINDOW_WIDTH, out_width)
                {
                    uint left = ox * STRIDE_WIDTH;
                    uint inside = tall * places_inside(left, pad_left, WINDOW_WIDTH, width);
                    float share = 1.0f / (divisor > 0.0f ? divisor : (float)inside);
                    ulong at = (image + (ulong)oy * out_width + ox) * channels;
                    sum += share * load(dy + at, c, channels);
                }
            }
            store(sum, to, c, channels);
        }
    }
}
