// SPDX-License-Identifier: Apache-2.0
// ridge_gemm_tune: its door.
#include <math.h>

#include "base/error.h"
#include "device/device.h"
#include "ops/gemm.h"

bool ridge_gemm_tunable(const ridge_device *device)
{
    return ridge_gemm_find(ridge_gemm_providers, device->gemm)->search[device->walk] != NULL;
}

ridge_status ridge_gemm_tune(ridge_device *device, double seconds, ridge_tune_product *products,
                             size_t count, ridge_tune_result *result)
{
    ridge_tune_result unused;
    if (!device || !products || !count)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "device, products: expected pointers and a count above 0");
    if (!(seconds > 0 && isfinite(seconds)))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "seconds: expected a number above 0, got %g",
                          seconds);
    for (size_t i = 0; i < count; i++) {
        const ridge_gemm_shape *shape = &products[i].shape;
        if (!shape->m || !shape->n || !shape->k)
            return ridge_fail(RIDGE_ERROR_SHAPE,
                              "products[%zu]: expected m, n, k above 0, got %zu, %zu, %zu", i,
                              shape->m, shape->n, shape->k);
    }
    if (ridge_gemm_tunable(device))
        return ridge_gemm_find(ridge_gemm_providers, device->gemm)
            ->search[device->walk](device, seconds, products, count, result ? result : &unused);
    return ridge_fail(RIDGE_ERROR_UNSUPPORTED,
                      "the provider %s has no parameters to tune on the %s walk",
                      ridge_device_gemm(device), ridge_device_walk(device));
}
