// SPDX-License-Identifier: Apache-2.0
// Gradient check: backward against central differences of the loss. The loss of each row is float32
// from the device; rows are summed and differences taken in double. Layers with kinks tell by the
// signs of their outputs, or by the choices that they save, whether a step stays on one piece of
// the loss. What penalties on weights add is compared apart, so that neither hides errors of the
// other.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "device/device.h"
#include "network/feed.h"
#include "network/gradient_penalty.h"
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
    const struct ridge_schedule *schedule;
    ridge_tensor row_loss; // in the workspace
    float *rows;           // host copy
    // Which side of their kinks layers are on, one after the other: in the middle of all steps, and
    // now. Bytes: whether an output is above 0, and choices as they are saved.
    unsigned char *middle_sides, *sides;
    size_t side_count;
    float *outputs;            // of one layer
    double middle;             // the loss there
    double noise;              // what rounding alone can change in the loss
    float *gradients, *totals; // arenas: of the loss, and with penalties as an update sees them
    float *values;             // of one parameter
};

// How many outputs of layer i tell of kinks, and how many bytes of choices.
static size_t kinked_outputs(const struct check *check, size_t i)
{
    const struct ridge_layer *layer = &check->network->layers[i];
    return layer->used && layer->plan.has_kink ? check->schedule->layers[i].value->size : 0;
}

static size_t choices(const struct check *check, size_t i)
{
    const struct ridge_layer *layer = &check->network->layers[i];
    bool saves = layer->used && check->schedule->layers[i].saved->size;
    return saves ? check->schedule->batch * layer->plan.saved_choice : 0;
}

static ridge_status read_signs(struct check *check, size_t i, unsigned char *place)
{
    size_t count = kinked_outputs(check, i);
    if (!count)
        return RIDGE_OK;
    ridge_tensor outputs = ridge_block_view(check->network, check->schedule->layers[i].value,
                                            RIDGE_FLOAT32, RIDGE_SHAPE(count));
    RIDGE_TRY(ridge_tensor_read(check->network->device, outputs, check->outputs));
    for (size_t j = 0; j < count; j++)
        place[j] = check->outputs[j] > 0;
    return RIDGE_OK;
}

static ridge_status read_choices(struct check *check, size_t i, unsigned char *place)
{
    size_t count = choices(check, i);
    if (!count)
        return RIDGE_OK;
    ridge_tensor saved = ridge_block_view(check->network, check->schedule->layers[i].saved,
                                          RIDGE_UINT8, RIDGE_SHAPE(count));
    saved.offset *= sizeof(float);
    return ridge_tensor_read(check->network->device, saved, place);
}

static ridge_status read_sides(struct check *check)
{
    unsigned char *place = check->sides;
    for (size_t i = 0; i < check->network->layer_count; i++) {
        RIDGE_TRY(read_signs(check, i, place));
        place += kinked_outputs(check, i);
        RIDGE_TRY(read_choices(check, i, place));
        place += choices(check, i);
    }
    return RIDGE_OK;
}

// Whether a layer is on the other side of a kink than in the middle.
static bool passed_kink(const struct check *check)
{
    return memcmp(check->sides, check->middle_sides, check->side_count) != 0;
}

static ridge_status loss_of(struct check *check, double *loss)
{
    size_t count = check->feed.count;
    ridge_launcher *on = ridge_device_launcher(check->network->device);
    if (check->network->activity_count) // their totals begin at zero
        RIDGE_TRY(ridge_state_begin(check->network, on, 0));
    RIDGE_TRY(ridge_plan_run(check->plan));
    RIDGE_TRY(ridge_tensor_read(check->network->device, check->row_loss, check->rows));
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)check->rows[i];
    *loss = sum / (double)count;
    if (check->network->activity_count) {
        struct ridge_sums sums;
        RIDGE_TRY(ridge_state_read(check->network, &sums));
        *loss += sums.activity / (double)count;
    }
    return read_sides(check);
}

// What the differences of one step say of an element.
struct slopes {
    double numeric, left, right;
    double size; // of the gradient, at least what rounding leaves of it
    bool rough;  // rounding hides the gradient
    bool kinked; // a kink of a layer, or of the loss, lies within the step
};

