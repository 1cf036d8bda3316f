// SPDX-License-Identifier: Apache-2.0
// Augmentation against images from torchvision, PyTorch, SciPy and Pillow, where the rule is the
// same.
#include "golden.h"
#include "harness.h"

#include <ridge/ridge.h>
#include <stdlib.h>
#include <string.h>

#include "augment_harness.h"

// What tests/golden/augment.py computes with other libraries, of one image of 2 x 7 x 9.
struct golden_case {
    const char *name;
    ridge_augment_params settings;
    const char *operations[2];
    const void *params[2];
    size_t margin; // that is not compared
};

#define BY(value)                                                                                  \
    {                                                                                              \
        (value), (value)                                                                           \
    }
#define SHIFT(right, down) ridge_augment_shift_params(.x = BY(right), .y = BY(down), .pixels = true)

static const struct golden_case golden_cases[] = {
    {.name = "rotation",
     .operations = {"rotation"},
     .params = {ridge_augment_rotation_params(.degrees = BY(30))}},
    {.name = "rotation_nearest",
     .settings = {.interpolation = RIDGE_INTERPOLATION_NEAREST},
     .operations = {"rotation"},
     .params = {ridge_augment_rotation_params(.degrees = BY(-50))}},
    {.name = "shear_shift",
     .operations = {"shear", "shift"},
     .params = {ridge_augment_shear_params(.x = BY(-20)), SHIFT(2, -1)}},
    {.name = "shear_both",
     .operations = {"shear"},
     .params = {ridge_augment_shear_params(.x = BY(-15), .y = BY(25))}},
    {.name = "zoom",
     .operations = {"zoom"},
     .params = {ridge_augment_zoom_params(.factor = BY(1.3f))}},
    {.name = "rotation_zoom", // torchvision's affine turns the other way than its rotate
     .operations = {"rotation", "zoom"},
     .params = {ridge_augment_rotation_params(.degrees = BY(20)),
                ridge_augment_zoom_params(.factor = BY(0.8f))}},
    {.name = "resize",
     .operations = {"resize"},
     .params = {ridge_augment_resize_params(.height = 11, .width = 5)}},
    {.name = "resize_bicubic",
     .settings = {.interpolation = RIDGE_INTERPOLATION_BICUBIC},
     .operations = {"resize"},
     .params = {ridge_augment_resize_params(.height = 14, .width = 18)},
     .margin = 3},
    {.name = "centre_crop",
     .operations = {"centre_crop"},
     .params = {ridge_augment_centre_crop_params(.height = 3, .width = 5)}},
    {.name = "constant",
     .settings = {.fill_value = 0.5f},
     .operations = {"shift"},
     .params = {SHIFT(3.25f, -2.5f)}},
    {.name = "edge",
     .settings = {.fill = RIDGE_FILL_EDGE},
     .operations = {"shift"},
     .params = {SHIFT(3.25f, -2.5f)}},
    {.name = "reflect",
     .settings = {.fill = RIDGE_FILL_REFLECT},
     .operations = {"shift"},
     .params = {SHIFT(31.25f, -40.5f)}},
    {.name = "mirror",
     .settings = {.fill = RIDGE_FILL_MIRROR},
     .operations = {"shift"},
     .params = {SHIFT(31.25f, -40.5f)}},
    {.name = "wrap",
     .settings = {.fill = RIDGE_FILL_WRAP},
     .operations = {"shift"},
     .params = {SHIFT(-31.75f, 40.5f)}},
};

static void check_golden(const struct golden_case *golden)
{
    const uint32_t number = 0;
    ridge_augment *augment;
    ridge_augment_params settings = golden->settings;
    memcpy(settings.shape, (const size_t[]){2, 7, 9}, 3 * sizeof(size_t));
    assert_ok(ridge_augment_create(test_device, &settings, &augment));
    for (int i = 0; i < 2 && golden->operations[i]; i++)
        assert_ok(ridge_augment_add(augment, golden->operations[i], golden->params[i]));
    const float *wanted = golden_floats(NULL, "%s", golden->name);
    float *got =
        augment_rows(augment, RIDGE_FLOAT32, golden_floats(NULL, "x"), 1, &number, 1, 1, 0);
    size_t height = augment->made.height, width = augment->made.width, margin = golden->margin;
    assert_int_equal(golden_size(1, "%s", golden->name), height);
    assert_int_equal(golden_size(2, "%s", golden->name), width);
    // Coordinates of up to 50 with eight roundings.
    double bound = 8 * 2 * TEST_EPSILON * 50;
    for (size_t i = 0; i < 2 * height * width; i++) {
        size_t x = i % width, y = i / width % height;
        bool inside = x >= margin && x + margin < width && y >= margin && y + margin < height;
        if (inside && !(fabs((double)got[i] - (double)wanted[i]) <= bound))
            fail_msg("%s: element %zu: expected %.9g, got %.9g", golden->name, i, (double)wanted[i],
                     (double)got[i]);
    }
    free(got);
    ridge_augment_destroy(&augment);
}

static void golden_images(void **state)
{
    (void)state;
    golden_open("augment");
    for (size_t i = 0; i < sizeof(golden_cases) / sizeof(golden_cases[0]); i++)
        check_golden(&golden_cases[i]);
    golden_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_images),
    };
    return TEST_MAIN("golden_augment", tests);
}
