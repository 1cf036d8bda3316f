// SPDX-License-Identifier: Apache-2.0
// Monte-Carlo prediction: against masks from the words of the host, mean and deviation in double;
// what inference gives is the mean over the samples; bad input of the layers that draw.
#include "harness.h"

#include "problems.h"

#include <stdlib.h>
#include <string.h>

#include <ridge/network.h>
#include <ridge/random.h>

enum { INPUTS = 12, UNITS = 7, OUTPUTS = 3, ROWS = 20, BATCH = 8, BATCHES = 3 };
enum { FIRST_STREAM = 1 << 30 }; // RIDGE_STREAM_SAMPLE

typedef ridge_node (*build)(ridge_network *network, ridge_node x);

static ridge_network *make(build piece)
{
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {4, 3}));
    x = piece(network, x);
    assert_ok(ridge_network_compile(
        network, x,
        ridge_compile_params(.loss = RIDGE_MEAN_SQUARED_ERROR, .seed = 9, .batch = BATCH)));
    return network;
}

// Layers 1 to 4; the dense layer does the dropout behind it.
static ridge_node build_all_masks(ridge_network *network, ridge_node x)
{
    x = ridge_dropout(network, x, ridge_dropout_params(.keep_prob = 0.75f, .whole_channels = true));
    x = ridge_dense(network, x,
                    ridge_dense_params(.units = UNITS, .activation = RIDGE_RELU,
                                       .drop_connect = 0.3f, .name = "hidden"));
    x = ridge_dropout(network, x, ridge_dropout_params(.rate = 0.4f));
    return ridge_dense(network, x, ridge_dense_params(.units = OUTPUTS, .name = "output"));
}

struct weights {
    float hidden[UNITS * INPUTS], hidden_bias[UNITS], output[OUTPUTS * UNITS], output_bias[OUTPUTS];
};

static void read_weights(ridge_network *network, struct weights *w)
{
    for (int i = 0; i < UNITS; i++)
        w->hidden_bias[i] = 0.1f * (float)(i - 2);
    assert_ok(ridge_network_set(network, "hidden.bias", w->hidden_bias, UNITS));
    assert_ok(ridge_network_get(network, "hidden.weight", w->hidden, UNITS * INPUTS));
    assert_ok(ridge_network_get(network, "output.weight", w->output, OUTPUTS * UNITS));
    assert_ok(ridge_network_get(network, "output.bias", w->output_bias, OUTPUTS));
}

static double factor(unsigned layer, uint32_t step, float rate, size_t element)
{
    const ridge_random random = {.seed = 9, .stream = FIRST_STREAM + layer, .step = step};
    double keep = 1 - (double)rate;
    return ridge_random_word(&random, element) < keep * 0x1p32 ? 1 / keep : 0;
}

// One row of one sample, by the formulas. *size: the same with magnitudes, for bounds.
static void expected_row(const struct weights *w, const float *x, size_t row, size_t sample,
                         double *y, double *size)
{
    uint32_t step = (uint32_t)(sample * BATCHES + row / BATCH);
    size_t at = row % BATCH;
    double hidden[UNITS], magnitude[UNITS];
    for (size_t u = 0; u < UNITS; u++) {
        double sum = w->hidden_bias[u], bound = fabs(sum);
        for (size_t i = 0; i < INPUTS; i++) {
            double input = x[i] * factor(1, step, 0.25f, at * 4 + i / 3);
            double product =
                input * w->hidden[u * INPUTS + i] * factor(2, step, 0.3f, u * INPUTS + i);
            sum += product;
            bound += fabs(product);
        }
        double scale = factor(3, step, 0.4f, at * UNITS + u);
        hidden[u] = fmax(sum, 0) * scale;
        magnitude[u] = bound * scale;
    }
    for (size_t o = 0; o < OUTPUTS; o++) {
        y[o] = w->output_bias[o];
        size[o] = fabs(y[o]);
        for (size_t u = 0; u < UNITS; u++) {
            y[o] += hidden[u] * w->output[o * UNITS + u];
            size[o] += magnitude[u] * fabs((double)w->output[o * UNITS + u]);
        }
    }
}

// A result has at most INPUTS + UNITS additions, three masks and two products behind it.
static const double rounding = (INPUTS + UNITS + 8) * TEST_EPSILON;

static void close_to(double got, double wanted, double bound)
{
    if (!(fabs(got - wanted) <= bound))
        fail_msg("expected %.9g within %g, got %.9g", wanted, bound, got);
}

