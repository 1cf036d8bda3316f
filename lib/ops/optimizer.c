// SPDX-License-Identifier: Apache-2.0
// What the optimizers are called, their defaults and how much state they keep.
#include <math.h>

#include <ridge/update.h>

#include "base/error.h"
#include "ops/optimizer.h"

const char *const ridge_optimizer_choices[] = {
    [RIDGE_SGD] = "sgd",
    [RIDGE_ADAM] = "adam",
    [RIDGE_ADAMW] = "adamw",
    [RIDGE_RMSPROP] = "rmsprop",
    NULL,
};

// Fields that not every kind takes.
enum { TAKES_MOMENTUM = 1, TAKES_NESTEROV = 2, TAKES_BETAS = 4, TAKES_RHO = 8, TAKES_EPSILON = 16 };

static const struct {
    float rate, weight_decay; // defaults
    unsigned takes;
    unsigned slots, momentum_slots;
    unsigned operations; // of the change of an element, see struct ridge_work
} kinds[] = {
    [RIDGE_SGD] = {0.01f, 0, TAKES_MOMENTUM | TAKES_NESTEROV, 0, 1, 0},
    [RIDGE_ADAM] = {0.001f, 0, TAKES_BETAS | TAKES_EPSILON, 2, 0, 13},
    [RIDGE_ADAMW] = {0.001f, 0.01f, TAKES_BETAS | TAKES_EPSILON, 2, 0, 13},
    [RIDGE_RMSPROP] = {0.01f, 0, TAKES_MOMENTUM | TAKES_RHO | TAKES_EPSILON, 1, 1, 7},
};
#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

// Defaults that are the same for each kind that has the field.
#define BETA1 0.9f
#define BETA2 0.999f
#define RHO 0.99f
#define EPSILON 1e-8f

const char *ridge_optimizer_name(ridge_optimizer_kind kind)
{
    return (size_t)kind < KIND_COUNT ? ridge_optimizer_choices[kind] : NULL;
}

unsigned ridge_optimizer_slots(const ridge_optimizer *optimizer)
{
    return kinds[optimizer->kind].slots +
           (optimizer->momentum > 0 ? kinds[optimizer->kind].momentum_slots : 0);
}

unsigned ridge_optimizer_operations(const ridge_optimizer *optimizer)
{
    unsigned momentum = 2, nesterov = 2;
    return kinds[optimizer->kind].operations + (optimizer->momentum > 0 ? momentum : 0) +
           (optimizer->nesterov ? nesterov : 0);
}

