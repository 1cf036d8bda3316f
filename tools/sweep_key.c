// SPDX-License-Identifier: Apache-2.0
// What a key of --over means, and what was probably meant where it means nothing.
#include "sweep_key.h"

#include <stdlib.h>
#include <string.h>

#define MOST_LETTERS 64 // of keys that are compared

static void append(char **text, const char *separator, const char *more)
{
    char *longer = *text ? print_text("%s%s%s", *text, separator, more) : duplicate(more);
    free(*text);
    *text = longer;
}

// As ridge_network_compile names it: its kind and a number.
static char *layer_name(const struct experiment *experiment, size_t index)
{
    const struct experiment_layer *layer = &experiment->layers[index];
    size_t number = 1;
    for (size_t i = 0; i < index; i++)
        number += experiment->layers[i].kind == layer->kind;
    return layer->name ? duplicate(layer->name) : print_text("%s_%zu", layer->kind->name, number);
}

static bool has_field(const struct experiment_layer *layer, const char *field)
{
    return strcmp(field, "name") != 0 && ridge_field_find(layer->kind->fields, field);
}

static bool gives_field(const struct experiment_layer *layer, const char *field)
{
    const struct setting *fields = layer->setting->first;
    return layer->setting->kind == SETTING_MAP && fields && setting_find(fields, field);
}

static void add_place(struct sweep_places *places, char *path)
{
    char **paths = allocate(places->count + 1, sizeof(*paths));
    if (places->count)
        memcpy(paths, places->paths, places->count * sizeof(*paths));
    paths[places->count++] = path;
    free(places->paths);
    places->paths = paths;
}

static void add_layer(struct sweep_places *places, const struct experiment *experiment,
                      size_t index, const char *field)
{
    char *name = layer_name(experiment, index);
    append(&places->layers, ", ", name);
    free(name);
    add_place(places,
              print_text("network.%zu.%s.%s", index, experiment->layers[index].kind->name, field));
}

// The layers that give the field, or if none does, all that have it.
static bool find_field(const char *field, const struct experiment *experiment,
                       struct sweep_places *places)
{
    bool given = false;
    for (size_t i = 0; i < experiment->layer_count; i++)
        given = given || (has_field(&experiment->layers[i], field) &&
                          gives_field(&experiment->layers[i], field));
    for (size_t i = 0; i < experiment->layer_count; i++) {
        const struct experiment_layer *layer = &experiment->layers[i];
        if (has_field(layer, field) && (!given || gives_field(layer, field)))
            add_layer(places, experiment, i, field);
    }
    return places->count != 0;
}

static bool find_layer(const char *name, const char *field, const struct experiment *experiment,
                       struct sweep_places *places)
{
    for (size_t i = 0; !places->count && i < experiment->layer_count; i++) {
        char *known = layer_name(experiment, i);
        if (strcmp(known, name) == 0 && has_field(&experiment->layers[i], field))
            add_layer(places, experiment, i, field);
        free(known);
    }
    return places->count != 0;
}

// The operations of this kind (NULL: any) that have the field.
static bool find_operation(const char *name, const char *field, const struct experiment *experiment,
                           struct sweep_places *places)
{
    const struct setting *section = setting_find(experiment->settings, "augment");
    for (size_t i = 0; i < experiment->augmentation_count; i++) {
        const struct experiment_augmentation *operation = &experiment->augmentations[i];
        const char *kind = operation->kind->name;
        if ((name && strcmp(name, kind) != 0) || !ridge_field_find(operation->kind->fields, field))
            continue;
        size_t index = 0; // among the items, of which the first may be the settings
        for (const struct setting *item = section->first; item != operation->setting;
             item = item->next)
            index++;
        append(&places->layers, ", ", kind);
        add_place(places, print_text("augment.%zu.%s.%s", index, kind, field));
    }
    return places->count != 0;
}

// "augment.rotation.degrees": what stands behind the first dot.
static bool find_in_augment(const char *rest, const struct experiment *experiment,
                            struct sweep_places *places)
{
    const char *dot = strchr(rest, '.');
    char *kind = print_text("%.*s", (int)(dot ? dot - rest : 0), rest);
    bool found = dot && find_operation(kind, dot + 1, experiment, places);
    free(kind);
    return found;
}

static bool find_optimizer(const char *rest, const struct experiment *experiment,
                           struct sweep_places *places)
{
    const char *kind = ridge_optimizer_name(experiment->compile.optimizer.kind);
    if (strcmp(rest, "kind") != 0 && ridge_field_find(ridge_optimizer_fields(), rest))
        add_place(places, print_text("optimizer.%s.%s", kind, rest));
    else if (strncmp(rest, kind, strlen(kind)) == 0 && rest[strlen(kind)] == '.')
        return find_optimizer(rest + strlen(kind) + 1, experiment, places);
    return places->count != 0;
}

static bool is_top_key(const char *key, size_t length)
{
    for (size_t i = 0; experiment_key(i); i++)
        if (strlen(experiment_key(i)) == length && memcmp(experiment_key(i), key, length) == 0)
            return true;
    return false;
}

