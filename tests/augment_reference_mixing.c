// SPDX-License-Identifier: Apache-2.0
#include "augment_reference.h"

double reference_mix(struct reference_image *image, const struct reference_image *partner,
                     uint32_t code, const float *v)
{
    double weight = (double)v[0];
    for (size_t c = 0; c < image->channels; c++) {
        for (size_t y = 0; y < image->height; y++) {
            for (size_t x = 0; x < image->width; x++) {
                double *own = reference_pixel(image, c, y, x);
                double other = *reference_pixel(partner, c, y, x);
                bool inside =
                    (float)x >= v[1] && (float)x < v[3] && (float)y >= v[2] && (float)y < v[4];
                if (code == AUGMENT_MIXUP)
                    *own = weight * *own + (1 - weight) * other;
                else if (inside)
                    *own = other;
            }
        }
    }
    return weight;
}
