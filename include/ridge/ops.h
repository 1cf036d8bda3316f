// SPDX-License-Identifier: Apache-2.0
// Ops: single kernels on tensors, for programs that want one and nothing else, and what the layers
// are made of. Here are those that change, move or reduce elements; activation.h, gemm.h, image.h,
// loss.h, normalisation.h, random.h, update.h and audio.h have the others.
//
// Every op takes a launcher: ridge_device_launcher() enqueues at once, ridge_plan_launcher()
// records. Nothing waits for the device. Tensors are dense float32 unless stated; an output must
// not overlap an input except where "may be the same" is said. All ops return RIDGE_ERROR_ARGUMENT
// for a missing tensor, a wrong type or a value out of range, RIDGE_ERROR_SHAPE for shapes that do
// not fit, RIDGE_ERROR_BUILD, _DEVICE and _DEVICE_MEMORY for what OpenCL says.
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
// y[b, c, r] = x[b, r, c], or added to y when `accumulate`: x [batch, rows, columns].
RIDGE_API ridge_status ridge_transpose(ridge_launcher *on, ridge_tensor x, ridge_tensor y,
                                       bool accumulate);

// y[r, to + j] = x[r, from + j] for j < count, or += when `accumulate`: columns of rows, which are
// the last dimension. x and y have the same number of rows; what lies beside the columns stays.
RIDGE_API ridge_status ridge_copy_columns(ridge_launcher *on, ridge_tensor x, size_t from,
                                          ridge_tensor y, size_t to, size_t count, bool accumulate);

// Reductions: the order of the additions depends on the device and the sizes only, so results
// repeat bit for bit; relative error at most 1e-6 for 10^8 elements of one sign; no overflow
// where the result fits float32. NaN and infinity in x show in the result.

typedef enum ridge_reduction {
    RIDGE_SUM = 0, // sum of x
    RIDGE_L1,      // sum of |x|
    RIDGE_SQUARES, // sum of x^2 (the squared Frobenius norm)
    RIDGE_NORM,    // sqrt of the sum of x^2 (the Frobenius norm)
    RIDGE_LARGEST, // largest |x|
    RIDGE_ZEROS    // how many x are exactly zero
} ridge_reduction;

// y[0] = the reduction of all of x. y: float32, one element.
RIDGE_API ridge_status ridge_reduce(ridge_launcher *on, ridge_reduction reduction, ridge_tensor x,
                                    ridge_tensor y);
// y[s] = the reduction of x[first .. first + count) with (first, count) = segments[s].
// segments: uint32 [n, 2], inside x; y: float32 [n].
RIDGE_API ridge_status ridge_reduce_segments(ridge_launcher *on, ridge_reduction reduction,
                                             ridge_tensor x, ridge_tensor segments, ridge_tensor y);

// Batches: y[r] = source[index[position + r]] * scale + shift.
//
// source   [n, ...]  uint8, float32 or int32, rows of equal size
// index    uint32 [m], each below n; "no tensor": row position + r itself
// position uint32 [1] on the device, added to `first`; "no tensor": nothing is added
// y        [rows, ...] float32; int32 for an int32 source, which is copied as it is
RIDGE_API ridge_status ridge_gather(ridge_launcher *on, ridge_tensor source, ridge_tensor index,
                                    size_t first, ridge_tensor position, float scale, float shift,
                                    ridge_tensor y);

RIDGE_API_END

#endif
