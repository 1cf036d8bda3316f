// SPDX-License-Identifier: Apache-2.0
// Lower rates where a monitored value no longer improves. Patience counts as in Keras and early
// stopping, cooldown as in PyTorch.
#include "training/reduce_on_plateau.h"

#include <math.h>

#include "base/error.h"

const ridge_field *ridge_reduce_on_plateau_fields(void)
{
    static const ridge_field fields[] = {
        {"monitor", RIDGE_FIELD_NAME, offsetof(ridge_reduce_on_plateau, monitor),
         .choices = ridge_monitor_choices,
         .help = "what has to improve; auto: val_loss, without validation loss"},
        {"mode", RIDGE_FIELD_NAME, offsetof(ridge_reduce_on_plateau, mode),
         .choices = ridge_monitor_mode_choices,
         .help = "which is better; auto: low losses, high accuracies"},
        {"patience", RIDGE_FIELD_SIZE, offsetof(ridge_reduce_on_plateau, patience), 0, HUGE_VAL,
         .help = "epochs without improvement before the rate is reduced; 0: it is not"},
        {"factor", RIDGE_FIELD_FLOAT, offsetof(ridge_reduce_on_plateau, factor), 0, 1,
         .minimum_excluded = true, .maximum_excluded = true, .fallback = "0.1",
         .help = "what the rate is multiplied by"},
        {"min_delta", RIDGE_FIELD_FLOAT, offsetof(ridge_reduce_on_plateau, min_delta), 0, HUGE_VAL,
         .help = "an improvement is a change of more than this"},
        {"relative", RIDGE_FIELD_BOOL, offsetof(ridge_reduce_on_plateau, relative),
         .help = "min_delta is a share of the best value so far"},
        {"cooldown", RIDGE_FIELD_SIZE, offsetof(ridge_reduce_on_plateau, cooldown), 0, HUGE_VAL,
         .help = "epochs after a reduction that do not count"},
        {"min_rate", RIDGE_FIELD_FLOAT, offsetof(ridge_reduce_on_plateau, min_rate), 0, HUGE_VAL,
         .help = "reductions do not go below this rate"},
        {0},
    };
    return fields;
}

ridge_status ridge_plateau_plan(struct ridge_plateau *plateau,
                                const ridge_reduce_on_plateau *params, struct ridge_watchable there)
{
    const ridge_field *fields = ridge_reduce_on_plateau_fields();
    *plateau = (struct ridge_plateau){.params = *params, .scale = 1};
    RIDGE_TRY(ridge_fields_check(fields, params));
    for (const ridge_field *field = fields; field->name && !params->patience; field++)
        if (!ridge_field_is_default(field, params))
            return ridge_fail(RIDGE_ERROR_ARGUMENT,
                              "%s: expected patience above 0 beside it, got 0", field->name);
    if (!params->patience)
        return RIDGE_OK;
    if (params->factor == 0)
        plateau->params.factor = 0.1f;
    return ridge_watch_plan(&plateau->watch, params->monitor, params->mode, there);
}

bool ridge_plateau_acts(const struct ridge_plateau *plateau)
{
    return plateau->params.patience > 0;
}

static bool improves(const struct ridge_plateau *plateau, double value)
{
    double delta = (double)plateau->params.min_delta;
    if (plateau->params.relative)
        delta *= fabs(plateau->best);
    return plateau->judged ? ridge_watch_better(&plateau->watch, value, plateau->best, delta)
                           : !isnan(value);
}

void ridge_plateau_update(struct ridge_plateau *plateau, ridge_epoch *epoch)
{
    const ridge_reduce_on_plateau *params = &plateau->params;
    if (!params->patience)
        return;
    double value = ridge_watch_value(&plateau->watch, epoch);
    plateau->wait++;
    if (improves(plateau, value)) {
        plateau->judged = true;
        plateau->best = value;
        plateau->wait = 0;
    }
    if (plateau->cooldown) {
        plateau->cooldown--;
        plateau->wait = 0;
    }
    if (plateau->wait < params->patience || epoch->rate <= (double)params->min_rate)
        return;
    plateau->scale *= (double)params->factor;
    plateau->cooldown = params->cooldown;
    plateau->wait = 0;
    epoch->reduced = true;
}

size_t ridge_plateau_patience(const struct ridge_plateau *plateau)
{
    size_t patience = plateau->params.patience;
    if (!patience)
        return SIZE_MAX;
    return plateau->wait < patience ? patience - plateau->wait : 1;
}

double ridge_plateau_rate(const struct ridge_plateau *plateau, double rate)
{
    return fmax(rate * plateau->scale, fmin(rate, (double)plateau->params.min_rate));
}
