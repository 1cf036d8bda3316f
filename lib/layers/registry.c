// SPDX-License-Identifier: Apache-2.0
// The table of layer classes, made from the list in lib/meson.build.
#include <stdio.h>
#include <string.h>

#include "layers/layer.h"

#define RIDGE_LAYER(name) extern const struct ridge_layer_class ridge_layer_class_##name;
#include "layers.inc"
#undef RIDGE_LAYER

#define RIDGE_LAYER(name) &ridge_layer_class_##name,
static const struct ridge_layer_class *const classes[] = {
#include "layers.inc"
    NULL};
#undef RIDGE_LAYER

const char *const ridge_init_choices[] = {
    "default", "he_normal", "he_uniform", "glorot_normal", "glorot_uniform", "zeros", "ones", NULL};

const ridge_layer_info *ridge_layer_at(size_t index)
{
    return index < sizeof(classes) / sizeof(classes[0]) - 1 ? &classes[index]->info : NULL;
}

const struct ridge_layer_class *ridge_layer_class_find(const char *name)
{
    for (size_t i = 0; classes[i]; i++)
        if (strcmp(classes[i]->info.name, name) == 0)
            return classes[i];
    return NULL;
}

const ridge_layer_info *ridge_layer_find(const char *name)
{
    const struct ridge_layer_class *class = ridge_layer_class_find(name);
    return class ? &class->info : NULL;
}

size_t ridge_row_count(const struct ridge_row_shape *shape)
{
    size_t count = 1;
    for (unsigned d = 0; d < shape->rank; d++)
        count *= shape->size[d];
    return count;
}

bool ridge_row_has_one_order(const struct ridge_row_shape *shape)
{
    return shape->rank < 2 || shape->size[0] == 1 || ridge_row_count(shape) == shape->size[0];
}

bool ridge_row_equal(const struct ridge_row_shape *a, const struct ridge_row_shape *b)
{
    bool equal = a->rank == b->rank && a->interleaved == b->interleaved;
    for (unsigned d = 0; d < a->rank && equal; d++)
        equal = a->size[d] == b->size[d];
    return equal;
}

enum ridge_memory_order ridge_order_any(const void *params, const struct ridge_row_shape *input)
{
    (void)params;
    (void)input;
    return RIDGE_ORDER_ANY;
}

const char *ridge_row_text(const struct ridge_row_shape *shape, char *text)
{
    size_t length = 0;
    text[0] = 0;
    for (unsigned d = 0; d < shape->rank; d++)
        length +=
            (size_t)snprintf(text + length, 96 - length, "%s%zu", d ? "x" : "", shape->size[d]);
    return text;
}
