// SPDX-License-Identifier: Apache-2.0
// A data set on the device, and the plans of the steps that read it.
#include "network/feed.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/size.h"
#include "device/device.h"
#include "network/augment.h"
#include "network/step.h"

// Targets for softmax: labels, or each class's share of the row.
static ridge_status check_classes(const ridge_dataset *data, const char *loss, size_t outputs)
{
    size_t classes = ridge_dataset_classes(data), values = ridge_dataset_target_size(data);
    if (classes > outputs)
        return ridge_fail(RIDGE_ERROR_SHAPE,
                          "the data have %zu classes, but the network has %zu outputs", classes,
                          outputs);
    if (classes)
        return RIDGE_OK;
    if (values != outputs)
        return ridge_fail(RIDGE_ERROR_SHAPE,
                          "%s expects class labels, or a share for each of the %zu outputs of the "
                          "network; the data have %zu target values a row",
                          loss, outputs, values);
    ridge_type type;
    const float *shares = ridge_dataset_y(data, &type);
    for (size_t i = 0; i < ridge_dataset_count(data) * values; i++)
        if (shares[i] < 0)
            return ridge_fail(
                RIDGE_ERROR_DATA,
                "%s expects shares of classes, 0 or more; target value %zu of row %zu "
                "is %g",
                loss, i % values, i / values, (double)shares[i]);
    return RIDGE_OK;
}

static ridge_status check_targets(const struct ridge_network *network, const ridge_dataset *data)
{
    size_t classes = ridge_dataset_classes(data), values = ridge_dataset_target_size(data);
    size_t outputs = ridge_network_output_size(network);
    const char *loss = ridge_loss_name(network->settings.loss);
    if (!values)
        return ridge_fail(RIDGE_ERROR_DATA, "the data have no targets, which %s needs", loss);
    if (network->settings.loss == RIDGE_SOFTMAX_CROSS_ENTROPY)
        return check_classes(data, loss, outputs);
    bool binary = network->settings.loss == RIDGE_BINARY_CROSS_ENTROPY;
    if (classes && !(binary && outputs == 1 && classes <= 2))
        return ridge_fail(RIDGE_ERROR_DATA,
                          "%s with %zu outputs expects values as targets, the data have labels of "
                          "%zu classes",
                          loss, outputs, classes);
    if (!classes && values != outputs)
        return ridge_fail(RIDGE_ERROR_SHAPE,
                          "the data have %zu target values a row, but the network has %zu outputs",
                          values, outputs);
    return RIDGE_OK;
}

ridge_status ridge_feed_check(const struct ridge_network *network, const ridge_dataset *data,
                              bool targets)
{
    if (!data)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "data: expected a data set, got NULL");
    const struct ridge_row_shape *expected = &network->layers[network->input].plan.output;
    struct ridge_row_shape found = {0};
    found.rank = (unsigned)ridge_dataset_shape(data, found.size);
    char expected_text[96], found_text[96];
    if (ridge_row_count(&found) != ridge_row_count(expected) && !ridge_augment_takes(network, data))
        return ridge_fail(
            RIDGE_ERROR_SHAPE, "the network expects rows of shape %s, the data have %s",
            ridge_row_text(expected, expected_text), ridge_row_text(&found, found_text));
    if (ridge_dataset_count(data) > UINT32_MAX)
        return ridge_fail(RIDGE_ERROR_UNSUPPORTED, "the data have %zu rows; at most %u fit",
                          ridge_dataset_count(data), UINT32_MAX);
    return targets ? check_targets(network, data) : RIDGE_OK;
}

static uint64_t bytes_of(const ridge_tensor *tensor)
{
    return (uint64_t)ridge_tensor_count(tensor) * ridge_type_size(tensor->type);
}

// Whether the rows can lie on the device, as far as that is known before anything else does.
static bool fits_device(const ridge_device *device, const ridge_tensor *x)
{
    const ridge_device_info *info = &device->info;
    uint64_t bytes = bytes_of(x);
    return (!info->largest_buffer || bytes <= info->largest_buffer) &&
           (!info->memory || device->memory + bytes <= info->memory);
}

