// SPDX-License-Identifier: Apache-2.0
// CLBlast's parameters: which there are, which go together, and those kept for a device.
#ifndef RIDGE_OPS_GEMM_CLBLAST_TUNING_H
#define RIDGE_OPS_GEMM_CLBLAST_TUNING_H

#include "base/memory.h"
#include "device/cache_file.h"
#include "device/device.h"

#define RIDGE_TUNING_MOST 16 // parameters of one kernel

enum ridge_tuning_kernel {
    RIDGE_TUNING_INDIRECT, // large products: matrices are brought into shape first
    RIDGE_TUNING_DIRECT,   // small ones
    RIDGE_TUNING_ROUTINE,  // from which cube on a product is large
    RIDGE_TUNING_KERNELS
};

struct ridge_tuning_parameter {
    const char *name;
    size_t values[8]; // what the search tries, in order; ends with RIDGE_TUNING_END
};
#define RIDGE_TUNING_END ((size_t)-1)

struct ridge_tuning_kernel_info {
    const char *name; // as CLBlast knows it
    struct ridge_tuning_parameter parameters[RIDGE_TUNING_MOST];
    size_t count;
    // Whether values go together, by CLBlast's own rules and on this device.
    bool (*fits)(const size_t *values, const ridge_device_info *info);
};
extern const struct ridge_tuning_kernel_info ridge_tuning_kernels[RIDGE_TUNING_KERNELS];

// Values for each kernel; those of a kernel that is not set are CLBlast's own.
struct ridge_tuning {
    bool set[RIDGE_TUNING_KERNELS];
    size_t values[RIDGE_TUNING_KERNELS][RIDGE_TUNING_MOST];
};

// Hands one kernel's values to CLBlast, which builds anew at the next product.
ridge_status ridge_tuning_apply(ridge_device *device, const struct ridge_tuning *tuning,
                                enum ridge_tuning_kernel kernel);

// The file kept for the device: false when there is none to be had. Text is "Xgemm GEMMK=0 ...\n"
// for each kernel that is set.
bool ridge_tuning_file(const ridge_device *device, struct ridge_cache_file *file);
void ridge_tuning_write(const struct ridge_tuning *tuning, struct ridge_text *text);
// False when the text is not what ridge_tuning_write makes, or does not fit the device.
bool ridge_tuning_read(const char *text, const ridge_device_info *info,
                       struct ridge_tuning *tuning);

// Applies what is kept, once for a device, and remembers its text in device->tuning.
void ridge_tuning_prepare(ridge_device *device);

#endif
