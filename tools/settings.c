// SPDX-License-Identifier: Apache-2.0
// From YAML, by libyaml, to a tree of settings; and from settings to fields of params structs.
#include "settings.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

// Aliases may refer to what holds them, or multiply without end.
#define MOST_LEVELS 32
#define MOST_SETTINGS 100000

// Where a document comes from, while it is turned into settings.
struct source {
    yaml_document_t document;
    const char *name;
    bool has_lines; // false for the text of an option
    size_t settings;
};

void settings_free(struct setting *setting)
{
    while (setting) {
        struct setting *next = setting->next;
        settings_free(setting->first);
        free(setting->key);
        free(setting->text);
        free(setting->origin);
        free(setting);
        setting = next;
    }
}

struct setting *setting_find(const struct setting *map, const char *key)
{
    struct setting *entry = map->kind == SETTING_MAP ? map->first : NULL;
    while (entry && strcmp(entry->key, key) != 0)
        entry = entry->next;
    return entry;
}

size_t setting_count(const struct setting *setting)
{
    size_t count = 0;
    for (const struct setting *item = setting->first; item; item = item->next)
        count++;
    return count;
}

const char *setting_named(const struct setting *item, const struct setting **inner)
{
    bool single = item->kind == SETTING_MAP && item->first && !item->first->next;
    *inner = single ? item->first : NULL;
    return single ? item->first->key : item->text;
}

bool setting_refuse(const struct setting *setting, const char *text, ...)
{
    va_list arguments;
    va_start(arguments, text);
    char reason[2048];
    vsnprintf(reason, sizeof(reason), text, arguments);
    va_end(arguments);
    fail("%s: %s", setting->origin, reason);
    return false;
}

bool setting_expect_map(const struct setting *setting, const char *what)
{
    if (setting->kind == SETTING_MAP || setting->kind == SETTING_NOTHING)
        return true;
    return setting_refuse(setting, "%s: expected 'key: value' pairs, got %s", what,
                          setting->kind == SETTING_TEXT ? setting->text : "a list");
}

static struct setting *convert(struct source *source, int node, unsigned level);

static bool convert_list(struct source *source, const yaml_node_t *node, unsigned level,
                         struct setting *list)
{
    struct setting **end = &list->first;
    for (yaml_node_item_t *item = node->data.sequence.items.start;
         item < node->data.sequence.items.top; item++) {
        *end = convert(source, *item, level + 1);
        if (!*end)
            return false;
        end = &(*end)->next;
    }
    return true;
}

static bool convert_map(struct source *source, const yaml_node_t *node, unsigned level,
                        struct setting *map)
{
    struct setting **end = &map->first;
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        yaml_node_t *key = yaml_document_get_node(&source->document, pair->key);
        struct setting *entry = convert(source, pair->value, level + 1);
        if (!entry)
            return false;
        if (key->type != YAML_SCALAR_NODE) {
            setting_refuse(entry, "expected a name before the colon");
            settings_free(entry);
            return false;
        }
        const char *name = (const char *)key->data.scalar.value;
        struct setting *earlier = setting_find(map, name);
        if (earlier) {
            setting_refuse(entry, "'%s' is given twice, first at %s", name, earlier->origin);
            settings_free(entry);
            return false;
        }
        entry->key = duplicate(name);
        if (source->has_lines) { // where the key stands says more than where its value begins
            free(entry->origin);
            entry->origin = print_text("%s:%zu", source->name, key->start_mark.line + 1);
        }
        *end = entry;
        end = &entry->next;
    }
    return true;
}

static bool is_nothing(const yaml_node_t *node)
{
    const char *text = (const char *)node->data.scalar.value;
    return node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (!*text || strcmp(text, "~") == 0 || strcmp(text, "null") == 0);
}

static struct setting *convert(struct source *source, int index, unsigned level)
{
    const yaml_node_t *node = yaml_document_get_node(&source->document, index);
    struct setting *setting = allocate(1, sizeof(*setting));
    setting->origin = source->has_lines
                          ? print_text("%s:%zu", source->name, node->start_mark.line + 1)
                          : duplicate(source->name);
    bool converted = true;
    if (level > MOST_LEVELS || ++source->settings > MOST_SETTINGS) {
        converted = setting_refuse(setting, "nested too deeply, or an alias that holds itself");
    } else if (node->type == YAML_SEQUENCE_NODE) {
        setting->kind = SETTING_LIST;
        converted = convert_list(source, node, level, setting);
    } else if (node->type == YAML_MAPPING_NODE) {
        setting->kind = SETTING_MAP;
        converted = convert_map(source, node, level, setting);
    } else if (!is_nothing(node)) {
        setting->kind = SETTING_TEXT;
        setting->text = duplicate((const char *)node->data.scalar.value);
    }
    if (!converted) {
        settings_free(setting);
        return NULL;
    }
    return setting;
}

static void refuse_syntax(const yaml_parser_t *parser, const struct source *source)
{
    const char *problem = parser->problem ? parser->problem : "cannot be parsed";
    if (source->has_lines)
        fail("%s:%zu: %s%s%s", source->name, parser->problem_mark.line + 1, problem,
             parser->context ? " " : "", parser->context ? parser->context : "");
    else
        fail("%s: %s", source->name, problem);
}

// Consumes the parser.
static struct setting *parse(yaml_parser_t *parser, struct source *source)
{
    struct setting *root = NULL;
    if (yaml_parser_load(parser, &source->document)) {
        if (yaml_document_get_root_node(&source->document)) {
            root = convert(source, 1, 0);
        } else {
            root = allocate(1, sizeof(*root));
            root->origin = duplicate(source->name);
        }
        yaml_document_delete(&source->document);
    } else {
        refuse_syntax(parser, source);
    }
    yaml_parser_delete(parser);
    return root;
}

