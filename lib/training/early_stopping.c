// SPDX-License-Identifier: Apache-2.0
// Early stopping after Prechelt (1998), with the rules of Keras. Unlike there, NaN is never the
// best: Keras keeps the weights of whatever epoch comes first.
#include "training/early_stopping.h"

#include <math.h>

#include "base/error.h"

const ridge_field *ridge_early_stopping_fields(void)
{
    static const ridge_field fields[] = {
        {"monitor", RIDGE_FIELD_NAME, offsetof(ridge_early_stopping, monitor),
         .choices = ridge_monitor_choices,
         .help = "what has to improve; auto: val_loss, without validation loss"},
        {"mode", RIDGE_FIELD_NAME, offsetof(ridge_early_stopping, mode),
         .choices = ridge_monitor_mode_choices,
         .help = "which is better; auto: low losses, high accuracies"},
        {"patience", RIDGE_FIELD_SIZE, offsetof(ridge_early_stopping, patience), 0, HUGE_VAL,
         .help = "epochs without improvement before training stops; 0: it does not stop early"},
        {"min_delta", RIDGE_FIELD_FLOAT, offsetof(ridge_early_stopping, min_delta), 0, HUGE_VAL,
         .help = "an improvement is a change of more than this"},
        {"baseline", RIDGE_FIELD_FLOAT, offsetof(ridge_early_stopping, baseline), -HUGE_VAL,
         HUGE_VAL, .fallback = "none",
         .help = "patience starts again only at improvements beyond this value"},
        {"start_from_epoch", RIDGE_FIELD_SIZE, offsetof(ridge_early_stopping, start_from_epoch), 0,
         HUGE_VAL, .help = "epochs at the beginning that are not judged"},
        {"restore_best", RIDGE_FIELD_BOOL, offsetof(ridge_early_stopping, restore_best),
         .help = "at the end take the weights of the best epoch, with or without patience"},
        {0},
    };
    return fields;
}

ridge_status ridge_best_plan(struct ridge_best *best, const ridge_early_stopping *params,
                             size_t epochs, struct ridge_watchable there)
{
    *best = (struct ridge_best){.params = *params};
    RIDGE_TRY(ridge_fields_check(ridge_early_stopping_fields(), params));
    if (params->start_from_epoch >= epochs)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "start_from_epoch: expected less than the %zu epochs of training, got "
                          "%zu",
                          epochs, params->start_from_epoch);
    if (params->baseline != 0 && !params->patience)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "baseline: expected patience above 0 beside it, got 0");
    return ridge_watch_plan(&best->watch, params->monitor, params->mode, there);
}

bool ridge_best_update(struct ridge_best *best, ridge_epoch *epoch)
{
    const ridge_early_stopping *params = &best->params;
    if (epoch->epoch <= params->start_from_epoch)
        return false;
    double value = ridge_watch_value(&best->watch, epoch), delta = (double)params->min_delta;
    bool first = best->epoch == 0 && !isnan(value);
    epoch->improved = first || ridge_watch_better(&best->watch, value, best->value, delta);
    best->wait++;
    if (!epoch->improved)
        return params->patience && best->wait >= params->patience && epoch->epoch > 1;
    best->value = value;
    best->epoch = epoch->epoch;
    if (params->baseline == 0 ||
        ridge_watch_better(&best->watch, value, (double)params->baseline, delta))
        best->wait = 0;
    return false;
}

size_t ridge_best_patience(const struct ridge_best *best)
{
    size_t patience = best->params.patience;
    if (!patience)
        return SIZE_MAX;
    return best->wait < patience ? patience - best->wait : 1;
}
