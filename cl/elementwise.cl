// SPDX-License-Identifier: Apache-2.0
// Fill, copy, scale and axpy over `count` elements. Launched by ridge_launch_elements.
#include "common.h"

// y = value
__kernel void fill(OUT(float, y), float value, ulong count)
{
    AT(y);
    FOR_EACH_VECTOR(i, count)
    {
        store((floatv)(value), y, i, count);
    }
}

// y = x
__kernel void copy(IN(float, x), OUT(float, y), ulong count)
{
    AT(x);
    AT(y);
    FOR_EACH_VECTOR(i, count)
    {
        store(load(x, i, count), y, i, count);
    }
}

// x = alpha x
__kernel void scale(float alpha, INOUT(float, x), ulong count)
{
    AT(x);
    FOR_EACH_VECTOR(i, count)
    {
        store(alpha * load(x, i, count), x, i, count);
    }
}

// y = alpha x + y
__kernel void axpy(float alpha, IN(float, x), INOUT(float, y), ulong count)
{
    AT(x);
    AT(y);
    FOR_EACH_VECTOR(i, count)
    {
        store(alpha * load(x, i, count) + load(y, i, count), y, i, count);
    }
}
