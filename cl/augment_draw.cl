// SPDX-License-Identifier: Apache-2.0
// What will become of each image of a batch: the operations that happen to it and with which
// values, as a program for augment.cl. The same bits on every device (cl/exact.h).
//
// HAVE_INDEX 1: rows come by index; 0: first + r itself
// HAVE_POSITION 1: position[0] is added to first
// STAGED 1: the images of the batch lie one behind the other; the row is only their number
#include "augment_geometry.h"
#include "augment_mix.h"
#include "philox.h"

#ifndef HAVE_INDEX
#define HAVE_INDEX 1
#endif
#ifndef STAGED
#define STAGED 0
#endif
#ifndef HAVE_POSITION
#define HAVE_POSITION 1
#endif

#define MOST_VALUES (OPERATION_WORDS - OPERATION_VALUES)

// 16 words for an operation on an image: four blocks. `more` counts the calls for one operation.
static inline void draw_words(struct philox_stream stream, uint sample, uint more, uint *words)
{
    ulong block = ((ulong)sample << 8) + more * 4;
    struct philox drawn = philox(stream, (uint)block + LANES, (uintv)((uint)(block >> 32)));
    uint part[VECTOR];
    VSTORE(drawn.w0, 0, part);
    for (uint b = 0; b < 4; b++)
        words[4 * b] = part[b];
    VSTORE(drawn.w1, 0, part);
    for (uint b = 0; b < 4; b++)
        words[4 * b + 1] = part[b];
    VSTORE(drawn.w2, 0, part);
    for (uint b = 0; b < 4; b++)
        words[4 * b + 2] = part[b];
    VSTORE(drawn.w3, 0, part);
    for (uint b = 0; b < 4; b++)
        words[4 * b + 3] = part[b];
}

// [0, 1) in steps of 2^-24.
static inline float share_of(uint word)
{
    return (float)(word >> 8) * 0x1p-24f;
}

// What an operation's ranges come to, from words 1, 2, ..., and what is given behind them.
static inline void draw_values(__global const uint *operation, const uint *words, float *values)
{
    __global const float *given = (__global const float *)(operation + OPERATION_VALUES);
    uint ranges = operation[OPERATION_RANGES];
    for (uint k = 0; k < MOST_VALUES; k++)
        values[k] = 0.0f;
    for (uint k = 0; k < ranges; k++) {
        float low = given[2 * k], high = given[2 * k + 1];
        values[k] = min(share_of(words[1 + k]) * (high - low) + low, high);
    }
    for (uint k = 2 * ranges; k < MOST_VALUES; k++)
        values[k - ranges] = given[k];
}

// Devices differ in the signs of zeros, which are worth nothing.
static inline uint bits_of(float value)
{
    return value == 0.0f ? 0u : as_uint(value);
}

static inline void leave_instruction(__global uint *program, uint code, const float *values)
{
    __global uint *instruction =
        program + PROGRAM_HEADER + program[PROGRAM_COUNT] * INSTRUCTION_WORDS;
    instruction[INSTRUCTION_CODE] = code;
    for (uint k = 0; k < INSTRUCTION_WORDS - INSTRUCTION_VALUES; k++)
        instruction[INSTRUCTION_VALUES + k] = bits_of(values[k]);
    program[PROGRAM_COUNT] += 1;
}

// values: factors of brightness, contrast and saturation, turns of hue; whether that is the order.
// What would change nothing is left out.
static inline void draw_jitter(__global uint *program, const uint *words, const float *values)
{
    uint order[4] = {0, 1, 2, 3};
    for (uint k = 3; k > 0 && values[4] == 0.0f; k--) {
        uint other = mul_hi(words[4 + k], k + 1), was = order[k];
        order[k] = order[other];
        order[other] = was;
    }
    for (uint k = 0; k < 4; k++) {
        uint code = AUGMENT_BRIGHTNESS + order[k];
        float alone[INSTRUCTION_WORDS] = {values[order[k]]};
        if (alone[0] != (code == AUGMENT_HUE ? 0.0f : 1.0f))
            leave_instruction(program, code, alone);
    }
}

