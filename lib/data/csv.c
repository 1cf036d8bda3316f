// SPDX-License-Identifier: Apache-2.0
// CSV: numbers in rows, and a place for each complaint.
#include "data/reader.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "data/csv_fields.h"

#define NO_TARGET SIZE_MAX
#define LONGEST_NUMBER 127
#define LONGEST_QUOTATION 60     // bytes of a field in a message
#define LARGEST_LABEL 16777216.0 // more classes than any network has outputs
#define LARGEST_GUESSED_LABEL 9999.0

enum label_kind { GUESS_LABELS, ALWAYS_LABELS, NEVER_LABELS };

struct csv {
    const char *name; // the file's
    struct ridge_csv at;

    bool has_header;
    struct ridge_csv header; // where it starts
    size_t columns, target;  // of the file; target may be NO_TARGET

    enum label_kind label_kind;
    float *x; // [rows, columns without the target]
    double *y;
    size_t rows, x_count, x_capacity, y_capacity;
};

// Hexadecimal numbers, which C would take, are none here.
static bool is_number(const struct ridge_csv_field *field, double *value)
{
    char text[LONGEST_NUMBER + 1];
    if (!field->length || field->length > LONGEST_NUMBER)
        return false;
    memcpy(text, field->text, field->length);
    text[field->length] = 0;
    if (strlen(text) != field->length)
        return false;
    const char *word = text + (text[0] == '-' || text[0] == '+');
    if (strspn(text, "+-.0123456789eE") != field->length && strcasecmp(word, "nan") != 0 &&
        strcasecmp(word, "inf") != 0 && strcasecmp(word, "infinity") != 0)
        return false;
    return ridge_number_parse(text, value);
}

// The name of a column; the header has been read without an error before.
static struct ridge_csv_field header_field(const struct csv *csv, size_t column)
{
    struct ridge_csv again = csv->header;
    struct ridge_csv_field field = {0};
    for (size_t i = 0; i <= column; i++)
        ridge_csv_next(&again, &field);
    return field;
}

static int shown(const struct ridge_csv_field *field)
{
    return field->length < LONGEST_QUOTATION ? (int)field->length : LONGEST_QUOTATION;
}

// Fails at `field` with its column's name or, without a header, its number from 0 on, and the
// field's text.
static ridge_status fail_at(const struct csv *csv, const struct ridge_csv_field *field,
                            size_t column, ridge_status status, const char *expected)
{
    const char *file = csv->name;
    if (!csv->has_header)
        return ridge_fail(status, "%s:%zu:%zu: column %zu (from 0): expected %s, got \"%.*s\"",
                          file, field->line, field->column, column, expected, shown(field),
                          field->text);
    struct ridge_csv_field name = header_field(csv, column);
    return ridge_fail(status, "%s:%zu:%zu: column %.*s: expected %s, got \"%.*s\"", file,
                      field->line, field->column, shown(&name), name.text, expected, shown(field),
                      field->text);
}

static ridge_status fail_width(const struct csv *csv, const struct ridge_csv_field *field,
                               size_t got)
{
    return ridge_fail(RIDGE_ERROR_FORMAT,
                      "%s:%zu:%zu: expected %zu fields as in the first row, "
                      "got %s%zu",
                      csv->name, field->line, field->column, csv->columns,
                      got > csv->columns ? "at least " : "", got);
}

static ridge_status store_target(struct csv *csv, const struct ridge_csv_field *field, double value)
{
    bool whole = value >= 0 && value <= LARGEST_LABEL && floor(value) == value;
    if (csv->label_kind == ALWAYS_LABELS && !whole)
        return fail_at(csv, field, csv->target, RIDGE_ERROR_DATA,
                       "a class (a whole number from 0 to 16777216)");
    if (csv->label_kind == GUESS_LABELS && (!whole || value > LARGEST_GUESSED_LABEL))
        csv->label_kind = NEVER_LABELS;
    csv->y[csv->rows] = value;
    return RIDGE_OK;
}

static ridge_status read_row(struct csv *csv)
{
    RIDGE_TRY(ridge_grow(&csv->x, &csv->x_capacity, csv->x_count + csv->columns, sizeof(float)));
    RIDGE_TRY(ridge_grow(&csv->y, &csv->y_capacity, csv->rows + 1, sizeof(double)));
    struct ridge_csv_field field = {0};
    for (size_t column = 0; !field.last; column++) {
        double value = 0;
        RIDGE_TRY(ridge_csv_next(&csv->at, &field));
        if (column >= csv->columns)
            return fail_width(csv, &field, column + 1);
        if (!is_number(&field, &value))
            return fail_at(csv, &field, column, RIDGE_ERROR_FORMAT, "a number");
        if (!(fabs(value) <= (double)FLT_MAX))
            return fail_at(csv, &field, column, RIDGE_ERROR_DATA, "a finite number (float32)");
        if (column == csv->target)
            RIDGE_TRY(store_target(csv, &field, value));
        else
            csv->x[csv->x_count++] = (float)value;
        if (field.last && column + 1 < csv->columns)
            return fail_width(csv, &field, column + 1);
    }
    csv->rows++;
    return RIDGE_OK;
}

