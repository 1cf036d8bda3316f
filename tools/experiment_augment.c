// SPDX-License-Identifier: Apache-2.0
// From the list of operations in an experiment file to a pipeline.
#include "experiment_augment.h"

#include <stdio.h>
#include <string.h>

#define SETTINGS_NAME "settings"

static bool refuse_kind(const struct setting *item, const char *name)
{
    char known[1024] = "";
    size_t length = 0;
    for (size_t i = 0; ridge_augmentation_at(i) && length < sizeof(known); i++)
        length += (size_t)snprintf(known + length, sizeof(known) - length, "%s%s",
                                   length ? ", " : "", ridge_augmentation_at(i)->name);
    return setting_refuse(item, "unknown operation '%s'; known are: %s", name, known);
}

static bool read_fields(const struct setting *item, const struct setting *inner, const char *name,
                        const ridge_field *fields, void *params)
{
    if (inner && !setting_expect_map(inner, name))
        return false;
    for (const struct setting *entry = inner ? inner->first : NULL; entry; entry = entry->next)
        if (!setting_to_field_of(entry, name, fields, params))
            return false;
    if (ridge_fields_check(fields, params))
        return setting_refuse(inner ? inner : item, "%s: %s", name, ridge_error());
    return true;
}

static bool read_operation(struct experiment_augmentation *operation, const struct setting *item)
{
    const struct setting *inner;
    const char *name = setting_named(item, &inner);
    if (!name)
        return setting_refuse(item, "expected an operation, as '- rotation: {degrees: 15}'");
    if (strcmp(name, SETTINGS_NAME) == 0)
        return setting_refuse(item, "%s: hold for all operations; put them first", name);
    operation->setting = item;
    operation->kind = ridge_augmentation_find(name);
    if (!operation->kind)
        return refuse_kind(item, name);
    operation->params = allocate(1, operation->kind->params_size);
    return read_fields(item, inner, name, operation->kind->fields, operation->params);
}

bool experiment_read_augment(struct experiment *experiment, const struct setting *section)
{
    if (section->kind == SETTING_NOTHING)
        return true;
    if (section->kind != SETTING_LIST)
        return setting_refuse(
            section, "augment: expected a list of operations, as '- rotation: {degrees: 15}'");
    const struct setting *item = section->first, *inner = NULL;
    const char *name = item ? setting_named(item, &inner) : NULL;
    if (name && strcmp(name, SETTINGS_NAME) == 0) {
        if (!read_fields(item, inner, name, ridge_augment_fields(), &experiment->augment))
            return false;
        item = item->next;
    }
    experiment->augmentations =
        allocate(setting_count(section) + 1, sizeof(*experiment->augmentations));
    for (; item; item = item->next)
        if (!read_operation(&experiment->augmentations[experiment->augmentation_count++], item))
            return false;
    return true;
}

bool experiment_make_augment(const struct experiment *experiment, ridge_device *device,
                             const ridge_dataset *rows, ridge_augment **augment)
{
    *augment = NULL;
    if (!experiment->augmentation_count)
        return true;
    ridge_augment_params params = experiment->augment;
    ridge_dataset_shape(rows, params.shape);
    if (ridge_augment_create(device, &params, augment))
        return setting_refuse(setting_find(experiment->settings, "augment"), "augment: %s",
                              ridge_error());
    for (size_t i = 0; i < experiment->augmentation_count; i++) {
        const struct experiment_augmentation *operation = &experiment->augmentations[i];
        if (ridge_augment_add(*augment, operation->kind->name, operation->params)) {
            ridge_augment_destroy(augment);
            return setting_refuse(operation->setting, "%s", ridge_error());
        }
    }
    return true;
}
