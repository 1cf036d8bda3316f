// SPDX-License-Identifier: Apache-2.0
// Convolution: the checks at the door and the choice of the provider.
#include "ops/conv.h"

#include <string.h>

#include "base/error.h"
#include "device/device.h"
#include "ops/activation.h"
#include "ops/check.h"
#include "ops/gemm.h"

const struct ridge_conv_provider ridge_conv_providers[] = {
    {"winograd", ridge_conv_winograd_can, ridge_conv_winograd_suits, ridge_conv_winograd,
     .sums_bias = true},
    {"depthwise", ridge_conv_depthwise_can, NULL, ridge_conv_depthwise},
    {"panel", ridge_conv_panel_can, NULL, ridge_conv_panel, .sums_bias = true},
    {"im2col", ridge_conv_im2col_can, ridge_conv_im2col_suits, ridge_conv_im2col},
    {"tiled", ridge_conv_tiled_can, NULL, ridge_conv_tiled},
    {"plain", ridge_conv_plain_can, NULL, ridge_conv_plain},
    {NULL},
};

struct ridge_work ridge_conv_work(const struct ridge_conv_call *call)
{
    const ridge_conv_shape *s = &call->shape;
    uint64_t places = (uint64_t)s->batch * call->output[0] * call->output[1];
    uint64_t x = (uint64_t)s->batch * s->height * s->width * s->channels;
    uint64_t w = (uint64_t)s->filters * (s->channels / s->groups) * s->kernel[0] * s->kernel[1];
    uint64_t y = places * s->filters;
    uint64_t to = call->pass == RIDGE_CONV_INPUT_GRADIENT ? x : y;
    uint64_t activation = ridge_activation_operations(call->epilogue.activation);
    return (struct ridge_work){
        .bytes = (x + w + y + (call->beta == 0 ? 0 : to)) * sizeof(float),
        .operations = 2 * places * w + to * activation,
    };
}

struct ridge_gemm_call ridge_conv_write_out(const struct ridge_conv_call *call)
{
    bool forward = call->pass == RIDGE_CONV_FORWARD;
    size_t columns = forward ? call->shape.filters : call->shape.channels;
    return (struct ridge_gemm_call){
        .shape = {.n = columns, .ldc = columns},
        .alpha = 1,
        .beta = call->beta,
        .c = call->to,
        .epilogue = call->epilogue,
    };
}

static ridge_status check_sizes(const ridge_conv_shape *s)
{
    if (!s->batch || !s->height || !s->width || !s->channels || !s->filters)
        return ridge_fail(RIDGE_ERROR_SHAPE,
                          "shape: expected batch, height, width, channels, filters above 0, got "
                          "%zu, %zu, %zu, %zu, %zu",
                          s->batch, s->height, s->width, s->channels, s->filters);
    if (!s->kernel[0] || !s->kernel[1])
        return ridge_fail(RIDGE_ERROR_SHAPE, "kernel: expected sizes above 0, got %zux%zu",
                          s->kernel[0], s->kernel[1]);
    if (s->channels % s->groups || s->filters % s->groups)
        return ridge_fail(RIDGE_ERROR_SHAPE,
                          "groups: expected a number that divides %zu channels and %zu filters, "
                          "got %zu",
                          s->channels, s->filters, s->groups);
    return RIDGE_OK;
}

// Fills in what 0 stands for and finds the output.
static ridge_status complete(ridge_conv_shape *s, size_t output[2])
{
    static const char *const names[] = {"height", "width"};
    s->groups = s->groups ? s->groups : 1;
    RIDGE_TRY(check_sizes(s));
    for (int d = 0; d < 2; d++) {
        s->stride[d] = s->stride[d] ? s->stride[d] : 1;
        s->dilation[d] = s->dilation[d] ? s->dilation[d] : 1;
        size_t size = (d ? s->width : s->height) + s->pad_before[d] + s->pad_after[d];
        size_t reach = s->dilation[d] * (s->kernel[d] - 1) + 1;
        if (reach > size)
            return ridge_fail(RIDGE_ERROR_SHAPE,
                              "kernel: expected at most the padded image's %s of %zu, got %zu%s",
                              names[d], size, reach, s->dilation[d] > 1 ? " with dilation" : "");
        output[d] = (size - reach) / s->stride[d] + 1;
    }
    return RIDGE_OK;
}

ridge_status ridge_conv_output(const ridge_conv_shape *shape, size_t output[2])
{
    if (!shape || !output)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "shape, output: expected pointers, got NULL");
    ridge_conv_shape complete_shape = *shape;
    return complete(&complete_shape, output);
}

static ridge_status check_call(ridge_launcher *on, const ridge_conv_shape *shape,
                               struct ridge_conv_call *call)
{
    RIDGE_TRY(ridge_check_launcher(on));
    if (!shape)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "shape: expected a pointer, got NULL");
    call->shape = *shape;
    return complete(&call->shape, call->output);
}

static size_t x_count(const struct ridge_conv_call *call)
{
    const ridge_conv_shape *s = &call->shape;
    return s->batch * s->height * s->width * s->channels;
}

static size_t y_count(const struct ridge_conv_call *call)
{
    return call->shape.batch * call->output[0] * call->output[1] * call->shape.filters;
}