struct setting *settings_read(const char *path)
{
    struct source source = {.name = path, .has_lines = true};
    FILE *file = fopen(path, "rb");
    yaml_parser_t parser;
    if (!file || !yaml_parser_initialize(&parser)) {
        fail("%s: cannot open: %s", path, strerror(errno));
        if (file)
            fclose(file);
        return NULL;
    }
    yaml_parser_set_input_file(&parser, file);
    struct setting *root = parse(&parser, &source);
    fclose(file);
    if (root && root->kind != SETTING_MAP) {
        setting_refuse(root, "expected an experiment: 'data: ...', 'network: ...' and so on");
        settings_free(root);
        return NULL;
    }
    return root;
}

// `- dropout: {rate: 0.5}`: the inner map of a list item with a single key other than `key`.
static struct setting *look_through(struct setting *item, const char *key)
{
    bool single = item->kind == SETTING_MAP && item->first && !item->first->next;
    return single && strcmp(item->first->key, key) != 0 ? item->first : item;
}

static void become_map(struct setting *setting)
{
    if (setting->kind == SETTING_TEXT) { // "adam" becomes {adam: }
        struct setting *entry = allocate(1, sizeof(*entry));
        entry->key = setting->text;
        entry->origin = duplicate(setting->origin);
        setting->first = entry;
        setting->text = NULL;
    }
    setting->kind = SETTING_MAP;
}

// The item or entry that `key` leads to; made, with nothing in it, where a map lacks it.
static struct setting *step(struct setting *from, const char *key, bool in_list, const char *origin)
{
    if (from->kind == SETTING_LIST) {
        char *end;
        unsigned long index = strtoul(key, &end, 10);
        struct setting *item = *end || end == key ? NULL : from->first;
        while (item && index--)
            item = item->next;
        if (!item)
            fail("%s: '%s' is no item of the list, which has %zu, numbered from 0", origin, key,
                 setting_count(from));
        return item;
    }
    if (in_list && from->kind == SETTING_TEXT && strcmp(from->text, key) != 0)
        become_map(from);
    if (in_list)
        from = look_through(from, key);
    if (from->kind == SETTING_TEXT && strcmp(from->text, key) != 0) {
        fail("%s: cannot look for '%s' inside the value '%s'", origin, key, from->text);
        return NULL;
    }
    become_map(from);
    struct setting **place = &from->first;
    while (*place && strcmp((*place)->key, key) != 0)
        place = &(*place)->next;
    if (!*place) {
        *place = allocate(1, sizeof(**place));
        (*place)->key = duplicate(key);
        (*place)->origin = duplicate(origin);
    }
    return *place;
}

static struct setting *walk(struct setting *root, char *path, const char *origin)
{
    struct setting *at = root;
    bool in_list = false;
    char *rest = path;
    for (char *key; at && (key = strsep(&rest, "."));) {
        bool was_list = at->kind == SETTING_LIST;
        at = step(at, key, in_list, origin);
        in_list = was_list;
    }
    return at;
}

bool settings_set(struct setting *root, const char *assignment, const char *origin)
{
    const char *equals = strchr(assignment, '=');
    if (!equals || equals == assignment) {
        fail("%s: expected KEY=VALUE", origin);
        return false;
    }
    struct source source = {.name = origin};
    yaml_parser_t parser;
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, (const unsigned char *)equals + 1, strlen(equals + 1));
    struct setting *value = parse(&parser, &source);
    char *path = print_text("%.*s", (int)(equals - assignment), assignment);
    struct setting *place = value ? walk(root, path, origin) : NULL;
    if (place) {
        value->key = place->key;
        value->next = place->next;
        place->key = NULL;
        place->next = NULL;
        struct setting old = *place;
        *place = *value;
        *value = old;
    }
    settings_free(value);
    free(path);
    return place != NULL;
}

// "[28, 28]" from a list of texts.
static char *list_as_text(const struct setting *list)
{
    char *text = duplicate("[");
    for (const struct setting *item = list->first; item; item = item->next) {
        char *longer = print_text("%s%s%s", text, item == list->first ? "" : ", ",
                                  item->kind == SETTING_TEXT ? item->text : "?");
        free(text);
        text = longer;
    }
    char *whole = print_text("%s]", text);
    free(text);
    return whole;
}

bool setting_to_field_of(const struct setting *setting, const char *owner,
                         const ridge_field *fields, void *params)
{
    const ridge_field *field = ridge_field_find(fields, setting->key);
    const char *colon = *owner ? ": " : "";
    if (field && setting->kind == SETTING_NOTHING)
        return setting_refuse(setting, "%s%s%s: expected a value behind the colon", owner, colon,
                              setting->key);
    if (field && setting->kind == SETTING_MAP)
        return setting_refuse(setting, "%s%s%s: expected a value, got 'key: value' pairs", owner,
                              colon, setting->key);
    bool takes_list =
        field && (field->type == RIDGE_FIELD_SHAPE || field->type == RIDGE_FIELD_RANGE);
    if (field && setting->kind == SETTING_LIST && !takes_list)
        return setting_refuse(setting, "%s%s%s: expected one value, got a list", owner, colon,
                              setting->key);
    char *list = setting->kind == SETTING_LIST ? list_as_text(setting) : NULL;
    const char *text = list ? list : setting->text ? setting->text : "";
    bool set = ridge_field_set(fields, params, setting->key, text) == RIDGE_OK;
    if (!set)
        setting_refuse(setting, "%s%s%s", owner, colon, ridge_error());
    free(list);
    return set;
}

bool setting_to_field(const struct setting *setting, const ridge_field *fields, void *params)
{
    return setting_to_field_of(setting, "", fields, params);
}