static ridge_status loss_at(struct check *check, ridge_tensor element, float value, double *loss,
                            bool *kinked)
{
    RIDGE_TRY(ridge_tensor_write(check->network->device, element, &value));
    RIDGE_TRY(loss_of(check, loss));
    *kinked = *kinked || passed_kink(check);
    return RIDGE_OK;
}

static ridge_status measure(struct check *check, ridge_tensor element, float value, float step,
                            double backward, struct slopes *slopes)
{
    double middle = check->middle;
    float above = value + step, below = value - step;
    double high, low, tolerance = check->params.tolerance;
    slopes->kinked = false;
    RIDGE_TRY(loss_at(check, element, above, &high, &slopes->kinked));
    RIDGE_TRY(loss_at(check, element, below, &low, &slopes->kinked));
    RIDGE_TRY(ridge_tensor_write(check->network->device, element, &value));
    slopes->right = (high - middle) / ((double)above - value);
    slopes->left = (middle - low) / ((double)value - below);
    slopes->numeric = (high - low) / ((double)above - below);
    double noise = check->noise / (double)step / tolerance;
    slopes->size = fmax(fabs(slopes->numeric), fabs(backward));
    slopes->rough = noise >= slopes->size;
    slopes->size = fmax(slopes->size, noise);
    // A kink of the loss shows as two one-sided slopes that differ by more than rounding and
    // curvature explain, with backward between them.
    double slack = tolerance * slopes->size;
    slopes->kinked = slopes->kinked || (fabs(slopes->right - slopes->left) > slack &&
                                        backward >= fmin(slopes->left, slopes->right) - slack &&
                                        backward <= fmax(slopes->left, slopes->right) + slack);
    return RIDGE_OK;
}

static void note(ridge_gradient_error *error, size_t index, double relative, double numeric,
                 double backward)
{
    if (relative <= error->worst)
        return;
    error->worst = isnan(relative) ? HUGE_VAL : relative;
    error->numeric = numeric;
    error->backward = backward;
    error->element = index;
}

// Compares one element. Where differences and backward disagree and a kink lies within the step,
// smaller steps decide; an element is left out where rounding hides the gradient before the kinks
// are out of the way.
static ridge_status compare(struct check *check, ridge_tensor element, float value, float step,
                            double backward, size_t index, ridge_gradient_error *error)
{
    struct slopes slopes;
    double relative;
    do {
        RIDGE_TRY(measure(check, element, value, step, backward, &slopes));
        relative = fabs(slopes.numeric - backward) / slopes.size;
        step /= 2;
    } while (relative > check->params.tolerance && slopes.kinked && !slopes.rough);
    if (relative > check->params.tolerance && slopes.kinked) {
        error->kinks++;
        return RIDGE_OK;
    }
    error->checked++;
    note(error, index, relative, slopes.numeric, backward);
    return RIDGE_OK;
}

// Compares what penalties have added to the gradient of one element.
static void compare_penalty(const struct check *check,
                            const struct ridge_network_parameter *parameter, size_t index,
                            ridge_gradient_error *error)
{
    size_t place = parameter->first + index;
    double gradient = (double)check->gradients[place];
    double added = (double)check->totals[place] - gradient, tolerance = check->params.tolerance;
    struct ridge_penalty_slopes slopes = ridge_penalty_slopes(parameter, check->values, index);
    double numeric = (slopes.left + slopes.right) / 2;
    double noise = slopes.noise + 4 * 6e-8 * fabs(gradient);
    double size = fmax(fmax(fabs(numeric), fabs(added)), noise / tolerance);
    double slack = tolerance * size;
    if (slopes.kinked && added >= slopes.left - slack && added <= slopes.right + slack) {
        error->kinks++; // penalties are convex there: left is below right
        return;
    }
    if (size > 0)
        note(error, index, fabs(numeric - added) / size, numeric, added);
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
                                    ridge_gradient_error *error)
{
    ridge_network *network = check->network;
    float *values = check->values;
    ridge_tensor tensor = ridge_arena_view(network->arena.parameters, parameter);
    ridge_tensor flat = ridge_tensor_reshaped(tensor, RIDGE_SHAPE(parameter->count));
    RIDGE_TRY(ridge_tensor_read(network->device, flat, values));
    double scale = root_mean_square(values, parameter->count);
    double step =
        check->params.step > 0 ? check->params.step : DEFAULT_STEP * (scale > 1e-3 ? scale : 1);
    size_t wanted =
        check->params.elements < parameter->count ? check->params.elements : parameter->count;
    error->parameter = parameter->name;
    error->worst = -1; // so that the first comparison is noted
    for (size_t i = 0; i < wanted; i++) {
        // The added i keeps strides that divide the rows from staying in one column.
        size_t index = (i * (parameter->count / wanted) + i) % parameter->count;
        RIDGE_TRY(compare(check, ridge_tensor_rows(flat, index, 1), values[index], (float)step,
                          (double)check->gradients[parameter->first + index], index, error));
        if (ridge_penalty_has_gradient(parameter))
            compare_penalty(check, parameter, index, error);
    }
    error->worst = fmax(error->worst, 0);
    return RIDGE_OK;
}

