// SPDX-License-Identifier: Apache-2.0
// The job gemm: products as training needs them, the fastest of which is the peak of the device.
#include "bench.h"

#include <stdio.h>

#include "command.h"

struct product {
    size_t m, n, k;
    bool transpose_a, transpose_b;
};

// A dense layer of 800 units on 784 inputs at batch 128 in all three directions, squares in all
// orientations, small ones, and a matrix times a vector.
static const struct product products[] = {
    {512, 512, 512, false, false},    {512, 512, 512, false, true},
    {512, 512, 512, true, false},     {512, 512, 512, true, true},
    {1024, 1024, 1024, false, false}, {1024, 1024, 1024, false, true},
    {1024, 1024, 1024, true, false},  {1024, 1024, 1024, true, true},
    {2048, 2048, 2048, false, false}, {2048, 2048, 2048, false, true},
    {2048, 2048, 2048, true, false},  {2048, 2048, 2048, true, true},
    {128, 800, 784, false, true},  // x W^T
    {800, 784, 128, true, false},  // dy^T x
    {128, 784, 800, false, false}, // dy W
    {128, 128, 128, false, false},    {32, 128, 128, false, false},
    {2048, 1, 2048, false, false},
};
#define PRODUCTS (sizeof(products) / sizeof(products[0]))

static ridge_gemm_shape shape_of(const struct product *product)
{
    return (ridge_gemm_shape){.transpose_a = product->transpose_a,
                              .transpose_b = product->transpose_b,
                              .m = product->m,
                              .n = product->n,
                              .k = product->k};
}

bool bench_product(size_t index, ridge_gemm_shape *shape)
{
    if (index >= PRODUCTS)
        return false;
    *shape = shape_of(&products[index]);
    return true;
}

struct operands {
    ridge_tensor a, b, c;
    ridge_plan *plan; // with the product in it
};

// As in a training step: a replayed launch, not what ridge_gemm by itself takes to look at its
// arguments and to pass them on, some microseconds.
static ridge_status step_product(struct bench *bench, void *context)
{
    (void)bench;
    const struct operands *operands = context;
    return ridge_plan_run(operands->plan);
}

static bool make_operands(struct bench *bench, const struct product *product,
                          struct operands *operands)
{
    const ridge_gemm_shape shape = shape_of(product);
    if (!bench_numbers(bench, product->m * product->k, 1, &operands->a) ||
        !bench_numbers(bench, product->k * product->n, 2, &operands->b) ||
        !bench_numbers(bench, product->m * product->n, 3, &operands->c))
        return false;
    if (!ridge_plan_create(bench->device, &operands->plan) &&
        !ridge_gemm(ridge_plan_launcher(operands->plan), &shape, 1, operands->a, operands->b, 0,
                    operands->c, NULL))
        return true;
    fail_library();
    return false;
}

// Floating-point operations a second at the quartiles: the slower quarter first.
static bool measure(struct bench *bench, const struct product *product, struct timing *flops)
{
    struct operands operands = {.plan = NULL};
    struct timing seconds;
    bool measured = make_operands(bench, product, &operands) &&
                    bench_measure(bench, step_product, &operands, &seconds);
    ridge_plan_destroy(&operands.plan);
    ridge_tensor_destroy(bench->device, &operands.a);
    ridge_tensor_destroy(bench->device, &operands.b);
    ridge_tensor_destroy(bench->device, &operands.c);
    if (!measured)
        return false;
    double work = 2 * (double)product->m * (double)product->n * (double)product->k;
    *flops = (struct timing){work / seconds.upper, work / seconds.median, work / seconds.lower};
    return true;
}

static void raise_peak(struct bench *bench, const struct timing *flops)
{
    if (flops->upper > bench->ceilings.flops_per_second)
        bench->ceilings.flops_per_second = flops->upper;
}

double bench_peak(struct bench *bench)
{
    static const struct product large[] = {{1024, 1024, 1024, false, true},
                                           {2048, 2048, 2048, false, true}};
    bool known = bench->ceilings.flops_per_second > 0;
    for (size_t i = 0; !known && i < sizeof(large) / sizeof(large[0]); i++) {
        struct timing flops;
        if (!measure(bench, &large[i], &flops))
            return 0;
        raise_peak(bench, &flops);
    }
    return bench->ceilings.flops_per_second;
}

const char *bench_name_product(const ridge_gemm_shape *shape, char name[64])
{
    snprintf(name, 64, "%zux%zux%zu%s%s%s", shape->m, shape->n, shape->k,
             shape->transpose_a || shape->transpose_b ? " " : "", shape->transpose_a ? "A'" : "",
             shape->transpose_b ? "B'" : "");
    return name;
}

static void print_product(const struct product *product, const struct timing *flops, double peak)
{
    char name[64];
    ridge_gemm_shape shape = shape_of(product);
    bench_name_product(&shape, name);
    printf("  %-20s %8.1f  (%.1f to %.1f), %3.0f %% of the peak\n", name, flops->median / 1e9,
           flops->lower / 1e9, flops->upper / 1e9, 100 * flops->median / peak);
}

bool bench_gemm(struct bench *bench)
{
    struct timing flops[PRODUCTS];
    for (size_t i = 0; i < PRODUCTS; i++) {
        if (!measure(bench, &products[i], &flops[i]))
            return false;
        raise_peak(bench, &flops[i]);
    }
    double peak = bench->ceilings.flops_per_second;
    if (!bench->json) {
        printf("gemm, GFLOP/s, MxNxK (by %s, peak %.1f)\n", ridge_device_gemm(bench->device),
               peak / 1e9);
        for (size_t i = 0; i < PRODUCTS; i++)
            print_product(&products[i], &flops[i], peak);
        return true;
    }
    cJSON *object = bench_object(bench, "gemm");
    cJSON *medians = cJSON_AddObjectToObject(object, "GFLOP_per_second");
    cJSON *shares = cJSON_AddObjectToObject(object, "share_of_peak");
    for (size_t i = 0; i < PRODUCTS; i++) {
        char name[64];
        ridge_gemm_shape shape = shape_of(&products[i]);
        bench_name_product(&shape, name);
        cJSON_AddNumberToObject(medians, name, flops[i].median / 1e9);
        cJSON_AddNumberToObject(shares, name, flops[i].median / peak);
    }
    cJSON_AddNumberToObject(object, "peak_GFLOP_per_second", peak / 1e9);
    cJSON_AddStringToObject(object, "gemm", ridge_device_gemm(bench->device));
    print_json(object);
    return true;
}
