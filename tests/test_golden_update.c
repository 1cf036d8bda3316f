// SPDX-License-Identifier: Apache-2.0
// Optimizers against PyTorch: five steps over an arena of weights with regularisation and biases
// without.
#include "golden.h"

#include <ridge/update.h>
#include <stdio.h>
#include <string.h>

#define WEIGHTS 37
#define BIASES 5
#define ARENA (2 * RIDGE_SEGMENT_ALIGNMENT) // the biases begin in the second block
#define STEPS 5
#define L2 0.03125f
#define L1 0.015625f

static const struct {
    const char *name;
    ridge_optimizer optimizer;
} cases[] = {
    {"sgd", {.kind = RIDGE_SGD, .rate = 0.125f}},
    {"sgd_momentum", {.kind = RIDGE_SGD, .rate = 0.125f, .momentum = 0.875f}},
    {"sgd_nesterov", {.kind = RIDGE_SGD, .rate = 0.125f, .momentum = 0.875f, .nesterov = true}},
    {"adam", {.kind = RIDGE_ADAM, .rate = 0.03125f}},
    {"adamw", {.kind = RIDGE_ADAMW, .rate = 0.03125f, .weight_decay = 0.0625f}},
    {"rmsprop", {.kind = RIDGE_RMSPROP, .rate = 0.03125f}},
    {"rmsprop_momentum", {.kind = RIDGE_RMSPROP, .rate = 0.03125f, .momentum = 0.875f}},
};

// Golden tensors hold weights and biases side by side, the arena has them in blocks.
static void spread(const float *values, float *arena)
{
    memset(arena, 0, ARENA * sizeof(*arena));
    memcpy(arena, values, WEIGHTS * sizeof(*arena));
    memcpy(arena + RIDGE_SEGMENT_ALIGNMENT, values + WEIGHTS, BIASES * sizeof(*arena));
}

// Each step rounds the parameter once and the update a few times. An update of momentum sums up to
// `STEPS` gradients of at most `largest`; Adam's and RMSprop's are quotients that 1 - 0.9 and
// 1 - 0.99 in float32 shift by some half ulps more. 32 half ulps of the largest update cover both.
static double tolerance(const ridge_optimizer *optimizer, double largest)
{
    double update = largest; // of one step, in units of the rate
    if (optimizer->kind == RIDGE_RMSPROP)
        update = 10; // 1 / sqrt(1 - rho)
    double sum = optimizer->momentum > 0 ? STEPS * update : update;
    return STEPS * TEST_EPSILON * (4 + 32 * (double)optimizer->rate * sum);
}

static void check_trace(const char *name, ridge_update_params *update, double allowed)
{
    const float *gradients = golden_floats(NULL, "gradients");
    const float *expected = golden_floats(NULL, "%s", name);
    for (uint32_t step = 0; step < STEPS; step++) {
        float arena[ARENA];
        double wanted[ARENA];
        char what[64];
        spread(gradients + step * (WEIGHTS + BIASES), arena);
        assert_ok(ridge_tensor_write(test_device, update->gradients, arena));
        assert_ok(ridge_tensor_write(test_device, update->step, &step));
        assert_ok(ridge_update(test_launcher, update));
        spread(expected + step * (WEIGHTS + BIASES), arena);
        for (size_t i = 0; i < ARENA; i++)
            wanted[i] = (double)arena[i]; // the gaps stay zero
        test_get(update->parameters, arena);
        snprintf(what, sizeof(what), "%s, step %u", name, step + 1);
        test_close(what, arena, wanted, ARENA, allowed, 0);
    }
}

static void run(const char *name, ridge_optimizer optimizer, float l1, float l2)
{
    assert_ok(ridge_optimizer_complete(&optimizer));
    const ridge_segment segments[] = {
        {.first = 0, .count = WEIGHTS, .l1 = l1, .l2 = l2, .decay = 1},
        {.first = RIDGE_SEGMENT_ALIGNMENT, .count = BIASES},
    };
    const uint32_t no_step = 0;
    const float notes[RIDGE_NOTES] = {0};
    uint32_t pieces[2][3];
    assert_int_equal(ridge_update_pieces(segments, 2, pieces[0]), 2);
    float start[ARENA], zeros[ARENA] = {0};
    spread(golden_floats(NULL, "start"), start);
    ridge_update_params update = {
        .optimizer = &optimizer,
        .parameters = test_vector(ARENA, start),
        .gradients = test_vector(ARENA, zeros),
        .segments = test_tensor(RIDGE_UINT32, 2, (size_t[]){2, 11}, segments),
        .pieces = test_tensor(RIDGE_UINT32, 2, (size_t[]){2, 3}, pieces),
        .notes = test_vector(RIDGE_NOTES, notes),
        .rate = test_vector(1, &optimizer.rate),
        .step = test_tensor(RIDGE_UINT32, 1, (size_t[]){1}, &no_step),
    };
    unsigned slots = ridge_optimizer_slots(&optimizer);
    for (unsigned i = 0; i < slots; i++)
        update.slots[i] = test_vector(ARENA, zeros);
    check_trace(name, &update, tolerance(&optimizer, golden_largest("gradients") + 1));
    ridge_tensor *all[] = {&update.parameters, &update.gradients, &update.segments, &update.pieces,
                           &update.rate,       &update.step,      &update.notes};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        test_release(all[i]);
    for (unsigned i = 0; i < slots; i++)
        test_release(&update.slots[i]);
}

static void optimizers(void **state)
{
    (void)state;
    golden_open("optimizers");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char name[64];
        snprintf(name, sizeof(name), "%s.plain", cases[i].name);
        run(name, cases[i].optimizer, 0, 0);
        if (cases[i].optimizer.kind == RIDGE_ADAMW)
            continue; // its decay stands in for penalties
        snprintf(name, sizeof(name), "%s.l2", cases[i].name);
        run(name, cases[i].optimizer, 0, L2);
        snprintf(name, sizeof(name), "%s.l1", cases[i].name);
        run(name, cases[i].optimizer, L1, 0);
    }
    golden_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(optimizers)};
    return TEST_MAIN("golden_update", tests);
}
