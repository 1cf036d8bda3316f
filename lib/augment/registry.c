// SPDX-License-Identifier: Apache-2.0
// The table of augmentations, made from the list in lib/meson.build, and their builders.
#include <string.h>

#include "augment/operation.h"

#define RIDGE_AUGMENTATION(name) extern const struct ridge_augmentation ridge_augmentation_##name;
#include "augmentations.inc"
#undef RIDGE_AUGMENTATION

#define RIDGE_AUGMENTATION(name) &ridge_augmentation_##name,
static const struct ridge_augmentation *const classes[] = {
#include "augmentations.inc"
    NULL};
#undef RIDGE_AUGMENTATION

#define RIDGE_AUGMENTATION(name)                                                                   \
    ridge_status ridge_augment_##name(ridge_augment *augment,                                      \
                                      const ridge_augment_##name##_params *params)                 \
    {                                                                                              \
        return ridge_augment_add(augment, #name, params);                                          \
    }
#include "augmentations.inc"
#undef RIDGE_AUGMENTATION

const ridge_augmentation_info *ridge_augmentation_at(size_t index)
{
    return index < sizeof(classes) / sizeof(classes[0]) - 1 ? &classes[index]->info : NULL;
}

const struct ridge_augmentation *ridge_augmentation_class(const char *name)
{
    for (size_t i = 0; classes[i]; i++)
        if (strcmp(classes[i]->info.name, name) == 0)
            return classes[i];
    return NULL;
}

const ridge_augmentation_info *ridge_augmentation_find(const char *name)
{
    const struct ridge_augmentation *class = name ? ridge_augmentation_class(name) : NULL;
    return class ? &class->info : NULL;
}
