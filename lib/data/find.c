// SPDX-License-Identifier: Apache-2.0
// Finding the files of a data set inside its folder.
#include "data/find.h"

#include <stdlib.h>
#include <sys/stat.h>

bool ridge_path_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

bool ridge_is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

char *ridge_find_file(const char *folder, const char *name, struct ridge_text *missed)
{
    static const char *const endings[] = {"", ".gz"};
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        struct ridge_text path = {0};
        ridge_text_append(&path, "%s/%s%s", folder, name, endings[i]);
        if (!path.failed && ridge_path_exists(path.data))
            return path.data;
        missed->failed |= path.failed;
        free(path.data);
        ridge_text_append(missed, "%s%s%s", missed->length ? ", " : "", name, endings[i]);
    }
    return NULL;
}
