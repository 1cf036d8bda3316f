// SPDX-License-Identifier: Apache-2.0
// Compiled programs on disk, for drivers that do not keep them themselves.
#ifndef RIDGE_DEVICE_PROGRAM_CACHE_H
#define RIDGE_DEVICE_PROGRAM_CACHE_H

#include "device/device.h"

// Whether the disk cache pays on this device: not where the driver caches by itself and handing out
// binaries costs. $RIDGE_CACHE ("on", "off") overrides it when a device is opened.
bool ridge_program_cache_helps(const ridge_device_info *info);

// Whether builds cost so much each that programs are better bundled (device/bundle.h).
bool ridge_program_bundle_helps(const ridge_device_info *info);

// Whether the compiler takes so long to read the declarations of OpenCL's functions that programs
// better bring those they need.
bool ridge_program_declares(const ridge_device_info *info);

// A program made from the cached binary of exactly this source and these options on this device
// and driver, built; NULL when there is none or anything about it is wrong. Never a failure.
cl_program ridge_program_cache_load(ridge_device *device, const char *name,
                                    const unsigned char *text, size_t size, const char *options);

// Stores the program's binary. Never a failure: what cannot be stored is built again next time.
void ridge_program_cache_store(ridge_device *device, const char *name, const unsigned char *text,
                               size_t size, const char *options, cl_program program);

// Held while a program is built on drivers whose own caches break when processes build at once.
// Gives -1 where there is no need, or no place for a lock; then the build goes on without, as it
// does when somebody has held it for device->lock_waits, which are then not waited again.
#define RIDGE_LOCK_WAITS 12000 // two minutes
int ridge_program_cache_lock(ridge_device *device);
void ridge_program_cache_unlock(int lock);

#endif
