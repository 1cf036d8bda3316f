// SPDX-License-Identifier: Apache-2.0
// Every registered layer class: gradient check, save and load, by a row in a table of
// layer_pieces.c or image_layer_pieces.c. A class without a row fails the test.
#include "harness.h"

#include "layer_pieces.h"
#include "problems.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { INPUTS = 5, CLASSES = 3, ROWS = 20 };

// Oclgrind interprets each work-item, so it gets few.
static size_t row_count(void)
{
    return test_small() ? 5 : ROWS;
}

static const struct layer_piece *const tables[] = {layer_pieces, image_layer_pieces};
enum { TABLES = sizeof(tables) / sizeof(tables[0]) };

static ridge_network *make(const struct layer_piece *piece)
{
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {INPUTS}));
    x = piece->build(network, x);
    x = ridge_dense(network, x, ridge_dense_params(.units = CLASSES));
    assert_ok(
        ridge_network_compile(network, x, ridge_compile_params(.seed = 3, .batch = row_count())));
    return network;
}

static bool has_row(const char *layer)
{
    for (size_t t = 0; t < TABLES; t++)
        for (const struct layer_piece *piece = tables[t]; piece->layer; piece++)
            if (strcmp(piece->layer, layer) == 0)
                return true;
    return false;
}

static void every_class_has_a_row(void **state)
{
    (void)state;
    for (size_t i = 0; ridge_layer_at(i); i++)
        if (!has_row(ridge_layer_at(i)->name))
            fail_msg("layer %s has no row in layer_pieces.c", ridge_layer_at(i)->name);
}

static void check_gradients(const struct layer_piece *piece, const ridge_dataset *data)
{
    ridge_network *network = make(piece);
    ridge_gradient_error *errors;
    size_t count, elements = test_small() ? 1 : test_few() ? 2 : 24;
    bool passed;
    assert_ok(ridge_network_check_gradients(network, data,
                                            ridge_gradient_check_params(.elements = elements),
                                            &errors, &count, &passed));
    for (size_t i = 0; i < count; i++)
        if (!(errors[i].worst <= 1e-2) || errors[i].checked == 0)
            fail_msg("%s, %s[%zu]: backward %g, numeric %g", piece->layer, errors[i].parameter,
                     errors[i].element, errors[i].backward, errors[i].numeric);
    assert_true(passed);
    free(errors);
    ridge_network_destroy(&network);
}

static void gradients(void **state)
{
    (void)state;
    ridge_dataset *data = test_blobs(row_count(), INPUTS, CLASSES, 0.5);
    for (size_t t = 0; t < TABLES; t++)
        for (const struct layer_piece *piece = tables[t]; piece->layer; piece++) {
            bool known = piece > tables[t] && piece[-1].build == piece->build;
            if (!known && !(test_small() && piece->slow))
                check_gradients(piece, data);
        }
    ridge_dataset_destroy(&data);
}

static void check_file(const struct layer_piece *piece, const ridge_dataset *data, const char *path)
{
    ridge_network *network = make(piece), *again;
    float before[ROWS * CLASSES], after[ROWS * CLASSES];
    assert_ok(ridge_network_predict(network, data, before));
    assert_ok(ridge_network_save(network, path));
    assert_ok(ridge_network_load(test_device, path, &again));
    assert_ok(ridge_network_predict(again, data, after));
    assert_memory_equal(before, after, row_count() * CLASSES * sizeof(float));
    for (size_t i = 0; i < row_count(); i++) {
        float sum = 0;
        for (size_t c = 0; c < CLASSES; c++)
            sum += before[i * CLASSES + c];
        assert_true(fabsf(sum - 1) < 1e-5f); // probabilities
    }
    ridge_network_destroy(&network);
    ridge_network_destroy(&again);
    unlink(path);
}

static void saved_and_loaded(void **state)
{
    (void)state;
    ridge_dataset *data = test_blobs(row_count(), INPUTS, CLASSES, 0.5);
    char path[64];
    snprintf(path, sizeof(path), "/tmp/ridge-test-layers-%ld", (long)getpid());
    for (size_t t = 0; t < TABLES; t++)
        for (const struct layer_piece *piece = tables[t]; piece->layer; piece++)
            if (!(test_small() && piece->slow))
                check_file(piece, data, path);
    ridge_dataset_destroy(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_class_has_a_row),
        cmocka_unit_test(gradients),
        cmocka_unit_test(saved_and_loaded),
    };
    return TEST_MAIN("layers", tests);
}