void ridge_feed_describe(struct ridge_network *network, const ridge_dataset *data, bool targets,
                         struct ridge_feed *feed)
{
    struct ridge_row_shape row = {0};
    row.rank = (unsigned)ridge_dataset_shape(data, row.size);
    *feed = (struct ridge_feed){
        .network = network, .count = ridge_dataset_count(data), .seed = network->settings.seed};
    feed->x = (ridge_tensor){.rank = 2, .shape = {feed->count, ridge_row_count(&row)}};
    ridge_dataset_x(data, &feed->x.type);
    ridge_dataset_scale(data, &feed->scale, &feed->shift);
    feed->order = (ridge_tensor){.type = RIDGE_UINT32, .rank = 1, .shape = {feed->count}};
    if (targets) {
        feed->target_size = ridge_dataset_target_size(data);
        bool labels = ridge_dataset_classes(data) > 0;
        feed->y = (ridge_tensor){.rank = labels ? 1 : 2, .shape = {feed->count, feed->target_size}};
        ridge_dataset_y(data, &feed->y.type);
    }
    if (ridge_dataset_streams(data) || !fits_device(network->device, &feed->x))
        ridge_feed_describe_staged(feed, network->settings.batch);
}

void ridge_feed_describe_staged(struct ridge_feed *feed, size_t batch)
{
    feed->staged = true;
    feed->x.shape[0] = feed->y.shape[0] = ridge_smaller(batch, feed->count);
}

uint64_t ridge_feed_bytes(const struct ridge_feed *feed)
{
    return bytes_of(&feed->x) + (feed->target_size ? bytes_of(&feed->y) : 0) +
           (feed->shuffled ? bytes_of(&feed->order) : 0) +
           (feed->rates.rank ? bytes_of(&feed->rates) : 0);
}

ridge_status ridge_feed_upload(struct ridge_feed *feed, const ridge_dataset *data)
{
    ridge_device *device = feed->network->device;
    const void *x = feed->staged ? NULL : ridge_dataset_x(data, NULL);
    const void *y = feed->staged ? NULL : ridge_dataset_y(data, NULL);
    ridge_status status = ridge_buffer_create(device, bytes_of(&feed->x), x, &feed->x.buffer);
    if (!status && feed->target_size)
        status = ridge_buffer_create(device, bytes_of(&feed->y), y, &feed->y.buffer);
    if (!status && feed->staged)
        status = ridge_stage_create(device, data, feed->x, feed->y, &feed->stage);
    if (!status && feed->shuffled)
        status = ridge_buffer_create(device, bytes_of(&feed->order), NULL, &feed->order.buffer);
    if (!status && feed->rates.rank)
        status = ridge_buffer_create(device, bytes_of(&feed->rates), NULL, &feed->rates.buffer);
    return status ? ridge_fail_within(status, "putting %zu rows of data on the device", feed->count)
                  : RIDGE_OK;
}

static void release_plan(struct ridge_feed_plan *plan)
{
    ridge_plan_destroy(&plan->plan);
    ridge_schedule_release(&plan->schedule);
}

void ridge_feed_release(struct ridge_feed *feed)
{
    if (!feed->network)
        return;
    for (size_t i = 0; i < feed->plan_count; i++)
        release_plan(&feed->plans[i]);
    free(feed->plans);
    ridge_stage_destroy(&feed->stage);
    ridge_device *device = feed->network->device;
    ridge_buffer_release(device, &feed->x.buffer);
    ridge_buffer_release(device, &feed->y.buffer);
    ridge_buffer_release(device, &feed->order.buffer);
    ridge_buffer_release(device, &feed->rates.buffer);
    *feed = (struct ridge_feed){0};
}

ridge_status ridge_feed_open(ridge_network *network, const ridge_dataset *data,
                             enum ridge_step_mode mode, struct ridge_feed *feed)
{
    bool targets = !ridge_step_predicts(mode);
    RIDGE_TRY(ridge_network_check_compiled(network));
    RIDGE_TRY(ridge_feed_check(network, data, targets));
    ridge_feed_describe(network, data, targets, feed);
    ridge_status status = ridge_feed_upload(feed, data);
    if (status)
        ridge_feed_release(feed);
    return status;
}

ridge_status ridge_feed_begin(const struct ridge_feed *feed, ridge_launcher *on)
{
    float rate = feed->network->settings.optimizer.rate;
    if (!feed->epochs)
        return ridge_state_begin_scheduled(feed->network, on, rate, feed->rates);
    size_t rows = feed->shuffled ? feed->count : 0; // else they have no order
    size_t steps = feed->rates.buffer ? ridge_tensor_count(&feed->rates) / feed->epochs : 0;
    return ridge_state_begin_next(feed->network, on, rate, feed->rates, rows, steps);
}

static ridge_status record_plan(struct ridge_feed *feed, size_t batch, struct ridge_feed_plan *plan)
{
    RIDGE_TRY(ridge_plan_create(feed->network->device, &plan->plan));
    RIDGE_TRY(ridge_step_schedule(feed, plan->mode, batch, &plan->schedule));
    RIDGE_TRY(ridge_workspace_reserve(feed->network, plan->schedule.elements));
    return ridge_step_record(feed->network, feed, plan->mode, &plan->schedule,
                             ridge_plan_launcher(plan->plan));
}

