// SPDX-License-Identifier: Apache-2.0
// Fields that are ranges: text in both forms, back to the same bits, limits, contradictions.
#include <math.h>
#include <ridge/fields.h>
#include <string.h>

#include "harness.h"

struct params {
    ridge_range angle, factor, share, size;
    float rate, decay, seed;
};

static const ridge_field fields[] = {
    {"angle", RIDGE_FIELD_RANGE, offsetof(struct params, angle), -180, 180, .help = "degrees"},
    {"factor", RIDGE_FIELD_RANGE, offsetof(struct params, factor), 0, HUGE_VAL,
     .minimum_excluded = true, .fallback = "[0.5, 1]", .help = "times", .centre = 1},
    {"share", RIDGE_FIELD_RANGE, offsetof(struct params, share), 0, 1, .maximum_excluded = true,
     .required = true, .help = "of the image"},
    {"size", RIDGE_FIELD_RANGE, offsetof(struct params, size), 0, 9, .alone = true,
     .help = "pixels"},
    {"rate", RIDGE_FIELD_FLOAT, offsetof(struct params, rate), 0, 1, .fallback = "0.5"},
    {"decay", RIDGE_FIELD_FLOAT, offsetof(struct params, decay), -1, 1, .fallback = "0.5",
     .zero = -1},
    {"seed", RIDGE_FIELD_FLOAT, offsetof(struct params, seed), 0, 9, .fallback = "0"},
    {0},
};

static void expect(const char *name, const char *text, float low, float high)
{
    struct params params = {.share = {0.1f, 0.2f}};
    const ridge_field *field = ridge_field_find(fields, name);
    assert_non_null(field);
    assert_ok(ridge_field_set(fields, &params, name, text));
    ridge_range range;
    memcpy(&range, (const char *)&params + field->offset, sizeof(range));
    assert_float_equal(range.low, low, 0);
    assert_float_equal(range.high, high, 0);
    assert_ok(ridge_fields_check(fields, &params));
    char printed[80];
    int length = ridge_field_get(field, &params, printed, sizeof(printed));
    assert_int_equal(length, strlen(printed));
    struct params again = params;
    assert_ok(ridge_field_set(fields, &again, name, printed));
    assert_memory_equal(&again, &params, sizeof(params));
}

static void both_forms(void **state)
{
    (void)state;
    expect("angle", "[-15, 30]", -15, 30);
    expect("angle", "[ -15 ,30 ]", -15, 30);
    expect("angle", "15", -15, 15);
    expect("angle", " 0.1 ", -0.1f, 0.1f);
    expect("angle", "[7, 7]", 7, 7);
    expect("angle", "[0.1, 0.30000001192092896]", 0.1f, 0.3f);
    expect("angle", "[-180, 1e-38]", -180, 1e-38f);
    expect("factor", "0.4", 1 - 0.4f, 1 + 0.4f);
    expect("factor", "[0.25, 3e38]", 0.25f, 3e38f);
    expect("share", "[0, 0.999999]", 0, 0.999999f);
    expect("size", "3.5", 3.5f, 3.5f);
    expect("size", "[1, 2]", 1, 2);
}

static void zero_is_the_default(void **state)
{
    (void)state;
    struct params params = {0};
    assert_true(ridge_field_is_default(&fields[0], &params));
    assert_ok(ridge_field_set(fields, &params, "angle", "0"));
    assert_true(ridge_field_is_default(&fields[0], &params));
    assert_ok(ridge_field_set(fields, &params, "angle", "[0, 1]"));
    assert_false(ridge_field_is_default(&fields[0], &params));
    assert_fails(ridge_fields_check(fields, &params), RIDGE_ERROR_ARGUMENT,
                 "share: required, but not given (of the image)");
}

static void refuses(const char *name, const char *text, const char *message)
{
    struct params params = {.angle = {1, 2}}, before = params;
    assert_fails(ridge_field_set(fields, &params, name, text), RIDGE_ERROR_ARGUMENT, message);
    assert_memory_equal(&params, &before, sizeof(params));
}

static void what_is_refused(void **state)
{
    (void)state;
    const char *angle = "angle: expected a range as [low, high] or one number in [-180, 180], got";
    static const char *const texts[] = {
        "",         "[]",  "[1]",    "[1, 2",     "[1, 2, 3]", "1, 2", "[1, 2] x",  "[1 2]",
        "[nan, 1]", "inf", "[?, 1]", "[-200, 3]", "[3, 200]",  "181",  "[1, 1e99]", "[,]"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        refuses("angle", texts[i], angle);
    refuses("angle", "[3, 1]", "angle: expected low <= high, got [3, 1]");
    refuses("angle", "-0.5", "angle: expected low <= high, got [0.5, -0.5]");
    refuses("factor", "1",
            "factor: expected a range as [low, high] or one number above 0, got '1'");
    refuses("factor", "-2", "factor: expected low <= high, got [3, -1]");
    refuses("share", "[0, 1]", "in [0, 1), got '[0, 1]'");
}

// A text of 0 must not turn into the default without a word.
static void zeros_beside_a_default(void **state)
{
    (void)state;
    refuses("rate", "0", "rate: 0 stands for the default (0.5); leave it out");
    refuses("rate", "-0.0", "rate: 0 stands for the default (0.5); leave it out");
    struct params params = {0};
    assert_ok(ridge_field_set(fields, &params, "decay", "0"));
    assert_float_equal(params.decay, -1, 0);
    assert_ok(ridge_field_set(fields, &params, "seed", "0"));
}

static void structs_are_checked(void **state)
{
    (void)state;
    struct params params = {.share = {0.1f, 0.2f}, .angle = {3, 1}};
    assert_fails(ridge_fields_check(fields, &params), RIDGE_ERROR_ARGUMENT,
                 "angle: expected low <= high, got [3, 1]");
    params.angle = (ridge_range){-15, NAN};
    assert_fails(ridge_fields_check(fields, &params), RIDGE_ERROR_ARGUMENT, "angle: expected");
    params.angle = (ridge_range){0};
    params.share.high = 1;
    assert_fails(ridge_fields_check(fields, &params), RIDGE_ERROR_ARGUMENT,
                 "in [0, 1), got '[0.1, 1]'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms),          cmocka_unit_test(zero_is_the_default),
        cmocka_unit_test(what_is_refused),     cmocka_unit_test(zeros_beside_a_default),
        cmocka_unit_test(structs_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