static size_t w_count(const struct ridge_conv_call *call)
{
    const ridge_conv_shape *s = &call->shape;
    return s->filters * (s->channels / s->groups) * s->kernel[0] * s->kernel[1];
}

static ridge_status check_epilogue(struct ridge_conv_call *call,
                                   const ridge_gemm_epilogue *epilogue, size_t columns)
{
    if (epilogue && (epilogue->saved.buffer || epilogue->row_sums.buffer))
        return ridge_fail(RIDGE_ERROR_UNSUPPORTED,
                          "epilogue: expected neither saved nor row_sums, which convolutions do "
                          "not have");
    if (epilogue)
        call->epilogue = *epilogue;
    return ridge_gemm_epilogue_check(&call->epilogue, columns);
}

// The provider that RIDGE_CONV names where it can, else the first one that suits.
static const struct ridge_conv_provider *choose(const ridge_device *device,
                                                const struct ridge_conv_call *call)
{
    const struct ridge_conv_provider *p = ridge_conv_providers;
    for (; device->conv && p->name; p++)
        if (strcmp(p->name, device->conv) == 0 && p->can(device, call))
            return p;
    p = ridge_conv_providers;
    while (!p->can(device, call) || (p->suits && !p->suits(device, call)))
        p++;
    return p;
}

static ridge_status run(ridge_launcher *on, const struct ridge_conv_call *call)
{
    return choose(on->device, call)->run(on, call);
}

static ridge_status forward(ridge_launcher *on, const ridge_conv_shape *shape, ridge_tensor x,
                            ridge_tensor w, float beta, ridge_tensor y,
                            const ridge_gemm_epilogue *epilogue)
{
    struct ridge_conv_call call = {RIDGE_CONV_FORWARD, .from = x, .w = w, .to = y, .beta = beta};
    RIDGE_TRY(check_call(on, shape, &call));
    RIDGE_TRY(ridge_check_tensor("x", x, RIDGE_FLOAT32, x_count(&call)));
    RIDGE_TRY(ridge_check_tensor("w", w, RIDGE_FLOAT32, w_count(&call)));
    RIDGE_TRY(ridge_check_tensor("y", y, RIDGE_FLOAT32, y_count(&call)));
    RIDGE_TRY(check_epilogue(&call, epilogue, call.shape.filters));
    return run(on, &call);
}

ridge_status ridge_conv_forward(ridge_launcher *on, const ridge_conv_shape *shape, ridge_tensor x,
                                ridge_tensor w, ridge_tensor y, const ridge_gemm_epilogue *epilogue)
{
    return forward(on, shape, x, w, 0, y, epilogue);
}

ridge_status ridge_conv_forward_add(ridge_launcher *on, const ridge_conv_shape *shape,
                                    ridge_tensor x, ridge_tensor w, ridge_tensor y)
{
    return forward(on, shape, x, w, 1, y, NULL);
}

ridge_status ridge_conv_input_gradient(ridge_launcher *on, const ridge_conv_shape *shape,
                                       ridge_tensor dy, ridge_tensor w, bool accumulate,
                                       ridge_tensor dx, const ridge_gemm_epilogue *epilogue)
{
    struct ridge_conv_call call = {RIDGE_CONV_INPUT_GRADIENT, .from = dy, .w = w, .to = dx,
                                   .beta = accumulate ? 1 : 0};
    RIDGE_TRY(check_call(on, shape, &call));
    RIDGE_TRY(ridge_check_tensor("dy", dy, RIDGE_FLOAT32, y_count(&call)));
    RIDGE_TRY(ridge_check_tensor("w", w, RIDGE_FLOAT32, w_count(&call)));
    RIDGE_TRY(ridge_check_tensor("dx", dx, RIDGE_FLOAT32, x_count(&call)));
    RIDGE_TRY(check_epilogue(&call, epilogue, call.shape.channels));
    return run(on, &call);
}

ridge_status ridge_conv_weight_gradient(ridge_launcher *on, const ridge_conv_shape *shape,
                                        ridge_tensor x, ridge_tensor dy, ridge_tensor dw,
                                        ridge_tensor db)
{
    struct ridge_conv_call call = {RIDGE_CONV_WEIGHT_GRADIENT, .from = x, .dy = dy, .to = dw,
                                   .db = db};
    RIDGE_TRY(check_call(on, shape, &call));
    RIDGE_TRY(ridge_check_tensor("x", x, RIDGE_FLOAT32, x_count(&call)));
    RIDGE_TRY(ridge_check_tensor("dy", dy, RIDGE_FLOAT32, y_count(&call)));
    RIDGE_TRY(ridge_check_tensor("dw", dw, RIDGE_FLOAT32, w_count(&call)));
    size_t filters = call.shape.filters;
    if (db.buffer)
        RIDGE_TRY(ridge_check_tensor("db", db, RIDGE_FLOAT32, filters));
    const struct ridge_conv_provider *provider = choose(on->device, &call);
    RIDGE_TRY(provider->run(on, &call));
    if (!db.buffer || provider->sums_bias)
        return RIDGE_OK;
    size_t places = y_count(&call) / filters;
    return ridge_bias_gradient(on, ridge_tensor_reshaped(dy, RIDGE_SHAPE(places, filters)), db);
}