// The least number of letters to add, drop or exchange that makes b of a (Levenshtein 1966).
static size_t distance(const char *a, const char *b)
{
    size_t row[MOST_LETTERS + 1], length = strlen(b);
    if (strlen(a) > MOST_LETTERS || length > MOST_LETTERS)
        return MOST_LETTERS;
    for (size_t k = 0; k <= length; k++)
        row[k] = k;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t k = 1; k <= length; k++) {
            size_t best = diagonal + (a[i - 1] != b[k - 1]);
            if (row[k] + 1 < best)
                best = row[k] + 1;
            if (row[k - 1] + 1 < best)
                best = row[k - 1] + 1;
            diagonal = row[k];
            row[k] = best;
        }
    }
    return row[length];
}

// The known keys, in one text, and the one that is most like what was given.
struct known_keys {
    const char *given;
    char *text, *nearest;
    size_t distance;
};

static void know(struct known_keys *known, const char *prefix, const char *key, bool listed)
{
    char *whole = print_text("%s%s", prefix, key);
    // "momentum" is as good as "optimizer.momentum"
    size_t apart = distance(known->given, whole), inner = distance(known->given, key);
    apart = inner < apart ? inner : apart;
    if (!known->nearest || apart < known->distance) {
        free(known->nearest);
        known->nearest = duplicate(whole);
        known->distance = apart;
    }
    if (listed)
        append(&known->text, ", ", whole);
    free(whole);
}

// Fields of layers, each once however many layers have it.
static void know_fields(struct known_keys *known, const struct experiment *experiment)
{
    for (size_t i = 0; i < experiment->layer_count; i++) {
        for (const ridge_field *field = experiment->layers[i].kind->fields; field->name; field++) {
            bool listed = !has_field(&experiment->layers[i], field->name);
            for (size_t k = 0; !listed && k < i; k++)
                listed = has_field(&experiment->layers[k], field->name);
            if (!listed)
                know(known, "", field->name, true);
        }
    }
}

static void know_operations(struct known_keys *known, const struct experiment *experiment)
{
    for (size_t i = 0; i < experiment->augmentation_count; i++) {
        const ridge_augmentation_info *kind = experiment->augmentations[i].kind;
        char *prefix = print_text("%s.", kind->name);
        for (const ridge_field *field = kind->fields; field->name; field++)
            know(known, prefix, field->name, true);
        free(prefix);
    }
}

// Keys of experiments that a sweep has a use of its own for, or none.
static const struct {
    const char *key, *reason;
} reserved[] = {
    {"seed", "is counted up by --seeds N"},
    {"data", "stays the same, so that errors compare; sweep each data set by itself"},
    {"validation", "stays the same, so that errors compare; --folds K deals the rows anew"},
    {"test", "has no part in finding values; it is for the network that is chosen"},
    {"network", "is not a value; name a field of its layers, as l2 or dense_1.l2"},
};

// Why a sweep cannot go over the key of this length; NULL if it can.
static const char *why_reserved(const char *key, size_t length)
{
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
        if (strlen(reserved[i].key) == length && memcmp(reserved[i].key, key, length) == 0)
            return reserved[i].reason;
    return NULL;
}

static bool refuse(const char *key, const struct experiment *experiment)
{
    struct known_keys known = {.given = key};
    know_fields(&known, experiment);
    know_operations(&known, experiment);
    for (const ridge_field *field = ridge_optimizer_fields(); field->name; field++)
        if (strcmp(field->name, "kind") != 0)
            know(&known, "optimizer.", field->name, true);
    for (size_t i = 0; experiment_key(i); i++)
        if (!why_reserved(experiment_key(i), strlen(experiment_key(i))))
            know(&known, "", experiment_key(i), true);
    char *layer = layer_name(experiment, 0);
    bool near = 3 * known.distance <= strlen(key);
    fail("--over %s: unknown key%s%s%s; known are: %s; or a layer's alone, as %s.KEY", key,
         near ? " (did you mean '" : "", near ? known.nearest : "", near ? "'?)" : "", known.text,
         layer);
    free(layer);
    free(known.text);
    free(known.nearest);
    return false;
}

bool sweep_key_find(const char *key, const struct experiment *experiment,
                    struct sweep_places *places)
{
    const char *dot = strchr(key, '.');
    size_t length = dot ? (size_t)(dot - key) : strlen(key);
    const char *reason = why_reserved(key, length);
    bool is_place = dot && strncmp(key, "network.", strlen("network.")) == 0;
    if (reason && !is_place) {
        fail("--over %s: %.*s %s", key, (int)length, key, reason);
        return false;
    }
    if (dot && length == strlen("optimizer") && memcmp(key, "optimizer", length) == 0)
        return find_optimizer(dot + 1, experiment, places) || refuse(key, experiment);
    if (dot && length == strlen("augment") && memcmp(key, "augment", length) == 0 &&
        find_in_augment(dot + 1, experiment, places))
        return true;
    if (is_top_key(key, length)) {
        add_place(places, duplicate(key));
        return true;
    }
    char *first = print_text("%.*s", (int)length, key);
    bool found =
        dot ? find_layer(first, dot + 1, experiment, places) : find_field(key, experiment, places);
    found = found || find_operation(dot ? first : NULL, dot ? dot + 1 : key, experiment, places);
    free(first);
    return found || refuse(key, experiment);
}
