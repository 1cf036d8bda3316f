// SPDX-License-Identifier: Apache-2.0
// Sizes that decide how fast panel products are on a CPU, never what comes out: each sum goes over
// k in order whatever they are.
#ifndef RIDGE_OPS_GEMM_PANEL_SIZES_H
#define RIDGE_OPS_GEMM_PANEL_SIZES_H

#include "base/memory.h"
#include "device/cache_file.h"
#include "device/device.h"

// Those of the device: what a search has kept for it, else the defaults. Read at the first call.
const struct ridge_panel_sizes *ridge_panel_sizes(ridge_device *device);

extern const struct ridge_panel_sizes ridge_panel_defaults;

struct ridge_panel_parameter {
    const char *name;
    size_t offset;    // in struct ridge_panel_sizes
    size_t values[8]; // what a search tries, in order; 0 ends them
};
// A NULL name ends them.
extern const struct ridge_panel_parameter ridge_panel_parameters[];

size_t *ridge_panel_size(struct ridge_panel_sizes *sizes, const struct ridge_panel_parameter *of);

// The file kept for the device; false when there is none to be had. Its text is
// "panel steps=192 ...\n".
bool ridge_panel_file(const ridge_device *device, struct ridge_cache_file *file);
void ridge_panel_write(const struct ridge_panel_sizes *sizes, struct ridge_text *text);
// False when the text is not what ridge_panel_write makes, or a size is none that a search tries.
bool ridge_panel_read(const char *text, struct ridge_panel_sizes *sizes);

#endif
