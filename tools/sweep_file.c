// SPDX-License-Identifier: Apache-2.0
// Lines of finished runs. A crash can at worst cut off the last one, which then counts as not run.
#include "sweep_file.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

// The numbers of a result and what they are called in the file.
static const struct {
    const char *name;
    size_t offset;
} figures[] = {
    {"train_error", offsetof(struct sweep_result, train_error)},
    {"val_error", offsetof(struct sweep_result, val_error)},
    {"train_loss", offsetof(struct sweep_result, train_loss)},
    {"val_loss", offsetof(struct sweep_result, val_loss)},
    {"epochs", offsetof(struct sweep_result, epochs)},
    {"seconds", offsetof(struct sweep_result, seconds)},
};
#define FIGURES (sizeof(figures) / sizeof(figures[0]))

static cJSON *describe(const struct setting *setting)
{
    cJSON *object;
    if (setting->kind == SETTING_TEXT)
        return cJSON_CreateString(setting->text);
    if (setting->kind == SETTING_NOTHING)
        return cJSON_CreateNull();
    object = setting->kind == SETTING_LIST ? cJSON_CreateArray() : cJSON_CreateObject();
    for (const struct setting *item = setting->first; item; item = item->next) {
        if (setting->kind == SETTING_LIST)
            cJSON_AddItemToArray(object, describe(item));
        else
            cJSON_AddItemToObject(object, item->key, describe(item));
    }
    return object;
}

static char *print(const cJSON *object)
{
    char *printed = cJSON_PrintUnformatted(object), *text = duplicate(printed ? printed : "");
    cJSON_free(printed);
    return text;
}

char *sweep_run_text(const struct sweep_run *run)
{
    char rows[32];
    snprintf(rows, sizeof(rows), "%016llx", (unsigned long long)run->rows);
    cJSON *object = cJSON_CreateObject(), *experiment = describe(run->settings);
    cJSON_DeleteItemFromObject(experiment, "seed");
    cJSON_AddStringToObject(object, "ridge", ridge_version());
    cJSON_AddStringToObject(object, "rows", rows);
    cJSON_AddItemToObject(object, "experiment", experiment);
    cJSON_AddNumberToObject(object, "seed", (double)run->seed);
    cJSON_AddNumberToObject(object, "folds", (double)run->folds);
    cJSON_AddNumberToObject(object, "fold", (double)run->fold);
    char *text = print(object);
    cJSON_Delete(object);
    return text;
}

// FNV-1a (Fowler, Noll, Vo), by words of 8 bytes; enough to notice that data have changed.
static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t count)
{
    const char *at = bytes;
    for (; bytes && count; at += sizeof(uint64_t)) {
        uint64_t word = 0;
        size_t length = count < sizeof(word) ? count : sizeof(word);
        memcpy(&word, at, length);
        hash = (hash ^ word) * 0x100000001b3u;
        hash ^= hash >> 32; // words, unlike bytes, have high bits to bring down
        count -= length;
    }
    return hash;
}

uint64_t sweep_hash_rows(const ridge_dataset *rows, uint64_t hash)
{
    size_t shape[RIDGE_MAX_RANK] = {0}, features = 1;
    size_t rank = ridge_dataset_shape(rows, shape), count = ridge_dataset_count(rows);
    size_t targets = ridge_dataset_target_size(rows);
    ridge_type types[2] = {0};
    float scale[2];
    const void *x = ridge_dataset_x(rows, &types[0]), *y = ridge_dataset_y(rows, &types[1]);
    const size_t sizes[] = {count, targets, ridge_dataset_classes(rows)};
    for (size_t i = 0; i < rank; i++)
        features *= shape[i];
    ridge_dataset_scale(rows, &scale[0], &scale[1]);
    hash = hash_bytes(hash ? hash : 0xcbf29ce484222325u, sizes, sizeof(sizes));
    hash = hash_bytes(hash, shape, sizeof(shape));
    hash = hash_bytes(hash, types, sizeof(types));
    hash = hash_bytes(hash, scale, sizeof(scale));
    hash = hash_bytes(hash, x, count * features * ridge_type_size(types[0]));
    return y ? hash_bytes(hash, y, count * targets * ridge_type_size(types[1])) : hash;
}

