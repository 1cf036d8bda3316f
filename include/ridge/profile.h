// SPDX-License-Identifier: Apache-2.0
// Profiles: where the time of a training step goes, launch by launch.
#ifndef RIDGE_PROFILE_H
#define RIDGE_PROFILE_H

#include <ridge/base.h>
#include <ridge/data.h>
#include <ridge/network.h>

RIDGE_API_BEGIN

// One launch of a kernel, or one call of a library that launches by itself (CLBlast).
typedef struct ridge_profile_launch {
    const char *layer;   // its name; NULL: of the network as a whole
    const char *phase;   // "gather", "forward", "loss", "backward", "update", "advance"
    const char *program; // "dropout" for a kernel of cl/dropout.cl; NULL: a library's call
    const char *kernel;  // or the library's function
    // What it has to do at least. bytes: read and written, each element once; where the device
    // alone knows a size, it is taken for the largest possible. operations: on floating-point
    // numbers, multiply and add apart, a function such as exp as one; the integers that random
    // numbers are made of do not count.
    uint64_t bytes, operations;
    double seconds; // median
} ridge_profile_launch;

typedef struct ridge_profile {
    // In order. The array is the profile's, the texts are the network's.
    ridge_profile_launch *launches;
    size_t count;
    size_t batch;
    double step;  // seconds of a step that runs as a whole, back to back with others: median
    double timed; // seconds of a step whose launches were timed: from the start of the first to the
                  // end of the last; what the launches do not make up lies between them
    double host;  // seconds of the host's CPU that enqueueing one launch of it takes: median
} ridge_profile;

typedef struct ridge_profile_params {
    size_t batch;  // 0: that of compile
    size_t rounds; // repetitions that medians are taken over; 0: 15
} ridge_profile_params;
#define ridge_profile_params(...) RIDGE_PARAMS(ridge_profile_params, __VA_ARGS__)

// Measures a training step on rows of `data`, drawn in no order as training does. Parameters,
// optimizer and step counter are afterwards what they were before. NULL params: all defaults.
//
// The time of a launch comes from the events of a profiling queue, from the start to the end of its
// kernel, inside steps that run as a whole: caches are as training finds them, and what lies
// between two launches belongs to none of them. So the launches do not sum up to `timed`: the rest
// is what launching costs the device. `step` is measured without events. A library's call is timed
// by markers before and behind it, which includes that cost. Where ridge_fit makes few launches of
// a small network's many, a profile shows the many.
//
// Errors: RIDGE_ERROR_SHAPE, RIDGE_ERROR_DATA when the data do not fit the network;
// RIDGE_ERROR_UNSUPPORTED when the device has no profiling queue; RIDGE_ERROR_STATE inside
// ridge_fit; RIDGE_ERROR_DEVICE_MEMORY; RIDGE_ERROR_DEVICE.
RIDGE_API ridge_status ridge_profile_step(ridge_network *network, const ridge_dataset *data,
                                          const ridge_profile_params *params,
                                          ridge_profile *profile);

// Releases what is inside and clears the profile.
RIDGE_API void ridge_profile_clear(ridge_profile *profile);

RIDGE_API_END

#endif
