// SPDX-License-Identifier: Apache-2.0
// What the host and the kernels of steps share. Preprocessor only, since C includes it, too.
#ifndef RIDGE_CL_STEP_CONSTANTS_H
#define RIDGE_CL_STEP_CONSTANTS_H

// The last words of a state: the number of the epoch, its place among those on the device, and
// whether what is enqueued should end.
#define EPOCH_NUMBER 0
#define EPOCH_PLACE 1
#define EPOCH_HALT 2
#define EPOCH_WORDS 3

#endif
