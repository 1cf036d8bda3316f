// SPDX-License-Identifier: Apache-2.0
// Reading all parameters of a network and setting them again.
#include "best_weights.h"

#include <stdlib.h>

#include "messages.h"

// State, such as running means, is kept as well.
static size_t count_values(const ridge_network *network)
{
    ridge_parameter parameter;
    size_t count = 0;
    for (size_t i = 0; ridge_network_parameter(network, i, &parameter); i++)
        count += ridge_tensor_count(&parameter.tensor);
    return count;
}

bool best_weights_keep(struct best_weights *best, ridge_network *network)
{
    if (!best->values)
        best->values = allocate(count_values(network), sizeof(float));
    float *values = best->values;
    ridge_parameter parameter;
    for (size_t i = 0; ridge_network_parameter(network, i, &parameter); i++) {
        size_t count = ridge_tensor_count(&parameter.tensor);
        if (ridge_network_get(network, parameter.name, values, count)) {
            fail_library();
            return false;
        }
        values += count;
    }
    return true;
}

bool best_weights_restore(const struct best_weights *best, ridge_network *network)
{
    const float *values = best->values;
    ridge_parameter parameter;
    for (size_t i = 0; ridge_network_parameter(network, i, &parameter); i++) {
        size_t count = ridge_tensor_count(&parameter.tensor);
        if (ridge_network_set(network, parameter.name, values, count)) {
            fail_library();
            return false;
        }
        values += count;
    }
    return true;
}

void best_weights_clear(struct best_weights *best)
{
    free(best->values);
    best->values = NULL;
}
