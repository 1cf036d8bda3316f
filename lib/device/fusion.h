// SPDX-License-Identifier: Apache-2.0
// Fused launches: one kernel that walks a table of launches and calls the very kernels that they
// name as functions, once for each work-group. Small networks are bound by what a launch costs;
// this way a whole epoch is one. Where launches have several groups the cores share them: the fused
// kernel has as many work-groups, of one work-item each, which wait for each other between
// launches.
//
// A fusion is recorded like a plan, in parts; turns then say how often which part runs. It computes
// what the launches would, bit for bit. It takes kernels of the CPU walk, where a work-group is one
// work-item and groups are few and independent.
#ifndef RIDGE_DEVICE_FUSION_H
#define RIDGE_DEVICE_FUSION_H

#include "device/device.h"

struct ridge_fusion;

ridge_status ridge_fusion_create(ridge_device *device, struct ridge_fusion **fusion);
void ridge_fusion_destroy(struct ridge_fusion **fusion);

// Owned by the fusion. What it is given belongs to the part begun last; it takes no host calls and
// no launches with groups of several work-items or with local memory (RIDGE_ERROR_UNSUPPORTED).
ridge_launcher *ridge_fusion_launcher(struct ridge_fusion *fusion);

// Begins a part; the first one has number 0.
ridge_status ridge_fusion_part(struct ridge_fusion *fusion, size_t *part);
// Adds a turn: `part`, `times` times over. The first turn has number 0.
ridge_status ridge_fusion_turn(struct ridge_fusion *fusion, size_t part, size_t times);

// Bytes on the device of a fusion with so many launches and turns.
size_t ridge_fusion_bytes(const ridge_device *device, size_t launches, size_t turns);

// Builds the kernel and puts the table on the device; nothing can be added from then on.
ridge_status ridge_fusion_build(struct ridge_fusion *fusion);

// Where `word`, a uint32 of those that launches write, is not zero, what is left of a run is left
// out. Launches of several groups may be left out in part while it changes.
void ridge_fusion_halt(struct ridge_fusion *fusion, ridge_tensor word);

// Enqueues `count` turns from `first` on, all of them `rounds` times over, as one launch.
ridge_status ridge_fusion_run(struct ridge_fusion *fusion, size_t first, size_t count,
                              size_t rounds);

#endif
