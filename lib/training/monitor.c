// SPDX-License-Identifier: Apache-2.0
// Which value of an epoch is watched, and when one is better than another.
#include "training/monitor.h"

#include <stddef.h>

#include "base/error.h"

const char *const ridge_monitor_choices[] = {
    [RIDGE_MONITOR_AUTO] = "auto",         [RIDGE_MONITOR_VAL_LOSS] = "val_loss",
    [RIDGE_MONITOR_LOSS] = "loss",         [RIDGE_MONITOR_VAL_ACCURACY] = "val_accuracy",
    [RIDGE_MONITOR_ACCURACY] = "accuracy", NULL,
};

const char *const ridge_monitor_mode_choices[] = {
    [RIDGE_MODE_AUTO] = "auto",
    [RIDGE_MODE_MIN] = "min",
    [RIDGE_MODE_MAX] = "max",
    NULL,
};

static const struct {
    size_t value; // where in ridge_epoch
    bool validation, accuracy;
} monitors[] = {
    [RIDGE_MONITOR_VAL_LOSS] = {offsetof(ridge_epoch, val_loss), true, false},
    [RIDGE_MONITOR_LOSS] = {offsetof(ridge_epoch, loss), false, false},
    [RIDGE_MONITOR_VAL_ACCURACY] = {offsetof(ridge_epoch, val_accuracy), true, true},
    [RIDGE_MONITOR_ACCURACY] = {offsetof(ridge_epoch, accuracy), false, true},
};

ridge_status ridge_watch_plan(struct ridge_watch *watch, ridge_monitor monitor,
                              ridge_monitor_mode mode, struct ridge_watchable there)
{
    if (monitor == RIDGE_MONITOR_AUTO)
        monitor = there.validates ? RIDGE_MONITOR_VAL_LOSS : RIDGE_MONITOR_LOSS;
    const char *name = ridge_monitor_choices[monitor];
    bool accuracy = monitors[monitor].accuracy;
    if (accuracy && !there.classes)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "monitor: expected val_loss or loss, for there are no classes, got %s",
                          name);
    if (monitors[monitor].validation && !there.validates)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "monitor: expected validation data for %s, or %s instead, got none", name,
                          accuracy ? "accuracy" : "loss");
    *watch =
        (struct ridge_watch){monitor, mode == RIDGE_MODE_AUTO ? accuracy : mode == RIDGE_MODE_MAX};
    if (watch->higher != accuracy)
        ridge_log(RIDGE_LOG_WARNING, "mode %s takes the %s %s for the best",
                  ridge_monitor_mode_choices[mode], watch->higher ? "highest" : "lowest", name);
    return RIDGE_OK;
}

double ridge_watch_value(const struct ridge_watch *watch, const ridge_epoch *epoch)
{
    return *(const double *)((const char *)epoch + monitors[watch->monitor].value);
}

bool ridge_watch_better(const struct ridge_watch *watch, double value, double than, double delta)
{
    return watch->higher ? value - delta > than : value + delta < than;
}
