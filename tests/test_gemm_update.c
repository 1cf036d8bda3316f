// SPDX-License-Identifier: Apache-2.0
// Updates of weights in the write-out of the product that is their gradient: to the bit what the
// product and an update of its own make, op by op and in a network, whose gradients are all there
// when an epoch ends.
#include "harness.h"

#include <ridge/training.h>
#include <stdlib.h>
#include <string.h>

#include "device/device.h"
#include "network/step.h"
#include "ops/gemm.h"
#include "problems.h"

static const ridge_optimizer optimizers[] = {
    {.kind = RIDGE_SGD, .rate = 0.02f},
    {.kind = RIDGE_SGD, .rate = 0.01f, .momentum = 0.875f, .weight_decay = 0.1f},
    {.kind = RIDGE_SGD, .rate = 0.01f, .momentum = 0.9f, .nesterov = true},
    {.kind = RIDGE_ADAM, .rate = 0.05f},
    {.kind = RIDGE_ADAMW, .rate = 0.05f, .weight_decay = 1e-5f}, // not due in each step
    {.kind = RIDGE_RMSPROP, .rate = 0.01f},
    {.kind = RIDGE_RMSPROP, .rate = 0.002f, .momentum = 0.9f, .weight_decay = 0.1f},
};
#define OPTIMIZERS (sizeof(optimizers) / sizeof(optimizers[0]))

static const ridge_segment treatments[] = {
    {.decay = 1},
    {.l1 = 0.03125f, .l2 = 0.0625f, .decay = 1},
    {.proximal_l1 = 0.25f, .constraint = {.non_negative = 1}},
};
#define TREATMENTS (sizeof(treatments) / sizeof(treatments[0]))

static const ridge_tensor none = {0};

// One tensor of weights with all that an update wants. The arena is the tensor, so its size is what
// the alignment makes of it.
struct weights {
    size_t size;
    ridge_optimizer optimizer;
    ridge_update_params update;
    ridge_tensor counters;
};

static struct weights make_weights(const ridge_optimizer *optimizer, ridge_segment segment,
                                   size_t count)
{
    const size_t two = 2, one = 1;
    const uint32_t counters[2] = {0, 0};
    const float notes[RIDGE_NOTES] = {0};
    size_t blocks = (count + RIDGE_SEGMENT_ALIGNMENT - 1) / RIDGE_SEGMENT_ALIGNMENT;
    struct weights weights = {blocks * RIDGE_SEGMENT_ALIGNMENT, *optimizer, {NULL}, {NULL}};
    segment.count = (uint32_t)count;
    assert_ok(ridge_optimizer_complete(&weights.optimizer));
    float *w = calloc(weights.size, sizeof(float)), *zeros = calloc(weights.size, sizeof(float));
    test_fill(w, count, 5, -1, 1);
    uint32_t *pieces = calloc(ridge_update_pieces(&segment, 1, NULL), 3 * sizeof(*pieces));
    size_t piece_count = ridge_update_pieces(&segment, 1, pieces);
    weights.counters = test_tensor(RIDGE_UINT32, 1, &two, counters);
    weights.update = (ridge_update_params){
        .parameters = test_vector(weights.size, w),
        .gradients = test_vector(weights.size, zeros),
        .segments = test_tensor(RIDGE_UINT32, 2, (const size_t[]){1, 11}, &segment),
        .pieces = test_tensor(RIDGE_UINT32, 2, (const size_t[]){piece_count, 3}, pieces),
        .rate = test_vector(1, &weights.optimizer.rate),
        .step = ridge_tensor_reshaped(weights.counters, 1, &one),
        .notes = test_vector(RIDGE_NOTES, notes),
    };
    for (unsigned s = 0; s < ridge_optimizer_slots(&weights.optimizer); s++)
        weights.update.slots[s] = test_vector(weights.size, zeros);
    free(w);
    free(zeros);
    free(pieces);
    return weights;
}

static void release_weights(struct weights *weights)
{
    ridge_update_params *update = &weights->update;
    ridge_tensor *tensors[] = {&update->parameters, &update->gradients, &update->segments,
                               &update->pieces,     &update->rate,      &update->notes,
                               &weights->counters,  &update->slots[0],  &update->slots[1]};
    for (size_t i = 0; i < sizeof(tensors) / sizeof(tensors[0]); i++)
        if (tensors[i]->buffer)
            test_release(tensors[i]);
}

