// SPDX-License-Identifier: Apache-2.0
// What is done where products are written, with every provider against double precision: bias and
// activation, an activation's derivative, sums of rows.
#include "harness.h"

#include "gemm_harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void activation_cases(void)
{
    for (int f = RIDGE_LINEAR; ridge_activation_name((ridge_activation)f); f++)
        for (int parameter = 0; parameter < (test_small() ? 1 : 2); parameter++)
            product_check(&(struct product){.shape = {.m = 7, .n = 37, .k = 15},
                                            .alpha = 1,
                                            .biased = f % 2 == 0,
                                            .epilogue = {.activation = (ridge_activation)f,
                                                         .parameter = (float)parameter * 0.25f}});
}

static void activations(void **state)
{
    (void)state;
    with_each_provider(activation_cases);
}

// Gradients with the derivative of an activation, of every function, and of relu wherever products
// write.
static void derivative_cases(void)
{
    static const size_t sizes[][3] = {{13, 37, 11}, {65, 70, 63}, {1, 70, 33}, {70, 1, 33}};
    for (int f = RIDGE_RELU; ridge_activation_name((ridge_activation)f); f += test_small() ? 4 : 1)
        product_check(&(struct product){
            .shape = {.m = 7, .n = 37, .k = 15},
            .alpha = 1,
            .derived = true,
            .epilogue = {.activation = (ridge_activation)f, .parameter = f % 2 ? 0.25f : 0}});
    for (size_t i = 0; i < (test_small() ? 1 : COUNT(sizes)); i++) {
        struct product p = {.shape = {.m = sizes[i][0], .n = sizes[i][1], .k = sizes[i][2]},
                            .alpha = 1,
                            .derived = true,
                            .epilogue = {.activation = RIDGE_RELU, .scale = 2}};
        product_check_transposed(p);
        p.shape.ldc = 83;
        p.alpha = -0.5f;
        p.beta = 0.25f;
        p.biased = i % 2 == 0;
        product_check_transposed(p);
    }
}

static void derivatives(void **state)
{
    (void)state;
    with_each_provider(derivative_cases);
}

// Gradients of weights with that of a bias: packed, not packed, a column; and where A has gaps.
static void row_sums_cases(void)
{
    static const ridge_gemm_shape shapes[] = {
        {.m = 13, .n = 37, .k = 11, .lda = 15}, {.m = 67, .n = 1, .k = 65},
        {.m = 131, .n = 67, .k = 63},           {.m = 140, .n = 97, .k = 131, .lda = 145},
        {.m = 5, .n = 65, .k = 8257},
    };
    for (size_t i = 0; i < (test_small() ? 1 : COUNT(shapes)); i++) {
        struct product p = {.shape = shapes[i], .alpha = 1, .summed = true};
        p.shape.transpose_a = true;
        product_check(&p);
    }
}

static void row_sums(void **state)
{
    (void)state;
    with_each_provider(row_sums_cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(activations),
        cmocka_unit_test(derivatives),
        cmocka_unit_test(row_sums),
    };
    return TEST_MAIN("gemm_epilogue", tests);
}
