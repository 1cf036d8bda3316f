// SPDX-License-Identifier: Apache-2.0
// Penalties: the meanings of lambda; sums of penalties on the device, and what they come to.
#include <ridge/penalty.h>

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "device/device.h"
#include "network/feed.h"
#include "network/step.h"

// The factor before lambda: a half or one, divided by m or not.
static const struct convention {
    const char *name;
    double factor;
    bool over_m;
} conventions[] = {
    [RIDGE_LAMBDA] = {"lambda", 1, false},
    [RIDGE_LAMBDA_HALF] = {"lambda/2", 0.5, false},
    [RIDGE_LAMBDA_OVER_M] = {"lambda/m", 1, true},
    [RIDGE_LAMBDA_OVER_2M] = {"lambda/2m", 0.5, true},
};
#define CONVENTIONS (sizeof(conventions) / sizeof(conventions[0]))

const char *ridge_lambda_name(ridge_lambda convention)
{
    return (size_t)convention < CONVENTIONS ? conventions[convention].name : NULL;
}

ridge_status ridge_penalty_from(ridge_lambda convention, double lambda, size_t m,
                                ridge_penalty *penalty)
{
    if (!penalty)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "penalty: expected a pointer, got NULL");
    if (!ridge_lambda_name(convention))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "convention: expected 0 to %zu, got %d",
                          CONVENTIONS - 1, (int)convention);
    if (!(lambda >= 0) || !isfinite(lambda))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "lambda: expected a number from 0, got %g", lambda);
    const struct convention *meaning = &conventions[convention];
    if (meaning->over_m && !m)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "m: expected the number of training rows for %s, got 0", meaning->name);
    float strength = (float)(lambda * meaning->factor / (meaning->over_m ? (double)m : 1));
    if (isinf(strength))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "lambda: expected what float32 can hold, got %g",
                          lambda);
    *penalty = (ridge_penalty){strength, strength};
    return RIDGE_OK;
}

// Sums of penalties.

static size_t penalised(const struct ridge_network *network)
{
    const ridge_tensor *segments = &network->arena.penalty_segments;
    return segments->buffer ? segments->shape[0] : 0;
}

static const ridge_weight_params *treatment_of(const struct ridge_network *network, size_t i)
{
    return network->parameters[i].spec->treatment;
}

size_t ridge_penalty_count(const struct ridge_network *network)
{
    size_t count = 2 * penalised(network);
    for (size_t i = 0; i < network->parameter_count; i++)
        count += treatment_of(network, i)->orthogonal > 0;
    return count;
}

size_t ridge_penalty_work(const struct ridge_network *network)
{
    size_t most = 0;
    for (size_t i = 0; i < network->parameter_count; i++) {
        const struct ridge_parameter_spec *spec = network->parameters[i].spec;
        if (spec->treatment->orthogonal <= 0)
            continue;
        size_t work =
            ridge_orthogonal_work(spec->treatment->orthogonal_mode, spec->shape[0], spec->shape[1]);
        most = work > most ? work : most;
    }
    return most;
}

// The penalty of parameter i, its gradient, or both; "no tensor" for what is not wanted.
static ridge_status orthogonal(const struct ridge_network *network, size_t i, ridge_launcher *on,
                               ridge_tensor work, ridge_tensor penalty, ridge_tensor gradient)
{
    const struct ridge_network_parameter *parameter = &network->parameters[i];
    const ridge_weight_params *treatment = parameter->spec->treatment;
    ridge_orthogonal_mode mode = treatment->orthogonal_mode;
    size_t size = ridge_orthogonal_work(mode, parameter->spec->shape[0], parameter->spec->shape[1]);
    ridge_status status = ridge_orthogonal_penalty(
        on, treatment->orthogonal, mode, ridge_arena_view(network->arena.parameters, parameter),
        ridge_tensor_reshaped(work, RIDGE_SHAPE(size)), penalty, gradient);
    return status ? ridge_fail_within(status, "%s, orthogonal", parameter->name) : RIDGE_OK;
}

ridge_status ridge_penalty_gradients(struct ridge_network *network, ridge_launcher *on,
                                     ridge_tensor work)
{
    const ridge_tensor unwanted = {0};
    for (size_t i = 0; i < network->parameter_count; i++)
        if (treatment_of(network, i)->orthogonal > 0)
            RIDGE_TRY(
                orthogonal(network, i, on, work, unwanted,
                           ridge_arena_view(network->arena.gradients, &network->parameters[i])));
    return RIDGE_OK;
}

static ridge_status record_orthogonal(struct ridge_network *network, ridge_launcher *on,
                                      ridge_tensor sum)
{
    const ridge_tensor unwanted = {0};
    ridge_tensor work = network->workspace;
    if (!work.buffer) // in a dry run the state's buffer stands in for it
        work = (ridge_tensor){.buffer = network->state.buffer};
    for (size_t i = 0; i < network->parameter_count; i++) {
        if (treatment_of(network, i)->orthogonal <= 0)
            continue;
        RIDGE_TRY(orthogonal(network, i, on, work, sum, unwanted));
        sum.offset++;
    }
    return RIDGE_OK;
}

// Whether any parameter has the penalty.
static bool has_l1(const struct ridge_network *network)
{
    for (size_t i = 0; i < network->parameter_count; i++)
        if (treatment_of(network, i)->l1 > 0)
            return true;
    return false;
}

static bool has_l2(const struct ridge_network *network)
{
    for (size_t i = 0; i < network->parameter_count; i++)
        if (treatment_of(network, i)->l2 > 0)
            return true;
    return false;
}