// The gradient is written, and an update of the arena follows.
static void step_apart(struct weights *weights, const ridge_gemm_shape *shape, ridge_tensor dz,
                       ridge_tensor x)
{
    weights->update.optimizer = &weights->optimizer;
    assert_ok(ridge_gemm(test_launcher, shape, 1, dz, x, 0, weights->update.gradients, NULL));
    assert_ok(ridge_update(test_launcher, &weights->update));
    assert_ok(ridge_step_advance(test_launcher, weights->counters, 0, (ridge_tensor){0}));
}

// The product updates, and nothing but the notes is left for what follows.
static void step_at_once(struct weights *weights, const ridge_gemm_shape *shape, ridge_tensor dz,
                         ridge_tensor x)
{
    ridge_update_params rest = weights->update;
    rest.optimizer = &weights->optimizer;
    rest.pieces = ridge_tensor_rows(rest.pieces, 0, 0);
    const struct ridge_weight_update update = {
        .optimizer = &weights->optimizer,
        .weights = ridge_tensor_reshaped(rest.parameters, RIDGE_SHAPE(shape->m, shape->n)),
        .slots = {rest.slots[0], rest.slots[1]},
        .segment = rest.segments,
        .rate = rest.rate,
        .step = rest.step,
        .notes = rest.notes,
    };
    assert_ok(ridge_gemm_update(test_launcher, shape, dz, x, none, &update));
    assert_ok(ridge_update_pieces_of(test_launcher, &rest, 0));
    assert_ok(ridge_step_advance(test_launcher, weights->counters, 0, (ridge_tensor){0}));
}

static void assert_same(ridge_tensor a, ridge_tensor b, size_t count)
{
    float *left = calloc(count, sizeof(float)), *right = calloc(count, sizeof(float));
    test_get(a, left);
    test_get(b, right);
    assert_memory_equal(left, right, count * sizeof(float));
    free(left);
    free(right);
}

static void same_bits(size_t units, size_t inputs, size_t rows, const ridge_optimizer *optimizer,
                      const ridge_segment *treatment)
{
    const ridge_gemm_shape shape = {.transpose_a = true, .m = units, .n = inputs, .k = rows};
    struct weights apart = make_weights(optimizer, *treatment, units * inputs),
                   at_once = make_weights(optimizer, *treatment, units * inputs);
    float *dz = malloc(rows * units * sizeof(float)), *x = malloc(rows * inputs * sizeof(float));
    for (uint64_t step = 0; step < (test_small() ? 1 : 3); step++) {
        test_fill(dz, rows * units, 10 + step, -1, 1);
        test_fill(x, rows * inputs, 20 + step, -1, 1);
        ridge_tensor dz_tensor = test_matrix(rows, units, dz),
                     x_tensor = test_matrix(rows, inputs, x);
        step_apart(&apart, &shape, dz_tensor, x_tensor);
        step_at_once(&at_once, &shape, dz_tensor, x_tensor);
        test_release(&dz_tensor);
        test_release(&x_tensor);
    }
    assert_same(apart.update.parameters, at_once.update.parameters, apart.size);
    for (unsigned s = 0; s < ridge_optimizer_slots(optimizer); s++)
        assert_same(apart.update.slots[s], at_once.update.slots[s], apart.size);
    assert_same(apart.update.notes, at_once.update.notes, RIDGE_NOTES);
    free(dz);
    free(x);
    release_weights(&apart);
    release_weights(&at_once);
}

static void every_optimizer(void **state)
{
    (void)state;
    if (!ridge_gemm_updates(test_device))
        return;
    for (size_t o = 0; o < OPTIMIZERS; o++)
        for (size_t t = 0; t < TREATMENTS; t++)
            if (!test_small() || o % TREATMENTS == t)
                same_bits(13, test_small() ? 17 : 37, test_small() ? 2 : 7, &optimizers[o],
                          &treatments[t]);
}

static void every_shape(void **state)
{
    (void)state;
    static const size_t shapes[][3] = {{1, 1, 1},     {1, 7, 3},     {65, 63, 17}, {7, 1, 5},
                                       {70, 1, 63},   {12, 32, 64},  {24, 64, 1},  {127, 255, 7},
                                       {97, 509, 64}, {130, 96, 300}};
    if (!ridge_gemm_updates(test_device))
        return;
    for (size_t i = 0; i < (test_small() ? 2 : sizeof(shapes) / sizeof(shapes[0])); i++)
        same_bits(shapes[i][0], shapes[i][1], shapes[i][2], &optimizers[i % 2 ? 3 : 1],
                  &treatments[1]);
}

