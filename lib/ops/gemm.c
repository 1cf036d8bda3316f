// SPDX-License-Identifier: Apache-2.0
// ridge_gemm: the checks at the door and the choice of the provider.
#include "ops/gemm.h"

#include <string.h>

#include "base/error.h"
#include "cl/gemm_constants.h"
#include "ops/activation.h"
#include "ops/bias.h"
#include "ops/check.h"
#if RIDGE_HAVE_CLBLAST
#include "ops/gemm_clblast_search.h"
#endif
#include "ops/gemm_panel_search.h"

const struct ridge_gemm_provider ridge_gemm_providers[] = {
    {"panel", ridge_gemm_panel, .has_epilogue = true, .identify = ridge_gemm_panel_identify,
     .updates = {[RIDGE_WALK_CPU] = true}, .search = {[RIDGE_WALK_CPU] = ridge_gemm_panel_search}},
#if RIDGE_HAVE_CLBLAST
    {"clblast", ridge_gemm_clblast, .identify = ridge_gemm_clblast_identify,
     .search = {ridge_gemm_clblast_search, ridge_gemm_clblast_search}},
#endif
    {"plain", ridge_gemm_plain, .has_epilogue = true, .identify = ridge_gemm_plain_identify},
    {NULL},
};

struct ridge_gemm_strides ridge_gemm_strides(const ridge_gemm_shape *shape)
{
    return (struct ridge_gemm_strides){
        .a_row = shape->transpose_a ? 1 : shape->lda,
        .a_column = shape->transpose_a ? shape->lda : 1,
        .b_row = shape->transpose_b ? 1 : shape->ldb,
        .b_column = shape->transpose_b ? shape->ldb : 1,
    };
}

const char *ridge_gemm_define(ridge_activation activation)
{
    return ridge_activation_define(activation == RIDGE_LINEAR ? RIDGE_RELU : activation);
}

unsigned ridge_gemm_flags(const ridge_gemm_epilogue *epilogue)
{
    unsigned flags = epilogue->bias.buffer ? WRITE_BIAS : 0;
    if (epilogue->activation == RIDGE_LINEAR)
        return flags;
    return flags | (epilogue->saved.buffer ? WRITE_DERIVATIVE : WRITE_ACTIVATION);
}

struct ridge_work ridge_gemm_epilogue_work(const struct ridge_gemm_call *call)
{
    const ridge_gemm_epilogue *epilogue = &call->epilogue;
    uint64_t results = (uint64_t)call->shape.m * call->shape.n;
    bool bias = epilogue->bias.buffer != NULL, saved = epilogue->saved.buffer != NULL;
    uint64_t operations = saved ? 1 + ridge_activation_backward_operations(epilogue->activation)
                                : ridge_activation_operations(epilogue->activation);
    return (struct ridge_work){
        .bytes = (bias * call->shape.n + saved * results) * sizeof(float),
        .operations = results * (bias + operations),
    };
}

struct ridge_work ridge_gemm_work(const struct ridge_gemm_call *call)
{
    uint64_t m = call->shape.m, n = call->shape.n, k = call->shape.k;
    struct ridge_work work = ridge_gemm_epilogue_work(call);
    work.bytes += (m * k + k * n) * sizeof(float);
    work.operations += 2 * m * n * k;
    if (call->update) {
        struct ridge_work update = ridge_update_work(call->update->optimizer, m * n, false);
        work.bytes += update.bytes;
        work.operations += update.operations;
    } else {
        work.bytes += (call->beta == 0 ? 1 : 2) * m * n * sizeof(float);
    }
    return work;
}

// Completes the leading dimension `*ld` of a matrix that is stored with `rows` x `columns`, and
// checks that the tensor has room for it. `names`: of the tensor and of its leading dimension.
static ridge_status check_matrix(const char *const names[2], ridge_tensor tensor, size_t rows,
                                 size_t columns, size_t *ld)
{
    RIDGE_TRY(ridge_check_tensor(names[0], tensor, RIDGE_FLOAT32, 0));
    if (*ld == 0)
        *ld = columns;
    if (*ld < columns)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "%s: expected at least %zu, got %zu", names[1],
                          columns, *ld);
    size_t room = ridge_tensor_count(&tensor);
    if (columns > room || rows - 1 > (room - columns) / *ld)
        return ridge_fail(RIDGE_ERROR_SHAPE,
                          "%s: expected room for %zu rows of %zu, %zu elements apart, got %zu "
                          "elements",
                          names[0], rows, columns, *ld, room);
    return RIDGE_OK;
}

static ridge_status check_row_sums(const struct ridge_gemm_call *call)
{
    if (!call->epilogue.row_sums.buffer)
        return RIDGE_OK;
    if (!call->shape.transpose_a)
        return ridge_fail(RIDGE_ERROR_UNSUPPORTED, "row_sums: expected a transposed A with them");
    return ridge_check_tensor("row_sums", call->epilogue.row_sums, RIDGE_FLOAT32, call->shape.m);
}

