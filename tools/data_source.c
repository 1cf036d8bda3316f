// SPDX-License-Identifier: Apache-2.0
// Finding and reading the data that an experiment file or an option names.
#include "data_source.h"

#include <dirent.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "messages.h"

static const char *const label_kinds[] = {"auto", "labels", "values", NULL};
static const char *const on_error[] = {"fail", "skip", NULL};
static const char *const places[] = {"auto", "memory", "stream", NULL};

#define SIZE_FIELD(field, most, text)                                                              \
    .type = RIDGE_FIELD_SIZE, .offset = offsetof(struct data_source, field), .maximum = (most),    \
    .help = (text)
#define TEXT_FIELD(field, text)                                                                    \
    .type = RIDGE_FIELD_TEXT, .offset = offsetof(struct data_source, field), .help = (text)

const ridge_field data_source_fields[] = {
    {"format",
     TEXT_FIELD(format, "audio, cifar10, cifar100, csv, idx, images, npy; else as the path looks")},
    {"path", TEXT_FIELD(path, "file or folder, beside the experiment file or in $RIDGE_DATA"),
     .required = true},
    {"validation", RIDGE_FIELD_FLOAT, offsetof(struct data_source, validation), .maximum = HUGE_VAL,
     .help = "rows held out from the end, or a share of them below 1"},
    {"part",
     TEXT_FIELD(read.part,
                "idx, cifar10, cifar100: train, test; audio, images: a folder inside path")},
    {"images", TEXT_FIELD(read.images, "idx: the file of the images, inside the folder")},
    {"labels", TEXT_FIELD(read.labels, "idx: the file of the labels, inside the folder")},
    {"label",
     TEXT_FIELD(read.label, "csv, audio, images: column of the target, by header or number; none")},
    {"label_kind", RIDGE_FIELD_NAME, offsetof(struct data_source, read.label_kind),
     .choices = label_kinds, .help = "csv: is the target a class or a value"},
    {"targets", TEXT_FIELD(read.targets, "npy: the file of the targets")},
    {"channels", SIZE_FIELD(read.channels, 3, "images: 1 (grey) or 3 (colour)"), .fallback = "3"},
    {"height", SIZE_FIELD(read.height, 65535, "images: resized to it; 0 where all have one size")},
    {"width", SIZE_FIELD(read.width, 65535, "images: likewise")},
    {"on_error", RIDGE_FIELD_NAME, offsetof(struct data_source, read.on_error), .choices = on_error,
     .help = "images, audio: what to do about a file that cannot be read"},
    {"where", RIDGE_FIELD_NAME, offsetof(struct data_source, read.where), .choices = places,
     .help = "images: read at once or whenever needed; auto: as they fit the memory"},
    {"workers", SIZE_FIELD(read.workers, 256, "images: threads that read; 0: one a processor")},
    {"sample_rate", RIDGE_FIELD_SIZE, offsetof(struct data_source, read.sample_rate), 0, 1 << 22,
     .help = "audio: samples a second of all rows; 0: the first file's"},
    {"seconds", RIDGE_FIELD_FLOAT, offsetof(struct data_source, read.seconds), .maximum = HUGE_VAL,
     .help = "audio: length of all rows; 0: the longest file's"},
    {0},
};

const char data_source_test_part[] = "test";

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static char *inside(const char *folder, const char *path)
{
    return folder && *folder ? print_text("%s/%s", folder, path) : duplicate(path);
}

