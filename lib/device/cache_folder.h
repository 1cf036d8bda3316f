// SPDX-License-Identifier: Apache-2.0
// The cache's folder as a whole: where it is and how large it may grow.
#ifndef RIDGE_DEVICE_CACHE_FOLDER_H
#define RIDGE_DEVICE_CACHE_FOLDER_H

#include "base/memory.h"

// Bytes of all files together, as long as the last one by itself is not larger.
#define RIDGE_CACHE_LIMIT ((uint64_t)256 << 20)

// Appends the folder to `path`: $XDG_CACHE_HOME/ridge, else $HOME/.cache/ridge. Nothing where the
// environment names none.
void ridge_cache_folder(struct ridge_text *path);

// Removes what was used least recently until the folder's files have at most `limit` bytes, and
// notes at info level how many went. `path`: of the file that was just written, which stays. What
// other processes do to the folder meanwhile is no failure: a file that one of them has open stays
// readable for it.
void ridge_cache_trim(const char *path, uint64_t limit);

// Says that the file was used now.
void ridge_cache_touch(const char *path);

#endif
