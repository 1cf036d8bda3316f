// SPDX-License-Identifier: Apache-2.0
// Log-mel spectrograms against a discrete Fourier transform in double precision, and the layer.
#include "harness.h"

#include <ridge/audio.h>
#include <ridge/training.h>
#include <stdlib.h>
#include <string.h>

#include "ops/log_mel.h"

#define PI 3.14159265358979323846

// The power of one bin of frame t, and how far float32 may be off. Windowed samples are off by
// 1e-6 |x| (the window by 9e-7, and a rounding); each of log2 N + 2 stages of the transform adds to
// every number at most 6 units (a twiddle is off by 2e-7, which is 3.4 of them; two products, two
// sums) of what it is made of, which is at most the sum of all |x|.
static double power(const ridge_log_mel_params *params, const float *x, size_t samples, size_t t,
                    size_t k, double *error)
{
    struct ridge_log_mel_sizes sizes = ridge_log_mel_sizes(params);
    double real = 0, imaginary = 0, sum = 0;
    for (size_t n = 0; n < sizes.window; n++) {
        size_t at = t * sizes.hop + n;
        if (at < sizes.before || at - sizes.before >= samples)
            continue;
        double hann = pow(sin(PI * (double)n / (double)sizes.window), 2);
        double value = (double)x[at - sizes.before], part = value * hann;
        double angle = 2 * PI * (double)(k * n % sizes.transform) / (double)sizes.transform;
        real += part * cos(angle);
        imaginary -= part * sin(angle);
        sum += fabs(part) * 6 * TEST_EPSILON * (log2((double)sizes.transform) + 2) +
               1e-6 * fabs(value);
    }
    double size = sqrt(real * real + imaginary * imaginary);
    *error = 2 * size * sum + sum * sum + 4 * TEST_EPSILON * size * size;
    return size * size;
}

// Band b of frame t. Edges are off by 1e-6 of 700 Hz more, weights by that over their slope; sums
// of n positive numbers by n units.
static double energy(const ridge_log_mel_params *params, const double *powers, const double *errors,
                     size_t bins, size_t b, double *error)
{
    struct ridge_log_mel_sizes sizes = ridge_log_mel_sizes(params);
    double hertz = (double)params->sample_rate / (double)sizes.transform, sum = 0;
    double left = ridge_log_mel_edge(params, b), top = ridge_log_mel_edge(params, b + 1);
    double right = ridge_log_mel_edge(params, b + 2);
    double off = 1e-6 * (right + 700) / fmin(top - left, right - top);
    *error = 0;
    for (size_t k = 0; k < bins; k++) {
        double f = (double)k * hertz;
        double weight = fmin((f - left) / (top - left), (right - f) / (right - top));
        if (weight > 0)
            sum += weight * powers[k];
        if (weight > -off)
            *error += fmax(weight, 0) * errors[k] + 3 * off * (powers[k] + errors[k]) +
                      (double)bins * TEST_EPSILON * fmax(weight, 0) * powers[k];
    }
    return sum;
}

static void check_frame(const ridge_log_mel_params *params, const float *x, size_t samples,
                        size_t t, const float *y, size_t frames)
{
    struct ridge_log_mel_sizes sizes = ridge_log_mel_sizes(params);
    size_t bins = sizes.transform / 2 + 1;
    double *powers = malloc(2 * bins * sizeof(double)),
           least = params->floor > 0 ? (double)params->floor : (double)1e-10f;
    assert_non_null(powers);
    for (size_t k = 0; k < bins; k++)
        powers[k] = power(params, x, samples, t, k, &powers[bins + k]);
    double factor = params->decibels ? 10 / log(10) : 1;
    for (size_t b = 0; b < sizes.bands; b++) {
        double error, sum = energy(params, powers, powers + bins, bins, b, &error);
        double expected = factor * log(fmax(sum, least));
        double low = factor * log(fmax(sum - error, least));
        double high = factor * log(fmax(sum + error, least));
        double off = fmax(expected - low, high - expected) + 8 * TEST_EPSILON * fabs(expected);
        double got = (double)y[b * frames + t];
        if (!(fabs(got - expected) <= off))
            fail_msg("band %zu of frame %zu: expected %.9g, got %.9g, more than %g off", b, t,
                     expected, got, off);
    }
    free(powers);
}

// Tones of several strengths and noise, so that loud and quiet bands stand side by side.
static float *make_rows(size_t rows, size_t samples)
{
    float *x = malloc(rows * samples * sizeof(float));
    assert_non_null(x);
    test_fill(x, rows * samples, 3, -0.01, 0.01);
    for (size_t i = 0; i < rows * samples; i++)
        x[i] += (float)(0.5 * sin(0.3 * (double)i) + 0.02 * sin(1.9 * (double)i));
    return x;
}

static void check(const ridge_log_mel_params *params, size_t rows, size_t samples)
{
    struct ridge_log_mel_sizes sizes = ridge_log_mel_sizes(params);
    size_t frames = ridge_log_mel_frames(params, samples), count = rows * sizes.bands * frames;
    float *x = make_rows(rows, samples), *y = malloc(count * sizeof(float));
    assert_true(frames && y);
    ridge_tensor from = test_matrix(rows, samples, x);
    ridge_tensor to = test_tensor(RIDGE_FLOAT32, RIDGE_SHAPE(rows, sizes.bands, frames), NULL);
    assert_ok(ridge_log_mel_apply(test_launcher, params, from, to));
    test_get(to, y);
    for (size_t r = 0; r < rows; r++)
        for (size_t t = 0; t<frames; t += frames> 20 ? 7 : 1)
            check_frame(params, x + r * samples, samples, t, y + r * sizes.bands * frames, frames);
    test_release(&from);
    test_release(&to);
    free(x);
    free(y);
}

