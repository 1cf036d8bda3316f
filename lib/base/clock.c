// SPDX-License-Identifier: Apache-2.0
// Clocks, in seconds from some moment on.
#include "base/clock.h"

#include <time.h>

static double read_clock(clockid_t id)
{
    struct timespec time;
    clock_gettime(id, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

double ridge_clock(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

double ridge_clock_cpu(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}
