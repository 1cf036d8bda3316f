// SPDX-License-Identifier: Apache-2.0
// Pooling, and upsampling, which is the gradient of a sum over windows.
#include <ridge/image.h>

#include <stdio.h>

#include "base/error.h"
#include "device/device.h"
#include "ops/check.h"

struct pooling {
    ridge_pooling_shape shape;
    size_t output[2];
    size_t inputs, outputs; // elements of x and y
};

static const char *const dimensions[2] = {"height", "width"};

void ridge_pooling_output(const ridge_pooling_shape *shape, size_t output[2])
{
    const size_t size[2] = {shape->height, shape->width};
    output[0] = output[1] = 0;
    for (int d = 0; d < 2; d++) {
        size_t padded = size[d] + shape->pad_before[d] + shape->pad_after[d];
        if (!size[d] || !shape->window[d] || !shape->stride[d] || padded < shape->window[d]) {
            output[0] = output[1] = 0;
            return;
        }
        output[d] = (padded - shape->window[d]) / shape->stride[d] + 1;
    }
}

ridge_type ridge_pooling_index_type(const ridge_pooling_shape *shape)
{
    return shape->window[0] * shape->window[1] <= 256 ? RIDGE_UINT8 : RIDGE_INT32;
}

// The kernels count with 32 bits along an image.
static ridge_status check_sizes(const ridge_pooling_shape *shape)
{
    const size_t size[2] = {shape->height, shape->width}, most = (size_t)1 << 30;
    if (!shape->batch || !shape->channels)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "shape: expected batch and channels above 0");
    for (int d = 0; d < 2; d++) {
        if (!size[d] || !shape->stride[d] || !shape->window[d])
            return ridge_fail(RIDGE_ERROR_ARGUMENT,
                              "shape, %s: expected size, window and stride above 0, got %zu, %zu "
                              "and %zu",
                              dimensions[d], size[d], shape->window[d], shape->stride[d]);
        if (size[d] > most || shape->window[d] > most || shape->stride[d] > most)
            return ridge_fail(RIDGE_ERROR_ARGUMENT, "shape, %s: expected sizes up to %zu",
                              dimensions[d], most);
        if (shape->pad_before[d] >= shape->window[d] || shape->pad_after[d] >= shape->window[d])
            return ridge_fail(RIDGE_ERROR_SHAPE,
                              "shape, %s: expected padding less than the window of %zu, got %zu "
                              "before and %zu after",
                              dimensions[d], shape->window[d], shape->pad_before[d],
                              shape->pad_after[d]);
        size_t padded = size[d] + shape->pad_before[d] + shape->pad_after[d];
        if (padded < shape->window[d])
            return ridge_fail(RIDGE_ERROR_SHAPE,
                              "shape, %s: expected a window up to %zu, the padded image, got %zu",
                              dimensions[d], padded, shape->window[d]);
    }
    return RIDGE_OK;
}

static ridge_status check(ridge_launcher *on, const ridge_pooling_shape *shape,
                          struct pooling *pooling)
{
    RIDGE_TRY(ridge_check_launcher(on));
    if (!shape)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "shape: expected a pointer, got NULL");
    RIDGE_TRY(check_sizes(shape));
    pooling->shape = *shape;
    ridge_pooling_output(shape, pooling->output);
    pooling->inputs = shape->batch * shape->height * shape->width * shape->channels;
    pooling->outputs = shape->batch * pooling->output[0] * pooling->output[1] * shape->channels;
    size_t most = (size_t)1 << 31, row = shape->channels;
    row *= shape->width > pooling->output[1] ? shape->width : pooling->output[1];
    if (row > most)
        return ridge_fail(RIDGE_ERROR_SHAPE,
                          "shape: expected rows of an image of up to %zu elements, got %zu", most,
                          row);
    return RIDGE_OK;
}

#define POOLING_ARGUMENTS(p)                                                                       \
    RIDGE_ARG_UINT((p)->shape.height), RIDGE_ARG_UINT((p)->shape.width),                           \
        RIDGE_ARG_UINT((p)->shape.channels), RIDGE_ARG_UINT((p)->output[0]),                       \
        RIDGE_ARG_UINT((p)->output[1]), RIDGE_ARG_UINT((p)->shape.window[0]),                      \
        RIDGE_ARG_UINT((p)->shape.window[1]), RIDGE_ARG_UINT((p)->shape.stride[0]),                \
        RIDGE_ARG_UINT((p)->shape.stride[1]), RIDGE_ARG_UINT((p)->shape.pad_before[0]),            \
        RIDGE_ARG_UINT((p)->shape.pad_before[1])

#define UNROLLED 9 // places of windows that kernels are built for