// Most networks have one of the two; sums that nobody asks for would be launches, and kernels to
// build.
ridge_status ridge_penalty_record(struct ridge_network *network, ridge_launcher *on)
{
    const struct ridge_arena *arena = &network->arena;
    size_t count = penalised(network);
    ridge_tensor sums = ridge_tensor_reshaped(arena->penalty_sums, RIDGE_SHAPE(count));
    on->part = (struct ridge_part){NULL, "penalty"};
    if (has_l1(network))
        RIDGE_TRY(
            ridge_reduce_segments(on, RIDGE_L1, arena->parameters, arena->penalty_segments, sums));
    sums.offset += count;
    if (has_l2(network))
        RIDGE_TRY(ridge_reduce_segments(on, RIDGE_SQUARES, arena->parameters,
                                        arena->penalty_segments, sums));
    sums.offset += count;
    return record_orthogonal(network, on, ridge_tensor_reshaped(sums, RIDGE_SHAPE(1)));
}

// Takes the sums of the next parameters one after the other.
struct sums_reader {
    const float *l1, *squares, *orthogonal;
};

static struct sums_reader read_sums(const struct ridge_network *network, const float *sums)
{
    size_t count = penalised(network);
    return (struct sums_reader){sums, sums + count, sums + 2 * count};
}

static ridge_penalty_part next_part(struct sums_reader *reader,
                                    const struct ridge_network_parameter *parameter)
{
    const ridge_weight_params *treatment = parameter->spec->treatment;
    ridge_penalty_part part = {.name = parameter->name};
    if (treatment->orthogonal > 0)
        part.orthogonal = (double)*reader->orthogonal++;
    if (treatment->l1 > 0 || treatment->l2 > 0) {
        part.l1 = treatment->l1 > 0 ? (double)treatment->l1 * *reader->l1 : 0;
        part.l2 = treatment->l2 > 0 ? (double)treatment->l2 * *reader->squares : 0;
        reader->l1++;
        reader->squares++;
    }
    return part;
}

double ridge_penalty_of(const struct ridge_network *network, const float *sums)
{
    struct sums_reader reader = read_sums(network, sums);
    double penalty = 0;
    for (size_t i = 0; i < network->parameter_count; i++) {
        ridge_penalty_part part = next_part(&reader, &network->parameters[i]);
        penalty += part.orthogonal;
        penalty += part.l1 + part.l2;
    }
    return penalty;
}

ridge_status ridge_network_penalty(ridge_network *network, double *penalty)
{
    RIDGE_TRY(ridge_network_check_compiled(network));
    if (!penalty)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "penalty: expected a pointer, got NULL");
    *penalty = 0;
    if (!ridge_penalty_count(network))
        return RIDGE_OK;
    struct ridge_sums sums;
    RIDGE_TRY(ridge_workspace_reserve(network, ridge_penalty_work(network)));
    RIDGE_TRY(ridge_penalty_record(network, ridge_device_launcher(network->device)));
    RIDGE_TRY(ridge_state_read(network, &sums));
    *penalty = sums.penalty;
    return RIDGE_OK;
}

// By part.

static void list_activities(const struct ridge_network *network, double rows,
                            ridge_penalty_part *parts)
{
    for (size_t i = 0; i < network->layer_count; i++) {
        const struct ridge_layer *layer = &network->layers[i];
        double sums[2];
        if (!layer->activity)
            continue;
        ridge_activity_sums(network, layer->activity, sums);
        *parts++ = (ridge_penalty_part){
            .name = layer->name,
            .of_output = true,
            .l1 = (double)layer->plan.activity_l1 * sums[0] / rows,
            .l2 = (double)layer->plan.activity_l2 * sums[1] / rows,
            .zeros = (double)NAN,
        };
    }
}

// From what the state has been read to hold, and the weights.
static ridge_status list_parts(struct ridge_network *network, const ridge_dataset *data,
                               ridge_penalty_part *parts)
{
    struct sums_reader reader = read_sums(network, ridge_state_penalties(network));
    double *zeros = ridge_allocate(network->parameter_count, sizeof(*zeros));
    ridge_status status =
        zeros ? ridge_network_norms(network, RIDGE_ZEROS, RIDGE_OF_WEIGHTS, zeros, NULL)
              : RIDGE_ERROR_MEMORY;
    size_t row = 0;
    for (size_t i = 0; i < network->parameter_count && !status; i++) {
        const struct ridge_network_parameter *parameter = &network->parameters[i];
        if (parameter->spec->is_state)
            continue;
        parts[row] = next_part(&reader, parameter);
        parts[row].zeros = zeros[i] / (double)parameter->count;
        row++;
    }
    if (data && !status)
        list_activities(network, (double)ridge_dataset_count(data), parts + row);
    free(zeros);
    return status;
}

ridge_status ridge_network_penalties(ridge_network *network, const ridge_dataset *data,
                                     ridge_penalty_part **parts, size_t *count)
{
    double penalty;
    ridge_metrics metrics;
    if (!parts || !count)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "parts, count: expected pointers, got NULL");
    RIDGE_TRY(ridge_network_check_compiled(network));
    bool evaluates = data && network->activity_count;
    RIDGE_TRY(evaluates ? ridge_network_evaluate(network, data, &metrics)
                        : ridge_network_penalty(network, &penalty));
    size_t outputs = evaluates ? network->activity_count : 0;
    *count = network->arena.norm_segments.shape[0] + outputs;
    *parts = ridge_allocate(*count, sizeof(**parts));
    if (!*parts)
        return RIDGE_ERROR_MEMORY;
    ridge_status status = list_parts(network, evaluates ? data : NULL, *parts);
    if (status) {
        free(*parts);
        *parts = NULL;
    }
    return status;
}
