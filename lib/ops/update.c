// SPDX-License-Identifier: Apache-2.0
// One step of an optimizer over the arena, in one launch.
#include <math.h>
#include <stdio.h>

#include <ridge/ops.h>

#include "base/error.h"
#include "device/device.h"
#include "ops/check.h"

#define SEGMENT_WORDS (sizeof(ridge_segment) / sizeof(uint32_t))

static ridge_status check(const ridge_update_params *params, size_t count)
{
    if (!ridge_optimizer_name(params->optimizer->kind))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "optimizer.kind: expected an optimizer, got %d",
                          (int)params->optimizer->kind);
    RIDGE_TRY(ridge_check_tensor("parameters", params->parameters, RIDGE_FLOAT32, 0));
    RIDGE_TRY(ridge_check_tensor("gradients", params->gradients, RIDGE_FLOAT32, count));
    unsigned slots = ridge_optimizer_slots(params->optimizer);
    for (unsigned i = 0; i < slots; i++)
        RIDGE_TRY(ridge_check_tensor(i ? "slots[1]" : "slots[0]", params->slots[i], RIDGE_FLOAT32,
                                     count));
    RIDGE_TRY(ridge_check_tensor("segments", params->segments, RIDGE_UINT32, 0));
    if (params->segments.rank != 2 || params->segments.shape[1] != SEGMENT_WORDS)
        return ridge_fail(RIDGE_ERROR_SHAPE,
                          "segments: expected [n, %zu], got %zu elements of "
                          "rank %u",
                          SEGMENT_WORDS, ridge_tensor_count(&params->segments),
                          params->segments.rank);
    if (count % RIDGE_SEGMENT_ALIGNMENT)
        return ridge_fail(RIDGE_ERROR_SHAPE, "parameters: expected a multiple of %d, got %zu",
                          RIDGE_SEGMENT_ALIGNMENT, count);
    RIDGE_TRY(
        ridge_check_tensor("owner", params->owner, RIDGE_UINT32, count / RIDGE_SEGMENT_ALIGNMENT));
    RIDGE_TRY(ridge_check_tensor("rate", params->rate, RIDGE_FLOAT32, 1));
    return ridge_check_tensor("step", params->step, RIDGE_UINT32, 1);
}

// Parameters, gradients and slots; the tables are small.
static struct ridge_work work_of(const ridge_optimizer *optimizer, size_t count)
{
    static const unsigned char operations[] = {
        [RIDGE_SGD] = 0, [RIDGE_ADAM] = 13, [RIDGE_ADAMW] = 13, [RIDGE_RMSPROP] = 7};
    unsigned penalty = 5, momentum = 2, nesterov = 2, step = 4; // step: with decay
    unsigned each = operations[optimizer->kind] + penalty + step;
    each += (optimizer->momentum > 0 ? momentum : 0) + (optimizer->nesterov ? nesterov : 0);
    return (struct ridge_work){
        .bytes = (3 + 2 * ridge_optimizer_slots(optimizer)) * count * sizeof(float) +
                 count / RIDGE_SEGMENT_ALIGNMENT * sizeof(uint32_t),
        .operations = each * count,
    };
}

ridge_status ridge_update(ridge_launcher *on, const ridge_update_params *params)
{
    RIDGE_TRY(ridge_check_launcher(on));
    if (!params || !params->optimizer)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "params, optimizer: expected pointers, got NULL");
    size_t count = ridge_tensor_count(&params->parameters);
    RIDGE_TRY(check(params, count));
    const ridge_optimizer *optimizer = params->optimizer;
    char defines[128];
    snprintf(defines, sizeof(defines),
             "-DOPTIMIZER=%d -DMOMENTUM=%d -DNESTEROV=%d -DSEGMENT_ALIGNMENT=%d "
             "-DSEGMENT_WORDS=%zu",
             (int)optimizer->kind, optimizer->momentum > 0, optimizer->nesterov,
             RIDGE_SEGMENT_ALIGNMENT, SEGMENT_WORDS);
    // An argument must be there even where the kernel does not read it.
    ridge_tensor unused = {.buffer = params->gradients.buffer}, slots[2];
    for (int i = 0; i < 2; i++)
        slots[i] = params->slots[i].buffer ? params->slots[i] : unused;
    bool rmsprop = optimizer->kind == RIDGE_RMSPROP;
    float beta2 = rmsprop ? optimizer->rho : optimizer->beta2;
    float decay = optimizer->weight_decay > 0 ? optimizer->weight_decay : 0;
    struct ridge_launch launch = {
        .program = "update",
        .kernel = "update",
        .defines = defines,
        .arguments = {RIDGE_ARG_TENSOR(params->parameters), RIDGE_ARG_TENSOR(params->gradients),
                      RIDGE_ARG_TENSOR(slots[0]), RIDGE_ARG_TENSOR(slots[1]),
                      RIDGE_ARG_TENSOR(params->segments), RIDGE_ARG_TENSOR(params->owner),
                      RIDGE_ARG_TENSOR(params->rate), RIDGE_ARG_TENSOR(params->step),
                      RIDGE_ARG_FLOAT(optimizer->momentum), RIDGE_ARG_FLOAT(optimizer->beta1),
                      RIDGE_ARG_FLOAT(beta2), RIDGE_ARG_FLOAT((float)log(optimizer->beta1)),
                      RIDGE_ARG_FLOAT((float)log(beta2)), RIDGE_ARG_FLOAT(optimizer->epsilon),
                      RIDGE_ARG_FLOAT(decay), RIDGE_ARG_ULONG(count)},
        .work = work_of(optimizer, count),
    };
    ridge_launch_elements(on->device, &launch, count);
    return ridge_launch(on, &launch);
}
