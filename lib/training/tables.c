// SPDX-License-Identifier: Apache-2.0
// What the device takes for the epochs to come: the order of their rows, the rates of their steps.
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/size.h"
#include "device/device.h"
#include "network/step.h"
#include "ops/step.h"
#include "training/fit.h"

ridge_status ridge_tables_create(struct ridge_fit *fit)
{
    struct ridge_tables *tables = &fit->tables;
    tables->epochs = tables->place = ridge_larger(fit->train_feed.epochs, 1);
    if (fit->train_feed.rates.buffer) {
        tables->rates =
            ridge_allocate(ridge_tensor_count(&fit->train_feed.rates), sizeof(*tables->rates));
        if (!tables->rates)
            return RIDGE_ERROR_MEMORY;
    }
    if (fit->params.no_shuffle)
        return RIDGE_OK;
    size_t rows = ridge_tensor_count(&fit->train_feed.order);
    for (int i = 0; i < 2; i++)
        tables->order[i] = ridge_allocate(rows, sizeof(*tables->order[i]));
    return tables->order[0] && tables->order[1] ? RIDGE_OK : RIDGE_ERROR_MEMORY;
}

void ridge_tables_release(struct ridge_fit *fit)
{
    struct ridge_tables *tables = &fit->tables;
    for (int i = 0; i < 2; i++)
        free(tables->order[i]);
    free(tables->rates);
}

// Fisher-Yates with the words of stream RIDGE_STREAM_SHUFFLE; the step is the epoch.
static void shuffle(const struct ridge_fit *fit, uint32_t epoch, uint32_t *order)
{
    size_t count = fit->train_feed.count;
    ridge_random random = {
        .seed = fit->network->settings.seed, .stream = RIDGE_STREAM_SHUFFLE, .step = epoch};
    for (size_t i = 0; i < count; i++)
        order[i] = (uint32_t)i;
    for (size_t i = count; i-- > 1;) {
        size_t j = (size_t)(((uint64_t)ridge_random_word(&random, i) * (i + 1)) >> 32);
        uint32_t row = order[i];
        order[i] = order[j];
        order[j] = row;
    }
}

// The orders of the epochs from this one on, unless they are there already.
static void shuffle_from(struct ridge_fit *fit, uint32_t epoch)
{
    struct ridge_tables *tables = &fit->tables;
    uint32_t *order = tables->order[tables->next];
    if (!order || tables->shuffled == epoch + 1)
        return;
    for (size_t i = 0; i < tables->epochs; i++)
        shuffle(fit, epoch + (uint32_t)i, order + i * fit->train_feed.count);
    tables->shuffled = epoch + 1;
}

void ridge_tables_look_ahead(struct ridge_fit *fit, size_t count)
{
    struct ridge_tables *tables = &fit->tables;
    if (tables->place + count == tables->epochs)
        shuffle_from(fit, tables->words[EPOCH_NUMBER] + (uint32_t)tables->epochs);
}

// The rates of each step of the epochs from number `epoch` on.
static ridge_status write_rates(struct ridge_fit *fit, size_t epoch)
{
    struct ridge_tables *tables = &fit->tables;
    if (!tables->rates)
        return RIDGE_OK;
    size_t steps = (size_t)fit->rates.steps, first = (epoch - 1) * steps;
    for (size_t i = 0; i < tables->epochs * steps; i++)
        tables->rates[i] =
            (float)ridge_plateau_rate(&fit->plateau, ridge_rate_at(&fit->rates, first + i));
    return ridge_tensor_write_later(fit->network->device, fit->train_feed.rates, tables->rates);
}

// The tables for the epochs from number `epoch` on.
static ridge_status write(struct ridge_fit *fit, size_t epoch)
{
    struct ridge_tables *tables = &fit->tables;
    ridge_network *network = fit->network;
    tables->place = 0;
    memset(tables->words, 0, sizeof(tables->words));
    tables->words[EPOCH_NUMBER] = network->epochs_done;
    RIDGE_TRY(write_rates(fit, epoch));
    if (network->augment || fit->train_feed.epochs)
        RIDGE_TRY(ridge_tensor_write_later(
            network->device, ridge_state_epoch(network, 0, EPOCH_WORDS), tables->words));
    shuffle_from(fit, network->epochs_done);
    const uint32_t *order = tables->order[tables->next];
    tables->next ^= 1;
    if (order)
        RIDGE_TRY(ridge_tensor_write_later(network->device, fit->train_feed.order, order));
    return ridge_feed_rewind(&fit->train_feed, order, fit->params.batch);
}

ridge_status ridge_tables_begin(struct ridge_fit *fit, size_t epoch, size_t *count)
{
    struct ridge_tables *tables = &fit->tables;
    if (tables->place == tables->epochs)
        RIDGE_TRY(write(fit, epoch));
    *count = ridge_smaller(*count, tables->epochs - tables->place);
    return RIDGE_OK;
}

double ridge_tables_rate(const struct ridge_fit *fit, size_t index)
{
    const struct ridge_tables *tables = &fit->tables;
    size_t steps = (size_t)fit->rates.steps;
    return tables->rates ? (double)tables->rates[(tables->place + index + 1) * steps - 1]
                         : fit->rates.rate;
}

void ridge_tables_end(struct ridge_fit *fit, size_t count, bool stale)
{
    struct ridge_tables *tables = &fit->tables;
    tables->place = stale ? tables->epochs : tables->place + count;
}
