// SPDX-License-Identifier: Apache-2.0
// Images of a batch through their programs (augment_draw.cl): read from where they are stored,
// through the matrix, then changed by the instructions, and mixed with its partner, for which the
// same was done before. One work-group for each image.
#include "augment_look.h"
#include "augment_pixel.h"

// The instruction that mixes the image with another one; NULL: there is none.
static inline __global const uint *mixing_of(__global const uint *program)
{
    uint count = program[PROGRAM_COUNT];
    __global const uint *latest = program + PROGRAM_HEADER + (count - 1) * INSTRUCTION_WORDS;
    return USES(AUGMENT_USES_MIXING) && count && latest[INSTRUCTION_CODE] >= AUGMENT_MIXING ? latest
                                                                                            : 0;
}

static inline void mix_pixels(floatv *pixel, __global const uint *mixing,
                              __global const float *partner, ulong at, ulong places, uint width)
{
    __global const float *v = (__global const float *)(mixing + INSTRUCTION_VALUES);
    floatv other[CHANNELS], x, y;
    load_pixels(other, partner, at, places);
    pixels_at(at, width, &x, &y);
    intv inside = (x >= v[1]) & (x < v[3]) & (y >= v[2]) & (y < v[4]);
    for (uint c = 0; c < CHANNELS; c++)
        pixel[c] = mixing[INSTRUCTION_CODE] == AUGMENT_CUTMIX
                       ? select(pixel[c], other[c], inside)
                       : pixel[c] * v[0] + other[c] * (1.0f - v[0]);
}

// What becomes of an image behind its last instruction.
struct ending {
    float scale, shift;          // y = unit scale + shift
    __global const uint *mixing; // 0: it is not mixed
    __global const float *partner;
};

// A turn: instructions `done` to `stop` on the pixels of the image, which in the first turn are
// read from where it is stored.
static inline void change_image(const struct reading *of, __global const SOURCE_TYPE *source,
                                __global const uint *program, uint done, uint stop, bool first,
                                const struct ending *ending, __global float *y,
                                const struct context *context)
{
    __global const uint *instructions = program + PROGRAM_HEADER;
    __global const SOURCE_TYPE *image =
        source + (ulong)program[PROGRAM_ROW] * of->height * of->width * CHANNELS;
    bool whole = is_whole(of, program), last = stop == program[PROGRAM_COUNT];
    ulong places = context->places;
    FOR_EACH_IN_ROW(at, places)
    {
        floatv pixel[CHANNELS];
        if (first)
            sample_image(of, image, program, whole, at, pixel);
        else
            load_pixels(pixel, y, at, places);
        for (uint k = done; k < stop; k++)
            change_pixels(pixel, instructions + k * INSTRUCTION_WORDS, at, context);
        if (last && ending->mixing)
            mix_pixels(pixel, ending->mixing, ending->partner, at, places, of->to_width);
        store_pixels(pixel, y, at, places, last ? ending->scale : 1.0f,
                     last ? ending->shift : 0.0f);
    }
}

// The whole program. Each turn ends before an instruction that must look, or at the end.
GROUP_FUNCTION void run_program(const struct reading *of, __global const SOURCE_TYPE *source,
                                __global const uint *program, const struct ending *ending,
                                __global float *y, struct context *context, __local sight *shared)
{
    __global const uint *instructions = program + PROGRAM_HEADER;
    uint count = program[PROGRAM_COUNT], done = 0;
    context->sample = program[PROGRAM_SAMPLE];
    for (bool first = true; first || done < count; first = false) {
        uint stop = done + (first ? 0 : 1);
        __global const uint *looks = instructions + done * INSTRUCTION_WORDS;
#if USES(AUGMENT_USES_SIGHT)
        look(first ? 0 : looks[INSTRUCTION_CODE],
             (__global const float *)(looks + INSTRUCTION_VALUES), y, context, shared);
#endif
        while (stop < count && !must_look(instructions[stop * INSTRUCTION_WORDS]))
            stop++;
        change_image(of, source, program, done, stop, first, ending, y, context);
        if (USES(AUGMENT_USES_SIGHT | AUGMENT_USES_MIXING))
            meet();
        done = stop;
    }
}

// y = (unit y_scale + y_shift) of the image that is made. programs [rows, parts, program_words];
// work [rows, work_size]: memory of each image's own, and in the end of it room for its partner.
__kernel void augment(IN(SOURCE_TYPE, source), IN(uint, programs), uint program_words, uint parts,
                      OUT(float, y), INOUT(float, work), ulong work_size, ulong rows, uint height,
                      uint width, uint to_height, uint to_width, uint fill, float fill_value,
                      float low, float unit, float y_scale, float y_shift, RANDOM)
{
    GROUP_ARRAY(sight, shared);
    AT(source);
    AT(programs);
    AT(y);
    AT(work);
    AT(step_at);
    const struct philox_stream draws = RANDOM_STREAM;
    const struct reading of = {height, width, to_height, to_width, fill, fill_value, unit, low};
    ulong places = (ulong)to_height * to_width;
    struct context context;
    context.draws = draws;
    context.places = places;
    context.height = to_height;
    context.width = to_width;
    context.zero = -low * unit;
    FOR_EACH_ROW(r, rows)
    {
        __global const uint *own = programs + r * parts * program_words;
        __global const uint *mixing = mixing_of(own);
        context.work = work + r * work_size;
        __global float *partner = context.work + (work_size - places * CHANNELS);
        // The partner first, if any.
        for (uint part = mixing ? 2 : 1; part-- > 0;) {
            struct ending ending = {y_scale, y_shift, mixing, partner};
            if (part) {
                ending.scale = 1.0f;
                ending.shift = 0.0f;
                ending.mixing = 0;
            }
            run_program(&of, source, own + part * program_words, &ending,
                        part ? partner : y + r * places * CHANNELS, &context, shared);
        }
    }
}
