// SPDX-License-Identifier: Apache-2.0
// How long products take, for those who search for a provider's parameters.
#ifndef RIDGE_OPS_GEMM_MEASURE_H
#define RIDGE_OPS_GEMM_MEASURE_H

#include <ridge/tune.h>

#include "ops/gemm.h"

struct ridge_gemm_measure {
    ridge_device *device;
    ridge_status (*run)(ridge_launcher *on, const struct ridge_gemm_call *call);
    ridge_tensor operands[3]; // room for each product's A, B and C
};

// Makes the operands; released also after a failure.
ridge_status ridge_gemm_measure_create(struct ridge_gemm_measure *measure,
                                       const ridge_tune_product *products, size_t count);
void ridge_gemm_measure_release(struct ridge_gemm_measure *measure);

// One product of dense matrices of this shape, waited for.
ridge_status ridge_gemm_measure_once(const struct ridge_gemm_measure *measure,
                                     const ridge_gemm_shape *shape);

// Seconds of one such product: the least of a few rounds, since whatever else runs only adds.
ridge_status ridge_gemm_measure_seconds(const struct ridge_gemm_measure *measure,
                                        const ridge_gemm_shape *shape, double *seconds);

// Whether the provider's products are right on shapes that fit no tile.
ridge_status ridge_gemm_measure_right(const struct ridge_gemm_measure *measure,
                                      const struct ridge_gemm_provider *provider, bool *right);

#endif
