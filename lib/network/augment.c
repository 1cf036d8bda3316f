// SPDX-License-Identifier: Apache-2.0
// The augmentation of a network's training steps.
#include "network/augment.h"

#include "base/error.h"
#include "network/network.h"

// The row that the network's input takes, as the user named it.
static bool fits_input(const ridge_network *network, const ridge_augment *augment)
{
    struct ridge_row_shape made = {0};
    made.rank = (unsigned)ridge_augment_shape(augment, made.size);
    return ridge_row_count(&made) == ridge_row_count(&network->layers[network->input].plan.output);
}

ridge_status ridge_network_augment(ridge_network *network, const ridge_augment *augment)
{
    RIDGE_TRY(ridge_network_check_compiled(network));
    if (network->busy)
        return ridge_fail(RIDGE_ERROR_STATE,
                          "ridge_network_augment was called from a callback of ridge_fit");
    ridge_augment *copy = NULL;
    if (augment && !fits_input(network, augment)) {
        struct ridge_row_shape made = {0};
        char expected[96], found[96];
        made.rank = (unsigned)ridge_augment_shape(augment, made.size);
        return ridge_fail(RIDGE_ERROR_SHAPE,
                          "augment: the network expects rows of shape %s, the pipeline makes %s",
                          ridge_row_text(&network->layers[network->input].plan.output, expected),
                          ridge_row_text(&made, found));
    }
    if (augment) {
        RIDGE_TRY(ridge_augment_copy(augment, &copy));
        ridge_status status = ridge_augment_ready(copy);
        if (status) {
            ridge_augment_destroy(&copy);
            return status;
        }
    }
    ridge_augment_destroy(&network->augment);
    network->augment = copy;
    return RIDGE_OK;
}

const ridge_augment *ridge_network_augmentation(const ridge_network *network)
{
    return network ? network->augment : NULL;
}

struct ridge_row_shape ridge_augment_stored_row(const ridge_augment *augment)
{
    struct ridge_row_shape row = {0};
    const size_t *shape = ridge_augment_settings(augment)->shape;
    for (; row.rank < RIDGE_MAX_RANK && shape[row.rank]; row.rank++)
        row.size[row.rank] = shape[row.rank];
    return row;
}

bool ridge_augment_takes(const ridge_network *network, const ridge_dataset *data)
{
    if (!network->augment)
        return false;
    struct ridge_row_shape expected = ridge_augment_stored_row(network->augment), found = {0};
    found.rank = (unsigned)ridge_dataset_shape(data, found.size);
    return ridge_row_equal(&expected, &found);
}
