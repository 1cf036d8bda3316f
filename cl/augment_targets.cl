// SPDX-License-Identifier: Apache-2.0
// The targets of a batch whose images were mixed: each is that of its own image and of its partner,
// by their weights.
//
// TARGET 0: float values [stored rows, columns]; 1: int labels [stored rows], of which the result
//        is the one-hot; 2: int labels as values, one column
#include "augment_words.h"
#include "common.h"

#ifndef TARGET
#define TARGET 1
#endif
#if TARGET == 0
#define TARGET_TYPE float
#else
#define TARGET_TYPE int
#endif

static inline floatv target_of(__global const TARGET_TYPE *target, ulong row, ulong i,
                               ulong columns)
{
#if TARGET == 0
    return load(target + row * columns, i, columns);
#elif TARGET == 1
    intv index = (int)i + as_intv(LANES);
    return select((floatv)(0.0f), (floatv)(1.0f), index == target[row]);
#else
    return (floatv)((float)target[row]);
#endif
}

// One work-group per row. programs [rows, parts, program_words], as augment_draw leaves them.
__kernel void augment_targets(IN(uint, programs), uint program_words, uint parts,
                              IN(TARGET_TYPE, target), OUT(float, mixed), ulong rows, ulong columns)
{
    AT(programs);
    AT(target);
    AT(mixed);
    FOR_EACH_ROW(r, rows)
    {
        __global const uint *program = programs + r * parts * program_words;
        __global const uint *instruction =
            program + PROGRAM_HEADER + (program[PROGRAM_COUNT] - 1) * INSTRUCTION_WORDS;
        ulong row = program[PROGRAM_ROW], other = row;
        float weight = 1.0f;
        if (program[PROGRAM_COUNT] && instruction[INSTRUCTION_CODE] >= AUGMENT_MIXING) {
            weight = as_float(instruction[INSTRUCTION_VALUES]);
            other = program[program_words + PROGRAM_ROW];
        }
        FOR_EACH_IN_ROW(i, columns)
        {
            floatv value = target_of(target, row, i, columns);
            floatv rest = target_of(target, other, i, columns);
            store(weight * value + (1.0f - weight) * rest, mixed + r * columns, i, columns);
        }
    }
}
