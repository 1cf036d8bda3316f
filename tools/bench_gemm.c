// SPDX-License-Identifier: Apache-2.0
// The job gemm: products as training needs them, the fastest of which is the peak of the device.
#include "bench.h"

#include <stdio.h>
#include <string.h>

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

// What a product costs depends on what it is part of. By launches: each is a launch of its own, as
// in a step that is replayed launch by launch; what lies between two launches counts. Fused: many
// are one launch, as in the fused steps of ridge_fit. Neither has what ridge_gemm by itself takes
// to look at its arguments and to pass them on, some microseconds.
struct speed {
    struct timing launched, fused; // operations a second; fused: 0 where that was not measured
};

struct operands {
    ridge_tensor a, b, c;
    ridge_plan *plan; // with the product in it
};

static ridge_status run_plan(struct bench *bench, void *context)
{
    (void)bench;
    const struct operands *operands = context;
    return ridge_plan_run(operands->plan);
}

static bool make_operands(struct bench *bench, const struct product *product,
                          struct operands *operands)
{
    return bench_numbers(bench, product->m * product->k, 1, &operands->a) &&
           bench_numbers(bench, product->k * product->n, 2, &operands->b) &&
           bench_numbers(bench, product->m * product->n, 3, &operands->c);
}

static double operations(const struct product *product)
{
    return 2 * (double)product->m * (double)product->n * (double)product->k;
}

// Operations a second at the quartiles of a plan with `times` products: the slower quarter first.
static bool measure_plan(struct bench *bench, const struct product *product,
                         struct operands *operands, size_t times, struct timing *flops)
{
    const ridge_gemm_shape shape = shape_of(product);
    struct timing seconds;
    ridge_status status = RIDGE_OK;
    for (size_t i = 0; i < times && !status; i++)
        status = ridge_gemm(ridge_plan_launcher(operands->plan), &shape, 1, operands->a,
                            operands->b, 0, operands->c, NULL);
    if (status) {
        fail_library();
        return false;
    }
    if (!bench_measure(bench, run_plan, operands, &seconds))
        return false;
    double work = operations(product) * (double)times;
    *flops = (struct timing){work / seconds.upper, work / seconds.median, work / seconds.lower};
    return true;
}

static bool measure_launched(struct bench *bench, const struct product *product,
                             struct operands *operands, struct timing *flops)
{
    bool measured = false;
    if (ridge_plan_create(bench->device, &operands->plan))
        fail_library();
    else
        measured = measure_plan(bench, product, operands, 1, flops);
    ridge_plan_destroy(&operands->plan);
    return measured;
}

// A product that takes long by itself gains nothing.
#define FUSED_OPERATIONS 2e8
// So many operations in a launch that what the launch costs does not count, some milliseconds.
#define LAUNCH_OPERATIONS 1e9

static bool is_fused(struct bench *bench, const struct product *product)
{
    return strcmp(ridge_device_walk(bench->device), "cpu") == 0 &&
           strcmp(ridge_device_gemm(bench->device), "panel") == 0 &&
           operations(product) < FUSED_OPERATIONS;
}

static bool measure_fused(struct bench *bench, const struct product *product,
                          struct operands *operands, struct timing *flops)
{
    size_t times = (size_t)(LAUNCH_OPERATIONS / operations(product)) + 1;
    bool measured = false;
    if (ridge_plan_create(bench->device, &operands->plan) || ridge_plan_fuse(operands->plan))
        fail_library();
    else
        measured = measure_plan(bench, product, operands, times, flops);
    ridge_plan_destroy(&operands->plan);
    return measured;
}

static bool measure(struct bench *bench, const struct product *product, struct speed *speed)
{
    struct operands operands = {.plan = NULL};
    *speed = (struct speed){0};
    bool measured =
        make_operands(bench, product, &operands) &&
        measure_launched(bench, product, &operands, &speed->launched) &&
        (!is_fused(bench, product) || measure_fused(bench, product, &operands, &speed->fused));
    ridge_tensor_destroy(bench->device, &operands.a);
    ridge_tensor_destroy(bench->device, &operands.b);
    ridge_tensor_destroy(bench->device, &operands.c);
    return measured;
}