static void small_sizes(void **state)
{
    (void)state;
    check(ridge_log_mel_params(.sample_rate = 100, .window = 2, .hop = 1, .bands = 1), 1, 2);
    check(ridge_log_mel_params(.sample_rate = 1000, .window = 7, .hop = 3, .bands = 2, .low = 10,
                               .decibels = true),
          3, 20);
    check(ridge_log_mel_params(.sample_rate = 8000, .window = 16, .bands = 3, .centre = true,
                               .scale = RIDGE_MEL_SLANEY),
          2, 37);
}

static void sizes(void **state)
{
    (void)state;
    if (test_small())
        return;
    check(ridge_log_mel_params(.sample_rate = 16000, .window = 400, .hop = 160, .bands = 40,
                               .low = 20, .high = 7600),
          3, 1601);
    check(ridge_log_mel_params(.sample_rate = 16000, .window = 63, .hop = 5, .bands = 11,
                               .centre = true, .floor = 0.5f),
          5, 97);
    check(ridge_log_mel_params(.sample_rate = 44100, .window = 2048, .hop = 512, .bands = 128,
                               .scale = RIDGE_MEL_SLANEY),
          1, 6151);
    if (!test_few())
        check(ridge_log_mel_params(.sample_rate = 22050), 2, 3001);
}

// A tone of exactly 16 steps of the transform has all its power in three bins, (N/4)^2 in the
// middle one; silence is the floor, NaN stays.
static void known_values(void **state)
{
    (void)state;
    enum { N = 64, BANDS = 8 };
    const ridge_log_mel_params *params =
        ridge_log_mel_params(.sample_rate = 6400, .window = N, .hop = N, .bands = BANDS);
    float x[3 * N], y[3 * BANDS];
    for (size_t n = 0; n < N; n++) {
        x[n] = (float)cos(2 * PI * 16 * (double)n / N);
        x[N + n] = 0;
        x[2 * N + n] = n == 5 ? NAN : 0.0f;
    }
    ridge_tensor from = test_matrix(1, sizeof(x) / sizeof(*x), x);
    ridge_tensor to = test_matrix(BANDS, 3, NULL);
    assert_ok(ridge_log_mel_apply(test_launcher, params, from, to));
    test_get(to, y);
    double sum = 0;
    for (size_t b = 0; b < BANDS; b++) {
        double left = ridge_log_mel_edge(params, b), top = ridge_log_mel_edge(params, b + 1);
        double right = ridge_log_mel_edge(params, b + 2);
        for (int k = 15; k <= 17; k++) {
            double f = 100.0 * k,
                   weight = fmin((f - left) / (top - left), (right - f) / (right - top));
            sum += fmax(weight, 0) * (k == 16 ? 256 : 64);
        }
        assert_true(y[3 * b + 1] == logf(1e-10f) || fabs((double)y[3 * b + 1] - log(1e-10)) < 1e-5);
        assert_true(isnan(y[3 * b + 2]));
    }
    double got = 0;
    for (size_t b = 0; b < BANDS; b++)
        got += exp((double)y[3 * b]);
    assert_true(fabs(got / sum - 1) < 1e-4);
    assert_true(fabs(2595 * log10(1 + ridge_log_mel_edge(params, 1) / 700) * (BANDS + 1) /
                         (2595 * log10(1 + 3200.0 / 700)) -
                     1) < 1e-12);
    test_release(&from);
    test_release(&to);
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        ridge_log_mel_params params;
        const char *text;
    } cases[] = {
        {{.window = 16}, "layer log_mel_1: sample_rate"},
        {{.sample_rate = 100, .window = 1}, "layer log_mel_1: window"},
        {{.sample_rate = 100, .window = 65},
         "layer log_mel_1: window: expected one that fits the row of 64 samples, got 65"},
        {{.sample_rate = 100, .window = 16, .high = 51},
         "low, high: expected 0 <= low < high <= 50"},
        {{.sample_rate = 100, .window = 16, .low = 20, .high = 20}, "low, high: "},
        {{.sample_rate = 100, .window = 16, .floor = -1}, "floor"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ridge_network *network = ridge_network_create(test_device);
        ridge_node x = ridge_input(network, ridge_input_params(.shape = {1, 64}));
        x = ridge_log_mel(network, x, &cases[i].params);
        assert_int_equal(x.id, 0);
        if (!strstr(ridge_error(), cases[i].text))
            fail_msg("expected \"%s\", got \"%s\"", cases[i].text, ridge_error());
        ridge_network_destroy(&network);
    }
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {64}));
    x = ridge_gaussian_noise(network, x, ridge_gaussian_noise_params(.deviation = 1));
    ridge_log_mel(network, x, ridge_log_mel_params(.sample_rate = 100, .window = 16));
    assert_fails(
        ridge_network_status(network), RIDGE_ERROR_ARGUMENT,
        "expected the input right before it, since it has no gradient, got gaussian_noise");
    ridge_network_destroy(&network);
    network = ridge_network_create(test_device);
    x = ridge_input(network, ridge_input_params(.shape = {2, 64}));
    ridge_log_mel(network, x, ridge_log_mel_params(.sample_rate = 100, .window = 16));
    assert_fails(ridge_network_status(network), RIDGE_ERROR_SHAPE,
                 "expected rows [samples] or [1, samples], got 2x64");
    ridge_network_destroy(&network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_sizes),
        cmocka_unit_test(sizes),
        cmocka_unit_test(known_values),
        cmocka_unit_test(refused),
    };
    return TEST_MAIN("log_mel", tests);
}
