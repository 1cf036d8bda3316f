// SPDX-License-Identifier: Apache-2.0
// Images of a batch through their programs (augment_draw.cl): read from where they are stored,
// through the matrix, then changed by the instructions. One work-group for each image.
#include "augment_look.h"
#include "augment_pixel.h"

// y = (unit y_scale + y_shift) of the image that is made. work [rows, work_size]: memory of each
// image's own.
__kernel void augment(IN(SOURCE_TYPE, source), IN(uint, programs), uint program_words,
                      OUT(float, y), INOUT(float, work), ulong work_size, ulong rows, uint height,
                      uint width, uint to_height, uint to_width, uint interpolation, uint fill,
                      float fill_value, float low, float unit, float y_scale, float y_shift)
{
    GROUP_ARRAY(float, shared);
    AT(source);
    AT(programs);
    AT(y);
    AT(work);
    const struct reading of = {height, width,      to_height, to_width, interpolation,
                               fill,   fill_value, unit,      low};
    ulong places = (ulong)to_height * to_width;
    FOR_EACH_ROW(r, rows)
    {
        __global const uint *program = programs + r * program_words;
        __global const SOURCE_TYPE *image =
            source + (ulong)program[PROGRAM_ROW] * height * width * CHANNELS;
        __global float *to = y + r * places * CHANNELS;
        uint count = program[PROGRAM_COUNT], done = 0;
        float seen[SEEN];
        // Each turn ends before an instruction that must look, or at the end.
        for (bool first = true; first || done < count; first = false) {
            uint stop = done + (first ? 0 : 1);
            __global const uint *instructions = program + PROGRAM_HEADER;
            if (!first)
                look(instructions + done * INSTRUCTION_WORDS, to, places, work + r * work_size,
                     seen, shared);
            while (stop < count && !must_look(instructions[stop * INSTRUCTION_WORDS]))
                stop++;
            bool last = stop == count;
            FOR_EACH_IN_ROW(at, places)
            {
                floatv pixel[CHANNELS];
                if (first)
                    sample_image(&of, image, program, at, pixel);
                else
                    load_pixels(pixel, to, at, places);
                for (uint k = done; k < stop; k++)
                    change_pixels(pixel, instructions + k * INSTRUCTION_WORDS, at, seen);
                store_pixels(pixel, to, at, places, last ? y_scale : 1.0f, last ? y_shift : 0.0f);
            }
#if !RIDGE_WALK_CPU
            barrier(CLK_GLOBAL_MEM_FENCE);
#endif
            done = stop;
        }
    }
}
