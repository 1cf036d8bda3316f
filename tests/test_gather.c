// SPDX-License-Identifier: Apache-2.0
// Batches by index, by position and one after the other, of each source type and many row sizes.
#include "harness.h"
#include "ops/gather.h"

#include <ridge/ops.h>
#include <stdlib.h>
#include <string.h>

#define SCALE 0.0039215689f // 1 / 255
#define SHIFT (-0.5f)
#define FIRST 3
#define POSITION 4

struct batch {
    ridge_type type;
    size_t n, size, rows; // of the source, and of the batch
    uint32_t *order;
    void *data;
};

static struct batch make(ridge_type type, size_t size, size_t rows)
{
    struct batch b = {.type = type, .n = rows + FIRST + POSITION, .size = size, .rows = rows};
    b.order = malloc(b.n * sizeof(uint32_t));
    b.data = malloc(b.n * size * ridge_type_size(type));
    assert_non_null(b.order);
    assert_non_null(b.data);
    for (size_t i = 0; i < b.n; i++) // rows may come twice, and the first and last row come
        b.order[i] = i % 5 == 0   ? 0
                     : i % 5 == 1 ? (uint32_t)b.n - 1
                                  : (uint32_t)test_random(1, i, 0, (double)b.n);
    for (size_t i = 0; i < b.n * size; i++) {
        double value = test_random(2, i, -1, 1);
        if (type == RIDGE_UINT8)
            ((uint8_t *)b.data)[i] = (uint8_t)(255.99 * fabs(value));
        else if (type == RIDGE_INT32) // all 32 bits count
            ((int32_t *)b.data)[i] = (int32_t)(2147483647 * value);
        else
            ((float *)b.data)[i] = (float)value;
    }
    return b;
}

static void release(struct batch *b)
{
    free(b->order);
    free(b->data);
}

// Row r of the batch from row `row` of the source. Two roundings, or one where they are fused.
static void check_row(const struct batch *b, const void *y, size_t r, size_t row)
{
    for (size_t j = 0; j < b->size; j++) {
        size_t from = row * b->size + j, to = r * b->size + j;
        if (b->type == RIDGE_INT32) {
            assert_int_equal(((const int32_t *)y)[to], ((const int32_t *)b->data)[from]);
            continue;
        }
        double value = b->type == RIDGE_UINT8 ? ((const uint8_t *)b->data)[from]
                                              : (double)((const float *)b->data)[from];
        double product = value * SCALE, expected = product + SHIFT;
        test_close("gather", (const float *)y + to, &expected, 1,
                   TEST_EPSILON * (fabs(product) + fabs(expected)), 0);
    }
}

static void gather(const struct batch *b, bool by_index, bool by_position)
{
    ridge_tensor source = test_tensor(b->type, RIDGE_SHAPE(b->n, b->size), b->data);
    ridge_tensor index = {0}, position = {0};
    if (by_index)
        index = test_tensor(RIDGE_UINT32, RIDGE_SHAPE(b->n), b->order);
    if (by_position)
        position = test_tensor(RIDGE_UINT32, RIDGE_SHAPE(1), (uint32_t[]){POSITION});
    ridge_type type = b->type == RIDGE_INT32 ? RIDGE_INT32 : RIDGE_FLOAT32;
    ridge_tensor y = test_tensor(type, RIDGE_SHAPE(b->rows, b->size), NULL);
    assert_ok(ridge_gather(test_launcher, source, index, FIRST, position, SCALE, SHIFT, y));

    void *got = malloc(b->rows * b->size * ridge_type_size(type));
    assert_non_null(got);
    test_get(y, got);
    for (size_t r = 0; r < b->rows; r++) {
        size_t row = FIRST + r + (by_position ? POSITION : 0);
        check_row(b, got, r, by_index ? b->order[row] : row);
    }
    free(got);
    test_release(&source);
    test_release(&y);
    if (by_index)
        test_release(&index);
    if (by_position)
        test_release(&position);
}

static void all_sizes(void **state)
{
    (void)state;
    static const size_t all[] = {1, 2, 5, 15, 16, 17, 64, 65, 784, 0};
    static const size_t few[] = {1, 2, 17, 0};
    static const ridge_type types[] = {RIDGE_UINT8, RIDGE_FLOAT32, RIDGE_INT32};
    for (const size_t *size = test_small() ? few : all; *size; size++) {
        for (int t = 0; t < 3; t++) {
            for (size_t rows = 1; rows < (test_small() ? 20u : 2000u); rows = 11 * rows + 2) {
                struct batch b = make(types[t], *size, rows);
                for (int ways = 0; ways < 4; ways++)
                    gather(&b, ways & 1, ways & 2);
                release(&b);
            }
        }
    }
}

