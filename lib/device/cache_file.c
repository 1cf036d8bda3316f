// SPDX-License-Identifier: Apache-2.0
// A file: struct header, the key, the content. Numbers lie as the host has them, since the file
// never leaves it. It is written to a temporary name and renamed, so that processes which write at
// once leave one of their files, whole.
#include "device/cache_file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/error.h"
#include "base/file.h"
#include "device/cache_folder.h"

#define MAGIC "ridge.1" // with the version of this layout
#define LARGEST_FILE ((size_t)256 << 20)

struct header {
    char magic[8];
    uint32_t key_size;
    uint32_t checksum; // CRC-32 of key and content
    uint64_t content_size;
};

void ridge_cache_key(struct ridge_text *key, const ridge_device_info *info)
{
    ridge_text_append(key, "ridge %s\n%s\n%s\n%s\n%s\n", ridge_version(), info->platform_name,
                      info->name, info->version, info->driver);
}

static uint64_t hash(const struct ridge_text *text)
{
    uint64_t value = 0xcbf29ce484222325; // FNV-1a
    for (size_t i = 0; i < text->length; i++)
        value = (value ^ (unsigned char)text->data[i]) * 0x100000001b3;
    return value;
}

bool ridge_cache_name(struct ridge_cache_file *file, const struct ridge_text *name,
                      const char *ending)
{
    ridge_cache_folder(&file->path);
    if (file->key.failed || name->failed || file->path.failed || !file->path.length)
        return false;
    ridge_text_append(&file->path, "/%016" PRIx64 "%s", hash(name), ending);
    return !file->path.failed;
}

void ridge_cache_release(struct ridge_cache_file *file)
{
    free(file->key.data);
    free(file->path.data);
    *file = (struct ridge_cache_file){0};
}

// Finds the content in a file's bytes; else says why it is not to be used.
static const char *unpack(const unsigned char *data, size_t size, const struct ridge_text *key,
                          const unsigned char **content, size_t *content_size)
{
    struct header header;
    if (size < sizeof(header))
        return "shorter than its header";
    memcpy(&header, data, sizeof(header));
    data += sizeof(header);
    size -= sizeof(header);
    if (memcmp(header.magic, MAGIC, sizeof(header.magic)) != 0)
        return "of another layout";
    if (header.key_size > size || header.content_size != size - header.key_size)
        return "not as long as its header says";
    if (header.checksum != crc32_z(0, data, size))
        return "damaged";
    if (header.key_size != key->length || memcmp(data, key->data, key->length) != 0)
        return "of another program, device or driver";
    *content = data + header.key_size;
    *content_size = (size_t)header.content_size;
    return NULL;
}

unsigned char *ridge_cache_read(const struct ridge_cache_file *file, size_t *size)
{
    unsigned char *data;
    const unsigned char *content;
    size_t file_size;
    if (access(file->path.data, R_OK) != 0)
        return NULL;
    if (ridge_file_read(file->path.data, LARGEST_FILE, &data, &file_size) != RIDGE_OK) {
        ridge_log(RIDGE_LOG_INFO, "cache: %s", ridge_error());
        return NULL;
    }
    const char *reason = unpack(data, file_size, &file->key, &content, size);
    if (reason) {
        ridge_log(RIDGE_LOG_INFO, "cache: %s is %s; ignored until it is made again",
                  file->path.data, reason);
        free(data);
        return NULL;
    }
    ridge_cache_touch(file->path.data);
    memmove(data, content, *size);
    data[*size] = 0;
    return data;
}

static ridge_status make_folder(void)
{
    struct ridge_text folder = {0};
    ridge_cache_folder(&folder);
    ridge_status status = folder.failed ? RIDGE_ERROR_MEMORY : RIDGE_OK;
    if (!status)
        status = ridge_folder_make(folder.data ? folder.data : "");
    free(folder.data);
    return status;
}

static ridge_status write_file(const struct ridge_cache_file *file, const void *content,
                               size_t size)
{
    struct header header = {MAGIC, (uint32_t)file->key.length, 0, size};
    uLong sum = crc32_z(0, (const unsigned char *)file->key.data, file->key.length);
    header.checksum = (uint32_t)crc32_z(sum, content, size);
    struct ridge_file_writer writer = {0};
    RIDGE_TRY(make_folder());
    RIDGE_TRY(ridge_file_open(&writer, file->path.data));
    writer.disposable = true;
    ridge_status status = ridge_file_append(&writer, &header, sizeof(header));
    if (!status)
        status = ridge_file_append(&writer, file->key.data, file->key.length);
    if (!status)
        status = ridge_file_append(&writer, content, size);
    if (status) {
        ridge_file_discard(&writer);
        return status;
    }
    RIDGE_TRY(ridge_file_commit(&writer));
    ridge_cache_trim(file->path.data, RIDGE_CACHE_LIMIT);
    return RIDGE_OK;
}

bool ridge_cache_write(const struct ridge_cache_file *file, const void *content, size_t size)
{
    if (write_file(file, content, size) == RIDGE_OK)
        return true;
    ridge_log(RIDGE_LOG_INFO, "cache: not stored: %s", ridge_error());
    return false;
}

void ridge_cache_remove(const struct ridge_cache_file *file)
{
    unlink(file->path.data);
}

int ridge_cache_open(const char *name)
{
    struct ridge_text path = {0};
    int file = -1;
    ridge_cache_folder(&path);
    if (path.length && make_folder() == RIDGE_OK) {
        ridge_text_append(&path, "/%s", name);
        if (!path.failed)
            file = open(path.data, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    }
    free(path.data);
    return file;
}
