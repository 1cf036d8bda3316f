// SPDX-License-Identifier: Apache-2.0
// Devices: what there is, choosing one, wrapping one that the program already has.
//
// Thread-safety: listing is safe from any thread. A device and everything made on it (tensors,
// plans, networks) belong to one thread at a time.
#ifndef RIDGE_DEVICE_H
#define RIDGE_DEVICE_H

#ifndef CL_TARGET_OPENCL_VERSION
#define CL_TARGET_OPENCL_VERSION 120
#endif
#ifdef __APPLE__
#include <OpenCL/opencl.h>
#else
#include <CL/cl.h>
#endif
#include <ridge/base.h>

RIDGE_API_BEGIN

typedef struct ridge_device ridge_device;

typedef enum ridge_device_type {
    RIDGE_DEVICE_OTHER = 0,
    RIDGE_DEVICE_CPU,
    RIDGE_DEVICE_GPU,
    RIDGE_DEVICE_ACCELERATOR
} ridge_device_type;

// What one device says of itself. Sizes in bytes.
typedef struct ridge_device_info {
    unsigned platform, device; // numbers as in the selector "platform:device"; 0, 0 if wrapped
    char platform_name[128], name[128], vendor[128], driver[64], version[64];
    ridge_device_type type;
    unsigned compute_units, clock_mhz;
    unsigned lanes; // floats that a compute unit treats at once, an estimate
    uint64_t memory, largest_buffer, local_memory;
    uint64_t cache; // global memory cache; 0 where the device does not say
    size_t largest_group;
    bool has_fp64, unified_memory;
    bool usable;
    double score;     // an estimate for choosing: larger is better; 0 when not usable
    char reason[160]; // why it is not usable, or what the score is made of
} ridge_device_info;

// Every device of every platform, also those that ridge could not use (usable is false and reason
// says why). *list is the caller's to ridge_device_list_free(). A platform that fails is logged and
// skipped. *count is 0 where there is no OpenCL at all; that is not a failure.
RIDGE_API ridge_status ridge_device_list(ridge_device_info **list, size_t *count);
// Frees the list and sets *list to NULL.
RIDGE_API void ridge_device_list_free(ridge_device_info **list);

// The index in `list` that ridge_device_open(selector) would take.
//
// selector: "1:0"        platform 1, device 0
//           "gpu", "cpu" the best of that type
//           other text   the best device whose name, vendor or platform contains it, any case
//           NULL, ""     $RIDGE_DEVICE when set, else the best of all
// The best is the usable device with the highest score: GPUs before CPUs before the rest, then by
// compute units x clock x lanes, which count fourfold for a GPU with memory of its own.
// Errors: RIDGE_ERROR_NO_DEVICE; the message lists what there is.
RIDGE_API ridge_status ridge_device_choose(const char *selector, const ridge_device_info *list,
                                           size_t count, size_t *index);

// Opens a device with a context and an in-order queue of its own. The caller closes *device; it is
// NULL on failure. When the best device does not open, that is logged and the next best one that
// fits the selector is taken. Errors: RIDGE_ERROR_NO_DEVICE (the message lists what there is and
// what failed), RIDGE_ERROR_ARGUMENT ($RIDGE_WALK, $RIDGE_GEMM, $RIDGE_CONV, $RIDGE_CACHE,
// $RIDGE_FUSE), RIDGE_ERROR_MEMORY.
RIDGE_API ridge_status ridge_device_open(const char *selector, ridge_device **device);

// Makes a device of a context, device and queue that the program has. ridge retains all three and
// enqueues on `queue`, which must be in order. The caller closes *device; it is NULL on failure.
// Errors: RIDGE_ERROR_ARGUMENT when they do not belong together or the queue is out of order,
// RIDGE_ERROR_UNSUPPORTED when the device lacks something (OpenCL 1.2, a compiler).
RIDGE_API ridge_status ridge_device_wrap(cl_context context, cl_device_id id,
                                         cl_command_queue queue, ridge_device **device);

