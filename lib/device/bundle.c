// SPDX-License-Identifier: Apache-2.0
// The bundle: what the first steps of dense networks mostly use. PoCL takes 7 ms for a build that
// it finds in its cache, and 15 ms to compile even an empty program to its intermediate code; a
// program in the bundle adds 0.5 to that, and 3 to 50 ms for each of its kernels, used or not:
// clang optimizes all of them. So what many networks do not use is left out, kernel by kernel (15
// more took 100 ms longer). Machine code is made for each kernel when it is first launched.
#include "device/bundle.h"

#include <stdlib.h>
#include <string.h>

#define MOST_KERNELS 3

// The defines stand here as the ops write them; one that differs is built by itself, and so is the
// program of a kernel that is not named here. The bundle is always the same, whatever a network
// uses, so that the driver's cache knows it.
static const struct unit {
    const char *name, *defines, *kernels[MOST_KERNELS];
} units[] = {
    {"bias", "", {"sum_rows"}},
    {"cross_entropy", "", {"loss_narrow"}},
    {"dropout", "", {"dropout"}},
    {"gather", "-DSOURCE=0", {"gather"}}, // float32
    {"gather", "-DSOURCE=1", {"gather"}}, // uint8
    {"gemm_panel", "-DACTIVATION=1", {"gemm_panel", "pack_tiles", "gemm_tiled"}},
    {"metrics", "", {"loss_accumulate"}},
    {"reduce", "-DREDUCTION=2", {"reduce_segments", "reduce_partials"}},
    {"step", "", {"step_begin"}},
    // SGD with momentum
    {"update", "-DOPTIMIZER=0 -DMOMENTUM=1 -DNESTEROV=0", {"update"}},
};
#define UNITS (sizeof(units) / sizeof(units[0]))

static bool has_kernel(const struct unit *unit, const char *kernel)
{
    for (size_t i = 0; i < MOST_KERNELS && unit->kernels[i]; i++)
        if (strcmp(unit->kernels[i], kernel) == 0)
            return true;
    return false;
}

int ridge_bundle_find(const char *name, const char *defines, const char *kernel)
{
    for (size_t i = 0; i < UNITS; i++)
        if (strcmp(units[i].name, name) == 0 && strcmp(units[i].defines, defines) == 0)
            return has_kernel(&units[i], kernel) ? (int)i : -1;
    return -1;
}

// The next define, "-DNAME=VALUE"; *length is that of NAME. NULL at the end.
static const char *next_define(const char *defines, size_t *length)
{
    const char *name = strstr(defines, "-D");
    if (!name)
        return NULL;
    name += 2;
    *length = strcspn(name, "= ");
    return name;
}

static void define_all(struct ridge_text *text, const char *defines)
{
    size_t length;
    for (const char *name = defines; (name = next_define(name, &length)); name += length) {
        const char *value = name + length;
        if (*value == '=')
            value++;
        ridge_text_append(text, "#define %.*s %.*s\n", (int)length, name, (int)strcspn(value, " "),
                          value);
    }
}

static bool contains(const char *const *names, const char *name)
{
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

void ridge_bundle_append(struct ridge_text *text, const struct ridge_kernel_source *source,
                         const char *defines, unsigned number, const char *const *keep)
{
    size_t length;
    ridge_text_append(text, "#pragma OPENCL FP_CONTRACT ON\n"); // a source may have turned it off
    define_all(text, defines);
    for (const char *const *name = source->names; *name; name++)
        ridge_text_append(text, "#define %s %s_%u\n", *name, *name, number);
    ridge_text_append(text, "%s\n", (const char *)source->text);
    for (const char *const *name = source->names; *name; name++)
        ridge_text_append(text, "#undef %s\n", *name);
    for (const char *const *macro = source->macros; *macro; macro++)
        if (!contains(keep, *macro))
            ridge_text_append(text, "#undef %s\n", *macro);
    for (const char *name = defines; (name = next_define(name, &length)); name += length)
        ridge_text_append(text, "#undef %.*s\n", (int)length, name);
}

// The defines, and those by which tools/embed.py makes kernels of the unit's kernels alone.
static void append_unit(struct ridge_text *text, unsigned number)
{
    static const char *const keep[] = {"RIDGE_WALK_CPU", NULL};
    const struct unit *unit = &units[number];
    struct ridge_text defines = {0};
    ridge_text_append(&defines, "%s -DRIDGE_BUNDLED", unit->defines);
    for (size_t i = 0; i < MOST_KERNELS && unit->kernels[i]; i++)
        ridge_text_append(&defines, " -DRIDGE_BUNDLED_%s", unit->kernels[i]);
    if (defines.failed)
        text->failed = true;
    else
        ridge_bundle_append(text, ridge_kernel_source_find(unit->name), defines.data, number, keep);
    free(defines.data);
}

void ridge_bundle_write(struct ridge_text *text)
{
    for (unsigned i = 0; i < UNITS; i++)
        append_unit(text, i);
}
