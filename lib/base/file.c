// SPDX-License-Identifier: Apache-2.0
// Whole files, and files that appear under their name only when they are complete.
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"

static ridge_status read_stream(FILE *file, const char *path, size_t limit, unsigned char **data,
                                size_t *size)
{
    unsigned char *bytes = NULL;
    size_t capacity = 0, length = 0;
    for (;;) {
        ridge_status status = ridge_grow(&bytes, &capacity, length + 65536 + 1, 1);
        if (!status && limit && length > limit)
            status = ridge_fail(RIDGE_ERROR_FORMAT, "%s: larger than %zu bytes", path, limit);
        if (status) {
            free(bytes);
            return status;
        }
        size_t got = fread(bytes + length, 1, capacity - length - 1, file);
        length += got;
        if (!got)
            break;
    }
    if (ferror(file)) {
        free(bytes);
        return ridge_fail(RIDGE_ERROR_FILE, "%s: cannot read: %s", path, strerror(errno));
    }
    bytes[length] = 0;
    *data = bytes;
    *size = length;
    return RIDGE_OK;
}

ridge_status ridge_file_read(const char *path, size_t limit, unsigned char **data, size_t *size)
{
    *data = NULL;
    *size = 0;
    FILE *file = fopen(path, "rb");
    if (!file)
        return ridge_fail(RIDGE_ERROR_FILE, "%s: cannot open: %s", path, strerror(errno));
    ridge_status status = read_stream(file, path, limit, data, size);
    fclose(file);
    if (!status && limit && *size > limit) {
        free(*data);
        *data = NULL;
        status = ridge_fail(RIDGE_ERROR_FORMAT, "%s: larger than %zu bytes", path, limit);
    }
    return status;
}

// As long as the file has more; it may grow meanwhile, or not tell its size.
static ridge_status read_descriptor(int descriptor, const char *path, size_t limit,
                                    unsigned char **data, size_t *capacity, size_t *size)
{
    for (*size = 0;;) {
        if (*size == *capacity)
            RIDGE_TRY(ridge_grow(data, capacity, *size + 4096, 1));
        ssize_t got = read(descriptor, *data + *size, *capacity - *size);
        if (got < 0 && errno != EINTR)
            return ridge_fail(RIDGE_ERROR_FILE, "%s: cannot read: %s", path, strerror(errno));
        if (got == 0)
            return RIDGE_OK;
        *size += got > 0 ? (size_t)got : 0;
        if (*size > limit)
            return ridge_fail(RIDGE_ERROR_FORMAT, "%s: larger than %zu bytes", path, limit);
    }
}

ridge_status ridge_file_read_again(const char *path, size_t limit, unsigned char **data,
                                   size_t *capacity, size_t *size)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return ridge_fail(RIDGE_ERROR_FILE, "%s: cannot open: %s", path, strerror(errno));
    ridge_status status = read_descriptor(descriptor, path, limit, data, capacity, size);
    close(descriptor);
    return status;
}

ridge_status ridge_file_open(struct ridge_file_writer *writer, const char *path)
{
    struct ridge_text temporary = {0};
    ridge_text_append(&temporary, "%s.XXXXXX", path);
    writer->path = ridge_duplicate(path);
    writer->temporary = temporary.data;
    writer->file = NULL;
    ridge_status status = RIDGE_OK;
    int descriptor = -1;
    if (temporary.failed || !writer->path)
        status = RIDGE_ERROR_MEMORY;
    else if ((descriptor = mkstemp(writer->temporary)) < 0 ||
             !(writer->file = fdopen(descriptor, "wb")))
        status = ridge_fail(RIDGE_ERROR_FILE, "%s: cannot create a file beside it: %s", path,
                            strerror(errno));
    if (status == RIDGE_OK) {
        // mkstemp makes files private; give the rights that fopen would have given.
        mode_t mask = umask(0);
        umask(mask);
        fchmod(descriptor, 0666 & ~mask);
        return RIDGE_OK;
    }
    if (descriptor >= 0) {
        close(descriptor);
        unlink(writer->temporary);
    }
    free(writer->path);
    free(writer->temporary);
    *writer = (struct ridge_file_writer){0};
    return status;
}

ridge_status ridge_file_append(struct ridge_file_writer *writer, const void *data, size_t size)
{
    if (size && fwrite(data, 1, size, writer->file) != size)
        return ridge_fail(RIDGE_ERROR_FILE, "%s: cannot write: %s", writer->path, strerror(errno));
    return RIDGE_OK;
}

void ridge_file_discard(struct ridge_file_writer *writer)
{
    if (writer->file)
        fclose(writer->file);
    if (writer->temporary)
        unlink(writer->temporary);
    free(writer->path);
    free(writer->temporary);
    *writer = (struct ridge_file_writer){0};
}

ridge_status ridge_file_commit(struct ridge_file_writer *writer)
{
    // A full disk may show itself only when the buffers are flushed.
    ridge_status status = RIDGE_OK;
    bool flushed =
        fflush(writer->file) == 0 && (writer->disposable || fsync(fileno(writer->file)) == 0);
    int reason = errno;
    bool closed = fclose(writer->file) == 0;
    if (flushed && !closed)
        reason = errno;
    writer->file = NULL;
    if (!flushed || !closed)
        status =
            ridge_fail(RIDGE_ERROR_FILE, "%s: cannot write: %s", writer->path, strerror(reason));
    else if (rename(writer->temporary, writer->path) != 0)
        status = ridge_fail(RIDGE_ERROR_FILE, "%s: cannot rename %s to it: %s", writer->path,
                            writer->temporary, strerror(errno));
    if (status == RIDGE_OK) {
        free(writer->temporary);
        writer->temporary = NULL;
    }
    ridge_file_discard(writer);
    return status;
}

ridge_status ridge_folder_make(const char *path)
{
    char *copy = ridge_duplicate(path);
    if (!copy)
        return RIDGE_ERROR_MEMORY;
    ridge_status status = RIDGE_OK;
    for (char *end = copy + 1; status == RIDGE_OK; end++) {
        if (*end != '/' && *end != 0)
            continue;
        char last = *end;
        *end = 0;
        struct stat info;
        if (mkdir(copy, 0777) != 0 &&
            (errno != EEXIST || stat(copy, &info) != 0 || !S_ISDIR(info.st_mode)))
            status = ridge_fail(RIDGE_ERROR_FILE, "%s: cannot make the folder: %s", copy,
                                strerror(errno == EEXIST ? ENOTDIR : errno));
        *end = last;
        if (last == 0)
            break;
    }
    free(copy);
    return status;
}
