// SPDX-License-Identifier: Apache-2.0
// The bundle: what dense networks mostly use. PoCL takes 7 ms for a build that it finds in its
// cache, and 15 ms to compile even an empty program to its intermediate code; a program in the
// bundle adds 0.5 to that, and 20 to 50 ms for its kernels, used or not: clang optimizes all of
// them. So what many networks do not use is left out (six programs more took 200 ms longer).
// Machine code is made for each kernel when it is first launched.
#include "device/bundle.h"

#include <string.h>

// The defines stand here as the ops write them; one that differs is built by itself. The bundle is
// always the same, whatever a network uses, so that the driver's cache knows it.
static const struct unit {
    const char *name, *defines;
} units[] = {
    {"bias", ""},
    {"cross_entropy", ""},
    {"dropout", ""},
    {"elementwise", ""},
    {"gather", "-DSOURCE=0"}, // float32
    {"gather", "-DSOURCE=1"}, // uint8
    {"gemm_panel", "-DACTIVATION=1"},
    {"metrics", ""},
    {"reduce", "-DREDUCTION=2"},
    {"step", ""},
    {"update", "-DOPTIMIZER=0 -DMOMENTUM=1 -DNESTEROV=0"}, // SGD with momentum
};
#define UNITS (sizeof(units) / sizeof(units[0]))

int ridge_bundle_find(const char *name, const char *defines)
{
    for (size_t i = 0; i < UNITS; i++)
        if (strcmp(units[i].name, name) == 0 && strcmp(units[i].defines, defines) == 0)
            return (int)i;
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

void ridge_bundle_write(struct ridge_text *text)
{
    static const char *const keep[] = {"RIDGE_WALK_CPU", NULL};
    for (unsigned i = 0; i < UNITS; i++)
        ridge_bundle_append(text, ridge_kernel_source_find(units[i].name), units[i].defines, i,
                            keep);
}
