// SPDX-License-Identifier: Apache-2.0
// Memory planning by greedy placement; within a few per cent of the optimum for chains of layers.
#include "network/memory_plan.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/memory.h"

#define ALIGNMENT 64 // elements: a cache line of any device, and any vector width

static size_t align(size_t size)
{
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static int larger_first(const void *a, const void *b)
{
    const struct ridge_memory_block *x = *(struct ridge_memory_block *const *)a;
    const struct ridge_memory_block *y = *(struct ridge_memory_block *const *)b;
    if (x->size != y->size)
        return x->size > y->size ? -1 : 1;
    return x < y ? -1 : 1; // a fixed order among equals
}

static bool collide(const struct ridge_memory_block *a, const struct ridge_memory_block *b)
{
    bool same_time = a->first <= b->last && b->first <= a->last;
    return same_time && a->offset < b->offset + align(b->size) &&
           b->offset < a->offset + align(a->size);
}

// Moves the block up past whatever it collides with, until nothing does.
static void place(struct ridge_memory_block *block, struct ridge_memory_block *const *placed,
                  size_t count)
{
    block->offset = 0;
    for (size_t i = 0; i < count;) {
        if (collide(block, placed[i])) {
            block->offset = placed[i]->offset + align(placed[i]->size);
            i = 0;
        } else {
            i++;
        }
    }
}

size_t ridge_memory_plan(struct ridge_memory_block *blocks, size_t count)
{
    struct ridge_memory_block **order = ridge_allocate(count, sizeof(*order));
    if (!order)
        return SIZE_MAX;
    size_t used = 0, total = 0;
    for (size_t i = 0; i < count; i++)
        if (blocks[i].size)
            order[used++] = &blocks[i];
    qsort(order, used, sizeof(*order), larger_first);
    for (size_t i = 0; i < used; i++) {
        place(order[i], order, i);
        size_t end = order[i]->offset + align(order[i]->size);
        if (end > total)
            total = end;
    }
    free(order);
    return total;
}
