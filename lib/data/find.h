// SPDX-License-Identifier: Apache-2.0
// Finding the files of a data set inside its folder.
#ifndef RIDGE_DATA_FIND_H
#define RIDGE_DATA_FIND_H

#include "base/memory.h"

bool ridge_path_exists(const char *path);
bool ridge_is_folder(const char *path);

// The first of FOLDER/NAME and FOLDER/NAME.gz that exists; the caller frees it. Otherwise NULL, and
// the names looked for are added to `missed`. Where memory is refused, missed->failed says so.
char *ridge_find_file(const char *folder, const char *name, struct ridge_text *missed);

#endif
