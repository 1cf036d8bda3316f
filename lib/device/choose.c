// SPDX-License-Identifier: Apache-2.0
// Which device is best, and which one a selector means.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/memory.h"
#include "device/device.h"

static bool contains(const char *text, const char *part)
{
    size_t length = strlen(part);
    for (; *text; text++)
        if (strncasecmp(text, part, length) == 0)
            return true;
    return length == 0;
}

// Floats that a compute unit of a GPU treats at once. OpenCL does not tell, and vendors mean
// different things by a compute unit; right within a factor of two.
static unsigned gpu_lanes(const ridge_device_info *info)
{
    static const struct {
        const char *vendor;
        unsigned lanes;
    } known[] = {{"NVIDIA", 128},   {"Advanced Micro Devices", 64},
                 {"AMD", 64},       {"Apple", 128},
                 {"Qualcomm", 128}, {"Intel", 8}};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (contains(info->vendor, known[i].vendor))
            return known[i].lanes;
    return 32;
}

// With [integrated GPU, discrete GPU, PoCL], in any order, the discrete GPU is taken: training
// mostly waits for memory, and its own is about four times as fast as what an integrated one shares
// with the cores, so its rate counts fourfold. A large integrated GPU still beats a small old card.
// CPUs come after every GPU, which leaves the cores free. Accelerators come last, since most that
// show up are simulators and emulators. Lanes matter: a GPU of 128 units with 128 lanes beats one
// of 512 units with 8, and PoCL, with the vectors of the CPU, beats llvmpipe, with none.
void ridge_device_rate(ridge_device_info *info)
{
    enum { ACCELERATOR, CPU, INTEGRATED, DISCRETE };
    static const struct {
        const char *name;
        double class, factor;
    } kinds[] = {
        [ACCELERATOR] = {"accelerator", 0, 1},
        [CPU] = {"CPU", 1, 1},
        [INTEGRATED] = {"integrated GPU", 2, 1},
        [DISCRETE] = {"discrete GPU", 2, 4},
    };
    int kind = ACCELERATOR;
    if (info->type == RIDGE_DEVICE_CPU)
        kind = CPU;
    else if (info->type == RIDGE_DEVICE_GPU)
        kind = info->unified_memory ? INTEGRATED : DISCRETE;
    if (kind != CPU)
        info->lanes = kind == ACCELERATOR ? 1 : gpu_lanes(info);
    // What a driver does not tell counts as one. The rate is in units of 1 MHz x 1 lane; no device
    // comes near 1e12 of them.
    double rate = fmax(1, info->compute_units) * fmax(1, info->clock_mhz) * fmax(1, info->lanes);
    info->score = kinds[kind].class * 1e12 + kinds[kind].factor * rate;
    snprintf(info->reason, sizeof(info->reason), "%s, %u compute units at %u MHz, about %u lanes",
             kinds[kind].name, info->compute_units, info->clock_mhz, info->lanes);
}

static bool matches(const char *selector, const ridge_device_info *info)
{
    unsigned platform, device;
    int end = 0;
    if (!selector || !*selector)
        return true;
    if (sscanf(selector, "%u:%u%n", &platform, &device, &end) == 2 && selector[end] == 0)
        return info->platform == platform && info->device == device;
    if (strcasecmp(selector, "gpu") == 0)
        return info->type == RIDGE_DEVICE_GPU;
    if (strcasecmp(selector, "cpu") == 0)
        return info->type == RIDGE_DEVICE_CPU;
    return contains(info->name, selector) || contains(info->vendor, selector) ||
           contains(info->platform_name, selector);
}

static ridge_status no_device(const char *selector, const ridge_device_info *list, size_t count)
{
    struct ridge_text there = {0};
    for (size_t i = 0; i < count; i++)
        ridge_text_append(&there, "%s%u:%u %s (%s)", i ? "; " : "", list[i].platform,
                          list[i].device, list[i].name, list[i].usable ? "usable" : list[i].reason);
    ridge_status status;
    if (!count)
        status = ridge_fail(RIDGE_ERROR_NO_DEVICE,
                            "no OpenCL device: no driver offers one; install that of the GPU, or "
                            "PoCL for the CPU (package pocl-opencl-icd), which offers none where "
                            "it cannot write to its cache (POCL_CACHE_DIR)");
    else
        status =
            ridge_fail(RIDGE_ERROR_NO_DEVICE, "no usable OpenCL device matches '%s'; there is: %s",
                       selector && *selector ? selector : "any", there.data ? there.data : "");
    free(there.data);
    return status;
}

ridge_status ridge_device_choose(const char *selector, const ridge_device_info *list, size_t count,
                                 size_t *index)
{
    if (!index || (count && !list))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "list, index: expected pointers, got NULL");
    if (!selector || !*selector)
        selector = getenv("RIDGE_DEVICE");
    size_t best = count;
    for (size_t i = 0; i < count; i++)
        if (list[i].usable && matches(selector, &list[i]) &&
            (best == count || list[i].score > list[best].score))
            best = i;
    if (best == count)
        return no_device(selector, list, count);
    *index = best;
    return RIDGE_OK;
}