const ridge_field *ridge_optimizer_fields(void)
{
    static const ridge_field fields[] = {
        {"kind", RIDGE_FIELD_NAME, offsetof(ridge_optimizer, kind),
         .choices = ridge_optimizer_choices, .help = "which optimizer"},
        {"rate", RIDGE_FIELD_FLOAT, offsetof(ridge_optimizer, rate), 0, HUGE_VAL,
         .minimum_excluded = true, .fallback = "0.01; adam, adamw 0.001", .help = "learning rate"},
        {"momentum", RIDGE_FIELD_FLOAT, offsetof(ridge_optimizer, momentum), 0, 1,
         .maximum_excluded = true, .help = "sgd, rmsprop: share of the last update kept"},
        {"nesterov", RIDGE_FIELD_BOOL, offsetof(ridge_optimizer, nesterov),
         .help = "sgd: Nesterov's momentum"},
        {"beta1", RIDGE_FIELD_FLOAT, offsetof(ridge_optimizer, beta1), 0, 1,
         .minimum_excluded = true, .maximum_excluded = true, .fallback = "0.9",
         .help = "adam, adamw: mean of gradients"},
        {"beta2", RIDGE_FIELD_FLOAT, offsetof(ridge_optimizer, beta2), 0, 1,
         .minimum_excluded = true, .maximum_excluded = true, .fallback = "0.999",
         .help = "adam, adamw: mean of squares"},
        {"rho", RIDGE_FIELD_FLOAT, offsetof(ridge_optimizer, rho), 0, 1, .minimum_excluded = true,
         .maximum_excluded = true, .fallback = "0.99", .help = "rmsprop: mean of squares"},
        {"epsilon", RIDGE_FIELD_FLOAT, offsetof(ridge_optimizer, epsilon), 0, HUGE_VAL,
         .minimum_excluded = true, .fallback = "1e-8", .help = "keeps divisions finite"},
        {"weight_decay", RIDGE_FIELD_FLOAT, offsetof(ridge_optimizer, weight_decay), -1, HUGE_VAL,
         .fallback = "0; adamw 0.01", .zero = -1,
         .help = "decoupled, weights only; negative: none"},
        {"clip_value", RIDGE_FIELD_FLOAT, offsetof(ridge_optimizer, clip_value), 0, HUGE_VAL,
         .help = "largest magnitude of an element of the gradient; 0: no limit"},
        {"clip_norm", RIDGE_FIELD_FLOAT, offsetof(ridge_optimizer, clip_norm), 0, HUGE_VAL,
         .help = "largest norm of the gradient of a tensor; 0: no limit"},
        {"clip_global_norm", RIDGE_FIELD_FLOAT, offsetof(ridge_optimizer, clip_global_norm), 0,
         HUGE_VAL, .help = "largest norm of all gradients together; 0: no limit"},
        {0},
    };
    return fields;
}

// Refuses what the kind does not take. The defaults may stand there, as in a completed optimizer.
static ridge_status check_taken(const ridge_optimizer *optimizer)
{
    const struct {
        const char *name;
        unsigned flag;
        float value, fallback;
    } fields[] = {
        {"momentum", TAKES_MOMENTUM, optimizer->momentum, 0},
        {"nesterov", TAKES_NESTEROV, optimizer->nesterov, 0},
        {"beta1", TAKES_BETAS, optimizer->beta1, BETA1},
        {"beta2", TAKES_BETAS, optimizer->beta2, BETA2},
        {"rho", TAKES_RHO, optimizer->rho, RHO},
        {"epsilon", TAKES_EPSILON, optimizer->epsilon, EPSILON},
    };
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        bool given = fields[i].value != 0 && fields[i].value != fields[i].fallback;
        if (given && !(kinds[optimizer->kind].takes & fields[i].flag))
            return ridge_fail(RIDGE_ERROR_ARGUMENT, "%s: %s does not take it, got %g",
                              fields[i].name, ridge_optimizer_name(optimizer->kind),
                              (double)fields[i].value);
    }
    return RIDGE_OK;
}

static void replace_zero(float *value, float fallback)
{
    if (*value == 0)
        *value = fallback;
}

ridge_status ridge_optimizer_complete(ridge_optimizer *optimizer)
{
    if (!optimizer)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "optimizer: expected a pointer, got NULL");
    RIDGE_TRY(ridge_fields_check(ridge_optimizer_fields(), optimizer));
    RIDGE_TRY(check_taken(optimizer));
    if (optimizer->nesterov && optimizer->momentum == 0)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "nesterov: expected momentum above 0 with it, got 0");
    int clips = (optimizer->clip_value > 0) + (optimizer->clip_norm > 0) +
                (optimizer->clip_global_norm > 0);
    if (clips > 1)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "clip_value, clip_norm, clip_global_norm: expected at most one of them, "
                          "got %d",
                          clips);
    replace_zero(&optimizer->rate, kinds[optimizer->kind].rate);
    replace_zero(&optimizer->beta1, BETA1);
    replace_zero(&optimizer->beta2, BETA2);
    replace_zero(&optimizer->rho, RHO);
    replace_zero(&optimizer->epsilon, EPSILON);
    replace_zero(&optimizer->weight_decay, kinds[optimizer->kind].weight_decay);
    return RIDGE_OK;
}
