// SPDX-License-Identifier: Apache-2.0
// Gradient check: backward against central differences of the loss. The loss of each row is float32
// from the device; rows are summed and differences taken in double.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "device/device.h"
#include "network/feed.h"
#include "network/step.h"

#define DEFAULT_ROWS 32
#define DEFAULT_ELEMENTS 64
#define DEFAULT_TOLERANCE 1e-2
#define DEFAULT_STEP 1e-2 // times the root mean square of the tensor

struct check {
    ridge_network *network;
    ridge_gradient_check_params params;
    struct ridge_feed feed;
    const ridge_plan *plan;
    ridge_tensor row_loss; // in the workspace
    float *rows;           // host copy
    double noise;          // what rounding alone can change in the loss
};

static ridge_status loss_of(struct check *check, double *loss)
{
    size_t count = check->feed.count;
    RIDGE_TRY(ridge_plan_run(check->plan));
    RIDGE_TRY(ridge_tensor_read(check->network->device, check->row_loss, check->rows));
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)check->rows[i];
    *loss = sum / (double)count;
    return RIDGE_OK;
}

static ridge_status loss_at(struct check *check, ridge_tensor element, float value, double *loss)
{
    RIDGE_TRY(ridge_tensor_write(check->network->device, element, &value));
    return loss_of(check, loss);
}

// Compares one element. A kink (of relu, say) within the step shows as two one-sided slopes that
// differ by much more than rounding and curvature explain.
static ridge_status compare(struct check *check, ridge_tensor element, float value, float step,
                            double backward, double middle, size_t index,
                            ridge_gradient_error *error)
{
    float above = value + step, below = value - step;
    double high, low;
    RIDGE_TRY(loss_at(check, element, above, &high));
    RIDGE_TRY(loss_at(check, element, below, &low));
    RIDGE_TRY(ridge_tensor_write(check->network->device, element, &value));
    double right = (high - middle) / ((double)above - value);
    double left = (middle - low) / ((double)value - below);
    double numeric = (high - low) / ((double)above - below);
    double floor_size = check->noise / (double)step / check->params.tolerance;
    double size = fmax(fmax(fabs(numeric), fabs(backward)), floor_size);
    double relative = fabs(numeric - backward) / size;
    bool kink = fabs(right - left) > check->params.tolerance * size &&
                backward >= fmin(left, right) - check->params.tolerance * size &&
                backward <= fmax(left, right) + check->params.tolerance * size;
    if (relative > check->params.tolerance && kink) {
        error->kinks++;
        return RIDGE_OK;
    }
    error->checked++;
    if (relative > error->worst || error->checked == 1 || isnan(relative)) {
        error->worst = isnan(relative) ? HUGE_VAL : relative;
        error->numeric = numeric;
        error->backward = backward;
        error->element = index;
    }
    return RIDGE_OK;
}

static double root_mean_square(const float *values, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)values[i] * values[i];
    return sqrt(sum / (double)count);
}

static ridge_status check_parameter(struct check *check,
                                    const struct ridge_network_parameter *parameter,
                                    const float *gradients, float *values, double middle,
                                    ridge_gradient_error *error)
{
    ridge_network *network = check->network;
    ridge_tensor tensor = ridge_arena_view(network->arena.parameters, parameter);
    ridge_tensor flat = ridge_tensor_reshaped(tensor, RIDGE_SHAPE(parameter->count));
    RIDGE_TRY(ridge_tensor_read(network->device, flat, values));
    double scale = root_mean_square(values, parameter->count);
    double step =
        check->params.step > 0 ? check->params.step : DEFAULT_STEP * (scale > 1e-3 ? scale : 1);
    size_t wanted =
        check->params.elements < parameter->count ? check->params.elements : parameter->count;
    error->parameter = parameter->name;
    for (size_t i = 0; i < wanted; i++) {
        size_t index = i * parameter->count / wanted;
        RIDGE_TRY(compare(check, ridge_tensor_rows(flat, index, 1), values[index], (float)step,
                          (double)gradients[parameter->first + index], middle, index, error));
    }
    return RIDGE_OK;
}

