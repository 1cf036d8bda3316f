// SPDX-License-Identifier: Apache-2.0
// The file in which `ridge sweep` keeps results: what it finds again, and what counts as another
// run.
#include "experiment.h" // before cmocka, which has a `fail` of its own
#include "sweep_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "harness.h"

static void open_experiment(struct experiment *experiment)
{
    static const char text[] = "data: {path: none.csv}\n"
                               "network:\n"
                               "  - dropout: {rate: 0.2}\n"
                               "  - dense: {units: 3}\n";
    const char *path = test_write("experiment.yaml", text, strlen(text));
    const struct text_list none = {0};
    assert_true(experiment_read(path, &none, experiment));
}

static char *run_text(const struct setting *settings, size_t seed, uint64_t rows)
{
    const struct sweep_run run = {settings, rows, seed, 5, 1};
    return sweep_run_text(&run);
}

static void cut(const char *path, long bytes)
{
    FILE *file = fopen(path, "rb");
    char text[4096];
    size_t length = fread(text, 1, sizeof(text), file);
    fclose(file);
    file = fopen(path, "wb");
    fwrite(text, 1, length - (size_t)bytes, file);
    fclose(file);
}

static void results_are_kept(void **state)
{
    (void)state;
    struct experiment experiment;
    struct sweep_file file, other;
    struct sweep_result found;
    open_experiment(&experiment);
    const char *path = test_path("experiment.yaml");
    char folder[256];
    snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(path, '/') - path), path);
    char *first = run_text(experiment.settings, 1, 9),
         *second = run_text(experiment.settings, 2, 9);
    struct sweep_result result = {.done = true, .train_error = 0.1, .val_error = 1.0 / 3};
    struct sweep_result diverged = {.done = true, .diverged = true, .val_loss = NAN, .epochs = 3};

    assert_true(sweep_file_open(&file, folder, false));
    assert_false(sweep_file_find(&file, first, &found));
    assert_false(sweep_file_open(&other, folder, false)); // one sweep at a time
    sweep_file_close(&other);
    assert_true(sweep_file_add(&file, first, &diverged));
    assert_true(sweep_file_add(&file, first, &result));
    assert_true(sweep_file_add(&file, second, &diverged));
    sweep_file_close(&file);

    assert_true(sweep_file_open(&file, folder, false));
    assert_int_equal(file.count, 3);
    assert_true(sweep_file_find(&file, first, &found)); // the later one of two
    assert_true(found.done && !found.diverged && found.val_error == 1.0 / 3);
    assert_true(sweep_file_find(&file, second, &found));
    assert_true(found.diverged && isnan(found.val_loss) && found.epochs == 3);
    sweep_file_close(&file);

    cut(test_path("runs.jsonl"), 7); // in the middle of the last line
    assert_true(sweep_file_open(&file, folder, false));
    assert_int_equal(file.count, 2);
    assert_int_equal(file.ignored, 1);
    assert_false(sweep_file_find(&file, second, &found));
    assert_true(sweep_file_add(&file, second, &result)); // on a line of its own
    sweep_file_close(&file);
    assert_true(sweep_file_open(&file, folder, false));
    assert_true(sweep_file_find(&file, second, &found));
    sweep_file_close(&file);

    assert_true(sweep_file_open(&file, folder, true));
    assert_false(sweep_file_find(&file, first, &found));
    sweep_file_close(&file);
    free(first);
    free(second);
    experiment_clear(&experiment);
}

static void what_makes_another_run(void **state)
{
    (void)state;
    struct experiment experiment;
    open_experiment(&experiment);
    char *texts[5] = {run_text(experiment.settings, 1, 9), run_text(experiment.settings, 1, 8),
                      run_text(experiment.settings, 2, 9)};
    assert_true(settings_set(experiment.settings, "seed=5", "--set seed=5"));
    texts[3] = run_text(experiment.settings, 1, 9);
    assert_string_equal(texts[3], texts[0]); // the seed that counts is the run's
    assert_true(settings_set(experiment.settings, "network.0.rate=0.3", "--set"));
    texts[4] = run_text(experiment.settings, 1, 9);
    for (int i = 1; i < 5; i++)
        if (i != 3)
            assert_string_not_equal(texts[i], texts[0]);
    for (int i = 0; i < 5; i++)
        free(texts[i]);
    experiment_clear(&experiment);
}

static void rows_are_hashed(void **state)
{
    (void)state;
    unsigned char x[21] = {0};
    int32_t y[3] = {0, 1, 1};
    uint64_t hashes[24];
    for (size_t i = 0; i < 24; i++) { // one byte or label changed each time
        ridge_dataset *set = NULL;
        x[i % 21] ^= i < 21;
        y[i % 3] ^= i >= 21;
        assert_ok(ridge_dataset_create(ridge_dataset_params(.x = x, .x_type = RIDGE_UINT8,
                                                            .count = 3, .shape = {7}, .y = y,
                                                            .y_type = RIDGE_INT32, .classes = 2),
                                       &set));
        hashes[i] = sweep_hash_rows(set, 0);
        assert_true(hashes[i] == sweep_hash_rows(set, 0) && sweep_hash_rows(set, 5) != hashes[i]);
        x[i % 21] ^= i < 21;
        y[i % 3] ^= i >= 21;
        ridge_dataset_destroy(&set);
        for (size_t k = 0; k < i; k++)
            assert_true(hashes[i] != hashes[k]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_are_kept),
        cmocka_unit_test(what_makes_another_run),
        cmocka_unit_test(rows_are_hashed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
