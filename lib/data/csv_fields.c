// SPDX-License-Identifier: Apache-2.0
// Cutting a CSV file into fields.
#include "data/csv_fields.h"

#include <string.h>

#include "base/error.h"

static char peek(const struct ridge_csv *csv, size_t ahead)
{
    size_t position = csv->position + ahead;
    return position < csv->source->size ? (char)csv->source->data[position] : '\n';
}

bool ridge_csv_at_end(const struct ridge_csv *csv)
{
    return csv->position >= csv->source->size;
}

// At the end of a line (LF or CRLF) or of the file.
static bool at_line_end(const struct ridge_csv *csv)
{
    return peek(csv, 0) == '\n' || (peek(csv, 0) == '\r' && peek(csv, 1) == '\n');
}

static void next_line(struct ridge_csv *csv)
{
    while (peek(csv, 0) != '\n')
        csv->position++;
    csv->position++;
    csv->line++;
    csv->line_start = csv->position;
}

static void skip_spaces(struct ridge_csv *csv)
{
    while (peek(csv, 0) == ' ' || (peek(csv, 0) == '\t' && csv->separator != '\t'))
        csv->position++;
}

void ridge_csv_skip_blank_lines(struct ridge_csv *csv)
{
    while (!ridge_csv_at_end(csv)) {
        size_t start = csv->position;
        while (peek(csv, 0) == ' ' || peek(csv, 0) == '\t')
            csv->position++;
        if (!at_line_end(csv)) {
            csv->position = start;
            return;
        }
        next_line(csv);
    }
}

static ridge_status quoted_field(struct ridge_csv *csv, struct ridge_csv_field *field)
{
    const struct ridge_source *source = csv->source;
    size_t start = ++csv->position;
    for (;; csv->position++) {
        if (ridge_csv_at_end(csv))
            return ridge_fail(RIDGE_ERROR_FORMAT, "%s:%zu:%zu: the quote is never closed",
                              source->name, field->line, field->column);
        if (peek(csv, 0) == '"' && peek(csv, 1) == '"') {
            csv->position++;
        } else if (peek(csv, 0) == '"') {
            break;
        } else if (peek(csv, 0) == '\n') {
            csv->line++;
            csv->line_start = csv->position + 1;
        }
    }
    field->text = (const char *)source->data + start;
    field->length = csv->position - start;
    csv->position++;
    skip_spaces(csv);
    if (!at_line_end(csv) && peek(csv, 0) != csv->separator)
        return ridge_fail(RIDGE_ERROR_FORMAT, "%s:%zu:%zu: expected a separator after the quote",
                          source->name, csv->line, csv->position - csv->line_start + 1);
    return RIDGE_OK;
}

static void plain_field(struct ridge_csv *csv, struct ridge_csv_field *field)
{
    size_t start = csv->position;
    while (!at_line_end(csv) && peek(csv, 0) != csv->separator)
        csv->position++;
    field->text = (const char *)csv->source->data + start;
    field->length = csv->position - start;
    while (field->length &&
           (field->text[field->length - 1] == ' ' || field->text[field->length - 1] == '\t'))
        field->length--;
}

ridge_status ridge_csv_next(struct ridge_csv *csv, struct ridge_csv_field *field)
{
    skip_spaces(csv);
    field->line = csv->line;
    field->column = csv->position - csv->line_start + 1;
    if (!ridge_csv_at_end(csv) && peek(csv, 0) == '"')
        RIDGE_TRY(quoted_field(csv, field));
    else
        plain_field(csv, field);
    field->last = at_line_end(csv);
    if (field->last)
        next_line(csv);
    else
        csv->position++;
    return RIDGE_OK;
}

static char detect_separator(const struct ridge_csv *csv)
{
    bool quoted = false, tab = false, semicolon = false;
    for (size_t i = csv->position; i < csv->source->size; i++) {
        char c = (char)csv->source->data[i];
        if (c == '\n' && !quoted)
            break;
        quoted = quoted != (c == '"');
        tab = tab || (c == '\t' && !quoted);
        semicolon = semicolon || (c == ';' && !quoted);
    }
    return tab ? '\t' : semicolon ? ';' : ',';
}

bool ridge_csv_is(const struct ridge_csv_field *field, const char *text)
{
    size_t i = 0;
    for (; i < field->length && *text && field->text[i] == *text; i++, text++)
        if (*text == '"' && i + 1 < field->length && field->text[i + 1] == '"')
            i++;
    return i == field->length && !*text;
}

struct ridge_csv ridge_csv_start(const struct ridge_source *source)
{
    static const unsigned char byte_order_mark[] = {0xef, 0xbb, 0xbf};
    struct ridge_csv csv = {.source = source, .line = 1};
    if (source->size >= 3 && memcmp(source->data, byte_order_mark, 3) == 0)
        csv.position = csv.line_start = 3;
    ridge_csv_skip_blank_lines(&csv);
    csv.separator = detect_separator(&csv);
    return csv;
}
