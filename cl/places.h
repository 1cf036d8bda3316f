// SPDX-License-Identifier: Apache-2.0
// Walks over images, whose channels lie side by side: x [rows, places, channels].
#ifndef RIDGE_CL_PLACES_H
#define RIDGE_CL_PLACES_H

#include "common.h"

// Rows, a group for each, as FOR_EACH_ROW; but on CPUs a group takes neighbouring rows, which makes
// long streams of memory (a third faster).
#if RIDGE_WALK_CPU
#define FOR_EACH_LINE(row, rows)                                                                   \
    for (ulong row##_chunk = ((rows) + get_num_groups(0) - 1) / get_num_groups(0),                 \
               row = get_group_id(0) * row##_chunk,                                                \
               row##_stop = min(row + row##_chunk, (ulong)(rows));                                 \
         row < row##_stop; row++)
#else
#define FOR_EACH_LINE(row, rows) FOR_EACH_ROW(row, rows)
#endif

// A row's places p, and c, the first channel of each vector, shared out over the work-items of the
// group (no division with remainder: Oclgrind 21.10 does not know what clang makes of it). Vectors
// are full where the channels are a multiple of 16 on CPUs, of 4 on GPUs.
#if RIDGE_WALK_CPU
#define FOR_EACH_PLACE(p, c, places, channels)                                                     \
    for (uint p = 0; p < (places); p++)                                                            \
        for (uint c = 0; c < (channels); c += VECTOR)
#else
#define FOR_EACH_PLACE(p, c, places, channels)                                                     \
    for (uint p##_side = ((channels) + VECTOR - 1) / VECTOR, p##_i = get_local_id(0);              \
         p##_i < (places)*p##_side; p##_i += get_local_size(0))                                    \
        for (uint p = p##_i / p##_side, c = (p##_i - p * p##_side) * VECTOR, p##_on = 1; p##_on;   \
             p##_on = 0)
#endif

#endif
