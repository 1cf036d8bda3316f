// SPDX-License-Identifier: Apache-2.0
// The learning rate as a function of the step: a table of kinds, each with its formula and the
// fields that it takes. Formulas and sources: ridge/training.h.
#include "training/rate_schedule.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

static const double pi = 3.14159265358979323846;

// A step seen from its schedule, which begins where the warm-up ends.
struct moment {
    const ridge_rate_schedule *schedule;
    double rate;        // the optimizer's
    double epochs;      // since the schedule began
    double share;       // of its length, [0, 1]
    double step, total; // from 0; of the schedule
};

static double between(double from, double to, double share)
{
    return from + (to - from) * share;
}

static double along_cosine(double from, double to, double share)
{
    return to + (from - to) / 2 * (1 + cos(pi * share));
}

static double constant(const struct moment *at)
{
    return at->rate;
}

static double step(const struct moment *at)
{
    return at->rate *
           pow((double)at->schedule->factor, floor(at->epochs / (double)at->schedule->every));
}

static double exponential(const struct moment *at)
{
    return at->rate * pow((double)at->schedule->factor, at->epochs / (double)at->schedule->every);
}

static double cosine(const struct moment *at)
{
    return along_cosine(at->rate, (double)at->schedule->final, at->share);
}

static double linear(const struct moment *at)
{
    return between(at->rate, (double)at->schedule->final, at->share);
}

// Up to the optimizer's rate, then down; the last step has the lowest rate.
static double one_cycle(const struct moment *at)
{
    double first = at->rate / (double)at->schedule->start_divisor;
    double last = first / (double)at->schedule->final_divisor;
    double peak = (double)at->schedule->rise * at->total - 1;
    if (at->step < peak)
        return along_cosine(first, at->rate, at->step / peak);
    return along_cosine(at->rate, last, (at->step - peak) / (at->total - 1 - peak));
}

static const struct {
    const char *help;
    double (*rate)(const struct moment *at);
    const char *takes[5]; // fields
} kinds[] = {
    [RIDGE_RATE_CONSTANT] = {"the optimizer's rate; for a warm-up alone", constant, {NULL}},
    [RIDGE_RATE_STEP] = {"times factor after every so many epochs", step, {"factor", "every"}},
    [RIDGE_RATE_EXPONENTIAL] = {"times factor in the course of so many epochs, again and again",
                                exponential,
                                {"factor", "every", "by_epoch"}},
    [RIDGE_RATE_COSINE] = {"down to a final rate along half a cosine",
                           cosine,
                           {"final", "over", "by_epoch"}},
    [RIDGE_RATE_LINEAR] = {"down to a final rate along a line",
                           linear,
                           {"final", "over", "by_epoch"}},
    [RIDGE_RATE_ONE_CYCLE] = {"up to the optimizer's rate, then down to next to nothing",
                              one_cycle,
                              {"rise", "start_divisor", "final_divisor"}},
};
#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

static const char *const names[] = {
    [RIDGE_RATE_CONSTANT] = "constant",
    [RIDGE_RATE_STEP] = "step",
    [RIDGE_RATE_EXPONENTIAL] = "exponential",
    [RIDGE_RATE_COSINE] = "cosine",
    [RIDGE_RATE_LINEAR] = "linear",
    [RIDGE_RATE_ONE_CYCLE] = "one_cycle",
    NULL,
};

const char *ridge_rate_kind_name(ridge_rate_kind kind, const char **help)
{
    if ((size_t)kind >= KIND_COUNT)
        return NULL;
    if (help)
        *help = kinds[kind].help;
    return names[kind];
}

const ridge_field *ridge_rate_schedule_fields(void)
{
    static const ridge_field fields[] = {
        {"kind", RIDGE_FIELD_NAME, offsetof(ridge_rate_schedule, kind), .choices = names,
         .help = "which schedule"},
        {"factor", RIDGE_FIELD_FLOAT, offsetof(ridge_rate_schedule, factor), 0, HUGE_VAL,
         .minimum_excluded = true, .fallback = "step 0.1",
         .help = "step, exponential: what the rate is multiplied by"},
        {"every", RIDGE_FIELD_SIZE, offsetof(ridge_rate_schedule, every), 0, HUGE_VAL,
         .minimum_excluded = true, .fallback = "exponential 1",
         .help = "step, exponential: in so many epochs"},
        {"final", RIDGE_FIELD_FLOAT, offsetof(ridge_rate_schedule, final), 0, HUGE_VAL,
         .help = "cosine, linear: the rate at the end"},
        {"over", RIDGE_FIELD_SIZE, offsetof(ridge_rate_schedule, over), 0, HUGE_VAL,
         .minimum_excluded = true, .fallback = "those left",
         .help = "cosine, linear: epochs until the final rate"},
        {"by_epoch", RIDGE_FIELD_BOOL, offsetof(ridge_rate_schedule, by_epoch),
         .help = "exponential, cosine, linear: the rate changes between epochs only"},
        {"rise", RIDGE_FIELD_FLOAT, offsetof(ridge_rate_schedule, rise), 0, 1,
         .minimum_excluded = true, .maximum_excluded = true, .fallback = "0.3",
         .help = "one_cycle: share of the steps in which the rate rises"},
        {"start_divisor", RIDGE_FIELD_FLOAT, offsetof(ridge_rate_schedule, start_divisor), 1,
         HUGE_VAL, .fallback = "25", .help = "one_cycle: begins at the rate / start_divisor"},
        {"final_divisor", RIDGE_FIELD_FLOAT, offsetof(ridge_rate_schedule, final_divisor), 1,
         HUGE_VAL, .fallback = "1e4", .help = "one_cycle: ends at its first rate / final_divisor"},
        {"warmup", RIDGE_FIELD_SIZE, offsetof(ridge_rate_schedule, warmup), 0, HUGE_VAL,
         .help = "epochs in which the rate rises to the optimizer's, before the schedule begins"},
        {"warmup_steps", RIDGE_FIELD_SIZE, offsetof(ridge_rate_schedule, warmup_steps), 0, HUGE_VAL,
         .help = "the same in steps"},
        {"warmup_start", RIDGE_FIELD_FLOAT, offsetof(ridge_rate_schedule, warmup_start), 0, 1,
         .minimum_excluded = true, .maximum_excluded = true, .fallback = "0.1",
         .help = "share of the optimizer's rate that a warm-up begins with"},
        {0},
    };
    return fields;
}

