// SPDX-License-Identifier: Apache-2.0
// GEMM providers: the ways to compute C = f(x) or scale x f'(saved), x = alpha op(A) op(B) + beta C
// + bias.
#ifndef RIDGE_OPS_GEMM_H
#define RIDGE_OPS_GEMM_H

#include <ridge/gemm.h>
#include <ridge/tune.h>

#include "base/memory.h"
#include "device/device.h"
#include "ops/update.h"

// Everything of one product, checked and complete: no leading dimension is 0, the activation's
// parameter and scale are their final values, and the matrices lie inside their tensors.
struct ridge_gemm_call {
    ridge_gemm_shape shape;
    float alpha, beta;
    ridge_tensor a, b, c;
    ridge_gemm_epilogue epilogue;
    // C is weights, and the product with alpha 1 their gradient, which they are updated by instead
    // of being written. NULL: not so.
    const struct ridge_weight_update *update;
};

struct ridge_gemm_provider {
    const char *name; // as ridge_device_gemm() gives it
    ridge_status (*run)(ridge_launcher *on, const struct ridge_gemm_call *call);
    // The epilogue is part of the product, not a launch behind it.
    bool has_epilogue;
    // Appends what its products depend on beside device and driver: kernels, a library.
    void (*identify)(ridge_device *device, struct ridge_text *key);
    bool updates[RIDGE_WALKS]; // by walk: it knows what to do with call->update
    // By walk: what ridge_gemm_tune promises, its arguments checked. NULL: nothing to search for.
    ridge_status (*search[RIDGE_WALKS])(ridge_device *device, double seconds,
                                        ridge_tune_product *products, size_t count,
                                        ridge_tune_result *result);
};

ridge_status ridge_gemm_panel(ridge_launcher *on, const struct ridge_gemm_call *call);
ridge_status ridge_gemm_clblast(ridge_launcher *on, const struct ridge_gemm_call *call);
ridge_status ridge_gemm_plain(ridge_launcher *on, const struct ridge_gemm_call *call);
void ridge_gemm_panel_identify(ridge_device *device, struct ridge_text *key);
void ridge_gemm_clblast_identify(ridge_device *device, struct ridge_text *key);
void ridge_gemm_plain_identify(ridge_device *device, struct ridge_text *key);

// What this build has, in the order in which they replace each other. The last one is the plain
// kernel; a NULL name ends the table.
extern const struct ridge_gemm_provider ridge_gemm_providers[];

// The provider of this name, which has to be in the table.
const struct ridge_gemm_provider *ridge_gemm_find(const struct ridge_gemm_provider *table,
                                                  const char *name);

// Makes sure that the device's provider is right before its first product: by what is remembered
// on disk, or by the check, whose good outcome is written there.
ridge_status ridge_gemm_prepare(ridge_device *device);

// Multiplies dense matrices of this shape and compares with double precision. Not right: wrong or
// failed.
ridge_status ridge_gemm_compare(ridge_device *device, const struct ridge_gemm_provider *provider,
                                const ridge_gemm_shape *shape, float beta, bool *right);

// Which library CLBlast is; it has no function for its version.
void ridge_clblast_identify_library(struct ridge_text *key);

// Compares the device's provider with double precision on a few small products and, where it is
// wrong or fails, names the next right one of the table in device->gemm, with a warning.
ridge_status ridge_gemm_check(ridge_device *device, const struct ridge_gemm_provider *table);

// Elements from row to row and from column to column of op(A) and op(B).
struct ridge_gemm_strides {
    size_t a_row, a_column, b_row, b_column;
};
struct ridge_gemm_strides ridge_gemm_strides(const ridge_gemm_shape *shape);

// Whether the device's provider has the epilogue in its products.
bool ridge_gemm_has_epilogue(const ridge_device *device);
// Whether the device's provider updates weights where it computes their gradient.
bool ridge_gemm_updates(const ridge_device *device);
// Does that: the gradient of update->weights is op(A) op(B), m x n. row_sums: as in the epilogue of
// a product.
ridge_status ridge_gemm_update(ridge_launcher *on, const ridge_gemm_shape *shape, ridge_tensor a,
                               ridge_tensor b, ridge_tensor row_sums,
                               const struct ridge_weight_update *update);

// The epilogue's sums of op(A)'s rows by a launch of their own, if it has any.
ridge_status ridge_gemm_row_sums(ridge_launcher *on, const struct ridge_gemm_call *call);

// The shapes of the products that a launcher with such notes is asked for, as ridge_gemm_tune takes
// them: leading dimensions are zero, equal ones are there once.
struct ridge_gemm_notes {
    ridge_gemm_shape *shapes; // released with free()
    size_t count, capacity;
};

// The product by the device's provider.
ridge_status ridge_gemm_run(ridge_launcher *on, const struct ridge_gemm_call *call);

// Fills in defaults, and checks the activation and that the bias has `columns` elements.
ridge_status ridge_gemm_epilogue_check(ridge_gemm_epilogue *epilogue, size_t columns);

// What the product takes, whoever computes it.
struct ridge_work ridge_gemm_work(const struct ridge_gemm_call *call);
// And what the epilogue takes of that.
struct ridge_work ridge_gemm_epilogue_work(const struct ridge_gemm_call *call);

// The define for programs that write out as cl/gemm.h does: it names the activation. Without one it
// is relu's, a program that most networks build anyhow.
const char *ridge_gemm_define(ridge_activation activation);
// And the flags that say what is done there.
unsigned ridge_gemm_flags(const ridge_gemm_epilogue *epilogue);

// A tensor of the epilogue as a kernel argument: without one C stands in, a valid buffer that is
// not read.
#define RIDGE_GEMM_OPTIONAL(call, tensor)                                                          \
    RIDGE_ARG_TENSOR(*((call)->epilogue.tensor.buffer ? &(call)->epilogue.tensor : &(call)->c))

// The kernel arguments WRITE_OUT of cl/gemm.h.
#define RIDGE_GEMM_WRITE_OUT(call)                                                                 \
    RIDGE_ARG_TENSOR((call)->c), RIDGE_ARG_ULONG((call)->shape.ldc),                               \
        RIDGE_ARG_ULONG((call)->shape.n), RIDGE_GEMM_OPTIONAL(call, bias),                         \
        RIDGE_GEMM_OPTIONAL(call, saved), RIDGE_ARG_UINT(ridge_gemm_flags(&(call)->epilogue)),     \
        RIDGE_ARG_FLOAT((call)->alpha), RIDGE_ARG_FLOAT((call)->beta),                             \
        RIDGE_ARG_FLOAT((call)->epilogue.parameter), RIDGE_ARG_FLOAT((call)->epilogue.scale)

#endif
