// SPDX-License-Identifier: Apache-2.0
// A CSV of paths and labels as a list of files.
#include "data/labelled_files.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/csv_fields.h"

#define NO_LABEL SIZE_MAX
#define LARGEST_LABEL 9999 // beyond it numbers are names

struct table {
    struct ridge_csv at;
    const char *name;
    int folder; // length of the CSV's folder in its name, with the slash
    size_t columns, path, label;

    struct ridge_labelled_files *list;
    char **labels; // the text, by row
    size_t files_capacity, labels_capacity;
};

// The text of a field, a doubled quote as one; the caller frees it.
static char *copy_field(const struct ridge_csv_field *field)
{
    char *text = ridge_allocate(field->length + 1, 1);
    for (size_t i = 0, length = 0; text && i < field->length; i++) {
        text[length++] = field->text[i];
        if (field->text[i] == '"' && i + 1 < field->length && field->text[i + 1] == '"')
            i++;
    }
    return text;
}

static bool names_path(const struct ridge_csv_field *field)
{
    static const char *const names[] = {"path", "file", "filename"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (field->length == strlen(names[i]) &&
            strncasecmp(field->text, names[i], field->length) == 0)
            return true;
    return false;
}

static ridge_status fail_column(const struct table *table, const char *label, bool header)
{
    return ridge_fail(RIDGE_ERROR_ARGUMENT,
                      "label: expected a column of %s (%sa number below %zu) or none, got %s",
                      table->name, header ? "a name of its header or " : "", table->columns,
                      label ? label : "none, and the file has one column");
}

// Behind the header; its fields name the columns.
static ridge_status read_header(struct table *table, const char *label, bool *header)
{
    struct ridge_csv first = table->at;
    struct ridge_csv_field field = {0};
    *header = false;
    for (; !field.last; table->columns++) {
        RIDGE_TRY(ridge_csv_next(&table->at, &field));
        if (!*header && names_path(&field)) {
            *header = true;
            table->path = table->columns;
        }
        if (label && table->label == NO_LABEL && ridge_csv_is(&field, label))
            table->label = table->columns;
    }
    if (*header)
        return RIDGE_OK;
    table->label = NO_LABEL;
    table->at = first;
    return RIDGE_OK;
}

static ridge_status find_columns(struct table *table, const char *label)
{
    bool header;
    table->label = NO_LABEL;
    RIDGE_TRY(read_header(table, label, &header));
    if (label && strcmp(label, "none") == 0) {
        table->label = NO_LABEL;
        return RIDGE_OK;
    }
    if (!label && table->columns > 1) { // the last one that is not the path's
        table->label = table->columns - (table->path == table->columns - 1 ? 2 : 1);
    } else if (label && table->label == NO_LABEL) {
        char *end;
        unsigned long number = strtoul(label, &end, 10);
        if (label[0] >= '0' && label[0] <= '9' && !*end && number < table->columns)
            table->label = number;
    }
    if (table->label == NO_LABEL || table->label == table->path)
        return fail_column(table, label, header);
    return RIDGE_OK;
}

static ridge_status take_field(struct table *table, size_t column,
                               const struct ridge_csv_field *field)
{
    struct ridge_labelled_files *list = table->list;
    if (column != table->path && column != table->label)
        return RIDGE_OK;
    if (!field->length || memchr(field->text, 0, field->length))
        return ridge_fail(RIDGE_ERROR_FORMAT, "%s:%zu:%zu: expected a %s, got %s", table->name,
                          field->line, field->column, column == table->path ? "path" : "label",
                          field->length ? "a zero byte in it" : "an empty field");
    char *text = copy_field(field);
    if (!text)
        return RIDGE_ERROR_MEMORY;
    if (column == table->label) {
        table->labels[list->count] = text;
        return RIDGE_OK;
    }
    struct ridge_text path = {0};
    ridge_text_append(&path, "%.*s%s", *text == '/' ? 0 : table->folder, table->name, text);
    free(text);
    list->files[list->count].path = path.data;
    return path.failed ? RIDGE_ERROR_MEMORY : RIDGE_OK;
}

static ridge_status take_row(struct table *table)
{
    struct ridge_labelled_files *list = table->list;
    RIDGE_TRY(
        ridge_grow(&list->files, &table->files_capacity, list->count + 1, sizeof(*list->files)));
    RIDGE_TRY(ridge_grow(&table->labels, &table->labels_capacity, list->count + 1,
                         sizeof(*table->labels)));
    struct ridge_csv_field field = {0};
    ridge_status status = RIDGE_OK;
    size_t column = 0;
    for (; !field.last && !status; column++) {
        status = ridge_csv_next(&table->at, &field);
        if (!status)
            status = take_field(table, column, &field);
    }
    list->count++; // whatever the row holds by now is freed with the list
    if (!status && column != table->columns)
        status = ridge_fail(RIDGE_ERROR_FORMAT,
                            "%s:%zu:%zu: expected %zu fields as in the first row, got %zu",
                            table->name, field.line, field.column, table->columns, column);
    return status;
}

// A whole number without sign; -1 for any other text.
static long as_number(const char *text)
{
    char *end;
    if (strspn(text, "0123456789") != strlen(text) || strlen(text) > 4)
        return -1;
    return strtol(text, &end, 10);
}

static ridge_status name_numbers(struct ridge_labelled_files *list, size_t count)
{
    list->classes = ridge_allocate(count, sizeof(*list->classes));
    for (; list->classes && list->class_count < count; list->class_count++) {
        struct ridge_text name = {0};
        ridge_text_append(&name, "%zu", list->class_count);
        list->classes[list->class_count] = name.data;
        if (name.failed)
            return RIDGE_ERROR_MEMORY;
    }
    return list->classes ? RIDGE_OK : RIDGE_ERROR_MEMORY;
}

// False where one of them is no number.
static bool number_labels(const struct table *table, long *largest)
{
    *largest = -1;
    for (size_t i = 0; i < table->list->count; i++) {
        long label = as_number(table->labels[i]);
        if (label < 0 || label > LARGEST_LABEL)
            return false;
        table->list->files[i].label = (int32_t)label;
        *largest = label > *largest ? label : *largest;
    }
    return true;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static ridge_status sort_names(const struct table *table)
{
    struct ridge_labelled_files *list = table->list;
    char **names = ridge_allocate(list->count, sizeof(*names));
    list->classes = ridge_allocate(list->count, sizeof(*list->classes));
    ridge_status status = names && list->classes ? RIDGE_OK : RIDGE_ERROR_MEMORY;
    if (!status) {
        memcpy(names, table->labels, list->count * sizeof(*names));
        qsort(names, list->count, sizeof(*names), compare_names);
    }
    for (size_t i = 0; i < list->count && !status; i++) {
        if (i && strcmp(names[i], names[i - 1]) == 0)
            continue;
        if ((list->classes[list->class_count] = ridge_duplicate(names[i])))
            list->class_count++;
        else
            status = RIDGE_ERROR_MEMORY;
    }
    free(names);
    return status;
}

static ridge_status label_rows(const struct table *table)
{
    struct ridge_labelled_files *list = table->list;
    long largest;
    if (number_labels(table, &largest))
        return name_numbers(list, (size_t)largest + 1);
    RIDGE_TRY(sort_names(table));
    for (size_t i = 0; i < list->count; i++) {
        char **found = bsearch(&table->labels[i], list->classes, list->class_count,
                               sizeof(*list->classes), compare_names);
        list->files[i].label = (int32_t)(found - list->classes);
    }
    return RIDGE_OK;
}

static ridge_status take_table(struct table *table, const char *label)
{
    if (ridge_csv_at_end(&table->at))
        return ridge_fail(RIDGE_ERROR_FORMAT, "%s: expected rows of path and label, it is empty",
                          table->name);
    RIDGE_TRY(find_columns(table, label));
    for (ridge_csv_skip_blank_lines(&table->at); !ridge_csv_at_end(&table->at);
         ridge_csv_skip_blank_lines(&table->at))
        RIDGE_TRY(take_row(table));
    if (!table->list->count)
        return ridge_fail(RIDGE_ERROR_FORMAT, "%s: no rows behind the header", table->name);
    return table->label == NO_LABEL ? RIDGE_OK : label_rows(table);
}

ridge_status ridge_labelled_files_parse(const struct ridge_source *source,
                                        const ridge_read_params *params,
                                        struct ridge_labelled_files *list)
{
    const char *slash = strrchr(source->name, '/');
    struct table table = {
        .at = ridge_csv_start(source),
        .name = source->name,
        .folder = slash ? (int)(slash - source->name) + 1 : 0,
        .list = list,
    };
    *list = (struct ridge_labelled_files){0};
    ridge_status status = take_table(&table, params->label);
    for (size_t i = 0; table.labels && i < list->count; i++)
        free(table.labels[i]);
    free(table.labels);
    if (status)
        ridge_labelled_files_free(list);
    return status;
}
