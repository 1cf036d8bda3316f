// SPDX-License-Identifier: Apache-2.0
// OpenCL calls counted and made to fail: a test that is built with interpose.c defines these
// functions itself, so that every call of the program passes through it before the driver.
//
// Counts show what a step really does (creates, waits, builds); failures stand in for devices that
// vanish or run out of memory. Calls that a driver makes by itself do not count and do not fail.
// Not thread-safe, like the devices under test.
#ifndef RIDGE_TESTS_INTERPOSE_H
#define RIDGE_TESTS_INTERPOSE_H

#include <stddef.h>

#include <ridge/device.h>

enum interpose_call {
    INTERPOSE_GET_DEVICES,    // clGetDeviceIDs
    INTERPOSE_CREATE_CONTEXT, // clCreateContext
    INTERPOSE_CREATE_QUEUE,   // clCreateCommandQueue
    INTERPOSE_CREATE_BUFFER,  // clCreateBuffer, clCreateSubBuffer
    INTERPOSE_CREATE_SOURCE,  // clCreateProgramWithSource
    INTERPOSE_CREATE_BINARY,  // clCreateProgramWithBinary
    INTERPOSE_BUILD,          // clBuildProgram
    INTERPOSE_GET_BINARIES,   // clGetProgramInfo with CL_PROGRAM_BINARY_SIZES, CL_PROGRAM_BINARIES
    INTERPOSE_CREATE_KERNEL,  // clCreateKernel
    INTERPOSE_SET_ARGUMENT,   // clSetKernelArg
    INTERPOSE_LAUNCH,         // clEnqueueNDRangeKernel
    INTERPOSE_READ,           // clEnqueueReadBuffer
    INTERPOSE_WRITE,          // clEnqueueWriteBuffer
    INTERPOSE_BLOCKING,       // those of reads, writes and maps that wait
    INTERPOSE_FINISH,         // clFinish
    INTERPOSE_WAIT,           // clWaitForEvents
    INTERPOSE_CALL_COUNT
};

// Counts to zero, no failure to come.
void interpose_reset(void);

// Calls since the last reset, failed ones too.
size_t interpose_count(enum interpose_call call);

// The number of calls since the last reset that make the host wait or that create something; what
// a training step must keep at zero.
size_t interpose_waits(void);
size_t interpose_creations(void);

// The nth call from now on (1: the next one) fails with `code` and does not reach the driver;
// n of 0: every call from now on. INTERPOSE_BLOCKING cannot fail by itself.
void interpose_fail(enum interpose_call call, size_t n, cl_int code);

// As interpose_fail for clGetDeviceIDs, but only calls about one platform fail, all of them.
void interpose_fail_platform(cl_platform_id platform, cl_int code);

// In programs from source each `from` becomes `to` from now on, until a reset; and how many places
// that were. Both texts must outlive it.
void interpose_replace(const char *from, const char *to);
size_t interpose_replaced(void);

// References to contexts, queues, buffers, programs and kernels that the program holds now: one
// more for each creation and each retain, one less for each release. Not touched by a reset.
long interpose_live(void);

#endif
