// SPDX-License-Identifier: Apache-2.0
// Convolution by products over columns that lie in memory: the columns, the weights in their order,
// results put where they belong.
#include "conv_gather.h"

// columns[r, l] = column l of place `row` + r, zero outside of the image. k: columns of a row.
__kernel void im2col(IN(float, x), GATHER, uint row, uint rows, uint k, OUT(float, columns))
{
    AT(x);
    AT(columns);
    const struct gather g = MAKE_GATHER;
    FOR_EACH_VECTOR(e, (ulong)rows * k)
    {
        float part[VECTOR];
        floatv value = 0.0f;
        uint r = (uint)(e / k), l = (uint)(e - (ulong)r * k);
        ulong at;
        if (depth / VECTOR * VECTOR == depth) { // then a vector has one tap
            if (find(&g, origin_of(&g, row + r), tap_of(&g, l), &at))
                value = get(x + at);
        } else {
            for (uint j = 0; j < VECTOR; j++) {
                bool inside = r < rows && find(&g, origin_of(&g, row + r), tap_of(&g, l), &at);
                part[j] = inside ? x[at] : 0.0f;
                l++;
                r += l == k;
                l = l == k ? 0 : l;
            }
            value = VLOAD(0, part);
        }
        store(value, columns, e, (ulong)rows * k);
    }
}

// Result [rows, share] of a product to the places of y that the phase has, channels from `first`
// on. count 0: the product has no terms, and nothing is read.
__kernel void place_results(IN(float, product), uint row, uint rows, uint share, uint terms,
                            uint places_y, uint places_x, uint target_y, uint target_x,
                            uint first_y, uint first_x, uint every_y, uint every_x, uint first,
                            WRITE_OUT)
{
    AT(product);
    const struct write_out out = MAKE_WRITE_OUT;
    for (ulong e = get_global_id(0); e < (ulong)rows * share; e += get_global_size(0)) {
        uint r = (uint)(e / share), j = (uint)(e - (ulong)r * share);
        uint3 place = place_of(places_y, places_x, row + r);
        ulong line = (ulong)place.x * target_y + first_y + every_y * place.y;
        write_one(&out, terms ? product[e] : 0.0f, line * target_x + first_x + every_x * place.z,
                  first + j);
    }
}

// Weights [groups, ..., kernel_y, kernel_x], of which group, column j and channel c lie w_group,
// w_column and w_depth apart.
#define WEIGHTS                                                                                    \
    uint share, uint depth, uint taps_y, uint taps_x, uint first_y, uint first_x, uint every_y,    \
        uint every_x, uint kernel_x, uint w_group, uint w_column, uint w_depth

// Element `e` of packed [groups, taps_y, taps_x, depth, share] in the weights.
static inline ulong weight_at(ulong e, WEIGHTS)
{
    ulong row = e / share, tap = row / depth, line = tap / taps_x, group = line / taps_y;
    ulong a = first_y + (line - group * taps_y) * every_y;
    ulong b = first_x + (tap - line * taps_x) * every_x;
    return group * w_group + (e - row * share) * w_column + (row - tap * depth) * w_depth +
           a * kernel_x + b;
}
#define WEIGHT_AT(e)                                                                               \
    weight_at(e, share, depth, taps_y, taps_x, first_y, first_x, every_y, every_x, kernel_x,       \
              w_group, w_column, w_depth)

// The weights in the order of the columns: packed[g, a, b, c, j].
__kernel void pack_weights(IN(float, w), WEIGHTS, ulong count, OUT(float, packed))
{
    AT(w);
    AT(packed);
    for (ulong e = get_global_id(0); e < count; e += get_global_size(0))
        packed[e] = w[WEIGHT_AT(e)];
}

// And back, the sum of `parts` packed arrays.
__kernel void unpack_weights(IN(float, packed), uint parts, WEIGHTS, ulong count, OUT(float, w))
{
    AT(packed);
    AT(w);
    for (ulong e = get_global_id(0); e < count; e += get_global_size(0)) {
        float sum = 0.0f;
        for (uint part = 0; part < parts; part++)
            sum += packed[part * count + e];
        w[WEIGHT_AT(e)] = sum;
    }
}