// Rows with a dropout and their targets, against the ops one by one: the same bits.
static void with_dropout(ridge_type type, size_t size, size_t rows, size_t target_size)
{
    struct batch b = make(type, size, rows), t = make(RIDGE_INT32, target_size, rows);
    struct ridge_batch batch = {
        .source = test_tensor(b.type, RIDGE_SHAPE(b.n, b.size), b.data),
        .index = test_tensor(RIDGE_UINT32, RIDGE_SHAPE(b.n), b.order),
        .position = test_tensor(RIDGE_UINT32, RIDGE_SHAPE(1), (uint32_t[]){POSITION}),
        .first = FIRST,
        .scale = SCALE,
        .shift = SHIFT,
        .dropout_rate = 0.3f,
        .random = {.seed = 7, .stream = 3, .step = 2},
        .target_source = test_tensor(RIDGE_INT32, RIDGE_SHAPE(b.n, target_size), t.data),
    };
    batch.random.step_at = batch.position;
    ridge_tensor y = test_matrix(rows, size, NULL), expected = test_matrix(rows, size, NULL);
    ridge_tensor targets = test_tensor(RIDGE_INT32, RIDGE_SHAPE(rows, target_size), NULL);
    assert_ok(ridge_gather_batch(test_launcher, &batch, y, targets));
    assert_ok(ridge_gather(test_launcher, batch.source, batch.index, FIRST, batch.position, SCALE,
                           SHIFT, expected));
    assert_ok(ridge_dropout_apply(test_launcher, batch.dropout_rate, &batch.random, expected,
                                  expected, false));
    float *got = malloc(rows * size * sizeof(float)), *one = malloc(rows * size * sizeof(float));
    int32_t *words = malloc(rows * target_size * sizeof(int32_t));
    assert_true(got && one && words);
    test_get(y, got);
    test_get(expected, one);
    test_get(targets, words);
    assert_memory_equal(got, one, rows * size * sizeof(float));
    for (size_t r = 0; r < rows; r++)
        check_row(&t, words, r, b.order[FIRST + POSITION + r]);
    free(got);
    free(one);
    free(words);
    ridge_tensor *all[] = {&batch.source, &batch.index, &batch.position, &batch.target_source, &y,
                           &expected,     &targets};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        test_release(all[i]);
    release(&b);
    release(&t);
}

static void batches(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 7, 16, 63, 65, 80, 784};
    static const ridge_type types[] = {RIDGE_UINT8, RIDGE_FLOAT32};
    for (size_t s = 0; s < (test_small() ? 5 : 7); s++)
        for (int t = 0; t < 2; t++)
            with_dropout(types[t], sizes[s], s % 2 ? 13 : 128, s % 3 ? 1 : 17);
}

// The last batch ends with the last row: nothing behind it may be read or written.
static void recorded_epoch(void **state)
{
    (void)state;
    struct batch b = make(RIDGE_UINT8, 20, 33);
    ridge_tensor source = test_tensor(b.type, RIDGE_SHAPE(b.n, b.size), b.data);
    ridge_tensor index = test_tensor(RIDGE_UINT32, RIDGE_SHAPE(b.n), b.order);
    ridge_tensor y = test_tensor(RIDGE_FLOAT32, RIDGE_SHAPE(8, b.size), NULL);
    ridge_tensor position = test_tensor(RIDGE_UINT32, RIDGE_SHAPE(1), (uint32_t[]){0});
    float got[8 * 20];
    ridge_plan *plan;
    assert_ok(ridge_plan_create(test_device, &plan));
    assert_ok(ridge_gather(ridge_plan_launcher(plan), source, index, 0, position, SCALE, SHIFT, y));
    assert_int_equal(ridge_plan_length(plan), 1);
    for (size_t begin = 0; begin < b.n; begin += 8) {
        uint32_t at = (uint32_t)begin;
        assert_ok(ridge_tensor_write(test_device, position, &at));
        assert_ok(ridge_plan_run(plan));
        test_get(y, got);
        for (size_t r = 0; r < 8; r++)
            check_row(&b, got, r, b.order[begin + r]);
    }
    ridge_plan_destroy(&plan);
    test_release(&source);
    test_release(&index);
    test_release(&y);
    test_release(&position);
    release(&b);
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_tensor x = test_matrix(5, 3, NULL), y = test_matrix(2, 3, NULL), none = {0};
    ridge_tensor wide = test_matrix(2, 4, NULL);
    ridge_tensor words = test_tensor(RIDGE_UINT32, RIDGE_SHAPE(5, 3), NULL);
    ridge_tensor index = test_tensor(RIDGE_UINT32, RIDGE_SHAPE(3), NULL);
    assert_fails(ridge_gather(NULL, x, none, 0, none, 1, 0, y), RIDGE_ERROR_ARGUMENT, "launcher");
    assert_fails(ridge_gather(test_launcher, none, none, 0, none, 1, 0, y), RIDGE_ERROR_ARGUMENT,
                 "source: expected a tensor");
    assert_fails(ridge_gather(test_launcher, words, none, 0, none, 1, 0, y), RIDGE_ERROR_ARGUMENT,
                 "source: expected type uint8, float32 or int32, got uint32");
    assert_fails(ridge_gather(test_launcher, x, y, 0, none, 1, 0, y), RIDGE_ERROR_ARGUMENT,
                 "index: expected type uint32");
    assert_fails(ridge_gather(test_launcher, x, none, 0, index, 1, 0, y), RIDGE_ERROR_SHAPE,
                 "position: expected 1 elements, got 3");
    assert_fails(ridge_gather(test_launcher, x, none, 0, none, 1, 0, wide), RIDGE_ERROR_SHAPE,
                 "y: expected rows of 3 elements, got 4");
    assert_fails(ridge_gather(test_launcher, x, none, 4, none, 1, 0, y), RIDGE_ERROR_SHAPE,
                 "y: expected at most 1 rows from row 4 on, got 2");
    assert_fails(ridge_gather(test_launcher, x, index, 7, none, 1, 0, y), RIDGE_ERROR_SHAPE,
                 "y: expected at most 0 rows from index 7 on, got 2");
    test_release(&x);
    test_release(&y);
    test_release(&wide);
    test_release(&words);
    test_release(&index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_sizes),
        cmocka_unit_test(batches),
        cmocka_unit_test(recorded_epoch),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("gather", tests);
}
