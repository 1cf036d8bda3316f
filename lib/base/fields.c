// SPDX-License-Identifier: Apache-2.0
// Params structs as data: setting, reading and checking fields by name.
#include <ridge/fields.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"

#define SHAPE_SIZES 4

// How one type of field is written to and read from its place in the struct.
struct field_class {
    size_t size;
    bool (*parse)(const ridge_field *field, const char *text, void *place);
    int (*print)(const ridge_field *field, const void *place, char *text, size_t size);
    const char *expected;
};

static bool parse_float(const ridge_field *field, const char *text, void *place)
{
    (void)field;
    double number;
    if (!ridge_number_parse(text, &number) || !isfinite(number))
        return false;
    *(float *)place = (float)number;
    return true;
}

static int print_float(const ridge_field *field, const void *place, char *text, size_t size)
{
    (void)field;
    return ridge_number_print(*(const float *)place, text, size);
}

static bool parse_size(const ridge_field *field, const char *text, void *place)
{
    (void)field;
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (end == text || *end || *text == '-' || errno || number > SIZE_MAX)
        return false;
    *(size_t *)place = (size_t)number;
    return true;
}

static int print_size(const ridge_field *field, const void *place, char *text, size_t size)
{
    (void)field;
    return snprintf(text, size, "%zu", *(const size_t *)place);
}

static bool parse_bool(const ridge_field *field, const char *text, void *place)
{
    (void)field;
    bool yes = strcmp(text, "true") == 0;
    if (!yes && strcmp(text, "false") != 0)
        return false;
    *(bool *)place = yes;
    return true;
}

static int print_bool(const ridge_field *field, const void *place, char *text, size_t size)
{
    (void)field;
    return snprintf(text, size, "%s", *(const bool *)place ? "true" : "false");
}

static bool parse_name(const ridge_field *field, const char *text, void *place)
{
    for (int i = 0; field->choices[i]; i++) {
        if (strcmp(field->choices[i], text) == 0) {
            memcpy(place, &i, sizeof(i));
            return true;
        }
    }
    return false;
}

static int print_name(const ridge_field *field, const void *place, char *text, size_t size)
{
    int index;
    memcpy(&index, place, sizeof(index));
    return snprintf(text, size, "%s", field->choices[index]);
}

static bool parse_shape(const ridge_field *field, const char *text, void *place)
{
    (void)field;
    size_t sizes[SHAPE_SIZES] = {0}, count = 0;
    bool bracket = *text == '[';
    text += bracket;
    for (;;) {
        char *end;
        text += strspn(text, " ");
        errno = 0;
        unsigned long long number = strtoull(text, &end, 10);
        if (end == text || *text == '-' || errno || !number || number > SIZE_MAX ||
            count == SHAPE_SIZES)
            return false;
        sizes[count++] = (size_t)number;
        text = end + strspn(end, " ");
        if (*text != ',')
            break;
        text++;
    }
    if (strcmp(text, bracket ? "]" : "") != 0)
        return false;
    memcpy(place, sizes, sizeof(sizes));
    return true;
}

static int print_shape(const ridge_field *field, const void *place, char *text, size_t size)
{
    (void)field;
    const size_t *sizes = place;
    char inner[96] = "";
    size_t length = 0;
    for (int i = 0; i < SHAPE_SIZES && sizes[i]; i++)
        length += (size_t)snprintf(inner + length, sizeof(inner) - length, "%s%zu", i ? ", " : "",
                                   sizes[i]);
    return snprintf(text, size, "[%s]", inner);
}

static bool parse_text(const ridge_field *field, const char *text, void *place)
{
    (void)field;
    memcpy(place, &text, sizeof(text));
    return true;
}

static int print_text(const ridge_field *field, const void *place, char *text, size_t size)
{
    (void)field;
    const char *value;
    memcpy(&value, place, sizeof(value));
    return snprintf(text, size, "%s", value ? value : "");
}

// Reads a number and steps over it and the spaces around it.
static bool take_number(const char **text, float *number)
{
    char copy[64];
    *text += strspn(*text, " ");
    size_t length = strcspn(*text, ",] ");
    double value;
    if (length >= sizeof(copy))
        return false;
    memcpy(copy, *text, length);
    copy[length] = 0;
    if (!ridge_number_parse(copy, &value))
        return false;
    *number = (float)value;
    *text += length;
    *text += strspn(*text, " ");
    return isfinite(*number);
}

