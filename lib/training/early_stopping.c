// SPDX-License-Identifier: Apache-2.0
// Early stopping after Prechelt (1998), with the rules of Keras: an improvement is strict, and
// stopping comes when as many epochs as `patience` went by without one. Unlike Keras, a NaN is
// never the best.
#include "training/early_stopping.h"

#include <math.h>

const ridge_field *ridge_early_stopping_fields(void)
{
    static const char *const monitors[] = {"val_loss", "loss", "val_accuracy", "accuracy", NULL};
    static const ridge_field fields[] = {
        {"monitor", RIDGE_FIELD_NAME, offsetof(ridge_early_stopping, monitor), .choices = monitors,
         .help = "what has to improve"},
        {"patience", RIDGE_FIELD_SIZE, offsetof(ridge_early_stopping, patience), 0, HUGE_VAL,
         .help = "epochs without improvement before training stops; 0: never"},
        {"min_delta", RIDGE_FIELD_FLOAT, offsetof(ridge_early_stopping, min_delta), 0, HUGE_VAL,
         .help = "smallest change that counts as an improvement"},
        {"restore_best", RIDGE_FIELD_BOOL, offsetof(ridge_early_stopping, restore_best),
         .help = "at the end take the weights of the best epoch"},
        {0},
    };
    return fields;
}

static double monitored(const struct ridge_best *best, const ridge_epoch *epoch)
{
    switch (best->params->monitor) {
    case RIDGE_MONITOR_VAL_LOSS:
        return best->validates ? epoch->val_loss : epoch->loss;
    case RIDGE_MONITOR_VAL_ACCURACY:
        return best->validates ? epoch->val_accuracy : epoch->accuracy;
    case RIDGE_MONITOR_ACCURACY:
        return epoch->accuracy;
    default:
        return epoch->loss;
    }
}

bool ridge_best_update(struct ridge_best *best, ridge_epoch *epoch)
{
    bool higher = best->params->monitor >= RIDGE_MONITOR_VAL_ACCURACY;
    double value = monitored(best, epoch);
    double gain = higher ? value - best->value : best->value - value;
    epoch->improved = !isnan(value) && (best->epoch == 0 || gain > (double)best->params->min_delta);
    best->wait++;
    if (epoch->improved) {
        best->value = value;
        best->epoch = epoch->epoch;
        best->wait = 0;
    }
    return best->params->patience && best->wait >= best->params->patience;
}