static ridge_status open_check(struct check *check, const ridge_dataset *data)
{
    ridge_network *network = check->network;
    ridge_feed_describe(network, data, true, &check->feed);
    RIDGE_TRY(ridge_arena_prepare(network));
    size_t count = check->feed.count;
    if (check->feed.staged)
        ridge_feed_describe_staged(&check->feed, count);
    RIDGE_TRY(ridge_feed_upload(&check->feed, data));
    RIDGE_TRY(ridge_feed_fill(&check->feed, count));
    const struct ridge_feed_plan *plan;
    RIDGE_TRY(ridge_feed_plan(&check->feed, RIDGE_STEP_CHECK, count, &plan));
    check->plan = plan->plan;
    check->schedule = &plan->schedule;
    check->row_loss =
        ridge_block_view(network, plan->schedule.row_loss, RIDGE_FLOAT32, RIDGE_SHAPE(count));
    size_t most = 0;
    for (size_t i = 0; i < network->layer_count; i++) {
        size_t outputs = kinked_outputs(check, i);
        most = outputs > most ? outputs : most;
        check->side_count += outputs + choices(check, i);
    }
    check->rows = ridge_allocate(count, sizeof(*check->rows));
    check->outputs = ridge_allocate(most, sizeof(*check->outputs));
    check->sides = ridge_allocate(check->side_count, 1);
    check->middle_sides = ridge_allocate(check->side_count, 1);
    if (!check->rows || !check->outputs || !check->sides || !check->middle_sides)
        return RIDGE_ERROR_MEMORY;
    return ridge_state_begin(network, ridge_device_launcher(network->device), 0);
}

// The loss and the gradients in the middle of all steps.
static ridge_status find_middle(struct check *check)
{
    ridge_network *network = check->network;
    size_t size = network->arena.size;
    check->gradients = ridge_allocate(size, sizeof(*check->gradients));
    check->totals = ridge_allocate(size, sizeof(*check->totals));
    check->values = ridge_allocate(size, sizeof(*check->values));
    if (!check->gradients || !check->totals || !check->values)
        return RIDGE_ERROR_MEMORY;
    RIDGE_TRY(loss_of(check, &check->middle));
    memcpy(check->middle_sides, check->sides, check->side_count);
    // Each row's loss carries a few roundings of its own size.
    check->noise = 8 * 6e-8 * fmax(fabs(check->middle), 1);
    RIDGE_TRY(ridge_tensor_read(network->device, network->arena.gradients, check->gradients));
    RIDGE_TRY(ridge_penalty_total_gradients(network, check->totals));
    return ridge_state_begin(network, ridge_device_launcher(network->device), 0);
}

static ridge_status run_check(struct check *check, ridge_gradient_error *errors)
{
    ridge_network *network = check->network;
    RIDGE_TRY(find_middle(check));
    for (size_t i = 0; i < network->parameter_count; i++)
        if (!network->parameters[i].spec->is_state)
            RIDGE_TRY(check_parameter(check, &network->parameters[i], errors++));
    return RIDGE_OK;
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
    void *arrays[] = {check->rows,      check->outputs, check->sides, check->middle_sides,
                      check->gradients, check->totals,  check->values};
    for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
        free(arrays[i]);
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
    *count = 0;
    for (size_t i = 0; i < network->parameter_count; i++)
        *count += !network->parameters[i].spec->is_state;
    for (size_t i = 0; i < *count; i++)
        *passed = *passed && found[i].worst <= check.params.tolerance;
    *errors = found;
    return RIDGE_OK;
}
