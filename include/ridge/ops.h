// SPDX-License-Identifier: Apache-2.0
// Ops: single kernels on tensors, for programs that want one and nothing else, and what the layers
// are made of.
//
// Every op takes a launcher: ridge_device_launcher() enqueues at once, ridge_plan_launcher()
// records. Nothing waits for the device. Tensors are dense float32 unless stated; an output must
// not overlap an input except where "may be the same" is said. All ops return RIDGE_ERROR_ARGUMENT
// for a missing tensor, a wrong type or a value out of range, RIDGE_ERROR_SHAPE for shapes that do
// not fit, RIDGE_ERROR_BUILD and RIDGE_ERROR_DEVICE for what OpenCL says.
#ifndef RIDGE_OPS_H
#define RIDGE_OPS_H

#include <ridge/base.h>
#include <ridge/device.h>
#include <ridge/tensor.h>

RIDGE_API_BEGIN

// Elementwise; x and y have the same number of elements.

// y = value
RIDGE_API ridge_status ridge_fill(ridge_launcher *on, ridge_tensor y, float value);
// y = x
RIDGE_API ridge_status ridge_copy(ridge_launcher *on, ridge_tensor x, ridge_tensor y);
// x = alpha x
RIDGE_API ridge_status ridge_scale(ridge_launcher *on, float alpha, ridge_tensor x);
// y = alpha x + y
RIDGE_API ridge_status ridge_axpy(ridge_launcher *on, float alpha, ridge_tensor x, ridge_tensor y);

RIDGE_API_END

#endif
