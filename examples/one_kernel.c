// SPDX-License-Identifier: Apache-2.0
// A plain OpenCL program that takes one kernel of ridge: dropout on a buffer that it already has,
// on its own context and queue. Nothing is copied, and the program goes on as before.
#include <ridge/ridge.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT 1000000

struct program {
    cl_device_id device;
    cl_context context;
    cl_command_queue queue;
    cl_mem buffer;
};

// What a program of this kind does anyway; the first device of the first platform will do.
static int start(struct program *program)
{
    cl_platform_id platform;
    cl_int code = clGetPlatformIDs(1, &platform, NULL);
    if (code == CL_SUCCESS)
        code = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &program->device, NULL);
    if (code == CL_SUCCESS)
        program->context = clCreateContext(NULL, 1, &program->device, NULL, NULL, &code);
    if (code == CL_SUCCESS)
        program->queue = clCreateCommandQueue(program->context, program->device, 0, &code);
    if (code == CL_SUCCESS)
        program->buffer = clCreateBuffer(program->context, CL_MEM_READ_WRITE,
                                         COUNT * sizeof(cl_float), NULL, &code);
    const cl_float one = 1;
    if (code == CL_SUCCESS)
        code = clEnqueueFillBuffer(program->queue, program->buffer, &one, sizeof(one), 0,
                                   COUNT * sizeof(cl_float), 0, NULL, NULL);
    return code;
}

// ridge retains what it wraps and lets it go when its device is closed.
static ridge_status drop_half(const struct program *program)
{
    ridge_device *device;
    ridge_status status =
        ridge_device_wrap(program->context, program->device, program->queue, &device);
    if (status != RIDGE_OK)
        return status;
    ridge_tensor x;
    status = ridge_tensor_wrap(device, program->buffer, 0, RIDGE_FLOAT32, RIDGE_SHAPE(COUNT), &x);
    const ridge_random random = {.seed = 1};
    if (status == RIDGE_OK)
        status = ridge_dropout_apply(ridge_device_launcher(device), 0.5f, &random, x, x, false);
    ridge_device_close(&device);
    return status;
}

// Kept elements are scaled by 1 / (1 - rate), so the mean stays near 1.
static int show(const struct program *program)
{
    cl_float *values = malloc(COUNT * sizeof(*values));
    if (!values)
        return CL_OUT_OF_HOST_MEMORY;
    cl_int code = clEnqueueReadBuffer(program->queue, program->buffer, CL_TRUE, 0,
                                      COUNT * sizeof(*values), values, 0, NULL, NULL);
    size_t dropped = 0;
    double sum = 0;
    for (size_t i = 0; i < COUNT && code == CL_SUCCESS; i++) {
        dropped += values[i] == 0;
        sum += (double)values[i];
    }
    printf("%zu of %d elements dropped, the mean is %.4f\n", dropped, COUNT, sum / COUNT);
    free(values);
    return code;
}

int main(void)
{
    struct program program = {0};
    int code = start(&program);
    if (code == CL_SUCCESS) {
        ridge_status status = drop_half(&program);
        if (status == RIDGE_OK)
            code = show(&program);
        else
            fprintf(stderr, "%s\n", ridge_error());
        code = status ? 1 : code;
    } else {
        fprintf(stderr, "OpenCL says %d\n", code);
    }
    if (program.buffer)
        clReleaseMemObject(program.buffer);
    if (program.queue)
        clReleaseCommandQueue(program.queue);
    if (program.context)
        clReleaseContext(program.context);
    return code == CL_SUCCESS ? 0 : 1;
}