// A group for each of `rows` rows of places. `wide`: windows are of more than 256 places.
static ridge_status launch_rows(ridge_launcher *on, const struct pooling *pooling,
                                struct ridge_launch *launch, size_t rows, bool wide)
{
    const ridge_pooling_shape *shape = &pooling->shape;
    const unsigned window[2] = {(unsigned)shape->window[0], (unsigned)shape->window[1]};
    char defines[128];
    if ((size_t)window[0] * window[1] <= UNROLLED) {
        snprintf(defines, sizeof(defines),
                 "-DWINDOW_HEIGHT=%uu -DWINDOW_WIDTH=%uu -DSTRIDE_HEIGHT=%uu -DSTRIDE_WIDTH=%uu",
                 window[0], window[1], (unsigned)shape->stride[0], (unsigned)shape->stride[1]);
        launch->defines = defines;
    } else if (wide) {
        launch->defines = "-DWIDE=1";
    }
    launch->program = "pooling";
    size_t elements = pooling->inputs > pooling->outputs ? pooling->inputs : pooling->outputs;
    ridge_launch_rows(on->device, launch, rows, (elements + rows - 1) / rows);
    return ridge_launch(on, launch);
}

// How many additions or comparisons: one for each place of each window.
static size_t operations(const struct pooling *pooling)
{
    return pooling->outputs * pooling->shape.window[0] * pooling->shape.window[1];
}

ridge_status ridge_max_pool_forward(ridge_launcher *on, const ridge_pooling_shape *shape,
                                    ridge_tensor x, ridge_tensor y, ridge_tensor index)
{
    struct pooling p;
    RIDGE_TRY(check(on, shape, &p));
    RIDGE_TRY(ridge_check_tensor("x", x, RIDGE_FLOAT32, p.inputs));
    RIDGE_TRY(ridge_check_tensor("y", y, RIDGE_FLOAT32, p.outputs));
    bool keep = index.buffer != NULL;
    ridge_type type = ridge_pooling_index_type(shape);
    if (keep)
        RIDGE_TRY(ridge_check_tensor("index", index, type, p.outputs));
    else
        index = (ridge_tensor){.buffer = y.buffer}; // has to be there, though nobody reads it
    size_t rows = shape->batch * p.output[0];
    struct ridge_launch launch = {
        .kernel = "max_pool",
        .arguments = {RIDGE_ARG_TENSOR(x), RIDGE_ARG_TENSOR(y), RIDGE_ARG_TENSOR(index),
                      POOLING_ARGUMENTS(&p), RIDGE_ARG_UINT(keep), RIDGE_ARG_ULONG(rows)},
        .work = {(p.inputs + p.outputs) * sizeof(float) +
                     (keep ? p.outputs * ridge_type_size(type) : 0),
                 operations(&p)},
    };
    return launch_rows(on, &p, &launch, rows, type == RIDGE_INT32);
}

ridge_status ridge_max_pool_backward(ridge_launcher *on, const ridge_pooling_shape *shape,
                                     ridge_tensor index, ridge_tensor dy, bool accumulate,
                                     ridge_tensor dx)
{
    struct pooling p;
    RIDGE_TRY(check(on, shape, &p));
    ridge_type type = ridge_pooling_index_type(shape);
    RIDGE_TRY(ridge_check_tensor("index", index, type, p.outputs));
    RIDGE_TRY(ridge_check_tensor("dy", dy, RIDGE_FLOAT32, p.outputs));
    RIDGE_TRY(ridge_check_tensor("dx", dx, RIDGE_FLOAT32, p.inputs));
    size_t rows = shape->batch * shape->height;
    struct ridge_launch launch = {
        .kernel = "max_pool_backward",
        .arguments = {RIDGE_ARG_TENSOR(index), RIDGE_ARG_TENSOR(dy), RIDGE_ARG_TENSOR(dx),
                      POOLING_ARGUMENTS(&p), RIDGE_ARG_UINT(accumulate), RIDGE_ARG_ULONG(rows)},
        .work = {((accumulate ? 2 : 1) * p.inputs + p.outputs) * sizeof(float) +
                     p.outputs * ridge_type_size(type),
                 p.outputs},
    };
    return launch_rows(on, &p, &launch, rows, type == RIDGE_INT32);
}

// Sums of windows of x / divisor. divisor 0: the places inside the image.
static ridge_status sum_windows(ridge_launcher *on, const struct pooling *p, float divisor,
                                ridge_tensor x, bool accumulate, ridge_tensor y)
{
    size_t rows = p->shape.batch * p->output[0];
    struct ridge_launch launch = {
        .kernel = "average_pool",
        .arguments = {RIDGE_ARG_TENSOR(x), RIDGE_ARG_TENSOR(y), POOLING_ARGUMENTS(p),
                      RIDGE_ARG_FLOAT(divisor), RIDGE_ARG_UINT(accumulate), RIDGE_ARG_ULONG(rows)},
        .work = {(p->inputs + (accumulate ? 2 : 1) * p->outputs) * sizeof(float),
                 operations(p) + p->outputs},
    };
    return launch_rows(on, p, &launch, rows, false);
}

