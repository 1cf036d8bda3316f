// SPDX-License-Identifier: Apache-2.0
// The gradients of penalties, from the device and from their formulas.
#include "network/gradient_penalty.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "device/device.h"
#include "network/step.h"

#define EPSILON 6e-8 // half an ulp of 1 in float32
#define STEP 1e-6    // of the differences, in double precision; exact to about 1e-9

bool ridge_penalty_has_gradient(const struct ridge_network_parameter *parameter)
{
    const ridge_weight_params *treatment = parameter->spec->treatment;
    return (treatment->l1 > 0 && !treatment->proximal) || treatment->l2 > 0 ||
           treatment->orthogonal > 0;
}

// From the device. The update itself is asked: with plain SGD, a large rate and no constraint or
// decay, what it takes from the weights is the rate times the gradient that it has put together.

#define RATE 0x1p20f // so large that nothing of the gradient is lost beside the weights

struct tables {
    ridge_tensor weights, segments, pieces, notes;
};

static ridge_status write_tables(struct ridge_network *network, struct tables *tables)
{
    size_t count = network->parameter_count;
    ridge_segment *segments = ridge_allocate(count, sizeof(*segments));
    if (!segments)
        return RIDGE_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        const struct ridge_network_parameter *parameter = &network->parameters[i];
        const ridge_weight_params *treatment = parameter->spec->treatment;
        segments[i] = (ridge_segment){.first = (uint32_t)parameter->first,
                                      .count = (uint32_t)parameter->count,
                                      .l1 = treatment->proximal ? 0 : treatment->l1,
                                      .l2 = treatment->l2};
    }
    ridge_status status =
        ridge_arena_write_segments(network, segments, &tables->segments, &tables->pieces);
    free(segments);
    return status;
}

// An update of a copy of the weights.
static ridge_status update_copy(struct ridge_network *network, struct tables *tables)
{
    ridge_device *device = network->device;
    ridge_launcher *on = ridge_device_launcher(device);
    const struct ridge_arena *arena = &network->arena;
    RIDGE_TRY(write_tables(network, tables));
    RIDGE_TRY(
        ridge_tensor_create(device, RIDGE_FLOAT32, RIDGE_SHAPE(arena->size), &tables->weights));
    RIDGE_TRY(ridge_tensor_create(device, RIDGE_FLOAT32, RIDGE_SHAPE(RIDGE_NOTES), &tables->notes));
    RIDGE_TRY(ridge_fill(on, tables->notes, 0));
    RIDGE_TRY(ridge_copy(on, arena->parameters, tables->weights));
    RIDGE_TRY(ridge_state_begin(network, on, RATE));
    RIDGE_TRY(ridge_workspace_reserve(network, ridge_penalty_work(network)));
    RIDGE_TRY(ridge_penalty_gradients(network, on, network->workspace));
    ridge_optimizer sgd = ridge_sgd(.rate = RATE);
    RIDGE_TRY(ridge_optimizer_complete(&sgd));
    return ridge_update(on,
                        &(ridge_update_params){
                            .optimizer = &sgd,
                            .parameters = tables->weights,
                            .gradients = arena->gradients,
                            .segments = tables->segments,
                            .pieces = tables->pieces,
                            .notes = tables->notes,
                            .rate = ridge_state_view(network, RIDGE_STATE_RATE, RIDGE_FLOAT32, 1),
                            .step = ridge_state_view(network, RIDGE_STATE_STEP, RIDGE_UINT32, 1),
                        });
}

ridge_status ridge_penalty_total_gradients(struct ridge_network *network, float *values)
{
    ridge_device *device = network->device;
    size_t size = network->arena.size;
    struct tables tables = {{0}};
    float *before = ridge_allocate(size, sizeof(*before));
    ridge_status status = before ? update_copy(network, &tables) : RIDGE_ERROR_MEMORY;
    if (!status)
        status = ridge_tensor_read(device, network->arena.parameters, before);
    if (!status)
        status = ridge_tensor_read(device, tables.weights, values);
    for (size_t i = 0; i < size && !status; i++)
        values[i] = (float)(((double)before[i] - values[i]) / (double)RATE);
    ridge_tensor *tensors[] = {&tables.weights, &tables.segments, &tables.pieces, &tables.notes};
    for (size_t i = 0; i < sizeof(tensors) / sizeof(tensors[0]); i++)
        ridge_tensor_destroy(device, tensors[i]);
    free(before);
    return status;
}

