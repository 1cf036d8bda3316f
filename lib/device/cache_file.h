// SPDX-License-Identifier: Apache-2.0
// Files in ridge's cache folder, $XDG_CACHE_HOME/ridge, else $HOME/.cache/ridge: things that can be
// made again. Nothing here is a failure; whatever is wrong with a file is noted at info level, and
// the file counts as not there.
#ifndef RIDGE_DEVICE_CACHE_FILE_H
#define RIDGE_DEVICE_CACHE_FILE_H

#include <ridge/device.h>

#include "base/memory.h"

// A file is found by its name and believed only when the key that it holds is the one expected.
// The key says everything that the content depends on. The name is a hash of the same, or of less:
// then what was made for an older driver is found, refused, and replaced.
struct ridge_cache_file {
    struct ridge_text key, path;
};

// Begins a key with the versions of ridge and of the device's driver, and the device's names.
void ridge_cache_key(struct ridge_text *key, const ridge_device_info *info);

// Sets the path from a hash of `name` and an ending such as ".bin". False: no memory, or the
// environment names no folder.
bool ridge_cache_name(struct ridge_cache_file *file, const struct ridge_text *name,
                      const char *ending);

// The content, the caller's to free(), with a zero byte behind; NULL when there is none.
unsigned char *ridge_cache_read(const struct ridge_cache_file *file, size_t *size);
// Whether it is there now; what was in the way, a full disk, is logged.
bool ridge_cache_write(const struct ridge_cache_file *file, const void *content, size_t size);
void ridge_cache_remove(const struct ridge_cache_file *file);

void ridge_cache_release(struct ridge_cache_file *file);

// Opens <folder>/<name> for a lock, made when missing. -1 where that cannot be.
int ridge_cache_open(const char *name);

#endif
