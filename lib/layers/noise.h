// SPDX-License-Identifier: Apache-2.0
// What layers of noise share: rows keep their shape, and where nothing is drawn the output is the
// input. Their params begin with the strength of the noise, a float; 0: none.
#ifndef RIDGE_LAYERS_NOISE_H
#define RIDGE_LAYERS_NOISE_H

#include "layers/layer.h"

// Where the strength of a params struct lies, checked by the compiler.
#define RIDGE_NOISE_STRENGTH(params, member)                                                       \
    _Static_assert(offsetof(params, member) == 0, #member " comes first in " #params)

bool ridge_noise_is_random(const void *params);
bool ridge_noise_is_alias(const void *params, struct ridge_pass pass);
ridge_status ridge_noise_setup(const void *params, const struct ridge_row_shape *inputs,
                               struct ridge_layer_plan *plan);

#endif