static ridge_status open_check(struct check *check, const ridge_dataset *data)
{
    ridge_network *network = check->network;
    ridge_feed_describe(network, data, true, &check->feed);
    RIDGE_TRY(ridge_arena_prepare(network));
    RIDGE_TRY(ridge_feed_upload(&check->feed, data));
    size_t count = check->feed.count;
    const struct ridge_feed_plan *plan;
    RIDGE_TRY(ridge_feed_plan(&check->feed, RIDGE_STEP_CHECK, count, &plan));
    check->plan = plan->plan;
    check->row_loss =
        ridge_block_view(network, plan->schedule.row_loss, RIDGE_FLOAT32, RIDGE_SHAPE(count));
    check->rows = ridge_allocate(count, sizeof(*check->rows));
    if (!check->rows)
        return RIDGE_ERROR_MEMORY;
    return ridge_state_begin(network, 0);
}

static ridge_status run_check(struct check *check, ridge_gradient_error *errors)
{
    ridge_network *network = check->network;
    size_t size = network->arena.size;
    float *gradients = ridge_allocate(size, sizeof(*gradients));
    float *values = ridge_allocate(size, sizeof(*values));
    double middle = 0;
    ridge_status status = gradients && values ? loss_of(check, &middle) : RIDGE_ERROR_MEMORY;
    // Each row's loss carries a few roundings of its own size.
    check->noise = 8 * 6e-8 * fmax(fabs(middle), 1);
    if (!status)
        status = ridge_tensor_read(network->device, network->arena.gradients, gradients);
    for (size_t i = 0; i < network->parameter_count && !status; i++)
        status =
            check_parameter(check, &network->parameters[i], gradients, values, middle, &errors[i]);
    free(gradients);
    free(values);
    return status;
}

static ridge_status check_rows(struct check *check, const ridge_dataset *data,
                               ridge_gradient_error *errors)
{
    size_t rows = check->params.rows;
    if (rows > ridge_dataset_count(data))
        rows = ridge_dataset_count(data);
    ridge_dataset *first;
    RIDGE_TRY(ridge_dataset_slice(data, 0, rows, &first));
    ridge_status status = open_check(check, first);
    if (!status)
        status = run_check(check, errors);
    free(check->rows);
    ridge_feed_release(&check->feed);
    ridge_dataset_destroy(&first);
    return status;
}

ridge_status ridge_network_check_gradients(ridge_network *network, const ridge_dataset *data,
                                           const ridge_gradient_check_params *params,
                                           ridge_gradient_error **errors, size_t *count,
                                           bool *passed)
{
    RIDGE_TRY(ridge_network_check_compiled(network));
    if (!errors || !count || !passed)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "errors, count, passed: expected pointers, got NULL");
    RIDGE_TRY(ridge_feed_check(network, data, true));
    struct check check = {.network = network};
    if (params)
        check.params = *params;
    if (!check.params.rows)
        check.params.rows = DEFAULT_ROWS;
    if (!check.params.elements)
        check.params.elements = DEFAULT_ELEMENTS;
    if (check.params.tolerance <= 0)
        check.params.tolerance = DEFAULT_TOLERANCE;
    ridge_gradient_error *found = ridge_allocate(network->parameter_count, sizeof(*found));
    if (!found)
        return RIDGE_ERROR_MEMORY;
    ridge_status status = check_rows(&check, data, found);
    if (status) {
        free(found);
        return status;
    }
    *passed = true;
    for (size_t i = 0; i < network->parameter_count; i++)
        *passed = *passed && found[i].worst <= check.params.tolerance;
    *errors = found;
    *count = network->parameter_count;
    return RIDGE_OK;
}