static bool parse_range(const ridge_field *field, const char *text, void *place)
{
    ridge_range range;
    if (*text == '[') {
        text++;
        if (!take_number(&text, &range.low) || *text++ != ',' || !take_number(&text, &range.high) ||
            strcmp(text, "]") != 0)
            return false;
    } else {
        float number;
        if (!take_number(&text, &number) || *text)
            return false;
        range.low = field->alone ? number : field->centre - number;
        range.high = field->alone ? number : field->centre + number;
    }
    memcpy(place, &range, sizeof(range));
    return true;
}

static int print_range(const ridge_field *field, const void *place, char *text, size_t size)
{
    (void)field;
    char low[32], high[32];
    const ridge_range *range = place;
    ridge_number_print(range->low, low, sizeof(low));
    ridge_number_print(range->high, high, sizeof(high));
    return snprintf(text, size, "[%s, %s]", low, high);
}

static const struct field_class classes[] = {
    [RIDGE_FIELD_FLOAT] = {sizeof(float), parse_float, print_float, "a number"},
    [RIDGE_FIELD_SIZE] = {sizeof(size_t), parse_size, print_size, "a whole number"},
    [RIDGE_FIELD_BOOL] = {sizeof(bool), parse_bool, print_bool, "true or false"},
    [RIDGE_FIELD_NAME] = {sizeof(int), parse_name, print_name, "one of"},
    [RIDGE_FIELD_SHAPE] = {sizeof(size_t) * SHAPE_SIZES, parse_shape, print_shape,
                           "up to four sizes from 1, as [28, 28]"},
    [RIDGE_FIELD_TEXT] = {sizeof(const char *), parse_text, print_text, "text"},
    [RIDGE_FIELD_RANGE] = {sizeof(ridge_range), parse_range, print_range,
                           "a range as [low, high] or one number"},
};

static const char *place_of(const ridge_field *field, const void *params)
{
    return (const char *)params + field->offset;
}

const ridge_field *ridge_field_find(const ridge_field *fields, const char *name)
{
    for (const ridge_field *field = fields; field && field->name; field++)
        if (strcmp(field->name, name) == 0)
            return field;
    return NULL;
}

// The numbers of a field that minimum and maximum hold for; how many.
static int numbers_of(const ridge_field *field, const void *place, double numbers[2])
{
    switch (field->type) {
    case RIDGE_FIELD_FLOAT:
        numbers[0] = *(const float *)place;
        return 1;
    case RIDGE_FIELD_SIZE:
        numbers[0] = (double)*(const size_t *)place;
        return 1;
    case RIDGE_FIELD_RANGE:
        numbers[0] = ((const ridge_range *)place)->low;
        numbers[1] = ((const ridge_range *)place)->high;
        return 2;
    default:
        return 0;
    }
}

// "a number in [0, 1)", "one of linear, relu": what the field takes.
static void append_expectation(const ridge_field *field, struct ridge_text *text)
{
    ridge_text_append(text, "%s", classes[field->type].expected);
    if (field->type == RIDGE_FIELD_NAME)
        for (int i = 0; field->choices[i]; i++)
            ridge_text_append(text, "%s%s", i ? ", " : " ", field->choices[i]);
    bool ranged = field->type == RIDGE_FIELD_FLOAT || field->type == RIDGE_FIELD_SIZE ||
                  field->type == RIDGE_FIELD_RANGE;
    if (ranged && field->maximum < HUGE_VAL)
        ridge_text_append(text, " in %c%g, %g%c", field->minimum_excluded ? '(' : '[',
                          field->minimum, field->maximum, field->maximum_excluded ? ')' : ']');
    else if (ranged && isfinite(field->minimum))
        ridge_text_append(text, " %s %g", field->minimum_excluded ? "above" : "from",
                          field->minimum);
}

static ridge_status refuse(const ridge_field *field, const char *value)
{
    struct ridge_text text = {0};
    append_expectation(field, &text);
    ridge_error_set("%s: expected %s, got '%s'", field->name, text.data ? text.data : "", value);
    free(text.data);
    return RIDGE_ERROR_ARGUMENT;
}