static void check_samples(ridge_network *network, const ridge_dataset *data, size_t samples)
{
    ridge_type type;
    const float *x = ridge_dataset_x(data, &type);
    float mean[ROWS * OUTPUTS], deviation[ROWS * OUTPUTS];
    struct weights w;
    read_weights(network, &w);
    assert_ok(ridge_network_predict_samples(network, data, ridge_sample_params(.samples = samples),
                                            mean, samples > 1 ? deviation : NULL));
    for (size_t row = 0; row < ROWS; row++) {
        double sum[OUTPUTS] = {0}, squares[OUTPUTS] = {0}, largest[OUTPUTS] = {0};
        for (size_t s = 0; s < samples; s++) {
            double y[OUTPUTS], size[OUTPUTS];
            expected_row(&w, x + row * INPUTS, row, s, y, size);
            for (size_t o = 0; o < OUTPUTS; o++) {
                sum[o] += y[o];
                squares[o] += y[o] * y[o];
                largest[o] = fmax(largest[o], size[o]);
            }
        }
        for (size_t o = 0; o < OUTPUTS; o++) {
            double n = (double)samples, bound = rounding * largest[o];
            close_to(mean[row * OUTPUTS + o], sum[o] / n, bound);
            if (samples > 1)
                close_to(deviation[row * OUTPUTS + o],
                         sqrt(fmax(squares[o] - sum[o] * sum[o] / n, 0) / (n - 1)), 2 * bound);
        }
    }
}

static void masks_of_the_host(void **state)
{
    (void)state;
    ridge_dataset *data = test_regression(ROWS, INPUTS, OUTPUTS);
    ridge_network *network = make(build_all_masks);
    const size_t samples[] = {1, 2, 7};
    for (size_t i = 0; i < (test_small() ? 1 : 3); i++)
        check_samples(network, data, samples[i]);
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

static ridge_node head(ridge_network *network, ridge_node x)
{
    return ridge_dense(network, x, ridge_dense_params(.units = OUTPUTS));
}

static ridge_node build_elements(ridge_network *network, ridge_node x)
{
    return head(network, ridge_dropout(network, x, ridge_dropout_params(.rate = 0.2f)));
}

static ridge_node build_channels(ridge_network *network, ridge_node x)
{
    return head(network, ridge_dropout(network, x,
                                       ridge_dropout_params(.rate = 0.3f, .whole_channels = true)));
}

static ridge_node build_channels_last(ridge_network *network, ridge_node x)
{
    return head(network, ridge_dropout(network, x,
                                       ridge_dropout_params(.rate = 0.2f, .whole_channels = true,
                                                            .channels_last = true)));
}

static ridge_node build_gaussian(ridge_network *network, ridge_node x)
{
    return head(network,
                ridge_gaussian_dropout(network, x, ridge_gaussian_dropout_params(.rate = 0.7f)));
}

// Running statistics, as in inference: those of a batch would be far from them here.
static ridge_node build_normalised(ridge_network *network, ridge_node x)
{
    return build_elements(network, ridge_batch_norm(network, x, NULL));
}

static ridge_node build_noise(ridge_network *network, ridge_node x)
{
    return head(network,
                ridge_gaussian_noise(network, x, ridge_gaussian_noise_params(.deviation = 0.5f)));
}

static ridge_node build_drop_connect(ridge_network *network, ridge_node x)
{
    return ridge_dense(network, x, ridge_dense_params(.units = OUTPUTS, .drop_connect = 0.3f));
}

// The same samples again, others from another seed; inference does not notice.
static void check_again(build piece)
{
    ridge_dataset *data = test_regression(ROWS, INPUTS, OUTPUTS);
    ridge_network *network = make(piece);
    float predicted[2][ROWS * OUTPUTS], mean[3][ROWS * OUTPUTS], deviation[3][ROWS * OUTPUTS];
    assert_ok(ridge_network_predict(network, data, predicted[0]));
    for (int i = 0; i < 3; i++)
        assert_ok(ridge_network_predict_samples(
            network, data, ridge_sample_params(.samples = 2, .seed = i == 2 ? 10 : 0), mean[i],
            deviation[i]));
    assert_ok(ridge_network_predict(network, data, predicted[1]));
    assert_memory_equal(predicted[0], predicted[1], sizeof(predicted[0]));
    assert_memory_equal(mean[0], mean[1], sizeof(mean[0]));
    assert_memory_equal(deviation[0], deviation[1], sizeof(mean[0]));
    assert_memory_not_equal(mean[0], mean[2], sizeof(mean[0]));
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

static void same_again(void **state)
{
    (void)state;
    check_again(build_all_masks);
    check_again(build_normalised);
}

// A linear network: what inference gives is the expected value of what training gives, so the mean
// of many samples lies within five of its deviations. A scale by the rate would not.
static void inference_is_the_mean(void **state)
{
    (void)state;
    const build pieces[] = {build_elements,     build_channels, build_channels_last, build_gaussian,
                            build_drop_connect, build_noise,    build_normalised};
    enum { SAMPLES = 400 };
    ridge_dataset *data = test_regression(ROWS, INPUTS, OUTPUTS);
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        ridge_network *network = make(pieces[i]);
        float predicted[ROWS * OUTPUTS], mean[ROWS * OUTPUTS], deviation[ROWS * OUTPUTS];
        assert_ok(ridge_network_predict(network, data, predicted));
        assert_ok(ridge_network_predict_samples(
            network, data, ridge_sample_params(.samples = SAMPLES), mean, deviation));
        for (size_t j = 0; j < ROWS * OUTPUTS; j++) {
            assert_true(deviation[j] > 0);
            close_to(mean[j], predicted[j], 5 * deviation[j] / sqrt(SAMPLES) + 1e-5);
        }
        ridge_network_destroy(&network);
    }
    ridge_dataset_destroy(&data);
}

static ridge_node build_nothing_random(ridge_network *network, ridge_node x)
{
    x = ridge_dropout(network, x, ridge_dropout_params(.keep_prob = 1));
    x = ridge_gaussian_noise(network, x, ridge_gaussian_noise_params(.deviation = 0));
    return head(network, x);
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_dataset *data = test_regression(ROWS, INPUTS, OUTPUTS);
    ridge_network *network = make(build_elements), *plain = make(build_nothing_random);
    float mean[ROWS * OUTPUTS], deviation[ROWS * OUTPUTS];
    const ridge_sample_params none = {0}, one = {.samples = 1};
    assert_fails(ridge_network_predict_samples(network, data, &none, mean, NULL),
                 RIDGE_ERROR_ARGUMENT, "samples: expected 1 or more, got 0");
    assert_fails(ridge_network_predict_samples(network, data, &one, mean, deviation),
                 RIDGE_ERROR_ARGUMENT, "samples: expected 2 or more for a deviation, got 1");
    assert_fails(ridge_network_predict_samples(network, data, NULL, mean, deviation),
                 RIDGE_ERROR_ARGUMENT, "params, mean");
    assert_fails(ridge_network_predict_samples(network, data, &one, NULL, NULL),
                 RIDGE_ERROR_ARGUMENT, "params, mean");
    assert_fails(ridge_network_predict_samples(plain, data, &one, mean, NULL), RIDGE_ERROR_ARGUMENT,
                 "all samples are equal");
    ridge_network_destroy(&network);
    ridge_network_destroy(&plain);
    ridge_dataset_destroy(&data);
}

// The message of a layer that cannot be, for rows of 8 or of 2 x 4.
static void refused(const char *kind, const void *params, bool flat, ridge_status status,
                    const char *text)
{
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {2, 4}));
    if (flat)
        x = ridge_flatten(network, x, NULL);
    ridge_layer_add(network, kind, &x, 1, params);
    assert_fails(ridge_network_status(network), status, text);
    ridge_network_destroy(&network);
}