static void raise_peak(struct bench *bench, const struct speed *speed)
{
    if (speed->launched.upper > bench->ceilings.flops_per_second)
        bench->ceilings.flops_per_second = speed->launched.upper;
}

double bench_peak(struct bench *bench)
{
    static const struct product large[] = {{1024, 1024, 1024, false, true},
                                           {2048, 2048, 2048, false, true}};
    bool known = bench->ceilings.flops_per_second > 0;
    for (size_t i = 0; !known && i < sizeof(large) / sizeof(large[0]); i++) {
        struct speed speed;
        if (!measure(bench, &large[i], &speed))
            return 0;
        raise_peak(bench, &speed);
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

static void print_product(const struct product *product, const struct speed *speed, double peak)
{
    char name[64];
    ridge_gemm_shape shape = shape_of(product);
    bench_name_product(&shape, name);
    const struct timing *flops = &speed->launched;
    printf("  %-20s %8.1f  (%.1f to %.1f), %3.0f %% of the peak", name, flops->median / 1e9,
           flops->lower / 1e9, flops->upper / 1e9, 100 * flops->median / peak);
    if (speed->fused.median > 0)
        printf("; fused %.1f  (%.1f to %.1f)", speed->fused.median / 1e9, speed->fused.lower / 1e9,
               speed->fused.upper / 1e9);
    printf("\n");
}

// Objects of numbers by product: median and quartiles.
struct columns {
    cJSON *median, *lower, *upper;
};

static struct columns add_columns(cJSON *object, const char *median, const char *lower,
                                  const char *upper)
{
    return (struct columns){cJSON_AddObjectToObject(object, median),
                            cJSON_AddObjectToObject(object, lower),
                            cJSON_AddObjectToObject(object, upper)};
}

static void add_product(const struct columns *columns, const char *name, const struct timing *flops)
{
    cJSON_AddNumberToObject(columns->median, name, flops->median / 1e9);
    cJSON_AddNumberToObject(columns->lower, name, flops->lower / 1e9);
    cJSON_AddNumberToObject(columns->upper, name, flops->upper / 1e9);
}

static cJSON *products_object(const struct bench *bench, const struct speed *speeds)
{
    double peak = bench->ceilings.flops_per_second;
    cJSON *object = bench_object(bench, "gemm");
    struct columns launched =
        add_columns(object, "GFLOP_per_second", "GFLOP_per_second_lower_quartile",
                    "GFLOP_per_second_upper_quartile");
    struct columns fused =
        add_columns(object, "fused_GFLOP_per_second", "fused_GFLOP_per_second_lower_quartile",
                    "fused_GFLOP_per_second_upper_quartile");
    cJSON *shares = cJSON_AddObjectToObject(object, "share_of_peak");
    for (size_t i = 0; i < PRODUCTS; i++) {
        char name[64];
        ridge_gemm_shape shape = shape_of(&products[i]);
        bench_name_product(&shape, name);
        add_product(&launched, name, &speeds[i].launched);
        if (speeds[i].fused.median > 0)
            add_product(&fused, name, &speeds[i].fused);
        cJSON_AddNumberToObject(shares, name, speeds[i].launched.median / peak);
    }
    cJSON_AddNumberToObject(object, "peak_GFLOP_per_second", peak / 1e9);
    cJSON_AddStringToObject(object, "gemm", ridge_device_gemm(bench->device));
    return object;
}

bool bench_gemm(struct bench *bench)
{
    struct speed speeds[PRODUCTS];
    for (size_t i = 0; i < PRODUCTS; i++) {
        if (!measure(bench, &products[i], &speeds[i]))
            return false;
        raise_peak(bench, &speeds[i]);
    }
    if (bench->json) {
        print_json(products_object(bench, speeds));
        return true;
    }
    double peak = bench->ceilings.flops_per_second;
    printf(
        "gemm, GFLOP/s, MxNxK (by %s, peak %.1f), each a launch of its own; fused: of small ones "
        "many in one launch\n",
        ridge_device_gemm(bench->device), peak / 1e9);
    for (size_t i = 0; i < PRODUCTS; i++)
        print_product(&products[i], &speeds[i], peak);
    return true;
}
