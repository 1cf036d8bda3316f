// SPDX-License-Identifier: Apache-2.0
// One step over a batch, as launches: recorded into a plan, or only measured.
#ifndef RIDGE_NETWORK_STEP_H
#define RIDGE_NETWORK_STEP_H

#include "device/launcher.h"
#include "network/feed.h"
#include "network/schedule.h"

// Hands the launches of one step to `on`. `schedule` was made for the same mode and batch, and the
// workspace holds it.
ridge_status ridge_step_record(struct ridge_network *network, const struct ridge_feed *feed,
                               enum ridge_step_mode mode, const struct ridge_schedule *schedule,
                               ridge_launcher *on);

// How the last step of an epoch trains: so that all gradients are there when it ends.
// RIDGE_STEP_TRAIN where that does so anyway.
enum ridge_step_mode ridge_step_last(const struct ridge_network *network);

// Plans the workspace of a step.
ridge_status ridge_step_schedule(const struct ridge_feed *feed, enum ridge_step_mode mode,
                                 size_t batch, struct ridge_schedule *schedule);

// What a step of this kind needs, before anything for it is allocated. `feed` needs only its
// shapes and types.
ridge_status ridge_step_measure(struct ridge_network *network, const struct ridge_feed *feed,
                                enum ridge_step_mode mode, size_t batch, size_t *workspace,
                                struct ridge_measure *measure);

// The products of a training step. `feed` as above.
ridge_status ridge_step_products(struct ridge_network *network, const struct ridge_feed *feed,
                                 size_t batch, struct ridge_gemm_notes *notes);

// The launches that bring the sums of penalties in the state up to date; none without penalties.
// Orthogonal penalties work in the workspace, which must be as large as ridge_penalty_work says.
ridge_status ridge_penalty_record(struct ridge_network *network, ridge_launcher *on);
// The launches that add the gradients of those penalties that are not the update's own.
ridge_status ridge_penalty_gradients(struct ridge_network *network, ridge_launcher *on,
                                     ridge_tensor work);

// The launches that bring ridge_state_norms up to date. `gradients`: the arena's, or what stands in
// for them where they are not made yet.
ridge_status ridge_norms_record(struct ridge_network *network, ridge_tensor gradients,
                                ridge_launcher *on);

#endif
