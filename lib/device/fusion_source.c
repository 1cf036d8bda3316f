// SPDX-License-Identifier: Apache-2.0
// The text of a fused kernel. One text that holds all sources is built faster than programs that
// are compiled apart and linked, and drivers cache it like any other.
#include "device/fusion_source.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "device/bundle.h"

static ridge_status add_section(struct ridge_fusion_source *source,
                                const struct ridge_launch *launch, size_t *number)
{
    const char *defines = launch->defines ? launch->defines : "";
    for (*number = 0; *number < source->section_count; ++*number) {
        const struct ridge_fusion_section *section = &source->sections[*number];
        if (strcmp(section->program, launch->program) == 0 &&
            strcmp(section->defines, defines) == 0)
            return RIDGE_OK;
    }
    if (!ridge_kernel_source_find(launch->program))
        return ridge_fail(RIDGE_ERROR_BUILD, "no kernel file is called %s.cl", launch->program);
    RIDGE_TRY(ridge_grow(&source->sections, &source->section_capacity, source->section_count + 1,
                         sizeof(*source->sections)));
    struct ridge_fusion_section *section = &source->sections[source->section_count++];
    section->program = ridge_duplicate(launch->program);
    section->defines = ridge_duplicate(defines);
    return section->program && section->defines ? RIDGE_OK : RIDGE_ERROR_MEMORY;
}

ridge_status ridge_fusion_source_add(struct ridge_fusion_source *source,
                                     const struct ridge_launch *launch, cl_ulong *number)
{
    size_t section;
    RIDGE_TRY(add_section(source, launch, &section));
    for (size_t i = 0; i < source->callee_count; i++) {
        *number = i;
        if (source->callees[i].section == section &&
            strcmp(source->callees[i].kernel, launch->kernel) == 0)
            return RIDGE_OK;
    }
    RIDGE_TRY(ridge_grow(&source->callees, &source->callee_capacity, source->callee_count + 1,
                         sizeof(*source->callees)));
    *number = source->callee_count;
    struct ridge_fusion_callee *callee = &source->callees[source->callee_count++];
    *callee = (struct ridge_fusion_callee){.section = section, .kernel = launch->kernel};
    while (callee->argument_count < RIDGE_MAX_ARGUMENTS &&
           launch->arguments[callee->argument_count].size) {
        callee->kinds[callee->argument_count] = launch->arguments[callee->argument_count].kind;
        callee->argument_count++;
    }
    return RIDGE_OK;
}

// The call for group (i, j) of a launch, whose words are `launch`.
static void append_call(struct ridge_text *text, const struct ridge_fusion_callee *callee,
                        size_t number)
{
    static const char *const forms[] = {
        [RIDGE_ARGUMENT_BUFFER] = ", buffers[launch[%zu]]",
        [RIDGE_ARGUMENT_UINT] = ", (uint)launch[%zu]",
        [RIDGE_ARGUMENT_ULONG] = ", launch[%zu]",
        [RIDGE_ARGUMENT_FLOAT] = ", as_float((uint)launch[%zu])",
    };
    ridge_text_append(text,
                      "        case %zu:\n"
                      "            %s_of_group_%zu(i, j, launch[1], launch[2]",
                      number, callee->kernel, callee->section);
    for (size_t i = 0; i < callee->argument_count; i++)
        ridge_text_append(text, forms[callee->kinds[i]], RIDGE_FUSION_ARGUMENTS + i);
    ridge_text_append(text, ");\n"
                            "            break;\n");
}

// Some 2 ms, several times what a unit takes.
#define SPINS (1u << 20)

// Group `group` of the launch that `launch` points to.
static void append_step(struct ridge_text *text, const struct ridge_fusion_source *source)
{
    ridge_text_append(text, "static inline void run(__global const ulong *launch, ulong group,\n"
                            "                       __global void *const *buffers)\n"
                            "{\n"
                            "    ulong i = group, j = 0;\n"
                            "    for (; i >= launch[1]; j++)\n"
                            "        i -= launch[1];\n"
                            "    switch ((uint)launch[0]) {\n");
    for (size_t i = 0; i < source->callee_count; i++)
        append_call(text, &source->callees[i], i);
    ridge_text_append(text, "    }\n}\n");
}

// The next unit of a share, units `from` to `to`, that nobody has claimed; `to` if there is none.
// claimed: the unit behind the last one that was, perhaps of an earlier launch.
static void append_claim(struct ridge_text *text)
{
    ridge_text_append(
        text, "static inline uint claim(__global uint *claimed, uint begin, uint from, uint to)\n"
              "{\n"
              "    for (uint seen = *(volatile __global uint *)claimed;;) {\n"
              "        uint next = (uint)max((int)(seen - begin), (int)from);\n"
              "        if (next >= to)\n"
              "            return to;\n"
              "        uint was = atomic_cmpxchg(claimed, seen, begin + next + 1);\n"
              "        if (was == seen)\n"
              "            return next;\n"
              "        seen = was;\n"
              "    }\n"
              "}\n");
}