// A field of displacements from uniform numbers on knots, behind all that m maps to, which begins
// anew. values: the largest displacement, knots in a pixel, columns and rows of knots. Element e of
// the field takes the word that cl/philox.h says, of the operation's second stream.
static inline void draw_field(struct philox_stream stream, __global const uint *operation,
                              __global uint *program, const float *values, float *m)
{
    uint at = operation[OPERATION_FIELD];
    __global uint *field = program + at;
    field[FIELD_BEFORE] = program[PROGRAM_FIELD];
    program[PROGRAM_FIELD] = at;
    for (uint k = 0; k < 9; k++) {
        field[FIELD_MATRIX + k] = bits_of(m[k]);
        m[k] = k % 4 == 0 ? 1.0f : 0.0f;
    }
    field[FIELD_INVERSE_SPACING] = as_uint(values[1]);
    field[FIELD_COLUMNS] = (uint)values[2];
    field[FIELD_ROWS] = (uint)values[3];
    uint count = 2 * field[FIELD_COLUMNS] * field[FIELD_ROWS];
    stream.fixed.y += 1;
    for (uint block = 0; block < philox_blocks(count); block += VECTOR) {
        struct philox drawn = philox(stream, block + LANES, (uintv)(program[PROGRAM_SAMPLE]));
        const uintv words[4] = {drawn.w0, drawn.w1, drawn.w2, drawn.w3};
        for (uint w = 0; w < 4; w++) {
            uint part[VECTOR], first = (uint)philox_element(block) + 16 * w;
            VSTORE(words[w], 0, part);
            for (uint j = 0; j < VECTOR && first + j < count; j++)
                field[FIELD_VALUES + first + j] =
                    bits_of((2.0f * share_of(part[j]) - 1.0f) * values[0]);
        }
    }
}

// v: as for one box (augment_box.h), then whether the mean or noise comes in, and the value.
static inline void draw_erasing(struct philox_stream stream, __global const uint *operation,
                                __global uint *program, uint *words, const float *v)
{
    bool squares = operation[OPERATION_CODE] == AUGMENT_CUTOUT;
    float values[INSTRUCTION_WORDS] = {0.0f};
    for (uint k = 0; k < (squares ? (uint)v[1] : 1u); k++) {
        if (squares && k % 8 == 0)
            draw_words(stream, program[PROGRAM_SAMPLE], 1 + k / 8, words);
        if (squares)
            draw_square(words[k % 8], words[k % 8 + 8], v, values);
        else
            draw_box(words, v, values);
        values[4] = v[5];
        values[5] = v[6];
        values[NOISE_STREAM] = (float)(operation[OPERATION_STREAM] + 1);
        leave_instruction(program, v[4] != 0.0f ? AUGMENT_ERASE_MEAN : AUGMENT_ERASE, values);
    }
}

// table: see CHOICES. v: how many.
static inline void draw_choices(struct philox_stream stream, __global const float *table,
                                __global uint *program, uint *words, const float *v, float *m)
{
    float values[INSTRUCTION_WORDS] = {0.0f};
    for (uint k = 0; k < (uint)v[0]; k++) {
        if (k % 8 == 0)
            draw_words(stream, program[PROGRAM_SAMPLE], 1 + k / 8, words);
        __global const float *choice = table + below_number(words[k % 8], CHOICES) * CHOICE_SIZE;
        uint code = (uint)choice[CHOICE_CODE];
        for (uint i = 0; i < 5; i++)
            values[i] = choice[CHOICE_VALUES + (words[k % 8 + 8] >> 31) * 5 + i];
        if (code && !map_operation(code, m, values))
            leave_instruction(program, code, values);
    }
}

