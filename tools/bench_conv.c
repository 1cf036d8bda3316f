// SPDX-License-Identifier: Apache-2.0
// The job conv: the convolutions of mnist-cnn and some of residual networks, forward and both
// gradients. $RIDGE_CONV says by which way. Operations are those of the definition, which
// Winograd's way needs fewer of.
#include <stdio.h>

#include "bench.h"
#include "command.h"

#define PADDED_3X3 .kernel = {3, 3}, .pad_before = {1, 1}, .pad_after = {1, 1}

static const ridge_conv_shape shapes[] = {
    {128, 28, 28, 1, 32, PADDED_3X3},
    {128, 28, 28, 32, 32, PADDED_3X3},
    {128, 14, 14, 32, 64, PADDED_3X3},
    {128, 14, 14, 64, 64, PADDED_3X3},
    {16, 56, 56, 64, 64, .kernel = {1, 1}},
    {16, 56, 56, 64, 128, PADDED_3X3, .stride = {2, 2}},
    {16, 28, 28, 128, 128, PADDED_3X3, .groups = 128},
};

struct convolution {
    const ridge_conv_shape *shape;
    ridge_tensor x, w, b, y;
};

static ridge_status step_forward(struct bench *bench, void *context)
{
    const struct convolution *c = context;
    const ridge_gemm_epilogue epilogue = {.bias = c->b, .activation = RIDGE_RELU};
    return ridge_conv_forward(ridge_device_launcher(bench->device), c->shape, c->x, c->w, c->y,
                              &epilogue);
}

static ridge_status step_input_gradient(struct bench *bench, void *context)
{
    const struct convolution *c = context;
    return ridge_conv_input_gradient(ridge_device_launcher(bench->device), c->shape, c->y, c->w,
                                     false, c->x, NULL);
}

static ridge_status step_weight_gradient(struct bench *bench, void *context)
{
    const struct convolution *c = context;
    return ridge_conv_weight_gradient(ridge_device_launcher(bench->device), c->shape, c->x, c->y,
                                      c->w, c->b);
}

static const struct pass {
    const char *name;
    bench_step *step;
} passes[] = {{"forward", step_forward},
              {"input gradient", step_input_gradient},
              {"weight gradient", step_weight_gradient}};

static void name_shape(const ridge_conv_shape *s, char name[96])
{
    snprintf(name, 96, "%zux%zux%zux%zu to %zu, %zux%zu%s%s", s->batch, s->height, s->width,
             s->channels, s->filters, s->kernel[0], s->kernel[1],
             s->stride[0] > 1 ? ", stride 2" : "", s->groups > 1 ? ", depthwise" : "");
}

static void report(struct bench *bench, const char *name, const char *pass, double operations,
                   const struct timing *seconds)
{
    double rate = operations / seconds->median, share = rate / bench->ceilings.flops_per_second;
    if (!bench->json) {
        printf("  %-16s %9.3f ms (%.3f to %.3f), %6.1f GFLOP/s, %.2f of the products' peak\n", pass,
               seconds->median * 1e3, seconds->lower * 1e3, seconds->upper * 1e3, rate / 1e9,
               share);
        return;
    }
    cJSON *object = bench_object(bench, "conv");
    cJSON_AddStringToObject(object, "shape", name);
    cJSON_AddStringToObject(object, "pass", pass);
    bench_add_timing(object, "ms", seconds, 1e3);
    cJSON_AddNumberToObject(object, "GFLOP_per_second", rate / 1e9);
    cJSON_AddNumberToObject(object, "share_of_peak", share);
    print_json(object);
}

static bool measure(struct bench *bench, struct convolution *c)
{
    const ridge_conv_shape *s = c->shape;
    size_t groups = s->groups ? s->groups : 1, output[2];
    char name[96];
    name_shape(s, name);
    if (ridge_conv_output(s, output)) {
        fail_library();
        return false;
    }
    size_t weights = s->filters * (s->channels / groups) * s->kernel[0] * s->kernel[1];
    size_t places = s->batch * output[0] * output[1];
    if (!bench_numbers(bench, s->batch * s->height * s->width * s->channels, 0, &c->x) ||
        !bench_numbers(bench, weights, 1, &c->w) || !bench_numbers(bench, s->filters, 2, &c->b) ||
        !bench_numbers(bench, places * s->filters, 3, &c->y))
        return false;
    if (!bench->json)
        printf("conv, %s\n", name);
    for (size_t i = 0; i < sizeof(passes) / sizeof(passes[0]); i++) {
        struct timing seconds;
        if (!bench_measure(bench, passes[i].step, c, &seconds))
            return false;
        report(bench, name, passes[i].name, 2 * (double)places * (double)weights, &seconds);
    }
    return true;
}

bool bench_conv(struct bench *bench)
{
    bool measured = bench_peak(bench) > 0;
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]) && measured; i++) {
        struct convolution c = {.shape = &shapes[i]};
        measured = measure(bench, &c);
        ridge_tensor *all[] = {&c.x, &c.w, &c.b, &c.y};
        for (size_t j = 0; j < sizeof(all) / sizeof(all[0]); j++)
            ridge_tensor_destroy(bench->device, all[j]);
    }
    return measured;
}
