// SPDX-License-Identifier: Apache-2.0
// What the upper floors see of an open device.
#ifndef RIDGE_DEVICE_DEVICE_H
#define RIDGE_DEVICE_DEVICE_H

#include <ridge/device.h>

#include "device/launcher.h"

struct ridge_program;

enum ridge_walk {
    RIDGE_WALK_CPU, // one work-item a group, walking a contiguous chunk with wide vectors
    RIDGE_WALK_GPU, // many work-items side by side
    RIDGE_WALKS
};

// Whether small steps are fused into one launch (device/fusion.h).
enum ridge_fuse {
    RIDGE_FUSE_AUTO, // where it saves time
    RIDGE_FUSE_ON,   // wherever it can be done
    RIDGE_FUSE_OFF
};

// How panel products of the CPU walk are cut, see ops/gemm_panel.c.
struct ridge_panel_sizes {
    size_t steps;  // of k that are packed at a time, at most; 0: the sizes are not known yet
    size_t part;   // row tiles of a part of the rows, at least
    size_t near;   // elements that the second cache holds, or nearly
    size_t groups; // work-groups for each core
    size_t small;  // steps of tiles below which one group does it all
};

struct ridge_device {
    cl_context context;
    cl_device_id id;
    cl_command_queue queue;
    ridge_device_info info;
    enum ridge_walk walk;
    enum ridge_fuse fuse;
    bool program_cache;    // compiled programs are kept on disk
    unsigned lock_waits;   // of 10 ms, for others that build; 0: one of them kept the lock too long
    bool keeps_notes;      // what was found out about it is, too
    const char *gemm;      // name of the provider that ridge_gemm takes
    const char *conv;      // name of the provider that convolution takes where it can; NULL: any
    size_t conv_workspace; // bytes that convolution takes for columns of its products
    size_t update_from;    // elements from which on weights are updated where their gradient is
    bool gemm_checked;     // the provider is known to be right on this device
    bool clblast_built[2]; // CLBlast has built its kernels that need no scratch, that need some
    struct ridge_panel_sizes panel;
    char *tuning; // the parameters that CLBlast was given; NULL: its own

    uint64_t memory, memory_peak; // bytes in buffers made by ridge_buffer_create

    struct ridge_program *programs; // built so far, a list
    cl_program bundle;              // many of them in one, where `bundles`; NULL: not built yet
    bool bundles;
    bool declares; // programs bring their declarations, see ridge_program_declares
    struct ridge_launcher immediate;
    struct ridge_scratch_area *scratch[RIDGE_SCRATCHES]; // NULL until an op wants some

    cl_event mark;       // the last mark of ridge_device_throttle
    unsigned since_mark; // calls since then
};

// The memory behind ridge_scratch. A larger one replaces it in the device; plans that were recorded
// with the old one hold that until they go, since kernel arguments keep no buffer alive.
struct ridge_scratch_area {
    cl_mem buffer;
    size_t bytes;
    unsigned holders; // the device and plans
};

// What loaders say when there is no platform; from their extension cl_khr_icd.
#define RIDGE_PLATFORM_NOT_FOUND (-1001)

// The name of an OpenCL error code, e.g. "CL_INVALID_VALUE". Static.
const char *ridge_opencl_code_name(cl_int code);

// Fails with the OpenCL call's name and the name of its error code. Codes that mean too little
// memory become RIDGE_ERROR_DEVICE_MEMORY, or RIDGE_ERROR_MEMORY for that of the host.
ridge_status ridge_fail_opencl(const char *call, cl_int code);

// Returns when the OpenCL call, written as an expression that gives a code, failed.
#define RIDGE_TRY_CL(name, expression)                                                             \
    do {                                                                                           \
        cl_int ridge_try_code = (expression);                                                      \
        if (ridge_try_code != CL_SUCCESS)                                                          \
            return ridge_fail_opencl(name, ridge_try_code);                                        \
    } while (0)

// Buffers, counted in device->memory. The limit for one buffer is checked first, because some
// drivers accept a larger one and fail later. `data` NULL: content undefined.
ridge_status ridge_buffer_create(ridge_device *device, size_t bytes, const void *data,
                                 cl_mem *buffer);
void ridge_buffer_release(ridge_device *device, cl_mem *buffer);

// Writes to a tensor when its turn comes; `data` has to stay as it is until then.
ridge_status ridge_tensor_write_later(ridge_device *device, ridge_tensor tensor, const void *data);

// Makes the device's scratch at least this large (see ridge_scratch).
ridge_status ridge_scratch_reserve(ridge_device *device, enum ridge_scratch_kind kind,
                                   size_t bytes);
// One holder less; the last one frees the area. Sets *area to NULL.
void ridge_scratch_release(ridge_device *device, struct ridge_scratch_area **area);
// Bytes of the device's scratch, of both kinds.
size_t ridge_scratch_bytes(const ridge_device *device);

// The areas that something recorded refers to.
struct ridge_scratch_hold {
    struct ridge_scratch_area **areas;
    size_t count, capacity;
};
// Reserves, and holds the area that it is now; *buffer is its memory.
ridge_status ridge_scratch_hold(ridge_device *device, enum ridge_scratch_kind kind, size_t bytes,
                                struct ridge_scratch_hold *hold, cl_mem *buffer);
void ridge_scratch_let_go(ridge_device *device, struct ridge_scratch_hold *hold);

// Hands work to the device and keeps the queue short: called after each step of a long loop, it
// waits for what was enqueued some calls ago, so that the device always has work and the queue
// never grows beyond that.
ridge_status ridge_device_throttle(ridge_device *device);

// Fills `info` for a device, all but its numbers; `usable` and `reason` tell whether ridge can work
// with it.
void ridge_device_describe(cl_platform_id platform, cl_device_id id, ridge_device_info *info);

// Sets `lanes` (not for CPUs, which say it themselves), `score` and `reason` from the rest.
void ridge_device_rate(ridge_device_info *info);

// The device with these numbers, as ridge_device_list gives them. Errors: RIDGE_ERROR_NO_DEVICE.
ridge_status ridge_device_find(unsigned platform, unsigned device, cl_platform_id *platform_id,
                               cl_device_id *device_id);

#endif