// Waits for the queue, releases the device and sets *device to NULL. Everything made on the device
// must be gone before. NULL and a NULL handle are fine.
RIDGE_API void ridge_device_close(ridge_device **device);

// What is known of the device, and its OpenCL objects: owned by it, not retained for the caller.
// They and the calls below expect a device, not NULL.
RIDGE_API const ridge_device_info *ridge_device_get_info(const ridge_device *device);
RIDGE_API cl_context ridge_device_context(const ridge_device *device);
RIDGE_API cl_command_queue ridge_device_queue(const ridge_device *device);

// Waits until everything enqueued is done. Errors: RIDGE_ERROR_DEVICE.
RIDGE_API ridge_status ridge_device_finish(ridge_device *device);

// Bytes that ridge holds in buffers on this device: now and at most since it was opened (or since
// the last reset of the peak).
RIDGE_API uint64_t ridge_device_memory(const ridge_device *device);
RIDGE_API uint64_t ridge_device_memory_peak(const ridge_device *device);
RIDGE_API void ridge_device_memory_peak_reset(ridge_device *device);

// How kernels walk over data, and which GEMM provider is taken. Both follow the device type unless
// $RIDGE_WALK ("cpu", "gpu") or $RIDGE_GEMM ("panel", "clblast", "plain") say otherwise when the
// device is opened. A provider that gives wrong products is replaced at its first use, at worst by
// "plain". $RIDGE_CONV ("winograd", "depthwise", "panel", "im2col", "tiled", "plain") names the way
// of convolutions where it can do them; without it each takes the one that is fastest. "panel"
// refuses Winograd's, which rounds more (ridge/image.h); a program sets the variable before it
// opens the device. Static strings.
RIDGE_API const char *ridge_device_walk(const ridge_device *device);
RIDGE_API const char *ridge_device_gemm(const ridge_device *device);

// Launchers: where an op's kernels go. Every op takes one and does not know which it has.
typedef struct ridge_launcher ridge_launcher;

// Enqueues at once. Owned by the device.
RIDGE_API ridge_launcher *ridge_device_launcher(ridge_device *device);

// A plan keeps what its launcher was given, kernel arguments set, and enqueues all of it again with
// each run. The tensors that were recorded must stay alive as long as the plan.
typedef struct ridge_plan ridge_plan;

// An empty plan, which the caller destroys. The device must outlive it. Errors:
// RIDGE_ERROR_ARGUMENT, RIDGE_ERROR_MEMORY.
RIDGE_API ridge_status ridge_plan_create(ridge_device *device, ridge_plan **plan);
// Owned by the plan.
RIDGE_API ridge_launcher *ridge_plan_launcher(ridge_plan *plan);
// Enqueues everything in the order in which it was recorded; does not wait, allocate or create.
// Errors: RIDGE_ERROR_DEVICE, RIDGE_ERROR_DEVICE_MEMORY.
RIDGE_API ridge_status ridge_plan_run(const ridge_plan *plan);
// Makes one launch of all that the plan's launcher is given from here on; call it before any op is
// recorded, and ask for the launcher behind it. That spares what launches cost, which is more than
// the work of small ones; results stay what they are, bit for bit. The first run builds a kernel of
// them all, which takes PoCL 0.3 to 3 s where its cache does not know it; later runs are as above.
// Errors: RIDGE_ERROR_ARGUMENT, RIDGE_ERROR_UNSUPPORTED on the GPU walk.
RIDGE_API ridge_status ridge_plan_fuse(ridge_plan *plan);
// How many launches a run makes.
RIDGE_API size_t ridge_plan_length(const ridge_plan *plan);
// Releases the plan and sets *plan to NULL. NULL and a NULL handle are fine.
RIDGE_API void ridge_plan_destroy(ridge_plan **plan);

RIDGE_API_END

#endif
