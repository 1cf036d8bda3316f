// SPDX-License-Identifier: Apache-2.0
// Batches of rows that are not on the device, got ready on the host ahead of the steps that want
// them and written to the device one by one.
#ifndef RIDGE_NETWORK_STAGE_H
#define RIDGE_NETWORK_STAGE_H

#include <ridge/data.h>
#include <ridge/device.h>

struct ridge_stage;

// `x` [batch, row] and `y` [batch, ...] ("no tensor": no targets) are where batches are put, in
// their stored types; their first dimension is the largest batch. They and the data set must
// outlive the stage.
ridge_status ridge_stage_create(ridge_device *device, const ridge_dataset *data, ridge_tensor x,
                                ridge_tensor y, struct ridge_stage **stage);
// Begins a pass over all rows, `batch` at a time, in this order (NULL: as they lie), which must
// stay as it is until the next pass. What is left of an earlier pass is forgotten.
ridge_status ridge_stage_begin(struct ridge_stage *stage, const uint32_t *order, size_t batch);
// Enqueues the writing of the next batch. Waits only for rows that are not ready. Fails where a row
// cannot be read and the data set says that this is a failure.
ridge_status ridge_stage_next(struct ridge_stage *stage);
// Waits until nothing is read or written any more. NULL is fine.
void ridge_stage_destroy(struct ridge_stage **stage);

#endif
