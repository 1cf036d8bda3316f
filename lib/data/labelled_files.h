// SPDX-License-Identifier: Apache-2.0
// Which files make the rows of a data set, where each row is a file of its own (images, sounds): a
// folder for each class, or a CSV of paths and labels.
#ifndef RIDGE_DATA_LABELLED_FILES_H
#define RIDGE_DATA_LABELLED_FILES_H

#include <ridge/data.h>

#include "data/gzip.h"

struct ridge_labelled_file {
    char *path;
    int32_t label; // 0 where there are no classes
};

// Released with ridge_labelled_files_free; all zero where there is nothing to release.
struct ridge_labelled_files {
    struct ridge_labelled_file *files;
    size_t count;
    char **classes; // their names, by label; NULL where rows have no labels
    size_t class_count;
};

// `path` is one of these, `endings` what the format's files end with ({".wav", ".flac", NULL};
// upper case is the same):
// - A folder of folders, one for each class; params->part names a folder inside `path` instead
//   ("train"). Classes are numbered by their names in the order of bytes. Within a class files go
//   by their names, and the classes are dealt: any stretch of the rows, so also the last ones that
//   a validation split holds out, has each class in about its share.
// - With params->label "none": a folder of files, without labels.
// - A CSV file (.csv, .tsv, also .gz): a path and a label in each row, in the file's order; paths
//   are relative to the CSV's folder. The first row is a header if one of its fields is path, file
//   or filename, which is the path's column then (otherwise the first). params->label is the
//   label's column by name or by number from 0 on (otherwise the last), or "none". Where all labels
//   are whole numbers from 0 to 9999 they are the classes' numbers; other labels are names,
//   numbered as above.
// - Any other file: that one, without a label.
// Files with other endings, files outside the folders of classes and names that begin with a dot
// are left out; how many is logged at info level. Whether the files can be read is not asked here.
// Errors: RIDGE_ERROR_FILE for what is not there, also where no file is left; RIDGE_ERROR_FORMAT
// for a bad CSV; RIDGE_ERROR_ARGUMENT for a column that is not there; RIDGE_ERROR_MEMORY.
ridge_status ridge_labelled_files_find(const char *path, const ridge_read_params *params,
                                       const char *const *endings,
                                       struct ridge_labelled_files *list);

// The same from a CSV in memory; its name is its path.
ridge_status ridge_labelled_files_parse(const struct ridge_source *source,
                                        const ridge_read_params *params,
                                        struct ridge_labelled_files *list);

void ridge_labelled_files_free(struct ridge_labelled_files *list);

#endif
