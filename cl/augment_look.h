// SPDX-License-Identifier: Apache-2.0
// What instructions must know of an image as it is when their turn comes: a group looks at it.
#ifndef RIDGE_CL_AUGMENT_LOOK_H
#define RIDGE_CL_AUGMENT_LOOK_H

#include "augment_image.h"
#include "reduce.h"

#pragma OPENCL FP_CONTRACT OFF

#define SEEN 4 // numbers that an instruction may keep; more goes to the image's work memory

static inline bool must_look(uint code)
{
    return code == AUGMENT_CONTRAST;
}

GROUP_FUNCTION float mean_grey(__global const float *y, ulong places, __local float *shared)
{
    floatv sum = (floatv)(0.0f), lost = (floatv)(0.0f);
    FOR_EACH_IN_ROW(at, places)
    {
        floatv pixel[CHANNELS];
        load_pixels(pixel, y, at, places);
        accumulate(&sum, &lost, select((floatv)(0.0f), grey_of(pixel), below(at, places)));
    }
    return group_sum(sum_of(sum - lost), shared) / (float)places;
}

// y: the image in units, `places` for each channel, as all work-items of the group have left it;
// work: memory of the image's own.
GROUP_FUNCTION void look(__global const uint *instruction, __global const float *y, ulong places,
                         __global float *work, float *seen, __local float *shared)
{
    switch (instruction[INSTRUCTION_CODE]) {
    case AUGMENT_CONTRAST:
        seen[0] = mean_grey(y, places, shared);
        break;
    }
}

#endif
