// SPDX-License-Identifier: Apache-2.0
// A tree of settings, read from a YAML file and changed by --set. Every setting knows where it came
// from, so that whoever finds fault with one can say so.
#ifndef RIDGE_TOOLS_SETTINGS_H
#define RIDGE_TOOLS_SETTINGS_H

#include <ridge/fields.h>
#include <stdbool.h>
#include <stddef.h>

#include "messages.h"

enum setting_kind {
    SETTING_NOTHING, // "key:" without a value
    SETTING_TEXT,    // numbers and names alike
    SETTING_LIST,
    SETTING_MAP
};

struct setting {
    enum setting_kind kind;
    char *key;                    // of an entry of a map, else NULL
    char *text;                   // of SETTING_TEXT
    char *origin;                 // "moons.yaml:12" or "--set batch=3"
    struct setting *first, *next; // the items, in order; the neighbour
};

// Reads a file with one YAML document, which must be a map. NULL after a message.
struct setting *settings_read(const char *path);

// Carries out "network.1.rate=0.3": the value is YAML, keys are separated by dots, items of lists
// are numbered from 0. A list item with a single key, as `- dropout: {rate: 0.5}`, is looked
// through: the step "rate" finds the rate inside. `origin` is what messages call it, as "--set
// batch=3". False after a message.
bool settings_set(struct setting *root, const char *assignment, const char *origin);

void settings_free(struct setting *setting);

// The entry of a map; NULL when it is not there.
struct setting *setting_find(const struct setting *map, const char *key);

size_t setting_count(const struct setting *setting);

// `- dropout: {rate: 0.5}` or `- dropout`: the name, and what stands behind it (NULL: nothing).
// NULL when it is neither.
const char *setting_named(const struct setting *item, const struct setting **inner);

// A message with the setting's origin in front. Returns false.
bool setting_refuse(const struct setting *setting, const char *text, ...) PRINTF_LIKE(2, 3);

// Whether the setting is a map (or nothing, which counts as an empty one); a message if not.
bool setting_expect_map(const struct setting *setting, const char *what);

// Sets a field of `params` from the setting of the same name. False after a message.
bool setting_to_field(const struct setting *setting, const ridge_field *fields, void *params);
// The same with whose field it is in front of messages.
bool setting_to_field_of(const struct setting *setting, const char *owner,
                         const ridge_field *fields, void *params);

#endif
