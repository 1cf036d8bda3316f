// SPDX-License-Identifier: Apache-2.0
// fill, copy, scale, axpy against double precision, at odd lengths.
#include "harness.h"

#include <stdlib.h>
#include <ridge/ops.h>

// One product and one sum, each rounded once; fused or not.
#define TOLERANCE (2 * TEST_EPSILON)

struct vectors {
    size_t count;
    float *x, *y, *got;
    double *expected;
};

static struct vectors make(size_t count)
{
    struct vectors v = {count, malloc(count * 4), malloc(count * 4), malloc(count * 4),
                        malloc(count * 8)};
    test_fill(v.x, count, 1, -2, 2);
    test_fill(v.y, count, 2, -2, 2);
    return v;
}

static void release(struct vectors *v)
{
    free(v->x);
    free(v->y);
    free(v->got);
    free(v->expected);
}

static void check(const char *what, struct vectors *v, ridge_tensor *tensor)
{
    test_get(*tensor, v->got);
    // |x|, |y| <= 2 and alpha = 0.3 bound the rounding of the product
    test_close(what, v->got, v->expected, v->count, 2 * TOLERANCE, TOLERANCE);
    test_release(tensor);
}

static void all_lengths(void **state)
{
    (void)state;
    for (const size_t *n = test_lengths(); *n; n++) {
        struct vectors v = make(*n);
        ridge_tensor x = test_vector(*n, v.x), y = test_vector(*n, NULL);
        for (size_t i = 0; i < *n; i++)
            v.expected[i] = 0.25;
        assert_ok(ridge_fill(test_launcher, y, 0.25f));
        check("fill", &v, &y);

        y = test_vector(*n, NULL);
        for (size_t i = 0; i < *n; i++)
            v.expected[i] = v.x[i];
        assert_ok(ridge_copy(test_launcher, x, y));
        check("copy", &v, &y);

        y = test_vector(*n, v.y);
        for (size_t i = 0; i < *n; i++)
            v.expected[i] = (double)0.3f * v.x[i] + v.y[i];
        assert_ok(ridge_axpy(test_launcher, 0.3f, x, y));
        check("axpy", &v, &y);

        for (size_t i = 0; i < *n; i++)
            v.expected[i] = (double)0.3f * v.x[i];
        assert_ok(ridge_scale(test_launcher, 0.3f, x));
        check("scale", &v, &x);
        release(&v);
    }
}

static void recorded_plan_repeats(void **state)
{
    (void)state;
    float start[65] = {0}, one[65], got[65];
    for (int i = 0; i < 65; i++)
        one[i] = 1;
    ridge_tensor x = test_vector(65, one), y = test_vector(65, start);
    ridge_plan *plan;
    assert_ok(ridge_plan_create(test_device, &plan));
    assert_ok(ridge_axpy(ridge_plan_launcher(plan), 2, x, y));
    assert_ok(ridge_scale(ridge_plan_launcher(plan), 0.5f, y));
    assert_int_equal(ridge_plan_length(plan), 2);
    for (int run = 0; run < 3; run++)
        assert_ok(ridge_plan_run(plan));
    test_get(y, got);
    for (int i = 0; i < 65; i++)
        assert_true(got[i] == 1.75f); // ((0+2)/2 = 1, 1.5, 1.75
    ridge_plan_destroy(&plan);
    test_release(&x);
    test_release(&y);
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_tensor x = test_vector(7, NULL), y = test_vector(8, NULL);
    assert_fails(ridge_copy(test_launcher, x, y), RIDGE_ERROR_SHAPE, "y: expected 7 elements");
    assert_fails(ridge_fill(NULL, x, 0), RIDGE_ERROR_ARGUMENT, "launcher");
    assert_fails(ridge_fill(test_launcher, (ridge_tensor){0}, 0), RIDGE_ERROR_ARGUMENT, "y:");
    x.type = RIDGE_INT32;
    assert_fails(ridge_scale(test_launcher, 1, x), RIDGE_ERROR_ARGUMENT, "float32");
    test_release(&x);
    test_release(&y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_lengths),
        cmocka_unit_test(recorded_plan_repeats),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("elementwise", tests);
}
