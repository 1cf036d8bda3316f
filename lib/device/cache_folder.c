// SPDX-License-Identifier: Apache-2.0
// A file's time of modification says when it was last used: times of reading are often not kept.
#include "device/cache_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

void ridge_cache_folder(struct ridge_text *path)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (cache && cache[0] == '/') // relative ones are to be ignored, says the XDG specification
        ridge_text_append(path, "%s/ridge", cache);
    else if (home && home[0] == '/')
        ridge_text_append(path, "%s/.cache/ridge", home);
}

void ridge_cache_touch(const char *path)
{
    utimensat(AT_FDCWD, path, NULL, 0);
}

struct entry {
    char name[64]; // those of the cache are shorter, temporary ones included
    struct timespec used;
    uint64_t bytes;
};

struct entries {
    struct entry *items;
    size_t count, capacity;
    uint64_t bytes;
};

// The lock has no bytes, so it is not listed.
static bool list(DIR *folder, struct entries *entries)
{
    struct dirent *found;
    struct stat info;
    while ((found = readdir(folder))) {
        size_t length = strlen(found->d_name);
        if (length >= sizeof(entries->items->name) ||
            fstatat(dirfd(folder), found->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(info.st_mode) || info.st_size <= 0)
            continue;
        if (ridge_grow(&entries->items, &entries->capacity, entries->count + 1,
                       sizeof(*entries->items)))
            return false;
        struct entry *entry = &entries->items[entries->count++];
        memcpy(entry->name, found->d_name, length + 1);
        entry->used = info.st_mtim;
        entry->bytes = (uint64_t)info.st_size;
        entries->bytes += entry->bytes;
    }
    return true;
}

static int compare(const void *left, const void *right)
{
    const struct timespec *a = &((const struct entry *)left)->used;
    const struct timespec *b = &((const struct entry *)right)->used;
    if (a->tv_sec != b->tv_sec)
        return a->tv_sec < b->tv_sec ? -1 : 1;
    return (a->tv_nsec > b->tv_nsec) - (a->tv_nsec < b->tv_nsec);
}

static void remove_oldest(DIR *folder, struct entries *entries, const char *kept, uint64_t limit)
{
    size_t removed = 0;
    qsort(entries->items, entries->count, sizeof(*entries->items), compare);
    for (size_t i = 0; i < entries->count && entries->bytes > limit; i++) {
        const struct entry *entry = &entries->items[i];
        if (strcmp(entry->name, kept) == 0 || unlinkat(dirfd(folder), entry->name, 0) != 0)
            continue;
        entries->bytes -= entry->bytes;
        removed++;
    }
    if (removed)
        ridge_log(RIDGE_LOG_INFO, "cache: %zu files that were not used for longest removed",
                  removed);
}

void ridge_cache_trim(const char *path, uint64_t limit)
{
    struct ridge_text name = {0};
    struct entries entries = {0};
    const char *file = strrchr(path, '/');
    ridge_text_append(&name, "%.*s", (int)(file - path), path);
    DIR *folder = name.failed ? NULL : opendir(name.data);
    if (folder) {
        if (list(folder, &entries) && entries.bytes > limit)
            remove_oldest(folder, &entries, file + 1, limit);
        closedir(folder);
    }
    free(entries.items);
    free(name.data);
}
