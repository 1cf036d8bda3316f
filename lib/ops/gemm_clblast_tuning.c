// SPDX-License-Identifier: Apache-2.0
// CLBlast's parameters as tables, and their file.
#include "ops/gemm_clblast_tuning.h"

#include <ridge/device.h> // before CLBlast's header: it says which OpenCL is meant
#include <clblast_c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "ops/gemm.h"

#define END RIDGE_TUNING_END

// The order is that of CLBlast's tables; the rules below count on it.
enum { GEMMK, KREG, KWG, KWI, MDIMA, MDIMC, MWG, NDIMB, NDIMC, NWG, SA, SB, STRM, STRN, VWM, VWN };
enum { KWID, MDIMAD, MDIMCD, NDIMBD, NDIMCD, PADA, PADB, VWMD, VWND, WGD };

static bool divides(size_t part, size_t whole)
{
    return part > 0 && whole % part == 0;
}

// Two kernels: with GEMMK 0 work-groups bring tiles to local memory, with 1 they do not. The rules
// are those of CLBlast's tuner.
static bool indirect_fits(const size_t *v, const ridge_device_info *info)
{
    size_t items = v[MDIMC] * v[NDIMC];
    bool fits = divides(v[KWI], v[KWG]) && divides(v[MDIMC] * v[VWM], v[MWG]) &&
                divides(v[NDIMC] * v[VWN], v[NWG]) && divides(v[MDIMA] * v[VWM], v[MWG]) &&
                divides(v[NDIMB] * v[VWN], v[NWG]) && items <= info->largest_group &&
                4 * v[KWG] * (v[SA] * v[MWG] + v[SB] * v[NWG]) <= info->local_memory;
    if (v[GEMMK] == 1)
        return fits && v[KWG] == 1 && v[KWI] == 1 && divides(v[VWN], v[KREG]) &&
               v[MDIMA] == v[MDIMC] && v[NDIMB] == v[NDIMC] &&
               !(v[SA] || v[SB] || v[STRM] || v[STRN]);
    return fits && v[KREG] == 1 && divides(v[MDIMA], items) && divides(v[NDIMB], items) &&
           divides(items / v[MDIMA], v[KWG]) && divides(items / v[NDIMB], v[KWG]);
}

static bool direct_fits(const size_t *v, const ridge_device_info *info)
{
    size_t items = v[MDIMCD] * v[NDIMCD];
    return divides(v[KWID], v[WGD]) && divides(v[MDIMCD] * v[VWMD], v[WGD]) &&
           divides(v[NDIMCD] * v[VWND], v[WGD]) && divides(v[MDIMAD] * v[VWMD], v[WGD]) &&
           divides(v[NDIMBD] * v[VWND], v[WGD]) && divides(v[MDIMAD], items) &&
           divides(v[NDIMBD], items) && divides(items / v[MDIMAD], v[WGD]) &&
           divides(items / v[NDIMBD], v[WGD]) && items <= info->largest_group &&
           4 * v[WGD] * (2 * v[WGD] + v[PADA] + v[PADB]) <= info->local_memory;
}

static bool routine_fits(const size_t *v, const ridge_device_info *info)
{
    (void)info;
    return v[0] <= 65536;
}

#define SIDES                                                                                      \
    {                                                                                              \
        2, 4, 8, 16, 32, END                                                                       \
    }
#define VECTORS                                                                                    \
    {                                                                                              \
        1, 2, 4, 8, END                                                                            \
    }
#define SWITCH                                                                                     \
    {                                                                                              \
        0, 1, END                                                                                  \
    }

const struct ridge_tuning_kernel_info ridge_tuning_kernels[] = {
    [RIDGE_TUNING_INDIRECT] = {"Xgemm",
                               {{"GEMMK", SWITCH},
                                {"KREG", {1, 2, 4, 8, 16, END}},
                                {"KWG", {1, 16, 32, END}},
                                {"KWI", {1, 2, END}},
                                {"MDIMA", SIDES},
                                {"MDIMC", SIDES},
                                {"MWG", {8, 16, 32, 64, 128, END}},
                                {"NDIMB", SIDES},
                                {"NDIMC", SIDES},
                                {"NWG", {8, 16, 32, 64, 128, END}},
                                {"SA", SWITCH},
                                {"SB", SWITCH},
                                {"STRM", SWITCH},
                                {"STRN", SWITCH},
                                {"VWM", VECTORS},
                                {"VWN", VECTORS}},
                               16,
                               indirect_fits},
    [RIDGE_TUNING_DIRECT] = {"XgemmDirect",
                             {{"KWID", {2, 8, 16, END}},
                              {"MDIMAD", SIDES},
                              {"MDIMCD", SIDES},
                              {"NDIMBD", SIDES},
                              {"NDIMCD", SIDES},
                              {"PADA", SWITCH},
                              {"PADB", SWITCH},
                              {"VWMD", VECTORS},
                              {"VWND", VECTORS},
                              {"WGD", {8, 16, 32, 64, END}}},
                             10,
                             direct_fits},
    [RIDGE_TUNING_ROUTINE] = {"GemmRoutine", {{"XGEMM_MIN_INDIRECT_SIZE", {END}}}, 1, routine_fits},
};

