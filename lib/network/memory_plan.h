// SPDX-License-Identifier: Apache-2.0
// Shares one piece of memory among blocks that live at different times.
#ifndef RIDGE_NETWORK_MEMORY_PLAN_H
#define RIDGE_NETWORK_MEMORY_PLAN_H

#include <stddef.h>

struct ridge_memory_block {
    size_t size;          // elements; 0: not there
    unsigned first, last; // it lives from time `first` to time `last`, both included
    size_t offset;        // found by ridge_memory_plan
};

// Places the blocks so that no two that live at the same time overlap; returns how many elements
// that takes, or SIZE_MAX when host memory ran out. Largest first, each at the lowest place that
// is free; offsets are multiples of 64 elements.
size_t ridge_memory_plan(struct ridge_memory_block *blocks, size_t count);

#endif