static ridge_status check_shape(struct ridge_gemm_call *call)
{
    ridge_gemm_shape *shape = &call->shape;
    const size_t m = shape->m, n = shape->n, k = shape->k;
    if (!m || !n || !k)
        return ridge_fail(RIDGE_ERROR_SHAPE, "shape: expected m, n, k above 0, got %zu, %zu, %zu",
                          m, n, k);
    static const char *const names[][2] = {{"a", "lda"}, {"b", "ldb"}, {"c", "ldc"}};
    bool ta = shape->transpose_a, tb = shape->transpose_b;
    RIDGE_TRY(check_matrix(names[0], call->a, ta ? k : m, ta ? m : k, &shape->lda));
    RIDGE_TRY(check_matrix(names[1], call->b, tb ? n : k, tb ? k : n, &shape->ldb));
    RIDGE_TRY(check_matrix(names[2], call->c, m, n, &shape->ldc));
    RIDGE_TRY(check_row_sums(call));
    if (!call->epilogue.saved.buffer)
        return RIDGE_OK;
    return check_matrix((const char *const[]){"saved", "ldc"}, call->epilogue.saved, m, n,
                        &shape->ldc);
}

static ridge_status check_derivative(const ridge_gemm_epilogue *epilogue)
{
    if (epilogue->activation == RIDGE_LINEAR)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "activation: expected one whose derivative is not 1 with saved, got "
                          "linear");
    return ridge_activation_check_parameter(epilogue->parameter);
}

ridge_status ridge_gemm_epilogue_check(ridge_gemm_epilogue *epilogue, size_t columns)
{
    RIDGE_TRY(ridge_activation_check(epilogue->activation));
    if (epilogue->saved.buffer)
        RIDGE_TRY(check_derivative(epilogue));
    epilogue->parameter = ridge_activation_parameter(epilogue->activation, epilogue->parameter);
    if (epilogue->scale == 0)
        epilogue->scale = 1;
    if (!epilogue->bias.buffer)
        return RIDGE_OK;
    return ridge_check_tensor("bias", epilogue->bias, RIDGE_FLOAT32, columns);
}

const struct ridge_gemm_provider *ridge_gemm_find(const struct ridge_gemm_provider *table,
                                                  const char *name)
{
    while (strcmp(table->name, name) != 0)
        table++;
    return table;
}

bool ridge_gemm_has_epilogue(const ridge_device *device)
{
    return ridge_gemm_find(ridge_gemm_providers, device->gemm)->has_epilogue;
}

ridge_status ridge_gemm_row_sums(ridge_launcher *on, const struct ridge_gemm_call *call)
{
    const ridge_gemm_shape *shape = &call->shape;
    if (!call->epilogue.row_sums.buffer)
        return RIDGE_OK;
    return ridge_sum_rows(on, call->a, shape->lda, shape->k, shape->m, call->epilogue.row_sums);
}

static ridge_status note(struct ridge_gemm_notes *notes, const ridge_gemm_shape *shape)
{
    ridge_gemm_shape dense = *shape;
    dense.lda = dense.ldb = dense.ldc = 0;
    for (size_t i = 0; i < notes->count; i++) {
        const ridge_gemm_shape *s = &notes->shapes[i];
        if (s->transpose_a == dense.transpose_a && s->transpose_b == dense.transpose_b &&
            s->m == dense.m && s->n == dense.n && s->k == dense.k)
            return RIDGE_OK;
    }
    RIDGE_TRY(
        ridge_grow(&notes->shapes, &notes->capacity, notes->count + 1, sizeof(*notes->shapes)));
    notes->shapes[notes->count++] = dense;
    return RIDGE_OK;
}

ridge_status ridge_gemm_run(ridge_launcher *on, const struct ridge_gemm_call *call)
{
    if (on->notes)
        return note(on->notes, &call->shape);
    if (!on->device->gemm_checked)
        RIDGE_TRY(ridge_gemm_prepare(on->device));
    return ridge_gemm_find(ridge_gemm_providers, on->device->gemm)->run(on, call);
}

ridge_status ridge_gemm(ridge_launcher *on, const ridge_gemm_shape *shape, float alpha,
                        ridge_tensor a, ridge_tensor b, float beta, ridge_tensor c,
                        const ridge_gemm_epilogue *epilogue)
{
    RIDGE_TRY(ridge_check_launcher(on));
    if (!shape)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "shape: expected a pointer, got NULL");
    struct ridge_gemm_call call = {
        .shape = *shape, .alpha = alpha, .beta = beta, .a = a, .b = b, .c = c};
    if (epilogue)
        call.epilogue = *epilogue;
    RIDGE_TRY(check_shape(&call));
    RIDGE_TRY(ridge_gemm_epilogue_check(&call.epilogue, call.shape.n));
    return ridge_gemm_run(on, &call);
}

bool ridge_gemm_updates(const ridge_device *device)
{
    return ridge_gemm_find(ridge_gemm_providers, device->gemm)->updates[device->walk];
}

ridge_status ridge_gemm_update(ridge_launcher *on, const ridge_gemm_shape *shape, ridge_tensor a,
                               ridge_tensor b, ridge_tensor row_sums,
                               const struct ridge_weight_update *update)
{
    struct ridge_gemm_call call = {
        .shape = *shape, .alpha = 1, .a = a, .b = b, .c = update->weights, .update = update};
    call.epilogue.row_sums = row_sums;
    RIDGE_TRY(check_shape(&call));
    if (!on->notes && !on->device->gemm_checked)
        RIDGE_TRY(ridge_gemm_prepare(on->device));
    if (ridge_gemm_updates(on->device))
        return ridge_gemm_run(on, &call);
    return ridge_fail(RIDGE_ERROR_UNSUPPORTED,
                      "GEMM provider %s does not update what it computes the gradient of",
                      on->device->gemm);
}
