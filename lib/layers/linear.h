// SPDX-License-Identifier: Apache-2.0
// What layers y = f(product with weights + bias) share: dense layers and convolutions.
#ifndef RIDGE_LAYERS_LINEAR_H
#define RIDGE_LAYERS_LINEAR_H

#include <ridge/gemm.h>

#include "layers/layer.h"

// The parts of such a layer's params that count here.
struct ridge_linear {
    ridge_activation activation;
    float parameter; // of the activation
    size_t units;    // columns of the output as a matrix
    bool no_bias;
};

// Puts weights of this shape and a bias of `units` into the plan, and says what the activation
// keeps for backward. fan_out: outputs that each input reaches.
void ridge_linear_setup(const struct ridge_linear *linear, unsigned rank, const size_t *shape,
                        size_t fan_in, size_t fan_out, const ridge_weight_params *weight,
                        const ridge_weight_params *bias, struct ridge_layer_plan *plan);
// Where the product goes: to what is saved for backward, or right to the output; and what it does
// to each element there.
ridge_tensor ridge_linear_product(const struct ridge_linear *linear,
                                  const struct ridge_layer_run *run, ridge_gemm_epilogue *epilogue);
// The weights to multiply by: the layer's, or in inference those that a normalisation behind it is
// folded into, which this makes; the epilogue is the normalisation's then.
ridge_status ridge_linear_weights(const struct ridge_linear *linear,
                                  const struct ridge_layer_run *run, ridge_tensor *weights,
                                  ridge_gemm_epilogue *epilogue);
// The rest of forward: the activation of a product that is saved.
ridge_status ridge_linear_activate(const struct ridge_linear *linear,
                                   const struct ridge_layer_run *run);
// What backward begins with; false: the activation is linear.
bool ridge_linear_derivative(const struct ridge_linear *linear, const struct ridge_layer_run *run,
                             struct ridge_derivative *derivative);
// What the gradient of the input is multiplied by on the way.
ridge_gemm_epilogue ridge_linear_input_epilogue(const struct ridge_layer_run *run);
// From the gradient of the output to that of the product, in place, unless that is done, and to
// that of the bias.
ridge_status ridge_linear_backward(const struct ridge_linear *linear,
                                   const struct ridge_layer_run *run);
// The same, but where the gradient of the bias would be a pass of its own that is left out, and
// *bias_gradient is where it has to go; else "no tensor".
ridge_status ridge_linear_begin_backward(const struct ridge_linear *linear,
                                         const struct ridge_layer_run *run,
                                         ridge_tensor *bias_gradient);

#endif
