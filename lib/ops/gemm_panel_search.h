// SPDX-License-Identifier: Apache-2.0
// The search for the sizes of panel products.
#ifndef RIDGE_OPS_GEMM_PANEL_SEARCH_H
#define RIDGE_OPS_GEMM_PANEL_SEARCH_H

#include <ridge/tune.h>

// What ridge_gemm_tune promises, its arguments checked.
ridge_status ridge_gemm_panel_search(ridge_device *device, double seconds,
                                     ridge_tune_product *products, size_t count,
                                     ridge_tune_result *result);

#endif
