// SPDX-License-Identifier: Apache-2.0
// Convolution as products of columns, which are gathered from the source, and weights.
//
// Forward the source is x; for the input gradient it is dy. Place p of the result takes
//
//   result[first + every p, j] = sum over taps t, channels c of
//       source[step p + tap_step t + base, c] w[tap_first + tap_every t, c, j]
//
// in both dimensions, group by group. Forward that is all of the result. For the input gradient,
// only every stride-th place of dx meets the same taps, so that there are up to stride[0] *
// stride[1] phases, none of which multiplies by zeros between the places of dy.
#ifndef RIDGE_OPS_CONV_GATHER_H
#define RIDGE_OPS_CONV_GATHER_H

#include "ops/conv.h"

// Pairs are height, width.
struct ridge_conv_phase {
    size_t places[2]; // of an image of the result
    size_t first[2], every[2];
    size_t taps[2]; // 0: the result is 0
    size_t tap_first[2], tap_every[2];
    ptrdiff_t step[2], tap_step[2], base[2];
};

struct ridge_conv_gather {
    const struct ridge_conv_call *call;
    size_t source[2], source_channels, depth; // depth: channels of a group
    size_t target[2], target_channels, share; // share: the same of the result
    size_t w_group, w_column, w_depth;        // elements of w from one to the next
    size_t phases[2];
};

// The weight gradient gathers x as forward does; its result is that of forward.
void ridge_conv_gather_make(struct ridge_conv_gather *gather, const struct ridge_conv_call *call);
// `index` counts up to phases[0] * phases[1].
struct ridge_conv_phase ridge_conv_phase(const struct ridge_conv_gather *gather, size_t index);

// Columns of a phase, and rows in all images.
size_t ridge_conv_columns(const struct ridge_conv_gather *gather,
                          const struct ridge_conv_phase *phase);
size_t ridge_conv_rows(const struct ridge_conv_gather *gather,
                       const struct ridge_conv_phase *phase);
// The kernels count rows, columns and what lies between them with 31 bits.
bool ridge_conv_gather_fits(const struct ridge_conv_gather *gather);

// packed [groups, columns, share] = the weights of a phase.
ridge_status ridge_conv_pack_weights(ridge_launcher *on, const struct ridge_conv_gather *gather,
                                     const struct ridge_conv_phase *phase, ridge_tensor packed);
// dw = the sum over `parts` of packed [parts, groups, columns, share].
ridge_status ridge_conv_unpack_weights(ridge_launcher *on, const struct ridge_conv_gather *gather,
                                       ridge_tensor packed, size_t parts);

// The kernel arguments GATHER of cl/conv_gather.h.
#define RIDGE_CONV_GATHER(g, p)                                                                    \
    RIDGE_ARG_UINT((p)->places[0]), RIDGE_ARG_UINT((p)->places[1]), RIDGE_ARG_UINT((p)->taps[1]),  \
        RIDGE_ARG_UINT((g)->depth), RIDGE_ARG_UINT((g)->source[0]),                                \
        RIDGE_ARG_UINT((g)->source[1]), RIDGE_ARG_UINT((g)->source_channels),                      \
        RIDGE_ARG_UINT((p)->step[0]), RIDGE_ARG_UINT((p)->step[1]),                                \
        RIDGE_ARG_UINT((p)->tap_step[0]), RIDGE_ARG_UINT((p)->tap_step[1]),                        \
        RIDGE_ARG_UINT((p)->base[0]), RIDGE_ARG_UINT((p)->base[1])
// And where its results go: target size, first, every.
#define RIDGE_CONV_TARGET(g, p)                                                                    \
    RIDGE_ARG_UINT((g)->target[0]), RIDGE_ARG_UINT((g)->target[1]), RIDGE_ARG_UINT((p)->first[0]), \
        RIDGE_ARG_UINT((p)->first[1]), RIDGE_ARG_UINT((p)->every[0]),                              \
        RIDGE_ARG_UINT((p)->every[1])

#endif
