// SPDX-License-Identifier: Apache-2.0
// Tuning: a library's parameters searched for one device.
#ifndef RIDGE_TUNE_H
#define RIDGE_TUNE_H

#include <ridge/base.h>
#include <ridge/data.h>
#include <ridge/device.h>
#include <ridge/gemm.h>
#include <ridge/network.h>

RIDGE_API_BEGIN

typedef struct ridge_tune_product {
    ridge_gemm_shape shape; // in; leading dimensions are taken as dense
    double before, after;   // out: seconds of one such product
} ridge_tune_product;

typedef struct ridge_tune_result {
    size_t tried; // sets of parameters
    size_t wrong; // of those, how many gave wrong products or none, and were thrown away
    bool stored;  // what was found is faster, and later processes find it
} ridge_tune_result;

// The products of a training step on batches of `data`, equal ones once: those of dense layers, and
// of convolutions where the device computes them as products. Fills in the shapes of the first
// `capacity`; *count: how many there are. Nothing is launched.
//
// Errors: RIDGE_ERROR_ARGUMENT; RIDGE_ERROR_STATE before compile; RIDGE_ERROR_SHAPE,
// RIDGE_ERROR_DATA when the data do not fit the network.
RIDGE_API ridge_status ridge_network_products(ridge_network *network, const ridge_dataset *data,
                                              ridge_tune_product *products, size_t capacity,
                                              size_t *count);

// Whether the device's GEMM provider has parameters that ridge_gemm_tune can search: clblast has,
// and panel on CPUs; what panel does on GPUs and plain have not.
RIDGE_API bool ridge_gemm_tunable(const ridge_device *device);

// Searches the provider's parameters for these products for about `seconds`, trying what is near to
// the best so far. What is found is applied to this process and counts only when products are right
// in comparison with double precision. When it is faster over all products (by 1 % in the geometric
// mean) it is kept in ridge's cache folder, for this device, driver, library and version of ridge,
// where ridge_gemm finds it from then on. A file that is stale or damaged is ignored, with a note
// at info level, until this is called again. Waits. The machine should have little else to do.
//
// clblast: parameters of its kernels, each try of which builds them anew. The best set is applied
// even where CLBlast's own was better, since CLBlast takes no override back.
// panel: how products are cut for the caches and cores. The results have the same bits whatever the
// sizes.
//
// Plans that were recorded before, and networks that were trained, have scratch memory for the
// older parameters: call it first. `result` may be NULL.
//
// Errors: RIDGE_ERROR_UNSUPPORTED when there is nothing to tune; RIDGE_ERROR_ARGUMENT,
// RIDGE_ERROR_DEVICE_MEMORY, RIDGE_ERROR_DEVICE.
RIDGE_API ridge_status ridge_gemm_tune(ridge_device *device, double seconds,
                                       ridge_tune_product *products, size_t count,
                                       ridge_tune_result *result);

RIDGE_API_END

#endif
