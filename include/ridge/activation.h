// SPDX-License-Identifier: Apache-2.0
// Activations and softmax. What ridge/ops.h says of launchers, tensors and errors holds here.
#ifndef RIDGE_ACTIVATION_H
#define RIDGE_ACTIVATION_H

#include <ridge/base.h>
#include <ridge/device.h>
#include <ridge/tensor.h>

RIDGE_API_BEGIN

typedef enum ridge_activation {
    RIDGE_LINEAR = 0, // x
    RIDGE_RELU,       // max(x, 0)
    RIDGE_LEAKY_RELU, // x > 0 ? x : p x, p = 0.01 by default          (Maas et al. 2013)
    RIDGE_ELU,        // x > 0 ? x : p (exp(x) - 1), p = 1 by default  (Clevert et al. 2016)
    RIDGE_SELU,       // s (x > 0 ? x : a (exp(x) - 1)), s = 1.0507009873554805,
                      // a = 1.6732632423543772                        (Klambauer et al. 2017)
    RIDGE_GELU,       // x Phi(x), with the error function, not its tanh approximation
                      //                                               (Hendrycks, Gimpel 2016)
    RIDGE_SILU,       // x sigmoid(x), also called swish               (Elfwing et al. 2018)
    RIDGE_SIGMOID,    // 1 / (1 + exp(-x))
    RIDGE_TANH,       // tanh(x)
    RIDGE_SOFTPLUS    // log(1 + exp(x)), without overflow
} ridge_activation;

// "linear", "relu", "leaky_relu", ...; NULL for a value outside the enum.
RIDGE_API const char *ridge_activation_name(ridge_activation activation);

// Below, parameter 0 means the activation's default; x and y may be the same.

// y = f(x)
RIDGE_API ridge_status ridge_activation_forward(ridge_launcher *on, ridge_activation activation,
                                                float parameter, ridge_tensor x, ridge_tensor y);
// Whether backward needs the input x, as those that are not monotonic do (gelu, silu); for the
// others it needs the output y.
RIDGE_API bool ridge_activation_needs_input(ridge_activation activation);
// dx = dy f'(x), or dx += dy f'(x) when `accumulate`. `saved` is x or y, see above. The derivative
// at a kink is the one from the left (0 for relu at 0). dx and dy may be the same.
RIDGE_API ridge_status ridge_activation_backward(ridge_launcher *on, ridge_activation activation,
                                                 float parameter, ridge_tensor saved,
                                                 ridge_tensor dy, ridge_tensor dx, bool accumulate);

// y[i, j] = exp(x[i, j]) / sum over k of exp(x[i, k]), without overflow. [rows, columns]; x and y
// may be the same.
RIDGE_API ridge_status ridge_softmax(ridge_launcher *on, ridge_tensor x, ridge_tensor y);

RIDGE_API_END

#endif