static bool takes(ridge_rate_kind kind, const char *name)
{
    if (strncmp(name, "warmup", strlen("warmup")) == 0)
        return kind != RIDGE_RATE_ONE_CYCLE; // which rises by itself
    for (const char *const *field = kinds[kind].takes; *field; field++)
        if (strcmp(*field, name) == 0)
            return true;
    return false;
}

// A field that its kind does not take would be passed over in silence.
static ridge_status check_taken(const ridge_rate_schedule *schedule)
{
    const ridge_field *fields = ridge_rate_schedule_fields() + 1;
    for (const ridge_field *field = fields; field->name; field++) {
        if (takes(schedule->kind, field->name) || ridge_field_is_default(field, schedule))
            continue;
        char taken[256] = "";
        size_t length = 0;
        for (const ridge_field *other = fields; other->name; other++)
            if (takes(schedule->kind, other->name))
                length += (size_t)snprintf(taken + length, sizeof(taken) - length, "%s%s",
                                           length ? ", " : "", other->name);
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "%s: the kind %s does not take it, only %s",
                          field->name, names[schedule->kind], taken);
    }
    return RIDGE_OK;
}

static ridge_status check_kind(const ridge_rate_schedule *schedule)
{
    if (schedule->kind == RIDGE_RATE_STEP && !schedule->every)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "every: the kind step expects a number of epochs, got none");
    if (schedule->kind == RIDGE_RATE_EXPONENTIAL && schedule->factor == 0)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "factor: the kind exponential expects a number above 0, got none");
    return RIDGE_OK;
}

static ridge_status plan_warmup(struct ridge_rates *rates, size_t epochs)
{
    const ridge_rate_schedule *schedule = &rates->schedule;
    if (schedule->warmup && schedule->warmup_steps)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "warmup, warmup_steps: expected one of them, got both");
    if (schedule->warmup_start > 0 && !schedule->warmup && !schedule->warmup_steps)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "warmup_start: expected warmup or warmup_steps beside it, got neither");
    if (schedule->warmup >= epochs)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "warmup: expected less than the %zu epochs of training, got %zu", epochs,
                          schedule->warmup);
    if ((double)schedule->warmup_steps >= rates->total)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "warmup_steps: expected less than the %.0f steps of training, got %zu",
                          rates->total, schedule->warmup_steps);
    rates->warmup = (double)schedule->warmup * rates->steps + (double)schedule->warmup_steps;
    return RIDGE_OK;
}

static void replace_zero(float *value, float fallback)
{
    if (*value == 0)
        *value = fallback;
}

ridge_status ridge_rates_plan(struct ridge_rates *rates, const ridge_rate_schedule *schedule,
                              float rate, size_t epochs, size_t steps)
{
    *rates = (struct ridge_rates){
        .schedule = *schedule,
        .rate = (double)rate,
        .steps = (double)steps,
        .total = (double)epochs * (double)steps,
    };
    RIDGE_TRY(ridge_fields_check(ridge_rate_schedule_fields(), schedule));
    RIDGE_TRY(check_taken(schedule));
    RIDGE_TRY(check_kind(schedule));
    RIDGE_TRY(plan_warmup(rates, epochs));
    ridge_rate_schedule *complete = &rates->schedule;
    replace_zero(&complete->factor, 0.1f);
    replace_zero(&complete->rise, 0.3f);
    replace_zero(&complete->start_divisor, 25);
    replace_zero(&complete->final_divisor, 1e4f);
    replace_zero(&complete->warmup_start, 0.1f);
    if (!complete->every)
        complete->every = 1;
    return RIDGE_OK;
}

bool ridge_rates_vary(const struct ridge_rates *rates)
{
    return rates->schedule.kind != RIDGE_RATE_CONSTANT || rates->warmup > 0;
}

double ridge_rate_at(const struct ridge_rates *rates, size_t step)
{
    const ridge_rate_schedule *schedule = &rates->schedule;
    double since = (double)step - rates->warmup, total = rates->total - rates->warmup;
    if (since < 0)
        return rates->rate *
               between((double)schedule->warmup_start, 1, (double)step / rates->warmup);
    double epochs = since / rates->steps;
    if (schedule->by_epoch)
        epochs = floor(epochs);
    double length = schedule->over ? (double)schedule->over : total / rates->steps;
    struct moment at = {
        .schedule = schedule,
        .rate = rates->rate,
        .epochs = epochs,
        .share = fmin(epochs / length, 1),
        .step = since,
        .total = total,
    };
    return kinds[schedule->kind].rate(&at);
}
