// SPDX-License-Identifier: Apache-2.0
// Launchers: ops describe a launch, a launcher enqueues it, records it, or only measures.
#ifndef RIDGE_DEVICE_LAUNCHER_H
#define RIDGE_DEVICE_LAUNCHER_H

#include "device/arguments.h"

// What a launch has to do at least, for profiles. bytes: read and written, each element once, what
// a kernel packs for itself left out. operations: on floating-point numbers, multiply and add
// apart, a function such as exp as one; integers (the words of random numbers) do not count. Where
// the device alone knows a size (segments), it is taken for the largest possible.
struct ridge_work {
    uint64_t bytes, operations;
};

// An estimate of how long one core of a CPU takes for it, with a small network that stays in its
// cache.
double ridge_work_seconds(const struct ridge_work *work);
// How many cores it is worth where none has to be woken: what one reads of it was mostly written by
// another, which costs as much as a few us of work.
size_t ridge_work_cores(const ridge_device *device, const struct ridge_work *work);

// Where in a step a launch belongs. Strings that outlive the plan; NULL: no layer.
struct ridge_part {
    const char *layer, *phase;
};

struct ridge_launch {
    const char *program; // base name of the .cl file
    const char *kernel;  // a static string: plans keep the pointer for their messages
    const char *defines; // e.g. "-DKIND=2", NULL for none; one program is built per distinct text
    struct ridge_argument arguments[RIDGE_MAX_ARGUMENTS]; // ends at the first size of zero
    size_t global[2], local[2];                           // global[1] of zero: one dimension
    struct ridge_work work;
};

// Work that is no kernel of ours (a library that enqueues by itself).
struct ridge_call {
    const char *name; // static
    ridge_status (*function)(ridge_device *device, const void *context);
    const void *context;
    size_t size; // bytes of `context`, which are copied; NULL and 0: none
    struct ridge_work work;
};

// Two areas of scratch memory: of an op that launches, and of one that calls others.
enum ridge_scratch_kind { RIDGE_SCRATCH_INNER, RIDGE_SCRATCH_OUTER, RIDGE_SCRATCHES };

struct ridge_launcher {
    ridge_device *device;
    struct ridge_part part; // of the launches that come next; plans keep it
    bool fuses; // launches become parts of one kernel, so no core has to be woken for one
    struct ridge_gemm_notes *notes; // where products are noted instead of launched; NULL: nowhere
    ridge_status (*launch)(ridge_launcher *self, const struct ridge_launch *launch);
    ridge_status (*call)(ridge_launcher *self, const struct ridge_call *call);
    ridge_status (*scratch)(ridge_launcher *self, enum ridge_scratch_kind kind, size_t bytes,
                            cl_mem *buffer);
};

// The launcher that enqueues at once.
void ridge_immediate_init(struct ridge_launcher *launcher, ridge_device *device);

ridge_status ridge_launch(ridge_launcher *on, const struct ridge_launch *launch);
ridge_status ridge_launch_call(ridge_launcher *on, const struct ridge_call *call);

// At least `bytes` (1 or more) of device memory for the launches of one op. The next op may be
// given the same memory, so nothing in it survives; an op that needs two areas asks once and
// divides.
ridge_status ridge_scratch(ridge_launcher *on, size_t bytes, cl_mem *buffer);
// The same for an op that hands it to other ops (convolution to products): what they get by
// ridge_scratch is elsewhere.
ridge_status ridge_outer_scratch(ridge_launcher *on, size_t bytes, cl_mem *buffer);

// A launcher that launches nothing and learns what the ops want: scratch (the most of each kind),
// launches and work (the sums).
struct ridge_measure {
    struct ridge_launcher launcher;
    size_t scratch_bytes[RIDGE_SCRATCHES], launches;
    size_t shared; // launches of several work-groups
    struct ridge_work work;
};
void ridge_measure_init(struct ridge_measure *measure, ridge_device *device);

// What a plan knows of its launch `index`, beside how to run it; not of one that ridge_plan_fuse
// has made one launch.
struct ridge_plan_entry {
    const char *program; // NULL: a host call
    const char *name;    // of the kernel, or of the host call
    struct ridge_part part;
    struct ridge_work work;
};
const struct ridge_plan_entry *ridge_plan_entry(const ridge_plan *plan, size_t index);
// Enqueues launch `index` alone. *event is the caller's to release; NULL after a host call.
ridge_status ridge_plan_enqueue(const ridge_plan *plan, size_t index, cl_event *event);

// Work sizes for kernels that walk over `count` elements with FOR_EACH_VECTOR of cl/common.h.
void ridge_launch_elements(const ridge_device *device, struct ridge_launch *launch, size_t count);

// Work sizes for kernels that treat one row with one work-group, FOR_EACH_ROW of cl/common.h:
// `rows` rows of about `row_size` elements.
void ridge_launch_rows(const ridge_device *device, struct ridge_launch *launch, size_t rows,
                       size_t row_size);
// The same for kernels that may also put narrow rows side by side into the lanes of a vector.
// Returns whether they do for rows of this size: then the kernel's name ends in _narrow.
bool ridge_launch_narrow_rows(const ridge_device *device, struct ridge_launch *launch, size_t rows,
                              size_t row_size);

#endif
