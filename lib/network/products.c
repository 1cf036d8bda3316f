// SPDX-License-Identifier: Apache-2.0
// ridge_network_products: what a network multiplies, for ridge_gemm_tune.
#include <ridge/tune.h>

#include <stdlib.h>

#include "base/error.h"
#include "base/size.h"
#include "network/network.h"
#include "network/step.h"
#include "ops/gemm.h"

ridge_status ridge_network_products(ridge_network *network, const ridge_dataset *data,
                                    ridge_tune_product *products, size_t capacity, size_t *count)
{
    struct ridge_gemm_notes notes = {0};
    struct ridge_feed feed;
    if (!count || (capacity && !products))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "products, count: expected pointers, got NULL");
    *count = 0;
    RIDGE_TRY(ridge_network_check_compiled(network));
    RIDGE_TRY(ridge_feed_check(network, data, true));
    ridge_feed_describe(network, data, true, &feed);
    size_t batch = ridge_smaller(network->settings.batch, feed.count);
    ridge_status status = ridge_step_products(network, &feed, batch, &notes);
    for (size_t i = 0; !status && i < notes.count && i < capacity; i++)
        products[i] = (ridge_tune_product){.shape = notes.shapes[i]};
    *count = status ? 0 : notes.count;
    free(notes.shapes);
    return status;
}
