// SPDX-License-Identifier: Apache-2.0
// Updates of parts of an arena, and of a tensor by whoever computes its gradient.
#ifndef RIDGE_OPS_UPDATE_H
#define RIDGE_OPS_UPDATE_H

#include <ridge/update.h>

#include "device/launcher.h"

// An update of one tensor by its gradient, which is never written: as ridge_update does it, to the
// bit. No clipping by norms, no constraint on norms. The notes are read only: ridge_update, which
// brings them up to date, comes behind it in the same step, with the pieces of all other tensors.
struct ridge_weight_update {
    const ridge_optimizer *optimizer; // completed
    ridge_tensor weights, slots[2];
    ridge_tensor segment;           // uint32 [1, 11]: its row of the table
    ridge_tensor rate, step, notes; // as in ridge_update_params
};

// ridge_update where `pieces` are some of the arena's, of so many elements; none: only the notes.
ridge_status ridge_update_pieces_of(ridge_launcher *on, const ridge_update_params *params,
                                    size_t elements);

// What an update of so many elements takes; `gradients`: they are read, too.
struct ridge_work ridge_update_work(const ridge_optimizer *optimizer, size_t elements,
                                    bool gradients);

// Numbers of the optimizer, as its kernels take them.
struct ridge_update_numbers {
    float momentum, beta1, beta2, log_beta1, log_beta2, epsilon, decay;
};
struct ridge_update_numbers ridge_update_numbers(const ridge_optimizer *optimizer);
#define RIDGE_UPDATE_NUMBERS(numbers)                                                              \
    RIDGE_ARG_FLOAT((numbers).momentum), RIDGE_ARG_FLOAT((numbers).beta1),                         \
        RIDGE_ARG_FLOAT((numbers).beta2), RIDGE_ARG_FLOAT((numbers).log_beta1),                    \
        RIDGE_ARG_FLOAT((numbers).log_beta2), RIDGE_ARG_FLOAT((numbers).epsilon),                  \
        RIDGE_ARG_FLOAT((numbers).decay)

#endif