static bool in_range(const ridge_field *field, const void *place)
{
    double numbers[2];
    int count = numbers_of(field, place, numbers);
    for (int i = 0; i < count; i++) {
        double value = numbers[i];
        bool above = field->minimum_excluded ? value > field->minimum : value >= field->minimum;
        bool below = field->maximum_excluded ? value < field->maximum : value <= field->maximum;
        if (!isfinite(value) || !above || !below)
            return false;
    }
    return true;
}

// A range whose ends are the wrong way round, the more so when a single number was negative.
static bool is_contradictory(const ridge_field *field, const void *place)
{
    const ridge_range *range = place;
    return field->type == RIDGE_FIELD_RANGE && range->low > range->high;
}

static ridge_status refuse_contradiction(const ridge_field *field, const void *place)
{
    char text[80];
    print_range(field, place, text, sizeof(text));
    return ridge_fail(RIDGE_ERROR_ARGUMENT, "%s: expected low <= high, got %s", field->name, text);
}

static ridge_status unknown(const ridge_field *fields, const char *name)
{
    struct ridge_text text = {0};
    for (const ridge_field *field = fields; field && field->name; field++)
        ridge_text_list(&text, field->name);
    ridge_error_set("unknown field '%s'; known are: %s", name, text.data ? text.data : "none");
    free(text.data);
    return RIDGE_ERROR_ARGUMENT;
}

static bool is_zero(const ridge_field *field, const void *place)
{
    double numbers[2] = {0};
    return numbers_of(field, place, numbers) > 0 && numbers[0] == 0 && numbers[1] == 0;
}

// Whether the numbers at `place` are zeros that would be taken for a fallback that is none.
static bool is_mistakable(const ridge_field *field, const void *place)
{
    size_t fallback[SHAPE_SIZES];
    if (!field->fallback || !is_zero(field, place))
        return false;
    return !classes[field->type].parse(field, field->fallback, fallback) ||
           !is_zero(field, fallback);
}

static ridge_status refuse_zero(const ridge_field *field)
{
    return ridge_fail(RIDGE_ERROR_ARGUMENT, "%s: 0 stands for the default (%s); leave it out",
                      field->name, field->fallback);
}

ridge_status ridge_field_set(const ridge_field *fields, void *params, const char *name,
                             const char *value)
{
    const ridge_field *field = ridge_field_find(fields, name);
    if (!field)
        return unknown(fields, name);
    size_t aside[SHAPE_SIZES] = {0}; // as large and aligned as any field
    if (!classes[field->type].parse(field, value, aside))
        return refuse(field, value);
    if (is_contradictory(field, aside))
        return refuse_contradiction(field, aside);
    if (!in_range(field, aside))
        return refuse(field, value);
    if (is_mistakable(field, aside)) {
        if (field->zero == 0)
            return refuse_zero(field);
        memcpy(aside, &field->zero, sizeof(field->zero));
    }
    memcpy((char *)params + field->offset, aside, classes[field->type].size);
    return RIDGE_OK;
}

int ridge_field_get(const ridge_field *field, const void *params, char *text, size_t size)
{
    return classes[field->type].print(field, place_of(field, params), text, size);
}

bool ridge_field_is_default(const ridge_field *field, const void *params)
{
    static const size_t zeros[SHAPE_SIZES];
    return memcmp(place_of(field, params), zeros, classes[field->type].size) == 0;
}

static ridge_status check_choice(const ridge_field *field, const void *params)
{
    int index, count = 0;
    memcpy(&index, place_of(field, params), sizeof(index));
    while (field->choices[count])
        count++;
    if (index >= 0 && index < count)
        return RIDGE_OK;
    char text[32];
    snprintf(text, sizeof(text), "%d", index);
    return refuse(field, text);
}

ridge_status ridge_fields_check(const ridge_field *fields, const void *params)
{
    for (const ridge_field *field = fields; field && field->name; field++) {
        bool is_default = ridge_field_is_default(field, params);
        if (is_default && field->required)
            return ridge_fail(RIDGE_ERROR_ARGUMENT, "%s: required, but not given (%s)", field->name,
                              field->help);
        if (is_default)
            continue;
        if (is_contradictory(field, place_of(field, params)))
            return refuse_contradiction(field, place_of(field, params));
        char text[128];
        if (field->type == RIDGE_FIELD_NAME) {
            RIDGE_TRY(check_choice(field, params));
        } else if (!in_range(field, place_of(field, params))) {
            ridge_field_get(field, params, text, sizeof(text));
            return refuse(field, text);
        }
    }
    return RIDGE_OK;
}