static bool parse_line(const char *line, char **run, struct sweep_result *result)
{
    cJSON *object = cJSON_Parse(line);
    const cJSON *what = cJSON_GetObjectItem(object, "run");
    const cJSON *came = cJSON_GetObjectItem(object, "result");
    bool parsed = cJSON_IsObject(what) && cJSON_IsObject(came) &&
                  cJSON_IsBool(cJSON_GetObjectItem(came, "diverged"));
    *result = (struct sweep_result){.done = true};
    for (size_t i = 0; parsed && i < FIGURES; i++) {
        const cJSON *figure = cJSON_GetObjectItem(came, figures[i].name);
        double value = cJSON_IsNumber(figure) ? figure->valuedouble : NAN;
        parsed = cJSON_IsNumber(figure) || cJSON_IsNull(figure);
        memcpy((char *)result + figures[i].offset, &value, sizeof(value));
    }
    result->diverged = parsed && cJSON_IsTrue(cJSON_GetObjectItem(came, "diverged"));
    if (parsed)
        *run = print(what);
    cJSON_Delete(object);
    return parsed;
}

static void take_lines(struct sweep_file *file, char *text)
{
    size_t lines = 1;
    for (const char *at = text; *at; at++)
        lines += *at == '\n';
    file->runs = allocate(lines, sizeof(*file->runs));
    file->results = allocate(lines, sizeof(*file->results));
    for (char *line; (line = strsep(&text, "\n"));) {
        if (!*line)
            continue;
        if (parse_line(line, &file->runs[file->count], &file->results[file->count]))
            file->count++;
        else
            file->ignored++;
    }
}

static bool write_text(const struct sweep_file *file, const char *text)
{
    size_t length = strlen(text);
    while (length) {
        ssize_t written = write(file->descriptor, text, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            fail("%s: cannot write: %s", file->path, strerror(errno));
            return false;
        }
        text += written;
        length -= (size_t)written;
    }
    return true;
}

static bool read_file(struct sweep_file *file)
{
    struct stat status;
    if (fstat(file->descriptor, &status))
        return false;
    size_t size = (size_t)status.st_size, length = 0;
    char *text = allocate(size + 1, 1);
    ssize_t got = 1;
    while (length < size && got > 0) {
        got = read(file->descriptor, text + length, size - length);
        length += got > 0 ? (size_t)got : 0;
    }
    bool cut_off = length && text[length - 1] != '\n';
    if (got >= 0)
        take_lines(file, text);
    free(text);
    // What comes next must not be joined to a line that was cut off.
    return got >= 0 && (!cut_off || write_text(file, "\n"));
}

bool sweep_file_open(struct sweep_file *file, const char *folder, bool fresh)
{
    *file = (struct sweep_file){.path = print_text("%s/runs.jsonl", folder)};
    file->descriptor = open(file->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (file->descriptor < 0) {
        fail("%s: cannot open: %s", file->path, strerror(errno));
        return false;
    }
    if (flock(file->descriptor, LOCK_EX | LOCK_NB)) {
        fail("%s: another ridge sweep is at work with it; give this one another --out", file->path);
        return false;
    }
    if ((fresh && ftruncate(file->descriptor, 0)) || !read_file(file)) {
        fail("%s: cannot read: %s", file->path, strerror(errno));
        return false;
    }
    return true;
}

void sweep_file_close(struct sweep_file *file)
{
    if (file->path && file->descriptor >= 0)
        close(file->descriptor);
    for (size_t i = 0; i < file->count; i++)
        free(file->runs[i]);
    free(file->runs);
    free(file->results);
    free(file->path);
    *file = (struct sweep_file){.descriptor = -1};
}

bool sweep_file_find(const struct sweep_file *file, const char *run, struct sweep_result *result)
{
    for (size_t i = file->count; i-- > 0;) { // the latest of equal ones
        if (strcmp(file->runs[i], run) == 0) {
            *result = file->results[i];
            return true;
        }
    }
    return false;
}

bool sweep_file_add(const struct sweep_file *file, const char *run,
                    const struct sweep_result *result)
{
    cJSON *object = cJSON_CreateObject(), *came = cJSON_CreateObject();
    cJSON_AddItemToObject(object, "run", cJSON_CreateRaw(run));
    cJSON_AddItemToObject(object, "result", came);
    cJSON_AddBoolToObject(came, "diverged", result->diverged);
    for (size_t i = 0; i < FIGURES; i++) {
        double value;
        memcpy(&value, (const char *)result + figures[i].offset, sizeof(value));
        cJSON_AddNumberToObject(came, figures[i].name, value); // NaN is written as null
    }
    char *line = print(object), *ended = print_text("%s\n", line);
    bool added = write_text(file, ended);
    free(line);
    free(ended);
    cJSON_Delete(object);
    return added;
}
