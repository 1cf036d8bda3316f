// SPDX-License-Identifier: Apache-2.0
// The text of a fused kernel: the sources of all kernels that it calls, kept apart by names, and
// the loop over the table.
#ifndef RIDGE_DEVICE_FUSION_SOURCE_H
#define RIDGE_DEVICE_FUSION_SOURCE_H

#include "device/launcher.h"

#define RIDGE_FUSION_KERNEL "fused"

// Words of a launch in the table.
enum {
    RIDGE_FUSION_CALLEE,        // number of the kernel
    RIDGE_FUSION_GROUPS,        // two words
    RIDGE_FUSION_CHAIN = 3,     // so many launches from here on are one unit of work
    RIDGE_FUSION_ARGUMENTS = 4, // values, or numbers of buffers
    RIDGE_FUSION_LAUNCH_WORDS = RIDGE_FUSION_ARGUMENTS + RIDGE_MAX_ARGUMENTS
};

// Arguments of the fused kernel. Progress is words of 32 bits, RIDGE_FUSION_APART words apart:
// units done, and for each group how far its share is claimed.
enum {
    RIDGE_FUSION_TABLE,
    RIDGE_FUSION_FIRST_TURN, // its word in the table
    RIDGE_FUSION_TURNS,      // how many
    RIDGE_FUSION_ROUNDS,     // how often all of them
    RIDGE_FUSION_PROGRESS,
    RIDGE_FUSION_BEGIN, // what its first word stands at to begin with
    RIDGE_FUSION_HALT,  // the word that ends the work, two arguments
    RIDGE_FUSION_FIRST_BUFFER = RIDGE_FUSION_HALT + 2,
    RIDGE_FUSION_APART = 16
};

// A program, and a kernel of one.
struct ridge_fusion_section {
    char *program, *defines;
};
struct ridge_fusion_callee {
    size_t section;
    const char *kernel;
    enum ridge_argument_kind kinds[RIDGE_MAX_ARGUMENTS];
    size_t argument_count;
};

// Zero-initialise it.
struct ridge_fusion_source {
    struct ridge_fusion_section *sections;
    size_t section_count, section_capacity;
    struct ridge_fusion_callee *callees;
    size_t callee_count, callee_capacity;
};

// The number of the kernel that the launch names, which is added when it is new.
ridge_status ridge_fusion_source_add(struct ridge_fusion_source *source,
                                     const struct ridge_launch *launch, cl_ulong *number);

// The whole text, for free(); NULL with a message when memory runs out.
char *ridge_fusion_source_text(const struct ridge_fusion_source *source, size_t buffers);

void ridge_fusion_source_release(struct ridge_fusion_source *source);

#endif