// The kernel itself. A unit of work is a group of a launch, or a chain of launches that have one
// group each. Each group of the fused kernel has a share of a launch's units, neighbours, which
// mostly read and write the same lines. Whoever finds all units of the launches before done claims
// one after the other of its share, then what is left of the others'. So nobody waits but for work
// that somebody is at: a group that has not begun yet, or one that the system has put to sleep
// while it waits, keeps nobody waiting, and one group alone would do it all. Where work takes too
// long, the system has put somebody to sleep in the midst of it, for the sake of other processes;
// then those who wait leave, which frees a core. Units behind a halt are counted as ever, but
// nothing is done.
static void append_kernel(struct ridge_text *text, const struct ridge_fusion_source *source,
                          size_t buffers)
{
    append_step(text, source);
    append_claim(text);
    ridge_text_append(text,
                      "__kernel __attribute__((vec_type_hint(float16))) void " RIDGE_FUSION_KERNEL
                      "(__global const ulong *table, ulong first_turn, ulong turns,\n"
                      "    ulong rounds, __global uint *done, uint begin,\n"
                      "    __global const uint *halt, ulong halt_offset");
    for (size_t i = 0; i < buffers; i++)
        ridge_text_append(text, ", __global uchar *buffer%zu", i);
    ridge_text_append(text, ")\n{\n    __global void *buffers[] = {");
    for (size_t i = 0; i < buffers; i++)
        ridge_text_append(text, "%sbuffer%zu", i ? ", " : "", i);
    ridge_text_append(
        text,
        "};\n"
        "    volatile __global const uint *halted = halt + halt_offset;\n"
        "    uint group = get_group_id(0), groups = get_num_groups(0);\n"
        "    __global uint *claimed = done + %d, *own = claimed + group * %d;\n"
        "    uint before = *(volatile __global uint *)own;\n"
        "    if ((int)(before - begin) < 0)\n" // once 2^31 behind it would seem to be ahead
        "        atomic_cmpxchg(own, before, begin);\n"
        "    uint unit = 0;\n" // of this run, as all below; the counters go on from run to run
        "    for (ulong round = 0; round < rounds; round++)\n"
        "    for (ulong t = 0; t < turns; t++) {\n"
        "    __global const ulong *turn = table + first_turn + 3 * t;\n"
        "    for (ulong time = 0; time < turn[2]; time++)\n"
        "    for (ulong l = turn[0], stop = l + turn[1]; l < stop; l += table[l * %d + %d]) {\n"
        "        __global const ulong *launch = table + l * %d;\n"
        "        ulong chain = launch[%d], units = chain > 1 ? 1 : launch[1] * launch[2];\n"
        "        for (uint spins = 0; *(volatile __global uint *)done - begin < unit; spins++)\n"
        "            if (spins == %u)\n"
        "                return;\n"
        "        mem_fence(CLK_GLOBAL_MEM_FENCE);\n"
        "        for (uint i = 0; i < groups; i++) {\n"
        "            uint share = (group + i) %% groups, next;\n"
        "            uint from = unit + (share * units + groups - 1) / groups;\n"
        "            uint to = unit + ((share + 1) * units + groups - 1) / groups;\n"
        "            while ((next = claim(claimed + share * %d, begin, from, to)) < to) {\n"
        "                for (ulong c = 0; c < chain && !*halted; c++)\n"
        "                    run(launch + c * %d, next - unit, buffers);\n"
        "                mem_fence(CLK_GLOBAL_MEM_FENCE);\n"
        "                atomic_inc(done);\n"
        "            }\n"
        "        }\n"
        "        unit += units;\n"
        "    }\n    }\n}\n",
        RIDGE_FUSION_APART, RIDGE_FUSION_APART, RIDGE_FUSION_LAUNCH_WORDS, RIDGE_FUSION_CHAIN,
        RIDGE_FUSION_LAUNCH_WORDS, RIDGE_FUSION_CHAIN, SPINS, RIDGE_FUSION_APART,
        RIDGE_FUSION_LAUNCH_WORDS);
}

char *ridge_fusion_source_text(const struct ridge_fusion_source *source, size_t buffers)
{
    struct ridge_text text = {0};
    static const char *const keep[] = {"RIDGE_WALK_CPU", "RIDGE_FUSED", NULL};
    for (size_t i = 0; i < source->section_count; i++)
        ridge_bundle_append(&text, ridge_kernel_source_find(source->sections[i].program),
                            source->sections[i].defines, (unsigned)i, keep);
    ridge_text_append(&text, "#line 1 \"fused\"\n");
    append_kernel(&text, source, buffers);
    if (!text.failed)
        return text.data;
    free(text.data);
    return NULL;
}

void ridge_fusion_source_release(struct ridge_fusion_source *source)
{
    for (size_t i = 0; i < source->section_count; i++) {
        free(source->sections[i].program);
        free(source->sections[i].defines);
    }
    free(source->sections);
    free(source->callees);
    *source = (struct ridge_fusion_source){0};
}