ridge_status ridge_tuning_apply(ridge_device *device, const struct ridge_tuning *tuning,
                                enum ridge_tuning_kernel kernel)
{
    const struct ridge_tuning_kernel_info *info = &ridge_tuning_kernels[kernel];
    const char *names[RIDGE_TUNING_MOST];
    for (size_t i = 0; i < info->count; i++)
        names[i] = info->parameters[i].name;
    CLBlastStatusCode code = CLBlastOverrideParameters(
        device->id, info->name, CLBlastPrecisionSingle, info->count, names, tuning->values[kernel]);
    device->clblast_built[0] = device->clblast_built[1] = false;
    if (code == CLBlastSuccess)
        return RIDGE_OK;
    return ridge_fail(RIDGE_ERROR_DEVICE, "CLBlastOverrideParameters of %s failed with code %d",
                      info->name, (int)code);
}

bool ridge_tuning_file(const ridge_device *device, struct ridge_cache_file *file)
{
    struct ridge_text name = {0};
    const ridge_device_info *info = &device->info;
    ridge_text_append(&name, "clblast tuning\n%s\n%s\n", info->platform_name, info->name);
    ridge_cache_key(&file->key, info);
    ridge_text_append(&file->key, "clblast tuning\n");
    ridge_clblast_identify_library(&file->key);
    bool found = device->keeps_notes && ridge_cache_name(file, &name, ".tuning");
    free(name.data);
    return found;
}

void ridge_tuning_write(const struct ridge_tuning *tuning, struct ridge_text *text)
{
    for (int kernel = 0; kernel < RIDGE_TUNING_KERNELS; kernel++) {
        const struct ridge_tuning_kernel_info *info = &ridge_tuning_kernels[kernel];
        if (!tuning->set[kernel])
            continue;
        ridge_text_append(text, "%s", info->name);
        for (size_t i = 0; i < info->count; i++)
            ridge_text_append(text, " %s=%zu", info->parameters[i].name, tuning->values[kernel][i]);
        ridge_text_append(text, "\n");
    }
}

// Reads " NAME=VALUE" for all parameters and the end of the line.
static const char *read_values(const char *text, const struct ridge_tuning_kernel_info *info,
                               size_t *values)
{
    for (size_t i = 0; i < info->count; i++) {
        char expected[64];
        int length = snprintf(expected, sizeof(expected), " %s=", info->parameters[i].name);
        char *end;
        if (strncmp(text, expected, (size_t)length) != 0 || text[length] < '0' ||
            text[length] > '9')
            return NULL;
        values[i] = strtoull(text + length, &end, 10);
        if (values[i] > 65536)
            return NULL;
        text = end;
    }
    return *text == '\n' ? text + 1 : NULL;
}

bool ridge_tuning_read(const char *text, const ridge_device_info *info, struct ridge_tuning *tuning)
{
    *tuning = (struct ridge_tuning){0};
    while (*text) {
        int kernel = 0;
        size_t length = strcspn(text, " ");
        while (kernel < RIDGE_TUNING_KERNELS &&
               (strlen(ridge_tuning_kernels[kernel].name) != length ||
                strncmp(ridge_tuning_kernels[kernel].name, text, length) != 0))
            kernel++;
        if (kernel == RIDGE_TUNING_KERNELS || tuning->set[kernel])
            return false;
        text = read_values(text + length, &ridge_tuning_kernels[kernel], tuning->values[kernel]);
        if (!text || !ridge_tuning_kernels[kernel].fits(tuning->values[kernel], info))
            return false;
        tuning->set[kernel] = true;
    }
    return true;
}

void ridge_tuning_prepare(ridge_device *device)
{
    struct ridge_cache_file file = {0};
    struct ridge_tuning tuning;
    size_t size;
    char *text = NULL;
    if (!device->tuning && ridge_tuning_file(device, &file))
        text = (char *)ridge_cache_read(&file, &size);
    if (text && !ridge_tuning_read(text, &device->info, &tuning)) {
        ridge_log(RIDGE_LOG_INFO, "cache: %s does not fit the device; CLBlast's own parameters",
                  file.path.data);
    } else if (text) {
        ridge_status status = RIDGE_OK;
        for (int kernel = 0; kernel < RIDGE_TUNING_KERNELS && !status; kernel++)
            if (tuning.set[kernel])
                status = ridge_tuning_apply(device, &tuning, (enum ridge_tuning_kernel)kernel);
        ridge_log(RIDGE_LOG_INFO, "cache: CLBlast's parameters from %s%s%s", file.path.data,
                  status ? ": " : "", status ? ridge_error() : "");
        device->tuning = text;
        text = NULL;
    }
    free(text);
    ridge_cache_release(&file);
}
