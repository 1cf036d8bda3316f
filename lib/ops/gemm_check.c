// SPDX-License-Identifier: Apache-2.0
// The comparison of a GEMM provider with the plain kernel at its first use: libraries have returned
// silently wrong products on real devices, and a network that trains on those only looks bad.
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "ops/gemm.h"

// Small, so that a start does not wait for them, with edges that fit no tile. Only `large` reaches
// the other kernel that CLBlast has for large products, at a cost that only a GPU does not notice.
struct check {
    ridge_gemm_shape shape;
    float beta;
    bool large;
};

static const struct check checks[] = {
    {{.transpose_b = true, .m = 17, .n = 67, .k = 23}, 0, false},
    {{.transpose_a = true, .m = 21, .n = 35, .k = 19}, 0.5f, false},
    {{.m = 449, .n = 1153, .k = 457}, 0, true},
};

#define MATRICES 4 // a, b, and c from each of the two providers

struct matrices {
    ridge_tensor tensor[MATRICES];
    float *data[MATRICES];
    size_t count[MATRICES];
};

// Numbers in [-1, 1) that do not repeat within a matrix.
static void fill(float *data, size_t count, uint32_t state)
{
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        data[i] = (float)(int32_t)state * 0x1p-31f;
    }
}

static ridge_status matrices_make(ridge_device *device, const struct check *check,
                                  struct matrices *matrices)
{
    const ridge_gemm_shape *shape = &check->shape;
    const size_t counts[MATRICES] = {shape->m * shape->k, shape->k * shape->n, shape->m * shape->n,
                                     shape->m * shape->n};
    for (uint32_t i = 0; i < MATRICES; i++) {
        matrices->count[i] = counts[i];
        matrices->data[i] = ridge_allocate(counts[i], sizeof(float));
        if (!matrices->data[i])
            return RIDGE_ERROR_MEMORY;
        fill(matrices->data[i], counts[i], i < 2 ? i : 2);
        if (i >= 2 && check->beta == 0)
            for (size_t e = 0; e < counts[i]; e++)
                matrices->data[i][e] = NAN;
        RIDGE_TRY(ridge_tensor_create(device, RIDGE_FLOAT32, 1, &counts[i], &matrices->tensor[i]));
        RIDGE_TRY(ridge_tensor_write(device, matrices->tensor[i], matrices->data[i]));
    }
    return RIDGE_OK;
}

static void matrices_release(ridge_device *device, struct matrices *matrices)
{
    for (int i = 0; i < MATRICES; i++) {
        ridge_tensor_destroy(device, &matrices->tensor[i]);
        free(matrices->data[i]);
    }
}

static ridge_status multiply(ridge_device *device, const struct ridge_gemm_provider *provider,
                             const struct check *check, struct matrices *matrices, int c)
{
    struct ridge_gemm_call call = {
        .shape = check->shape,
        .alpha = 0.75f,
        .beta = check->beta,
        .a = matrices->tensor[0],
        .b = matrices->tensor[1],
        .c = matrices->tensor[c],
    };
    call.shape.lda = call.shape.transpose_a ? call.shape.m : call.shape.k;
    call.shape.ldb = call.shape.transpose_b ? call.shape.k : call.shape.n;
    call.shape.ldc = call.shape.n;
    RIDGE_TRY(provider->run(ridge_device_launcher(device), &call));
    return ridge_tensor_read(device, matrices->tensor[c], matrices->data[c]);
}

// All |a b| are below 1, so that two float32 sums of k differ by at most 2 k eps k.
static bool equal(const struct check *check, const struct matrices *matrices)
{
    double k = (double)check->shape.k, allowed = 2 * k * (k + 4) * 0x1p-24;
    for (size_t i = 0; i < matrices->count[2]; i++)
        if (!(fabs((double)matrices->data[2][i] - matrices->data[3][i]) <= allowed))
            return false;
    return true;
}

static ridge_status compare(ridge_device *device, const struct ridge_gemm_provider *provider,
                            const struct check *check, bool *right)
{
    static const struct ridge_gemm_provider plain = {"plain", ridge_gemm_plain};
    struct matrices matrices = {0};
    ridge_status status = matrices_make(device, check, &matrices);
    if (!status)
        status = multiply(device, &plain, check, &matrices, 2);
    if (!status)
        *right = !multiply(device, provider, check, &matrices, 3) && equal(check, &matrices);
    matrices_release(device, &matrices);
    return status;
}

static ridge_status is_right(ridge_device *device, const struct ridge_gemm_provider *provider,
                             bool *right)
{
    *right = true;
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && *right; i++)
        if (!checks[i].large || device->info.type == RIDGE_DEVICE_GPU)
            RIDGE_TRY(compare(device, provider, &checks[i], right));
    return RIDGE_OK;
}

ridge_status ridge_gemm_check(ridge_device *device, const struct ridge_gemm_provider *table)
{
    const struct ridge_gemm_provider *wanted = ridge_gemm_find(table, device->gemm);
    bool right;
    RIDGE_TRY(is_right(device, wanted, &right));
    if (right)
        return RIDGE_OK;
    for (const struct ridge_gemm_provider *other = table; other->name && !right; other++) {
        if (other == wanted)
            continue;
        RIDGE_TRY(is_right(device, other, &right));
        if (right)
            device->gemm = other->name;
    }
    if (!right)
        return ridge_fail(RIDGE_ERROR_DEVICE, "no GEMM gives right products on %s",
                          device->info.name);
    ridge_log(RIDGE_LOG_WARNING, "GEMM provider %s gives wrong products on %s: using %s",
              wanted->name, device->info.name, device->gemm);
    return RIDGE_OK;
}
