// SPDX-License-Identifier: Apache-2.0
// Timing the launches of a plan with the events of a profiling queue.
#ifndef RIDGE_DEVICE_TIMING_H
#define RIDGE_DEVICE_TIMING_H

#include "device/device.h"

// The device's queue, replaced by one whose events keep times. Nothing is running then.
struct ridge_timing {
    ridge_device *device;
    cl_command_queue before; // the device's own; NULL: nothing was replaced
};

// Errors: RIDGE_ERROR_UNSUPPORTED when the device has no such queue. ridge_timing_end must follow,
// also after a failure.
ridge_status ridge_timing_begin(struct ridge_timing *timing, ridge_device *device);
void ridge_timing_end(struct ridge_timing *timing);

// Runs the plan `times` times back to back and waits. seconds[i]: from start to end of the kernel
// of launch i, the mean; around a host call, from what came before it to its end. *whole: from the
// start of the first to the end of the last kernel, by `times`.
ridge_status ridge_timing_run(const struct ridge_timing *timing, const ridge_plan *plan,
                              size_t times, double *seconds, double *whole);

#endif
