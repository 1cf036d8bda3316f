// SPDX-License-Identifier: Apache-2.0
// Work sizes for kernels that go down the rows of strips of channels, cl/strips.h.
#ifndef RIDGE_OPS_STRIPS_H
#define RIDGE_OPS_STRIPS_H

#include "device/launcher.h"

// x [batch, channels, inner]; rows = batch * inner values for each channel.
struct ridge_strips {
    size_t rows, channels, inner;
};

// Fails unless the tensor is there and has at least two dimensions: batch, channels, and all
// behind them.
ridge_status ridge_check_strips(const char *name, ridge_tensor tensor, struct ridge_strips *strips);

// A part is a number of rows that one group takes, in the second dimension of the work.
// Statistics: whole strips where the rows are few, so that one launch sees them all; else parts
// whose results have to be joined, at most 256 of them.
size_t ridge_strips_height(const ridge_device *device, const struct ridge_strips *strips);
// Elementwise work, any number of parts.
size_t ridge_strips_height_apart(const ridge_device *device, const struct ridge_strips *strips);
size_t ridge_strips_parts(const struct ridge_strips *strips, size_t height);

// Work sizes for parts of `height` rows.
void ridge_launch_strips(const ridge_device *device, struct ridge_launch *launch,
                         const struct ridge_strips *strips, size_t height);

#endif
