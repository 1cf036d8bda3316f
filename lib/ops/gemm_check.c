// SPDX-License-Identifier: Apache-2.0
// A look at a GEMM provider at its first use: libraries have returned silently wrong products on
// real devices, and a network that trains on those only looks bad. That it was right is remembered
// on disk.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "device/cache_file.h"
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

#define ALPHA 0.75f

enum { A, B, C, MATRICES };

struct matrices {
    ridge_tensor tensor[MATRICES];
    float *data[MATRICES];
    size_t count[MATRICES];
    float *product; // what comes back as C
    double *row;    // of the right product
};

// Numbers in [-1, 1) that do not repeat within a matrix.
static void fill(float *data, size_t count, uint32_t state)
{
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        data[i] = (float)(int32_t)state * 0x1p-31f;
    }
}

static ridge_status matrices_make(ridge_device *device, const ridge_gemm_shape *shape, float beta,
                                  struct matrices *matrices)
{
    const size_t counts[MATRICES] = {shape->m * shape->k, shape->k * shape->n, shape->m * shape->n};
    matrices->product = ridge_allocate(counts[C], sizeof(*matrices->product));
    matrices->row = ridge_allocate(shape->n, sizeof(*matrices->row));
    if (!matrices->product || !matrices->row)
        return RIDGE_ERROR_MEMORY;
    for (uint32_t i = 0; i < MATRICES; i++) {
        float *data = matrices->data[i] = ridge_allocate(counts[i], sizeof(float));
        if (!data)
            return RIDGE_ERROR_MEMORY;
        matrices->count[i] = counts[i];
        fill(data, counts[i], i);
        for (size_t e = 0; i == C && beta == 0 && e < counts[i]; e++)
            data[e] = NAN;
        RIDGE_TRY(ridge_tensor_create(device, RIDGE_FLOAT32, 1, &counts[i], &matrices->tensor[i]));
        RIDGE_TRY(ridge_tensor_write(device, matrices->tensor[i], data));
    }
    return RIDGE_OK;
}

static void matrices_release(ridge_device *device, struct matrices *matrices)
{
    for (int i = 0; i < MATRICES; i++) {
        ridge_tensor_destroy(device, &matrices->tensor[i]);
        free(matrices->data[i]);
    }
    free(matrices->product);
    free(matrices->row);
}

static ridge_status multiply(ridge_device *device, const struct ridge_gemm_provider *provider,
                             const struct ridge_gemm_call *call, struct matrices *matrices)
{
    RIDGE_TRY(provider->run(ridge_device_launcher(device), call));
    return ridge_tensor_read(device, matrices->tensor[C], matrices->product);
}

// Row i of C in double precision.
static void right_row(const struct ridge_gemm_call *call, struct matrices *matrices, size_t i)
{
    const ridge_gemm_shape *shape = &call->shape;
    struct ridge_gemm_strides strides = ridge_gemm_strides(shape);
    const float *a = matrices->data[A] + i * strides.a_row, *b = matrices->data[B];
    for (size_t j = 0; j < shape->n; j++)
        matrices->row[j] =
            call->beta != 0 ? call->beta * (double)matrices->data[C][i * shape->n + j] : 0;
    for (size_t l = 0; l < shape->k; l++)
        for (size_t j = 0; j < shape->n; j++)
            matrices->row[j] += call->alpha * (double)a[l * strides.a_column] *
                                (double)b[l * strides.b_row + j * strides.b_column];
}

// All |a b| and |c| are below 1, so that a float32 sum of k + 1 is wrong by at most about k eps k.
static bool equal(const struct ridge_gemm_call *call, struct matrices *matrices)
{
    double k = (double)call->shape.k, allowed = (k + 1) * (k + 4) * 0x1p-24;
    for (size_t i = 0; i < call->shape.m; i++) {
        right_row(call, matrices, i);
        for (size_t j = 0; j < call->shape.n; j++)
            if (!(fabs((double)matrices->product[i * call->shape.n + j] - matrices->row[j]) <=
                  allowed))
                return false;
    }
    return true;
}

ridge_status ridge_gemm_compare(ridge_device *device, const struct ridge_gemm_provider *provider,
                                const ridge_gemm_shape *shape, float beta, bool *right)
{
    struct matrices matrices = {0};
    ridge_status status = matrices_make(device, shape, beta, &matrices);
    struct ridge_gemm_call call = {
        .shape = *shape,
        .alpha = ALPHA,
        .beta = beta,
        .a = matrices.tensor[A],
        .b = matrices.tensor[B],
        .c = matrices.tensor[C],
    };
    call.shape.lda = shape->transpose_a ? shape->m : shape->k;
    call.shape.ldb = shape->transpose_b ? shape->k : shape->n;
    call.shape.ldc = shape->n;
    if (!status)
        *right = !multiply(device, provider, &call, &matrices) && equal(&call, &matrices);
    matrices_release(device, &matrices);
    return status;
}

static ridge_status is_right(ridge_device *device, const struct ridge_gemm_provider *provider,
                             bool *right)
{
    *right = true;
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && *right; i++)
        if (!checks[i].large || device->info.type == RIDGE_DEVICE_GPU)
            RIDGE_TRY(
                ridge_gemm_compare(device, provider, &checks[i].shape, checks[i].beta, right));
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

// The file that says that the provider was right. What it was right with is its key: another
// library or kernel, driver or version of ridge has to be looked at anew.
static bool find_verdict(ridge_device *device, const struct ridge_gemm_provider *provider,
                         struct ridge_cache_file *file)
{
    struct ridge_text name = {0};
    const ridge_device_info *info = &device->info;
    ridge_text_append(&name, "gemm verdict\n%s\n%s\n%s\n%s\n", info->platform_name, info->name,
                      provider->name, ridge_device_walk(device));
    ridge_cache_key(&file->key, info);
    ridge_text_append(&file->key, "%s\n", name.data ? name.data : "");
    provider->identify(device, &file->key);
    bool found = device->keeps_notes && ridge_cache_name(file, &name, ".verdict");
    free(name.data);
    return found;
}

static const char verdict[] = "right";

static bool was_right(const struct ridge_cache_file *file)
{
    size_t size;
    unsigned char *content = ridge_cache_read(file, &size);
    bool right = content && size == strlen(verdict) && memcmp(content, verdict, size) == 0;
    free(content);
    return right;
}

ridge_status ridge_gemm_prepare(ridge_device *device)
{
    const struct ridge_gemm_provider *wanted = ridge_gemm_find(ridge_gemm_providers, device->gemm);
    struct ridge_cache_file file = {0};
    ridge_status status = RIDGE_OK;
    bool remembers = find_verdict(device, wanted, &file);
    if (!remembers || !was_right(&file)) {
        status = ridge_gemm_check(device, ridge_gemm_providers);
        if (!status && remembers && strcmp(device->gemm, wanted->name) == 0)
            ridge_cache_write(&file, verdict, strlen(verdict));
    }
    ridge_cache_release(&file);
    device->gemm_checked = status == RIDGE_OK;
    return status;
}
