// SPDX-License-Identifier: Apache-2.0
#include "ops/gemm_measure.h"

#include <math.h>
#include <ridge/ops.h>

#include "base/clock.h"
#include "base/error.h"

// Elements before each operand: those of networks lie somewhere in a buffer, too, and CLBlast's
// kernel for large products, which copies such operands, would look better than it is there.
#define OFFSET 64
// Many short rounds, so that on a busy machine some of them have it for themselves.
#define ROUNDS 15
#define ROUND_SECONDS 0.003
#define LONG_SECONDS 0.1 // twice is enough

static struct ridge_gemm_call call_of(const struct ridge_gemm_measure *measure,
                                      const ridge_gemm_shape *shape)
{
    struct ridge_gemm_call call = {
        .shape = *shape,
        .alpha = 1,
        .a = measure->operands[0],
        .b = measure->operands[1],
        .c = measure->operands[2],
    };
    call.shape.lda = shape->transpose_a ? shape->m : shape->k;
    call.shape.ldb = shape->transpose_b ? shape->k : shape->n;
    call.shape.ldc = shape->n;
    call.a.offset = call.b.offset = call.c.offset = OFFSET;
    return call;
}

static ridge_status repeat(const struct ridge_gemm_measure *measure,
                           const struct ridge_gemm_call *call, size_t times, double *seconds)
{
    double start = ridge_clock();
    for (size_t i = 0; i < times; i++)
        RIDGE_TRY(measure->run(ridge_device_launcher(measure->device), call));
    RIDGE_TRY(ridge_device_finish(measure->device));
    *seconds = (ridge_clock() - start) / (double)times;
    return RIDGE_OK;
}

ridge_status ridge_gemm_measure_create(struct ridge_gemm_measure *measure,
                                       const ridge_tune_product *products, size_t count)
{
    size_t counts[3] = {1, 1, 1};
    for (size_t i = 0; i < count; i++) {
        const ridge_gemm_shape *s = &products[i].shape;
        const size_t here[3] = {s->m * s->k, s->k * s->n, s->m * s->n};
        for (int j = 0; j < 3; j++)
            counts[j] = here[j] + OFFSET > counts[j] ? here[j] + OFFSET : counts[j];
    }
    for (int j = 0; j < 3; j++) {
        RIDGE_TRY(ridge_tensor_create(measure->device, RIDGE_FLOAT32, 1, &counts[j],
                                      &measure->operands[j]));
        RIDGE_TRY(ridge_fill(ridge_device_launcher(measure->device), measure->operands[j], 0.5f));
    }
    return RIDGE_OK;
}

void ridge_gemm_measure_release(struct ridge_gemm_measure *measure)
{
    for (int j = 0; j < 3; j++)
        ridge_tensor_destroy(measure->device, &measure->operands[j]);
}

ridge_status ridge_gemm_measure_once(const struct ridge_gemm_measure *measure,
                                     const ridge_gemm_shape *shape)
{
    double seconds;
    struct ridge_gemm_call call = call_of(measure, shape);
    return repeat(measure, &call, 1, &seconds);
}

ridge_status ridge_gemm_measure_seconds(const struct ridge_gemm_measure *measure,
                                        const ridge_gemm_shape *shape, double *seconds)
{
    double once;
    struct ridge_gemm_call call = call_of(measure, shape);
    RIDGE_TRY(repeat(measure, &call, 1, seconds)); // may build kernels, which takes seconds
    RIDGE_TRY(repeat(measure, &call, 1, seconds));
    size_t times = *seconds < ROUND_SECONDS ? (size_t)(ROUND_SECONDS / (*seconds + 1e-6)) + 1 : 1;
    for (int round = 0; round < ROUNDS && *seconds < LONG_SECONDS; round++) {
        RIDGE_TRY(repeat(measure, &call, times, &once));
        *seconds = fmin(*seconds, once);
    }
    return RIDGE_OK;
}

ridge_status ridge_gemm_measure_right(const struct ridge_gemm_measure *measure,
                                      const struct ridge_gemm_provider *provider, bool *right)
{
    static const ridge_gemm_shape shapes[] = {
        {.m = 193, .n = 161, .k = 67},
        {.transpose_b = true, .m = 17, .n = 67, .k = 130},
        {.transpose_a = true, .m = 131, .n = 35, .k = 19},
        {.transpose_a = true, .transpose_b = true, .m = 33, .n = 129, .k = 65}};
    *right = true;
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]) && *right; i++)
        RIDGE_TRY(
            ridge_gemm_compare(measure->device, provider, &shapes[i], i % 2 ? 0.5f : 0, right));
    return RIDGE_OK;
}
