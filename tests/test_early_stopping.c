// SPDX-License-Identifier: Apache-2.0
// Early stopping judged on made-up epochs.
#include "harness.h"

#include "training/early_stopping.h"

// Feeds val_loss values until it stops; returns how many epochs ran.
static size_t epochs_until_stop(const ridge_early_stopping *params, const double *losses,
                                size_t count, struct ridge_best *best)
{
    *best = (struct ridge_best){.params = params, .validates = true};
    for (size_t i = 0; i < count; i++) {
        ridge_epoch epoch = {.epoch = i + 1,
                             .val_loss = losses[i],
                             .loss = 100 - (double)i,
                             .val_accuracy = 1 - losses[i],
                             .accuracy = 0.5};
        if (ridge_best_update(best, &epoch))
            return i + 1;
    }
    return count;
}

static void patience(void **state)
{
    (void)state;
    const double losses[] = {1, 0.5, 0.6, 0.6, 0.6, 0.4, 0.3};
    struct ridge_best best;
    ridge_early_stopping params = {.patience = 3};
    assert_int_equal(epochs_until_stop(&params, losses, 7, &best), 5);
    assert_int_equal(best.epoch, 2);
    params.patience = 4;
    assert_int_equal(epochs_until_stop(&params, losses, 7, &best), 7);
    assert_int_equal(best.epoch, 7);
    params.patience = 0; // never
    assert_int_equal(epochs_until_stop(&params, losses, 5, &best), 5);
    assert_int_equal(best.epoch, 2);
}

static void min_delta_is_strict(void **state)
{
    (void)state;
    const double losses[] = {1, 0.75, 0.8, 0.1};
    struct ridge_best best;
    ridge_early_stopping params = {.patience = 2, .min_delta = 0.25f};
    assert_int_equal(epochs_until_stop(&params, losses, 4, &best), 3); // 0.25 is not more than 0.25
    assert_int_equal(best.epoch, 1);
}

static void nan_never_improves(void **state)
{
    (void)state;
    const double losses[] = {NAN, 0.5, NAN, 0.4};
    struct ridge_best best;
    ridge_early_stopping params = {.patience = 2};
    assert_int_equal(epochs_until_stop(&params, losses, 4, &best), 4);
    assert_int_equal(best.epoch, 4);
    const double only[] = {NAN, NAN, NAN};
    assert_int_equal(epochs_until_stop(&params, only, 3, &best), 2);
    assert_int_equal(best.epoch, 0);
}

static void other_monitors(void **state)
{
    (void)state;
    const double losses[] = {0.5, 0.4, 0.45, 0.45};
    struct ridge_best best;
    ridge_early_stopping params = {.patience = 2, .monitor = RIDGE_MONITOR_VAL_ACCURACY};
    assert_int_equal(epochs_until_stop(&params, losses, 4, &best), 4);
    assert_int_equal(best.epoch, 2);
    params.monitor = RIDGE_MONITOR_ACCURACY; // constant
    assert_int_equal(epochs_until_stop(&params, losses, 4, &best), 3);
    params.monitor = RIDGE_MONITOR_LOSS; // falls each epoch
    assert_int_equal(epochs_until_stop(&params, losses, 4, &best), 4);
    assert_int_equal(best.epoch, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patience),
        cmocka_unit_test(min_delta_is_strict),
        cmocka_unit_test(nan_never_improves),
        cmocka_unit_test(other_monitors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