// From the formulas.

static void add_l1(double l1, double w, double step, struct ridge_penalty_slopes *slopes)
{
    slopes->right += l1 * (fabs(w + step) - fabs(w)) / step;
    slopes->left += l1 * (fabs(w) - fabs(w - step)) / step;
    slopes->kinked = slopes->kinked || (l1 > 0 && fabs(w) <= step);
}

static void add_l2(double l2, double w, double step, struct ridge_penalty_slopes *slopes)
{
    slopes->right += l2 * (2 * w + step);
    slopes->left += l2 * (2 * w - step);
}

// The matrix as vectors that are to be orthogonal: element k of vector i.
struct vectors {
    const float *values;
    size_t count, size, step[2];
};

static double at(const struct vectors *x, size_t i, size_t k)
{
    return (double)x->values[i * x->step[0] + k * x->step[1]];
}

static double dot(const struct vectors *x, size_t i, size_t j)
{
    double sum = 0;
    for (size_t k = 0; k < x->size; k++)
        sum += at(x, i, k) * at(x, j, k);
    return sum;
}

// |cosine| of two vectors when element k of the first has moved: its product with the other's is
// `along`.
static double cosine_at(double product, double square, double other, double w, double along,
                        double move)
{
    double norm = sqrt(fmax(square + move * (2 * w + move), 0) * other);
    return norm > 0 ? fabs(product + move * along) / norm : 0;
}

// Twice the sum over the other vectors, since each pair counts both ways round.
static void add_orthogonal(double factor, const struct vectors *x, size_t i, size_t k, double step,
                           struct ridge_penalty_slopes *slopes)
{
    double c = 2 * factor / ((double)x->count * (double)(x->count - 1));
    double square = dot(x, i, i), w = at(x, i, k);
    double rounding = EPSILON * (double)(2 * x->size + x->count + 8);
    for (size_t j = 0; j < x->count; j++) {
        double other = j == i ? 0 : dot(x, j, j);
        if (other == 0)
            continue;
        double product = dot(x, i, j), along = at(x, j, k);
        double here = cosine_at(product, square, other, w, along, 0);
        slopes->right += c * (cosine_at(product, square, other, w, along, step) - here) / step;
        slopes->left += c * (here - cosine_at(product, square, other, w, along, -step)) / step;
        double norm = sqrt(square * other);
        if (norm == 0 || fabs(product) <= step * fabs(along)) {
            slopes->kinked = true;
            continue;
        }
        double term = c * (fabs(along) / norm + here * fabs(w) / square);
        // a cosine that float32 cannot tell from 0 has any sign
        slopes->noise += term * (here <= rounding ? 2 : rounding);
    }
}

struct ridge_penalty_slopes ridge_penalty_slopes(const struct ridge_network_parameter *parameter,
                                                 const float *values, size_t element)
{
    const struct ridge_parameter_spec *spec = parameter->spec;
    const ridge_weight_params *treatment = spec->treatment;
    double w = (double)values[element], step = STEP * (fabs(w) > 1e-3 ? fabs(w) : 1e-3);
    struct ridge_penalty_slopes slopes = {0};
    add_l1(treatment->proximal ? 0 : (double)treatment->l1, w, step, &slopes);
    add_l2((double)treatment->l2, w, step, &slopes);
    slopes.noise = 4 * EPSILON * fmax(fabs(slopes.left), fabs(slopes.right));
    if (treatment->orthogonal <= 0)
        return slopes;
    size_t rows = spec->shape[0], columns = spec->shape[1];
    size_t row = element / columns, column = element % columns;
    if (treatment->orthogonal_mode == RIDGE_ORTHOGONAL_ROWS)
        add_orthogonal((double)treatment->orthogonal,
                       &(struct vectors){values, rows, columns, {columns, 1}}, row, column, step,
                       &slopes);
    else
        add_orthogonal((double)treatment->orthogonal,
                       &(struct vectors){values, columns, rows, {1, columns}}, column, row, step,
                       &slopes);
    return slopes;
}
