// SPDX-License-Identifier: Apache-2.0
// The fields of a CSV file one after the other: quotes and separators as RFC 4180 has them, with
// commas, semicolons or tabs between.
#ifndef RIDGE_DATA_CSV_FIELDS_H
#define RIDGE_DATA_CSV_FIELDS_H

#include "data/gzip.h"

// A place in the file; a copy of it reads the same fields again.
struct ridge_csv {
    const struct ridge_source *source;
    size_t position, line, line_start; // line from 1
    char separator;
};

// A field of the file: what stands between separators or quotes.
struct ridge_csv_field {
    const char *text;
    size_t length;
    size_t line, column; // where it starts, both from 1
    bool last;           // of its row
};

// Goes to the first row: behind a byte order mark and blank lines. The separator is the first of
// tab, semicolon and comma that stands in it.
struct ridge_csv ridge_csv_start(const struct ridge_source *source);

bool ridge_csv_at_end(const struct ridge_csv *csv);
void ridge_csv_skip_blank_lines(struct ridge_csv *csv);

// Not to be called at the end. Fails for a quote that is never closed or is followed by anything
// but a separator.
ridge_status ridge_csv_next(struct ridge_csv *csv, struct ridge_csv_field *field);

// Compares with a doubled quote of the field standing for one.
bool ridge_csv_is(const struct ridge_csv_field *field, const char *text);

#endif
