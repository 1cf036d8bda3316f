// SPDX-License-Identifier: Apache-2.0
// Writing beside and renaming; folders for results.
#include "file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "messages.h"

// mkstemp makes files private; this gives the rights that fopen would have given.
static void share(int descriptor)
{
    mode_t mask = umask(0);
    umask(mask);
    fchmod(descriptor, 0666 & ~mask);
}

bool file_begin(struct new_file *file, const char *path)
{
    file->path = duplicate(path);
    file->temporary = print_text("%s.XXXXXX", path);
    file->stream = NULL;
    int descriptor = mkstemp(file->temporary);
    if (descriptor >= 0) {
        share(descriptor);
        file->stream = fdopen(descriptor, "wb");
        if (file->stream)
            return true;
        close(descriptor);
        unlink(file->temporary);
    }
    fail("%s: cannot create: %s", path, strerror(errno));
    free(file->path);
    free(file->temporary);
    return false;
}

bool file_end(struct new_file *file)
{
    errno = 0;
    bool written = !ferror(file->stream) && fflush(file->stream) == 0;
    bool closed = fclose(file->stream) == 0;
    bool named = written && closed && rename(file->temporary, file->path) == 0;
    if (!named) {
        fail("%s: cannot write: %s", file->path,
             errno ? strerror(errno) : "an earlier write failed");
        unlink(file->temporary);
    }
    free(file->path);
    free(file->temporary);
    return named;
}

static bool make_folders(char *path)
{
    for (char *slash = path + 1; *slash; slash++) {
        if (*slash != '/')
            continue;
        *slash = 0;
        bool made = mkdir(path, 0777) == 0 || errno == EEXIST;
        *slash = '/';
        if (!made)
            return false;
    }
    return mkdir(path, 0777) == 0 || errno == EEXIST;
}

bool folder_prepare(const char *path)
{
    char *copy = duplicate(path);
    char *trial = print_text("%s/.trial.XXXXXX", path);
    int descriptor = *copy && make_folders(copy) ? mkstemp(trial) : -1;
    if (descriptor < 0)
        fail("%s: cannot write into this folder: %s", path, *copy ? strerror(errno) : "no name");
    else {
        close(descriptor);
        unlink(trial);
    }
    free(trial);
    free(copy);
    return descriptor >= 0;
}