static char *locate(const char *path, const char *folder, char **reason)
{
    if (*path == '/')
        return duplicate(path);
    char *beside = inside(folder, path);
    if (exists(beside))
        return beside;
    const char *shared = getenv("RIDGE_DATA");
    char *found = shared && *shared ? inside(shared, path) : NULL;
    if (!found) {
        *reason = print_text("%s: no such file or folder (and RIDGE_DATA, a folder to look in "
                             "next, is not set)",
                             beside);
    } else if (!exists(found)) {
        *reason = print_text("%s: no such file or folder, nor is %s", beside, found);
        free(found);
        found = NULL;
    }
    free(beside);
    return found;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

static bool holds(const char *folder, const char *name)
{
    char *plain = inside(folder, name), *packed = print_text("%s.gz", plain);
    bool there = exists(plain) || exists(packed);
    free(plain);
    free(packed);
    return there;
}

static bool holds_folders(const char *path)
{
    DIR *folder = opendir(path);
    bool found = false;
    for (struct dirent *entry; folder && !found && (entry = readdir(folder));) {
        struct stat status;
        char *inner = inside(path, entry->d_name);
        found = entry->d_name[0] != '.' && stat(inner, &status) == 0 && S_ISDIR(status.st_mode);
        free(inner);
    }
    if (folder)
        closedir(folder);
    return found;
}

// A folder is idx unless it holds CIFAR's files, or folders, which are classes of images.
static const char *guess_folder(const char *path)
{
    static const char *const files[][2] = {
        {"data_batch_1.bin", "cifar10"}, {"test_batch.bin", "cifar10"}, {"train.bin", "cifar100"}};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (holds(path, files[i][0]))
            return files[i][1];
    return holds_folders(path) ? "images" : "idx";
}

// Files go by their names. NULL when nothing fits.
static const char *guess_format(const char *path)
{
    static const char *const endings[][2] = {
        {".csv", "csv"},     {".csv.gz", "csv"}, {".tsv", "csv"},
        {".npy", "npy"},     {".npy.gz", "npy"}, {"ubyte", "idx"},
        {"ubyte.gz", "idx"}, {".wav", "audio"},  {".flac", "audio"},
    };
    struct stat status;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return guess_folder(path);
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
        if (ends_with(path, endings[i][0]))
            return endings[i][1];
    return NULL;
}

// Whether it is a folder of classes that has no folder for the test.
static bool lacks_part(const char *format, const char *path)
{
    if (strcmp(format, "images") != 0 && strcmp(format, "audio") != 0)
        return false;
    char *part = inside(path, data_source_test_part);
    bool lacks = !exists(part);
    free(part);
    return lacks;
}

static void show_reading(void *context, const ridge_read_progress *progress)
{
    double *shown = context;
    double now = seconds_now();
    if (now - *shown < 0.1)
        return;
    *shown = now;
    say_progress("reading: %zu of %zu files", progress->done, progress->total);
}

ridge_dataset *data_source_read(const struct data_source *source, const char *folder, char **reason)
{
    *reason = NULL;
    char *path = locate(source->path, folder, reason);
    if (!path)
        return NULL;
    const char *format = source->format ? source->format : guess_format(path);
    ridge_read_params read = source->read;
    if (format && read.part == data_source_test_part && lacks_part(format, path))
        read.part = NULL;
    double shown = seconds_now();
    read.on_progress = show_reading;
    read.context = &shown;
    char *targets = read.targets && *read.targets != '/' ? inside(folder, read.targets) : NULL;
    if (targets)
        read.targets = targets;
    ridge_dataset *dataset = NULL;
    if (!format)
        *reason = print_text("%s: cannot tell the format from the name; give it as format", path);
    else if (ridge_dataset_read(format, path, &read, &dataset))
        *reason = duplicate(ridge_error());
    end_progress();
    free(targets);
    free(path);
    return dataset;
}

bool data_source_has_parts(const struct data_source *source, const char *folder)
{
    static const char *const with_parts[] = {"idx", "cifar10", "cifar100"};
    char *reason = NULL;
    char *path = locate(source->path, folder, &reason);
    const char *format = source->format || !path ? source->format : guess_format(path);
    bool named = source->read.part || source->read.images || source->read.labels;
    bool has_parts = false;
    for (size_t i = 0; i < sizeof(with_parts) / sizeof(with_parts[0]); i++)
        has_parts = has_parts || (format && !named && strcmp(format, with_parts[i]) == 0);
    free(path);
    free(reason);
    return has_parts;
}

ridge_dataset *data_source_open(const struct data_source *source)
{
    char *reason = NULL;
    ridge_dataset *dataset = data_source_read(source, NULL, &reason);
    if (!dataset)
        fail("%s", reason);
    free(reason);
    return dataset;
}

size_t data_source_held_out(const struct data_source *source, size_t count)
{
    double held_out = (double)source->validation;
    if (held_out >= 1)
        return (size_t)held_out;
    // As Keras: the rows that train are rounded down. 1e-4 absorbs what float does to 0.2.
    return count - (size_t)floor((double)count * (1 - held_out) + 1e-4);
}