static void bad_layers(void **state)
{
    (void)state;
    const ridge_status argument = RIDGE_ERROR_ARGUMENT;
    refused("dropout", ridge_dropout_params(.rate = 1), false, argument,
            "rate: expected a number in [0, 1), got '1'");
    refused("dropout", ridge_dropout_params(.rate = -0.1f), false, argument, "rate: expected");
    refused("dropout", ridge_dropout_params(.rate = NAN), false, argument, "rate: expected");
    refused("dropout", ridge_dropout_params(.keep_prob = 1.5f), false, argument,
            "keep_prob: expected a number in [0, 1]");
    refused("dropout", ridge_dropout_params(.keep_prob = 1e-9f), false, argument,
            "keep_prob: expected 6e-8 or more");
    refused("dropout", ridge_dropout_params(.rate = 0.5f, .keep_prob = 0.5f), false, argument,
            "layer dropout_1: rate, keep_prob: expected one of them (rate = 1 - keep_prob)");
    refused("dropout", ridge_dropout_params(.rate = 0.5f, .channels_last = true), false, argument,
            "channels_last: expected whole_channels with it");
    refused("dropout", ridge_dropout_params(.rate = 0.5f, .whole_channels = true), true,
            RIDGE_ERROR_SHAPE,
            "layer dropout_1: whole_channels: expected rows of shape [channels, ...], got 8");
    refused("gaussian_dropout", ridge_gaussian_dropout_params(.rate = 1), false, argument,
            "rate: expected a number in [0, 1)");
    refused("alpha_dropout", ridge_alpha_dropout_params(.rate = 1), false, argument,
            "rate: expected a number in [0, 1)");
    refused("gaussian_noise", ridge_gaussian_noise_params(.deviation = -1), false, argument,
            "deviation: expected a number from 0");
    refused("gaussian_noise", ridge_gaussian_noise_params(.deviation = INFINITY), false, argument,
            "deviation: expected a number from 0");
    refused("dense", ridge_dense_params(.units = 2, .drop_connect = 1), false, argument,
            "drop_connect: expected a number in [0, 1)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(masks_of_the_host),     cmocka_unit_test(same_again),
        cmocka_unit_test(bad_arguments),         cmocka_unit_test(bad_layers),
        cmocka_unit_test(inference_is_the_mean),
    };
    // where launches are slow without the last, which takes thousands of steps
    return test_main("sample", tests, sizeof(tests) / sizeof(tests[0]) - test_few());
}