// The gradient of the same.
static ridge_status spread_windows(ridge_launcher *on, const struct pooling *p, float divisor,
                                   ridge_tensor dy, bool accumulate, ridge_tensor dx)
{
    size_t rows = p->shape.batch * p->shape.height;
    struct ridge_launch launch = {
        .kernel = "average_pool_backward",
        .arguments = {RIDGE_ARG_TENSOR(dy), RIDGE_ARG_TENSOR(dx), POOLING_ARGUMENTS(p),
                      RIDGE_ARG_FLOAT(divisor), RIDGE_ARG_UINT(accumulate), RIDGE_ARG_ULONG(rows)},
        .work = {((accumulate ? 2 : 1) * p->inputs + p->outputs) * sizeof(float), operations(p)},
    };
    return launch_rows(on, p, &launch, rows, false);
}

static float divisor_of(const ridge_pooling_shape *shape)
{
    return shape->counts_padding ? (float)(shape->window[0] * shape->window[1]) : 0;
}

ridge_status ridge_average_pool_forward(ridge_launcher *on, const ridge_pooling_shape *shape,
                                        ridge_tensor x, ridge_tensor y)
{
    struct pooling p;
    RIDGE_TRY(check(on, shape, &p));
    RIDGE_TRY(ridge_check_tensor("x", x, RIDGE_FLOAT32, p.inputs));
    RIDGE_TRY(ridge_check_tensor("y", y, RIDGE_FLOAT32, p.outputs));
    return sum_windows(on, &p, divisor_of(shape), x, false, y);
}

ridge_status ridge_average_pool_backward(ridge_launcher *on, const ridge_pooling_shape *shape,
                                         ridge_tensor dy, bool accumulate, ridge_tensor dx)
{
    struct pooling p;
    RIDGE_TRY(check(on, shape, &p));
    RIDGE_TRY(ridge_check_tensor("dy", dy, RIDGE_FLOAT32, p.outputs));
    RIDGE_TRY(ridge_check_tensor("dx", dx, RIDGE_FLOAT32, p.inputs));
    return spread_windows(on, &p, divisor_of(shape), dy, accumulate, dx);
}

// Upsampling is seen from its output: windows of `factor` places of the large image, side by side.
static ridge_status check_upsampling(ridge_launcher *on, const size_t factor[2], const char *name,
                                     ridge_tensor small, const char *other, ridge_tensor large,
                                     struct pooling *pooling)
{
    RIDGE_TRY(ridge_check_tensor(name, small, RIDGE_FLOAT32, 0));
    if (small.rank != 4)
        return ridge_fail(RIDGE_ERROR_SHAPE,
                          "%s: expected [batch, height, width, channels], got %u dimensions", name,
                          small.rank);
    if (!factor)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "factor: expected a pointer, got NULL");
    const size_t most = (size_t)1 << 30;
    for (int d = 0; d < 2; d++)
        if (!factor[d] || factor[d] > most / small.shape[1 + d])
            return ridge_fail(RIDGE_ERROR_ARGUMENT,
                              "factor, %s: expected 1 or more and a result up to %zu, got %zu",
                              dimensions[d], most, factor[d]);
    const ridge_pooling_shape shape = {
        .batch = small.shape[0],
        .height = factor[0] * small.shape[1],
        .width = factor[1] * small.shape[2],
        .channels = small.shape[3],
        .window = {factor[0], factor[1]},
        .stride = {factor[0], factor[1]},
    };
    RIDGE_TRY(check(on, &shape, pooling));
    return ridge_check_tensor(other, large, RIDGE_FLOAT32, pooling->inputs);
}

ridge_status ridge_upsample_forward(ridge_launcher *on, const size_t factor[2], ridge_tensor x,
                                    ridge_tensor y)
{
    struct pooling p;
    RIDGE_TRY(check_upsampling(on, factor, "x", x, "y", y, &p));
    return spread_windows(on, &p, 1, x, false, y);
}

ridge_status ridge_upsample_backward(ridge_launcher *on, const size_t factor[2], ridge_tensor dy,
                                     bool accumulate, ridge_tensor dx)
{
    struct pooling p;
    RIDGE_TRY(check_upsampling(on, factor, "dx", dx, "dy", dy, &p));
    return sum_windows(on, &p, 1, dy, accumulate, dx);
}
