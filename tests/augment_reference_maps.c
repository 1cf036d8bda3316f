// SPDX-License-Identifier: Apache-2.0
#include "augment_reference.h"

#include <math.h>
#include <ridge/augmentations.h>
#include <string.h>

#define PI 3.14159265358979323846

static void scale_of(const uint32_t *words, double m[9])
{
    m[0] = 1 / reference_value(words, 1, 0.5, 2);
    m[4] = 1 / reference_value(words, 2, 0.75, 1.25);
}

static void shear_of(const uint32_t *words, double m[9])
{
    double x = tan(reference_value(words, 1, -30, 40) * PI / 180),
           y = tan(reference_value(words, 2, -20, 60) * PI / 180);
    m[0] = 1 + x * y;
    m[1] = -x;
    m[3] = -y;
}

static void random_crop_of(const uint32_t *words, double m[9])
{
    m[2] = floor(reference_value(words, 1, 0, 7)) - 1 - (MAP_WIDTH - 10) / 2.0;
    m[5] = floor(reference_value(words, 2, 0, 5)) - 1 - (MAP_HEIGHT - 7) / 2.0;
}

static void centre_crop_of(const uint32_t *words, double m[9])
{
    (void)words;
    m[2] = -0.5; // 14 to 7: from pixel 3 on
    m[5] = -0.5; // 9 to 2: from pixel 3 on
}

static void random_resized_crop_of(const uint32_t *words, double m[9])
{
    double area = MAP_WIDTH * MAP_HEIGHT * reference_value(words, 1, (double)0.08f, 1),
           ratio = exp2(reference_value(words, 2, log2(0.75), log2(4.0 / 3)));
    double width = fmin(sqrt(area * ratio), MAP_WIDTH),
           height = fmin(sqrt(area / ratio), MAP_HEIGHT);
    m[0] = width / 5;
    m[4] = height / 3;
    m[2] = (reference_value(words, 3, 0, 1) - 0.5) * (MAP_WIDTH - width);
    m[5] = (reference_value(words, 4, 0, 1) - 0.5) * (MAP_HEIGHT - height);
}

static void resize_of(const uint32_t *words, double m[9])
{
    (void)words;
    m[0] = MAP_WIDTH / 31.0;
    m[4] = MAP_HEIGHT / 4.0;
}

// The element of m where the equations of a corner, with m[8] = 1, have a coefficient.
static void corner_equations(double from_x, double from_y, double x, double y, double rows[2][9])
{
    const double first[9] = {x, y, 1, 0, 0, 0, -from_x * x, -from_x * y, from_x},
                 second[9] = {0, 0, 0, x, y, 1, -from_y * x, -from_y * y, from_y};
    memcpy(rows[0], first, sizeof(first));
    memcpy(rows[1], second, sizeof(second));
}

// Gauss and Jordan, with the largest pivots.
static void solve(double a[8][9], double m[9])
{
    for (int k = 0; k < 8; k++) {
        int best = k;
        for (int i = k; i < 8; i++)
            best = fabs(a[i][k]) > fabs(a[best][k]) ? i : best;
        for (int j = 0; j < 9; j++) {
            double other = a[k][j];
            a[k][j] = a[best][j];
            a[best][j] = other;
        }
        for (int i = 0; i < 8; i++) {
            double factor = a[i][k] / a[k][k];
            for (int j = 0; j < 9 && i != k; j++)
                a[i][j] -= factor * a[k][j];
        }
    }
    for (int k = 0; k < 8; k++)
        m[k] = a[k][8] / a[k][k];
}

static void perspective_of(const uint32_t *words, double m[9])
{
    const double side_x[4] = {-1, 1, 1, -1}, side_y[4] = {-1, -1, 1, 1};
    double a[8][9];
    for (size_t k = 0; k < 4; k++) {
        double x = side_x[k] * MAP_WIDTH / 2.0, y = side_y[k] * MAP_HEIGHT / 2.0;
        corner_equations(x, y, x * (1 - reference_value(words, 1 + 2 * k, 0, 0.5)),
                         y * (1 - reference_value(words, 2 + 2 * k, 0, 0.5)), a + 2 * k);
    }
    solve(a, m);
}

const struct reference_map reference_maps[] = {
    {"scale", ridge_augment_scale_params(.x = {0.5f, 2}, .y = {0.75f, 1.25f}), scale_of},
    {"shear", ridge_augment_shear_params(.x = {-30, 40}, .y = {-20, 60}), shear_of},
    {"perspective", NULL, perspective_of},
    {"random_crop", ridge_augment_random_crop_params(.height = 7, .width = 10, .padding = 1),
     random_crop_of},
    {"centre_crop", ridge_augment_centre_crop_params(.height = 2, .width = 7), centre_crop_of},
    {"random_resized_crop", ridge_augment_random_resized_crop_params(.height = 3, .width = 5),
     random_resized_crop_of},
    {"resize", ridge_augment_resize_params(.height = 4, .width = 31), resize_of},
    {0},
};
