// SPDX-License-Identifier: Apache-2.0
// Clocks, in seconds from some moment on.
#ifndef RIDGE_BASE_CLOCK_H
#define RIDGE_BASE_CLOCK_H

double ridge_clock(void);     // only goes forward
double ridge_clock_cpu(void); // what this thread has had of a CPU

#endif