// Counts the columns of the first row; it is the header if any of its fields is not a number.
static ridge_status read_header(struct csv *csv)
{
    csv->header = csv->at;
    struct ridge_csv_field field = {0};
    double value;
    for (; !field.last; csv->columns++) {
        RIDGE_TRY(ridge_csv_next(&csv->at, &field));
        csv->has_header = csv->has_header || !is_number(&field, &value);
    }
    if (!csv->has_header)
        csv->at = csv->header;
    return RIDGE_OK;
}

// Searches the header, which has been read without an error before.
static bool find_name(const struct csv *csv, const char *name, size_t *column)
{
    struct ridge_csv again = csv->header;
    struct ridge_csv_field field = {0};
    for (*column = 0; *column < csv->columns; ++*column) {
        ridge_csv_next(&again, &field);
        if (ridge_csv_is(&field, name))
            return true;
    }
    return false;
}

// The target's column: by name, else by number; the last one when nothing is asked.
static ridge_status find_target(struct csv *csv, const char *label)
{
    if (label && strcmp(label, "none") == 0) {
        csv->target = NO_TARGET;
        return RIDGE_OK;
    }
    if (csv->columns < 2)
        return ridge_fail(RIDGE_ERROR_FORMAT,
                          "%s: expected features and a target, the file has one column; label "
                          "\"none\" reads it without a target",
                          csv->name);
    csv->target = csv->columns - 1;
    if (!label || (csv->has_header && find_name(csv, label, &csv->target)))
        return RIDGE_OK;
    char *end;
    unsigned long number = strtoul(label, &end, 10);
    if (label[0] < '0' || label[0] > '9' || *end || number >= csv->columns)
        return ridge_fail(
            RIDGE_ERROR_ARGUMENT, "label: expected a column of %s (%sa number below %zu), got %s",
            csv->name, csv->has_header ? "a name of its header or " : "", csv->columns, label);
    csv->target = number;
    return RIDGE_OK;
}

static ridge_status make_dataset(struct csv *csv, ridge_dataset **dataset)
{
    bool targets = csv->target != NO_TARGET;
    bool labels = targets && csv->label_kind != NEVER_LABELS;
    ridge_dataset_params params = {
        .x = csv->x,
        .count = csv->rows,
        .shape = {csv->columns - targets},
        .y_type = labels ? RIDGE_INT32 : RIDGE_FLOAT32,
    };
    if (!targets)
        return ridge_dataset_create(&params, dataset);
    union {
        int32_t label;
        float value;
    } *y = ridge_allocate(csv->rows, sizeof(*y));
    for (size_t i = 0; y && i < csv->rows; i++) {
        if (labels)
            y[i].label = (int32_t)csv->y[i];
        else
            y[i].value = (float)csv->y[i];
    }
    params.y = y;
    ridge_status status = y ? ridge_dataset_create(&params, dataset) : RIDGE_ERROR_MEMORY;
    free(y);
    return status;
}

static ridge_status parse(struct csv *csv, const ridge_read_params *params, ridge_dataset **dataset)
{
    if (ridge_csv_at_end(&csv->at))
        return ridge_fail(RIDGE_ERROR_FORMAT, "%s: expected rows of numbers, the file is empty",
                          csv->name);
    RIDGE_TRY(read_header(csv));
    RIDGE_TRY(find_target(csv, params->label));
    for (ridge_csv_skip_blank_lines(&csv->at); !ridge_csv_at_end(&csv->at);
         ridge_csv_skip_blank_lines(&csv->at))
        RIDGE_TRY(read_row(csv));
    if (!csv->rows)
        return ridge_fail(RIDGE_ERROR_FORMAT, "%s: no rows behind the header", csv->name);
    return make_dataset(csv, dataset);
}

ridge_status ridge_csv_parse(const struct ridge_source *source, const ridge_read_params *params,
                             ridge_dataset **dataset)
{
    if (params->label_kind < GUESS_LABELS || params->label_kind > NEVER_LABELS)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "label_kind: expected 0, 1 or 2, got %d",
                          params->label_kind);
    struct csv csv = {
        .name = source->name,
        .at = ridge_csv_start(source),
        .label_kind = (enum label_kind)params->label_kind,
    };
    ridge_status status = parse(&csv, params, dataset);
    free(csv.x);
    free(csv.y);
    return status;
}

static ridge_status csv_read(const char *path, const ridge_read_params *params,
                             ridge_dataset **dataset)
{
    struct ridge_source source;
    if (!path)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "path: expected a file, got NULL");
    RIDGE_TRY(ridge_source_read(path, &source));
    ridge_status status = ridge_csv_parse(&source, params, dataset);
    ridge_source_free(&source);
    return status;
}

const struct ridge_data_reader ridge_reader_csv = {
    .name = "csv",
    .help = "rows of numbers, with or without a header, one column is the target",
    .read = csv_read,
};
