// SPDX-License-Identifier: Apache-2.0
// Fields: what a params struct holds, as data. Experiment files, saved models, `ridge layers` and
// messages all read these tables, so that each default, range and help text exists once.
#ifndef RIDGE_FIELDS_H
#define RIDGE_FIELDS_H

#include <ridge/base.h>

RIDGE_API_BEGIN

typedef enum ridge_field_type {
    RIDGE_FIELD_FLOAT, // float
    RIDGE_FIELD_SIZE,  // size_t
    RIDGE_FIELD_BOOL,  // bool: "true" or "false"
    RIDGE_FIELD_NAME,  // int-sized enum: one of `choices`, the first is 0
    RIDGE_FIELD_SHAPE, // size_t[4], ends at the first zero: "[28, 28]" or "784"
    RIDGE_FIELD_TEXT,  // const char *; owned by whoever owns the struct
    RIDGE_FIELD_RANGE  // ridge_range: "[low, high]", or "x" for [centre - x, centre + x] or [x, x]
} ridge_field_type;

// From where a value is drawn; low <= high. Both zero is the default.
typedef struct ridge_range {
    float low, high;
} ridge_range;

typedef struct ridge_field {
    const char *name; // NULL ends a table
    ridge_field_type type;
    size_t offset; // in the params struct
    // Float, size and both ends of a range: what is allowed, minimum <= value <= maximum.
    // maximum_excluded: < maximum.
    // minimum_excluded: a text must be above the minimum; in a struct a zero stays the default.
    // Infinity and NaN never are allowed; a limit of HUGE_VAL stands for none.
    double minimum, maximum;
    bool maximum_excluded, minimum_excluded;
    bool required;              // the zero value is not allowed
    const char *fallback;       // what a zero stands for, as text; NULL where zero is just zero
    const char *const *choices; // RIDGE_FIELD_NAME: ends with NULL
    const char *help;           // one line
    float centre;               // RIDGE_FIELD_RANGE: what one number is the distance from
    bool alone;                 // RIDGE_FIELD_RANGE: one number x stands for [x, x] instead
    float zero;                 // RIDGE_FIELD_FLOAT with a fallback: what the text "0" becomes
} ridge_field;

// The field of this name, or NULL.
RIDGE_API const ridge_field *ridge_field_find(const ridge_field *fields, const char *name);

// Sets params->name from text. Text fields keep the pointer. A number 0 is refused where a zero
// would stand for something else, the fallback. Errors: RIDGE_ERROR_ARGUMENT with the field's name,
// what was expected and what came; an unknown name lists the known ones.
RIDGE_API ridge_status ridge_field_set(const ridge_field *fields, void *params, const char *name,
                                       const char *value);

// Writes the value as text that ridge_field_set reads back to the same bits. Returns the length as
// snprintf does.
RIDGE_API int ridge_field_get(const ridge_field *field, const void *params, char *text,
                              size_t size);

// Whether the field holds its zero value, the default.
RIDGE_API bool ridge_field_is_default(const ridge_field *field, const void *params);

// Checks every field's range. Errors as ridge_field_set.
RIDGE_API ridge_status ridge_fields_check(const ridge_field *fields, const void *params);

RIDGE_API_END

#endif
