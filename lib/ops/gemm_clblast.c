// SPDX-License-Identifier: Apache-2.0
// GEMM by CLBlast, the provider for GPUs.
#include <ridge/device.h> // before CLBlast's header: it says which OpenCL is meant
#include <clblast_c.h>
#include <dlfcn.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "device/device.h"
#include "device/program_cache.h"
#include "ops/gemm.h"
#include "ops/gemm_clblast_tuning.h"

// What a call needs when it runs, perhaps out of a plan.
struct sgemm {
    struct ridge_gemm_call call;
    cl_mem scratch; // NULL: CLBlast needs none
};

static ridge_status check(const char *name, CLBlastStatusCode code)
{
    if (code == CLBlastSuccess)
        return RIDGE_OK;
    // the codes of OpenCL, and below them some of CLBlast's own
    ridge_status status = ridge_fail_opencl(name, (cl_int)code);
    return ridge_fail_within(status, "CLBlast, code %d", (int)code);
}

static CLBlastTranspose transpose(bool yes)
{
    return yes ? CLBlastTransposeYes : CLBlastTransposeNo;
}

static ridge_status run_sgemm(ridge_device *device, const void *context)
{
    const struct sgemm *sgemm = context;
    const struct ridge_gemm_call *call = &sgemm->call;
    const ridge_gemm_shape *s = &call->shape;
    // CLBlast builds its kernels in the first call that needs them: some multiply as it is, others
    // with scratch.
    bool *built = &device->clblast_built[sgemm->scratch != NULL];
    int lock = *built ? -1 : ridge_program_cache_lock(device);
    CLBlastStatusCode code = CLBlastSgemmWithTempBuffer(
        CLBlastLayoutRowMajor, transpose(s->transpose_a), transpose(s->transpose_b), s->m, s->n,
        s->k, call->alpha, call->a.buffer, call->a.offset, s->lda, call->b.buffer, call->b.offset,
        s->ldb, call->beta, call->c.buffer, call->c.offset, s->ldc, &device->queue, NULL,
        sgemm->scratch);
    ridge_program_cache_unlock(lock);
    *built = true;
    return check("CLBlastSgemm", code);
}

static ridge_status scratch_size(ridge_device *device, const struct ridge_gemm_call *call,
                                 size_t *bytes)
{
    const ridge_gemm_shape *s = &call->shape;
    return check("CLBlastSGemmTempBufferSize",
                 CLBlastSGemmTempBufferSize(CLBlastLayoutRowMajor, transpose(s->transpose_a),
                                            transpose(s->transpose_b), s->m, s->n, s->k,
                                            call->a.offset, s->lda, call->b.offset, s->ldb,
                                            call->c.offset, s->ldc, &device->queue, bytes));
}

// C = f(C + bias) or scale (C + bias) f'(saved): CLBlast itself knows none of that.
static ridge_status run_epilogue(ridge_launcher *on, const struct ridge_gemm_call *call)
{
    struct ridge_gemm_call rest = *call;
    rest.alpha = 0;
    rest.beta = 1;
    struct ridge_launch launch = {
        .program = "gemm_clblast",
        .kernel = "gemm_epilogue",
        .defines = ridge_gemm_define(call->epilogue.activation),
        .arguments = {RIDGE_ARG_ULONG(call->shape.m), RIDGE_GEMM_WRITE_OUT(&rest)},
        .work = ridge_gemm_epilogue_work(call),
    };
    launch.work.bytes += 2 * call->shape.m * call->shape.n * sizeof(float);
    ridge_launch_rows(on->device, &launch, call->shape.m, call->shape.n);
    return ridge_launch(on, &launch);
}

ridge_status ridge_gemm_clblast(ridge_launcher *on, const struct ridge_gemm_call *call)
{
    size_t bytes = 0;
    struct sgemm sgemm = {.call = *call};
    RIDGE_TRY(ridge_gemm_row_sums(on, call));
    RIDGE_TRY(scratch_size(on->device, call, &bytes));
    if (bytes)
        RIDGE_TRY(ridge_scratch(on, bytes, &sgemm.scratch));
    struct ridge_gemm_call product = *call;
    product.epilogue = (ridge_gemm_epilogue){.activation = RIDGE_LINEAR};
    RIDGE_TRY(ridge_launch_call(on, &(struct ridge_call){
                                        .name = "CLBlastSgemm",
                                        .function = run_sgemm,
                                        .context = &sgemm,
                                        .size = sizeof(sgemm),
                                        .work = ridge_gemm_work(&product),
                                    }));
    if (!ridge_gemm_flags(&call->epilogue))
        return RIDGE_OK;
    return run_epilogue(on, call);
}

void ridge_clblast_identify_library(struct ridge_text *key)
{
    Dl_info library;
    struct stat file;
    CLBlastStatusCode (*const function)(void) = CLBlastClearCache;
    void *address; // ISO C has no conversion
    memcpy(&address, &function, sizeof(address));
    if (dladdr(address, &library) && stat(library.dli_fname, &file) == 0)
        ridge_text_append(key, "%s %lld %lld\n", library.dli_fname, (long long)file.st_size,
                          (long long)file.st_mtime);
}

void ridge_gemm_clblast_identify(ridge_device *device, struct ridge_text *key)
{
    ridge_tuning_prepare(device);
    ridge_clblast_identify_library(key);
    ridge_text_append(key, "%s", device->tuning ? device->tuning : "");
}
