// SPDX-License-Identifier: Apache-2.0
// What the history keeps beside losses: norms of weights and gradients.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "network/step.h"
#include "training/fit.h"

ridge_status ridge_fit_record_end(const struct ridge_fit *fit, ridge_launcher *on)
{
    ridge_network *network = fit->network;
    RIDGE_TRY(ridge_penalty_record(network, on));
    if (!fit->params.norms)
        return RIDGE_OK;
    const struct ridge_arena *arena = &network->arena;
    bool made = arena->gradients.buffer != NULL;
    return ridge_norms_record(network, made ? arena->gradients : arena->parameters, on);
}

static bool clips(const ridge_optimizer *optimizer)
{
    return optimizer->clip_value > 0 || optimizer->clip_norm > 0 || optimizer->clip_global_norm > 0;
}

ridge_status ridge_history_norms(struct ridge_fit *fit, const struct ridge_sums *sums,
                                 ridge_history *history, ridge_epoch *epoch)
{
    const ridge_optimizer *optimizer = &fit->network->settings.optimizer;
    epoch->weight_norm = epoch->gradient_norm = NAN;
    epoch->largest_gradient_norm = epoch->clipped = epoch->not_finite = NAN;
    if (clips(optimizer)) {
        size_t batch = fit->params.batch, steps = (fit->train_feed.count + batch - 1) / batch;
        epoch->largest_gradient_norm = sums->largest_norm;
        epoch->not_finite = sums->not_finite;
        if (optimizer->clip_global_norm > 0)
            epoch->clipped = sums->clipped / (double)steps;
    }
    if (!fit->params.norms)
        return RIDGE_OK;
    size_t count = fit->network->parameter_count;
    RIDGE_TRY(ridge_grow(&history->norms, &fit->norm_capacity, (history->count + 1) * count,
                         sizeof(*history->norms)));
    ridge_parameter_norms total;
    ridge_norms_read(fit->network, history->norms + history->count * count, &total);
    history->parameters = count;
    epoch->weight_norm = total.weights;
    epoch->gradient_norm = total.gradients;
    return RIDGE_OK;
}

void ridge_history_clear(ridge_history *history)
{
    if (!history)
        return;
    free(history->epochs);
    free(history->norms);
    *history = (ridge_history){0};
}