ridge_status ridge_feed_plan(struct ridge_feed *feed, enum ridge_step_mode mode, size_t batch,
                             const struct ridge_feed_plan **plan)
{
    for (size_t i = 0; i < feed->plan_count; i++) {
        *plan = &feed->plans[i];
        if ((*plan)->mode == mode && (*plan)->schedule.batch == batch)
            return RIDGE_OK;
    }
    RIDGE_TRY(
        ridge_grow(&feed->plans, &feed->plan_capacity, feed->plan_count + 1, sizeof(*feed->plans)));
    struct ridge_feed_plan made = {.mode = mode};
    ridge_status status = record_plan(feed, batch, &made);
    if (status) {
        release_plan(&made);
        return status;
    }
    feed->plans[feed->plan_count] = made;
    *plan = &feed->plans[feed->plan_count++];
    return RIDGE_OK;
}

ridge_status ridge_feed_run(struct ridge_feed *feed, enum ridge_step_mode mode, size_t batch,
                            const struct ridge_feed_plan **plan)
{
    RIDGE_TRY(ridge_feed_plan(feed, mode, batch, plan));
    if (feed->stage)
        RIDGE_TRY(ridge_stage_next(feed->stage));
    return ridge_plan_run((*plan)->plan);
}

ridge_status ridge_feed_rewind(struct ridge_feed *feed, const uint32_t *order, size_t batch)
{
    return feed->stage ? ridge_stage_begin(feed->stage, order, batch) : RIDGE_OK;
}

ridge_status ridge_feed_fill(struct ridge_feed *feed, size_t batch)
{
    RIDGE_TRY(ridge_feed_rewind(feed, NULL, batch));
    return feed->stage ? ridge_stage_next(feed->stage) : RIDGE_OK;
}

ridge_status ridge_feed_pass(struct ridge_feed *feed, size_t batch)
{
    RIDGE_TRY(ridge_feed_rewind(feed, NULL, batch));
    for (size_t done = 0; done < feed->count; done += batch) {
        const struct ridge_feed_plan *plan;
        size_t rows = feed->count - done < batch ? feed->count - done : batch;
        RIDGE_TRY(ridge_feed_run(feed, RIDGE_STEP_EVALUATE, rows, &plan));
        RIDGE_TRY(ridge_device_throttle(feed->network->device));
    }
    return RIDGE_OK;
}

ridge_status ridge_feed_outputs(struct ridge_feed *feed, enum ridge_step_mode mode, float *outputs)
{
    struct ridge_network *network = feed->network;
    size_t batch = network->settings.batch, size = ridge_network_output_size(network);
    RIDGE_TRY(ridge_feed_rewind(feed, NULL, batch));
    for (size_t done = 0; done < feed->count; done += batch) {
        const struct ridge_feed_plan *plan;
        size_t rows = feed->count - done < batch ? feed->count - done : batch;
        RIDGE_TRY(ridge_feed_run(feed, mode, rows, &plan));
        ridge_tensor y = ridge_block_view(network, plan->schedule.layers[network->output].value,
                                          RIDGE_FLOAT32, RIDGE_SHAPE(rows, size));
        RIDGE_TRY(ridge_tensor_read(network->device, y, outputs + done * size));
    }
    return RIDGE_OK;
}

ridge_status ridge_feed_evaluate(struct ridge_feed *feed, size_t batch, ridge_metrics *metrics)
{
    struct ridge_network *network = feed->network;
    ridge_launcher *on = ridge_device_launcher(network->device);
    struct ridge_sums sums;
    // before any plan is recorded
    RIDGE_TRY(ridge_workspace_reserve(network, ridge_penalty_work(network)));
    RIDGE_TRY(ridge_feed_begin(feed, on));
    RIDGE_TRY(ridge_feed_pass(feed, batch));
    RIDGE_TRY(ridge_penalty_record(network, on));
    RIDGE_TRY(ridge_state_read(network, &sums));
    bool classes = network->settings.loss <= RIDGE_BINARY_CROSS_ENTROPY;
    metrics->loss = sums.evaluation_loss / (double)feed->count;
    metrics->accuracy = classes ? sums.evaluation_right / (double)feed->count : NAN;
    metrics->penalty = sums.penalty + sums.evaluation_activity / (double)feed->count;
    return RIDGE_OK;
}
