// SPDX-License-Identifier: Apache-2.0
// What steps on the device share with the host: counters, totals, sums of the weights.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "device/device.h"
#include "network/network.h"
#include "ops/step.h"

#define ACTIVITY_WORDS 8 // training and evaluation, see RIDGE_STATE_ACTIVITY

static ridge_tensor state_view(const struct ridge_network *network, size_t word, ridge_type type,
                               size_t count)
{
    ridge_tensor view = ridge_tensor_reshaped(network->state, RIDGE_SHAPE(count));
    view.type = type;
    view.offset += word;
    return view;
}

static size_t notes_word(const struct ridge_network *network)
{
    return RIDGE_STATE_ACTIVITY + ACTIVITY_WORDS * network->activity_count;
}

ridge_tensor ridge_state_notes(const struct ridge_network *network)
{
    return state_view(network, notes_word(network), RIDGE_FLOAT32, RIDGE_NOTES);
}

// Words that begin at zero with each pass over data. Decay that is due outlives it.
static size_t words_of_pass(const struct ridge_network *network)
{
    return notes_word(network) + RIDGE_NOTE_DECAY;
}

static size_t penalty_word(const struct ridge_network *network)
{
    return notes_word(network) + RIDGE_NOTES;
}

ridge_tensor ridge_state_norms(const struct ridge_network *network)
{
    size_t rows = network->arena.norm_segments.shape[0];
    ridge_tensor norms = state_view(network, penalty_word(network) + ridge_penalty_count(network),
                                    RIDGE_FLOAT32, 2 * rows);
    return ridge_tensor_reshaped(norms, RIDGE_SHAPE(2, rows));
}

static size_t epoch_word(const struct ridge_network *network)
{
    return penalty_word(network) + ridge_penalty_count(network) +
           2 * network->arena.norm_segments.shape[0];
}

ridge_tensor ridge_state_epoch(const struct ridge_network *network, unsigned word, size_t count)
{
    return state_view(network, epoch_word(network) + word, RIDGE_UINT32, count);
}

ridge_status ridge_state_create(struct ridge_network *network)
{
    size_t first = penalty_word(network);
    size_t words = epoch_word(network) + EPOCH_WORDS;
    network->state_copy = ridge_allocate(words, sizeof(*network->state_copy));
    if (!network->state_copy)
        return RIDGE_ERROR_MEMORY;
    RIDGE_TRY(
        ridge_tensor_create(network->device, RIDGE_UINT32, RIDGE_SHAPE(words), &network->state));
    network->arena.penalty_sums = state_view(network, first, RIDGE_FLOAT32, 0);
    return ridge_tensor_write(network->device, network->state, network->state_copy);
}

void ridge_state_release(struct ridge_network *network)
{
    ridge_tensor_destroy(network->device, &network->state);
    free(network->state_copy);
}

ridge_tensor ridge_state_view(const struct ridge_network *network, enum ridge_state_word word,
                              ridge_type type, size_t count)
{
    return state_view(network, word, type, count);
}

static size_t activity_word(unsigned activity, bool training)
{
    return RIDGE_STATE_ACTIVITY + ACTIVITY_WORDS * (activity - 1) + (training ? 0 : 4);
}

ridge_tensor ridge_activity_totals(const struct ridge_network *network, unsigned activity,
                                   bool training)
{
    return state_view(network, activity_word(activity, training), RIDGE_FLOAT32, 4);
}

ridge_status ridge_state_begin(struct ridge_network *network, ridge_launcher *on, float rate)
{
    return ridge_state_begin_scheduled(network, on, rate, (ridge_tensor){0});
}

ridge_status ridge_state_begin_scheduled(struct ridge_network *network, ridge_launcher *on,
                                         float rate, ridge_tensor rates)
{
    return ridge_step_begin(
        on, state_view(network, RIDGE_STATE_STEP, RIDGE_UINT32, words_of_pass(network)), rate,
        rates);
}

ridge_status ridge_state_begin_next(struct ridge_network *network, ridge_launcher *on, float rate,
                                    ridge_tensor rates, size_t rows, size_t steps)
{
    const struct ridge_epoch_place epoch = {ridge_state_epoch(network, EPOCH_PLACE, 1), rows,
                                            steps};
    return ridge_epoch_begin(
        on, state_view(network, RIDGE_STATE_STEP, RIDGE_UINT32, words_of_pass(network)), rate,
        rates, &epoch);
}

static void activity_sums(const struct ridge_network *network, unsigned activity, bool training,
                          double sums[2])
{
    const float *totals = network->state_copy + activity_word(activity, training);
    sums[0] = (double)totals[0] + totals[1];
    sums[1] = (double)totals[2] + totals[3];
}

void ridge_activity_sums(const struct ridge_network *network, unsigned activity, double sums[2])
{
    activity_sums(network, activity, false, sums);
}

// Activity penalties, summed over the rows that were seen.
static double activity_of(const struct ridge_network *network, bool training)
{
    double penalty = 0;
    for (size_t i = 0; i < network->layer_count; i++) {
        const struct ridge_layer *layer = &network->layers[i];
        if (!layer->activity)
            continue;
        double sums[2];
        activity_sums(network, layer->activity, training, sums);
        penalty += (double)layer->plan.activity_l1 * sums[0];
        penalty += (double)layer->plan.activity_l2 * sums[1];
    }
    return penalty;
}

const float *ridge_state_penalties(const struct ridge_network *network)
{
    return network->state_copy + penalty_word(network);
}

static void sum_up(const struct ridge_network *network, struct ridge_sums *sums)
{
    const float *words = network->state_copy;
    const float *trained = words + RIDGE_STATE_TOTALS,
                *evaluated = words + RIDGE_STATE_EVALUATION_TOTALS,
                *notes = words + notes_word(network);
    *sums = (struct ridge_sums){
        .loss = (double)trained[0] + trained[1],
        .right = (double)trained[2] + trained[3],
        .evaluation_loss = (double)evaluated[0] + evaluated[1],
        .evaluation_right = (double)evaluated[2] + evaluated[3],
        .activity = activity_of(network, true),
        .evaluation_activity = activity_of(network, false),
        .largest_norm = (double)notes[RIDGE_NOTE_LARGEST],
        .clipped = (double)notes[RIDGE_NOTE_CLIPPED],
        .not_finite = (double)notes[RIDGE_NOTE_NOT_FINITE],
        .penalty = ridge_penalty_of(network, words + penalty_word(network)),
    };
}

ridge_status ridge_state_read(struct ridge_network *network, struct ridge_sums *sums)
{
    RIDGE_TRY(ridge_tensor_read(network->device, network->state, network->state_copy));
    sum_up(network, sums);
    return RIDGE_OK;
}

void ridge_state_take(struct ridge_network *network, const float *state, struct ridge_sums *sums)
{
    memcpy(network->state_copy, state, ridge_tensor_count(&network->state) * sizeof(*state));
    sum_up(network, sums);
}

bool ridge_state_halts(const struct ridge_network *network, const float *state)
{
    for (size_t i = 0; i < ridge_tensor_count(&network->state); i++)
        if (!isfinite(state[i]))
            return true;
    return false;
}
