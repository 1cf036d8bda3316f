// SPDX-License-Identifier: Apache-2.0
// Masks over spectrograms, bit for bit against the words of the host where they are zeros, so that
// every device draws the same ones.
#include "harness.h"

#include <ridge/audio.h>
#include <ridge/training.h>
#include <stdlib.h>
#include <string.h>

static const ridge_random some_random = {.seed = 0x123456789abcdef, .stream = 5, .step = 77};

struct shape {
    size_t rows, channels, bands, frames;
};

static size_t row_size(const struct shape *s)
{
    return s->channels * s->bands * s->frames;
}

// floor(word (largest + 1) / 2^32) of the word of an element.
static size_t drawn(size_t element, size_t largest)
{
    return (uint64_t)ridge_random_word(&some_random, element) * (largest + 1) >> 32;
}

static void mark(const ridge_spectrogram_mask_params *p, const struct shape *s, bool *masked)
{
    size_t count = p->time_masks + p->frequency_masks;
    size_t widest = p->time_share > 0 ? (size_t)(p->time_share * (float)s->frames) : s->frames;
    widest = p->time_width < widest ? p->time_width : widest;
    for (size_t i = 0; i < s->rows * row_size(s); i++) {
        size_t row = i / row_size(s), t = i % s->frames, band = i / s->frames % s->bands;
        masked[i] = false;
        for (size_t j = 0; j < count; j++) {
            bool of_time = j < p->time_masks;
            size_t size = of_time ? s->frames : s->bands, at = of_time ? t : band;
            size_t width = drawn(2 * (row * count + j), of_time ? widest : p->frequency_width);
            size_t start = drawn(2 * (row * count + j) + 1, size - width);
            masked[i] = masked[i] || (at >= start && at < start + width);
        }
    }
}

// Forward and both kinds of backward. Means are sums of n numbers.
static void check(const ridge_spectrogram_mask_params *p, struct shape s)
{
    size_t size = row_size(&s), count = s.rows * size, hits = 0;
    bool *masked = malloc(count);
    float *x = malloc(3 * count * sizeof(float)), *before = x + count, *got = x + 2 * count;
    assert_true(masked && x);
    mark(p, &s, masked);
    test_fill(x, count, 1, 1, 2);
    test_fill(before, count, 2, -2, 2);
    ridge_tensor from =
        test_tensor(RIDGE_FLOAT32, RIDGE_SHAPE(s.rows, s.channels, s.bands, s.frames), x);
    ridge_tensor to =
        test_tensor(RIDGE_FLOAT32, RIDGE_SHAPE(s.rows, s.channels, s.bands, s.frames), NULL);
    for (int way = 0; way < 3; way++) {
        if (way == 0)
            assert_ok(ridge_spectrogram_mask_apply(test_launcher, p, &some_random, from, to));
        if (way == 2)
            test_put(to, before);
        if (way > 0)
            assert_ok(ridge_spectrogram_mask_backward(test_launcher, p, &some_random, from, to,
                                                      way == 2));
        test_get(to, got);
        for (size_t i = 0; i < count; i++) {
            double sum = 0;
            for (size_t j = i / size * size; p->mean && j < (i / size + 1) * size; j++)
                sum += way == 0 || masked[j] ? (double)x[j] / (double)size : 0;
            double expected = masked[i] ? 0 : (double)x[i];
            expected += way > 0 || masked[i] ? sum : 0;
            expected += way == 2 ? (double)before[i] : 0;
            double off = p->mean || way == 2 ? 8 * TEST_EPSILON * 4 : 0;
            test_close("mask", got + i, &expected, 1, off, 0);
            hits += masked[i];
        }
    }
    assert_true(hits > 0);
    test_release(&from);
    test_release(&to);
    free(masked);
    free(x);
}

static void masks(void **state)
{
    (void)state;
    check(
        &(ridge_spectrogram_mask_params){
            .time_masks = 2, .time_width = 3, .frequency_masks = 1, .frequency_width = 2},
        (struct shape){5, 1, 4, 7});
    check(&(ridge_spectrogram_mask_params){.time_masks = 1, .time_width = 5, .mean = true},
          (struct shape){4, 2, 3, 6});
    if (test_small())
        return;
    check(&(ridge_spectrogram_mask_params){.time_masks = 8,
                                           .time_width = 30,
                                           .frequency_masks = 8,
                                           .frequency_width = 9,
                                           .time_share = 0.25f},
          (struct shape){3, 1, 65, 63});
    check(&(ridge_spectrogram_mask_params){.time_masks = 2,
                                           .time_width = 40,
                                           .frequency_masks = 2,
                                           .frequency_width = 20,
                                           .mean = true},
          (struct shape){7, 1, 64, 101});
    check(&(ridge_spectrogram_mask_params){.frequency_masks = 1, .frequency_width = 1},
          (struct shape){65, 1, 1, 1});
}

// Widths are uniform in 0 ... widest, and starts wherever the mask fits.
static void uniform(void **state)
{
    (void)state;
    enum { ROWS = 2000, FRAMES = 10, WIDEST = 4 };
    size_t counts[WIDEST + 1] = {0};
    if (test_small())
        return;
    const ridge_spectrogram_mask_params params = {.time_masks = 1, .time_width = WIDEST};
    static float x[ROWS * FRAMES];
    for (size_t i = 0; i < ROWS * FRAMES; i++)
        x[i] = 1;
    ridge_tensor from = test_tensor(RIDGE_FLOAT32, RIDGE_SHAPE(ROWS, 1, 1, FRAMES), x);
    assert_ok(ridge_spectrogram_mask_apply(test_launcher, &params, &some_random, from, from));
    test_get(from, x);
    for (size_t r = 0; r < ROWS; r++) {
        size_t width = 0;
        for (size_t t = 0; t < FRAMES; t++)
            width += x[r * FRAMES + t] == 0;
        assert_true(width <= WIDEST);
        counts[width]++;
    }
    // five deviations of a binomial of 2000 and 1/5
    for (size_t i = 0; i <= WIDEST; i++)
        assert_true(fabs((double)counts[i] - 400) < 5 * sqrt(2000 * 0.2 * 0.8));
    test_release(&from);
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        ridge_spectrogram_mask_params params;
        const char *text;
    } cases[] = {
        {{0}, "time_masks, frequency_masks: expected one of them above 0"},
        {{.time_masks = 9, .time_width = 1}, "time_masks: expected a whole number in [0, 8]"},
        {{.time_masks = 1, .time_width = 9}, "time_width: expected 1 to 8 with time_masks, got 9"},
        {{.frequency_masks = 1}, "frequency_width: expected 1 to 4 with frequency_masks, got 0"},
        {{.time_masks = 1, .time_width = 1, .frequency_width = 2},
         "frequency_width: expected frequency_masks with it"},
        {{.time_masks = 1, .time_width = 1, .time_share = 1.5f}, "time_share: expected"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ridge_network *network = ridge_network_create(test_device);
        ridge_node x = ridge_input(network, ridge_input_params(.shape = {1, 4, 8}));
        x = ridge_spectrogram_mask(network, x, &cases[i].params);
        assert_int_equal(x.id, 0);
        if (!strstr(ridge_error(), cases[i].text))
            fail_msg("expected \"%s\", got \"%s\"", cases[i].text, ridge_error());
        ridge_network_destroy(&network);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(masks),
        cmocka_unit_test(uniform),
        cmocka_unit_test(refused),
    };
    return TEST_MAIN("spectrogram_mask", tests);
}