static inline void draw_operation(const struct philox_stream *draws, __global const uint *operation,
                                  __global uint *program, float *m)
{
    uint words[16];
    float values[MOST_VALUES];
    uint code = operation[OPERATION_CODE];
    struct philox_stream stream = *draws;
    stream.fixed.y += operation[OPERATION_STREAM];
    draw_words(stream, program[PROGRAM_SAMPLE], 0, words);
    if (words[0] > operation[OPERATION_CHANCE])
        return;
    draw_values(operation, words, values);
    if (code == AUGMENT_RESIZE || code == AUGMENT_RANDOM_RESIZED_CROP)
        program[PROGRAM_EDGE] = 1;
    if (code >= AUGMENT_NOISE && code < AUGMENT_NOISE_END)
        values[NOISE_STREAM] = (float)(operation[OPERATION_STREAM] + 1);
    if (code == AUGMENT_ERASING || code == AUGMENT_CUTOUT)
        draw_erasing(stream, operation, program, words, values);
    else if (code == AUGMENT_RAND_AUGMENT)
        draw_choices(stream, (__global const float *)(operation + operation[OPERATION_TABLE]),
                     program, words, values, m);
    else if (code == AUGMENT_JITTER)
        draw_jitter(program, words, values);
    else if (code == AUGMENT_ELASTIC)
        draw_field(stream, operation, program, values, m);
    else if (!map_operation(code, m, values))
        leave_instruction(program, code, values);
}

// The program of the image that is stored as `row`, but for what mixes it with another one.
static inline void draw_program(const struct philox_stream *draws, __global const uint *operations,
                                uint count, uint row, __global uint *program)
{
    float m[9] = {1.0f, 0.0f, 0.0f, 0.0f, 1.0f, 0.0f, 0.0f, 0.0f, 1.0f};
    program[PROGRAM_ROW] = row;
    program[PROGRAM_SAMPLE] = row;
    program[PROGRAM_COUNT] = 0;
    program[PROGRAM_FIELD] = 0;
    program[PROGRAM_EDGE] = 0;
    for (uint k = 0; k < count; k++)
        draw_operation(draws, operations + k * OPERATION_WORDS, program, m);
    for (uint k = 0; k < 9; k++)
        program[PROGRAM_MATRIX + k] = bits_of(m[k]);
    for (uint k = PROGRAM_EDGE + 1; k < PROGRAM_HEADER; k++)
        program[k] = 0;
}

// Which of the operations from `mixing` on acts: one of those that happen, with equal chance. Its
// words; `count` where none happens.
static inline uint choose_mixing(const struct philox_stream *draws, __global const uint *operations,
                                 uint mixing, uint count, uint sample, uint *words)
{
    uint chosen = count, happened = 0;
    for (uint k = mixing; k < count; k++) {
        __global const uint *operation = operations + k * OPERATION_WORDS;
        struct philox_stream stream = *draws;
        uint drawn[16];
        stream.fixed.y += operation[OPERATION_STREAM];
        draw_words(stream, sample, 0, drawn);
        if (drawn[0] > operation[OPERATION_CHANCE] || below_number(drawn[1], ++happened))
            continue;
        chosen = k;
        for (uint w = 0; w < 16; w++)
            words[w] = drawn[w];
    }
    return chosen;
}

// One work-item for each image. programs [rows, parts, program_words]. `stored` images can be
// partners; operations from `mixing` on mix.
__kernel void augment_draw(IN(uint, operations), uint mixing, uint count, IN(uint, index),
                           IN(uint, position), ulong first, RANDOM, OUT(uint, programs),
                           uint program_words, uint parts, uint stored, ulong rows)
{
    AT(operations);
    AT(index);
    AT(position);
    AT(step_at);
    AT(programs);
    const struct philox_stream draws = RANDOM_STREAM;
    for (ulong r = get_global_id(0); r < rows; r += get_global_size(0)) {
        ulong row = first + r;
#if HAVE_POSITION
        row += position[0];
#endif
#if HAVE_INDEX
        row = index[row];
#endif
        uint words[16];
        float values[MOST_VALUES];
        __global uint *program = programs + r * program_words * parts;
        draw_program(&draws, operations, mixing, (uint)row, program);
        if (STAGED)
            program[PROGRAM_ROW] = (uint)r;
        uint chosen = choose_mixing(&draws, operations, mixing, count, (uint)row, words);
        if (chosen == count)
            continue;
        __global const uint *operation = operations + chosen * OPERATION_WORDS;
        draw_values(operation, words, values);
        draw_mixing(operation[OPERATION_CODE],
                    (__global const float *)(operation + operation[OPERATION_TABLE]), words,
                    values);
        leave_instruction(program, operation[OPERATION_CODE], values);
        draw_program(&draws, operations, mixing, below_number(words[3], stored),
                     program + program_words);
    }
}