static void other_providers_refuse(void **state)
{
    (void)state;
    const char *own = test_device->gemm;
    struct weights weights = make_weights(&optimizers[0], treatments[0], 6);
    ridge_tensor dz = test_matrix(1, 2, NULL), x = test_matrix(1, 3, NULL);
    const ridge_gemm_shape shape = {.transpose_a = true, .m = 2, .n = 3, .k = 1};
    const struct ridge_weight_update update = {.optimizer = &weights.optimizer,
                                               .weights = weights.update.parameters};
    test_device->gemm = "plain";
    assert_fails(ridge_gemm_update(test_launcher, &shape, dz, x, none, &update),
                 RIDGE_ERROR_UNSUPPORTED, "GEMM provider plain");
    test_device->gemm = own;
    test_release(&dz);
    test_release(&x);
    release_weights(&weights);
}

// A network of which some parameters are updated in products.

struct trial {
    ridge_optimizer optimizer;
    ridge_weight_params weight;
    size_t batch;
};

static ridge_network *build(const struct trial *trial, bool apart)
{
    ridge_optimizer optimizer = trial->optimizer;
    if (apart) // which has to see all gradients first, and then leaves them as they are
        optimizer.clip_global_norm = 1e30f;
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {6}));
    x = ridge_dense(
        network, x,
        ridge_dense_params(.units = 33, .activation = RIDGE_RELU, .weight = trial->weight));
    x = ridge_dropout(network, x, ridge_dropout_params(.rate = 0.25f));
    ridge_node middle = ridge_dense(
        network, x, ridge_dense_params(.units = 33, .weight = {.max_norm = 0.5f, .l2 = 1e-3f}));
    x = ridge_add(network, x, middle, NULL);
    x = ridge_dense(network, x, ridge_dense_params(.units = 4, .weight = trial->weight));
    assert_ok(ridge_network_compile(
        network, x,
        ridge_compile_params(.optimizer = optimizer, .batch = trial->batch, .seed = 5)));
    enum ridge_step_mode last = ridge_step_last(network);
    bool updates = ridge_gemm_updates(test_device) && !apart;
    assert_int_equal(last, updates ? RIDGE_STEP_TRAIN_LAST : RIDGE_STEP_TRAIN);
    return network;
}

// Parameters and gradients.
static void assert_same_networks(ridge_network *a, ridge_network *b)
{
    ridge_parameter left, right;
    for (size_t i = 0; ridge_network_parameter(a, i, &left); i++) {
        assert_true(ridge_network_parameter(b, i, &right));
        size_t count = ridge_tensor_count(&left.tensor);
        float *values[4];
        const ridge_tensor tensors[] = {left.tensor, right.tensor, left.gradient, right.gradient};
        for (int v = 0; v < 4; v++) {
            values[v] = malloc(count * sizeof(float));
            assert_ok(ridge_tensor_read(test_device, tensors[v], values[v]));
        }
        if (memcmp(values[0], values[1], count * sizeof(float)) != 0)
            fail_msg("%s differs", left.name);
        if (memcmp(values[2], values[3], count * sizeof(float)) != 0)
            fail_msg("the gradient of %s differs", left.name);
        for (int v = 0; v < 4; v++)
            free(values[v]);
    }
}

static void networks(void **state)
{
    (void)state;
    const struct trial trials[] = {
        {ridge_sgd(.rate = 0.1f, .momentum = 0.9f), {.l2 = 1e-3f}, 16}, // a smaller last batch
        {ridge_adam(.rate = 0.01f, .weight_decay = 0.1f), {.l1 = 1e-3f, .proximal = true}, 20},
        {ridge_adam(.rate = 0.01f), {.l1 = 1e-3f}, 60}, // the only batch is the last
    };
    size_t own = test_device->update_from;
    ridge_dataset *data = test_blobs(60, 6, 4, 0.4);
    test_device->update_from = 1;
    for (size_t t = 0; t < (test_small() ? 0 : 3); t++) {
        ridge_network *apart = build(&trials[t], true), *at_once = build(&trials[t], false);
        for (int epoch = 0; epoch < 2; epoch++) {
            test_device->fuse = RIDGE_FUSE_OFF;
            assert_ok(ridge_fit(apart, data, ridge_fit_params(.epochs = 1), NULL));
            test_device->fuse = t == 0 && epoch == 0 ? RIDGE_FUSE_ON : RIDGE_FUSE_OFF;
            assert_ok(ridge_fit(at_once, data, ridge_fit_params(.epochs = 1), NULL));
            assert_same_networks(apart, at_once);
        }
        ridge_network_destroy(&apart);
        ridge_network_destroy(&at_once);
    }
    test_device->fuse = RIDGE_FUSE_AUTO;
    test_device->update_from = own;
    ridge_dataset_destroy(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_optimizer),
        cmocka_unit_test(every_shape),
        cmocka_unit_test(other_providers_refuse),
        cmocka_unit_test(networks),
    };
    return TEST_MAIN("gemm_update", tests);
}
