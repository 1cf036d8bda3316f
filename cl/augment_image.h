// SPDX-License-Identifier: Apache-2.0
// Images as they are made, in y: VECTOR pixels at a time.
#ifndef RIDGE_CL_AUGMENT_IMAGE_H
#define RIDGE_CL_AUGMENT_IMAGE_H

#include "augment_sample.h"
#include "philox.h"

// What instructions of the programs may need beside the plain ones, AUGMENT_USES_...: what is not
// needed is not compiled.
#ifndef USED
#define USED 63
#endif
#define USES(what) ((USED & (what)) != 0)

#define SEEN (2 * CHANNELS) // numbers that an instruction may keep; more goes to the work memory

// What an instruction may know beside the pixels.
struct context {
    float seen[SEEN];           // what it has learnt by looking at the image
    __global float *work;       // memory of the image's own
    struct philox_stream draws; // the first operation's
    uint sample;                // the image's number in the data set
    ulong places;
    uint height, width;
    float zero; // what a stored 0 is in units
};

// y in units, or as the network wants it.
static inline void store_pixels(const floatv *pixel, __global float *y, ulong at, ulong places,
                                float scale, float shift)
{
    for (uint c = 0; c < CHANNELS; c++) {
        floatv value = pixel[c] * scale + shift;
        if (PLANES) {
            store(value, y + channel_at(c, places), at, places);
            continue;
        }
        float part[VECTOR];
        VSTORE(value, 0, part);
        for (uint j = 0; j < VECTOR && at + j < places; j++)
            y[place_at(at + j) + c] = part[j];
    }
}

static inline void load_pixels(floatv *pixel, __global const float *y, ulong at, ulong places)
{
    for (uint c = 0; c < CHANNELS; c++) {
        if (PLANES) {
            pixel[c] = load(y + channel_at(c, places), at, places);
            continue;
        }
        float part[VECTOR];
        for (uint j = 0; j < VECTOR; j++)
            part[j] = y[place_at(min(at + j, places - 1)) + c];
        pixel[c] = VLOAD(0, part);
    }
}

// What people see as the brightness of a pixel (ITU-R 601); of other than three channels the mean.
static inline floatv grey_of(const floatv *pixel)
{
#if CHANNELS == 3
    return pixel[0] * 0.299f + pixel[1] * 0.587f + pixel[2] * 0.114f;
#else
    floatv sum = pixel[0];
    for (uint c = 1; c < CHANNELS; c++)
        sum += pixel[c];
    return sum * (1.0f / CHANNELS);
#endif
}

// The level 0 to 255 that an image of bytes would have.
static inline intv level_of(floatv u)
{
    return convert_intv(rint(clamp(u, 0.0f, 1.0f) * 255.0f));
}

// How many pixels each level has: [CHANNELS, LEVELS], behind the tables that are made of them.
static inline __global uint *counts_of(const struct context *context)
{
    return (__global uint *)(context->work + CHANNELS * LEVELS);
}

#endif
