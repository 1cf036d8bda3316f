// SPDX-License-Identifier: Apache-2.0
// Activity penalty: the output is the input, in the same memory. What it adds to the loss and to
// the gradient follows from the plan (lib/network/step.c).
#include "base/error.h"
#include "layers/layer.h"

#include <math.h>

static bool is_alias(const void *params, struct ridge_pass pass)
{
    (void)params;
    (void)pass;
    return true;
}

static ridge_status setup(const void *params, const struct ridge_row_shape *inputs,
                          struct ridge_layer_plan *plan)
{
    const ridge_activity_penalty_params *penalty = params;
    if (penalty->l1 == 0 && penalty->l2 == 0)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "l1, l2: expected one above 0; for no penalty leave the layer out");
    plan->output = inputs[0];
    plan->activity_l1 = penalty->l1;
    plan->activity_l2 = penalty->l2;
    plan->has_kink = penalty->l1 > 0;
    return RIDGE_OK;
}

static const ridge_field fields[] = {
    {"l1", RIDGE_FIELD_FLOAT, offsetof(ridge_activity_penalty_params, l1), 0, HUGE_VAL,
     .help = "l1 sum|y| / rows joins the loss"},
    {"l2", RIDGE_FIELD_FLOAT, offsetof(ridge_activity_penalty_params, l2), 0, HUGE_VAL,
     .help = "l2 sum y^2 / rows joins the loss"},
    RIDGE_NAME_FIELD(ridge_activity_penalty_params),
    {0},
};

const struct ridge_layer_class ridge_layer_class_activity_penalty = {
    .info = {"activity_penalty", "y = x, with a penalty on it; at least one strength above 0",
             fields, sizeof(ridge_activity_penalty_params), 1},
    .order = ridge_order_any,
    .is_alias = is_alias,
    .setup = setup,
};
