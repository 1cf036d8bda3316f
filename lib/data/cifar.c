// SPDX-License-Identifier: Apache-2.0
// The binary files of CIFAR-10 and CIFAR-100: rows of one or two label bytes and 3072 pixels, the
// red, green and blue plane of 32 x 32 one after the other, without any header.
// https://www.cs.toronto.edu/~kriz/cifar.html
#include "data/reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/find.h"

#define PIXELS ((size_t)3 * 32 * 32)
#define MOST_FILES 5

const struct ridge_cifar_format ridge_cifar10 = {
    .name = "cifar10",
    .labels = {{"label", 10}},
    .train = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
              "data_batch_5.bin"},
    .test = {"test_batch.bin"},
};

// The last label counts, which is the finer one.
const struct ridge_cifar_format ridge_cifar100 = {
    .name = "cifar100",
    .labels = {{"coarse label", 20}, {"fine label", 100}},
    .train = {"train.bin"},
    .test = {"test.bin"},
};

static size_t label_bytes(const struct ridge_cifar_format *format)
{
    return format->labels[1].name ? 2 : 1;
}

// Without a header the size alone tells a whole file from a cut one, and the two sets apart.
static ridge_status check_size(const struct ridge_cifar_format *format,
                               const struct ridge_source *source)
{
    size_t row = label_bytes(format) + PIXELS;
    if (!source->size)
        return ridge_fail(RIDGE_ERROR_FORMAT, "%s: expected rows of %zu bytes, the file is empty",
                          source->name, row);
    if (source->size % row == 0)
        return RIDGE_OK;
    const struct ridge_cifar_format *other =
        format == &ridge_cifar10 ? &ridge_cifar100 : &ridge_cifar10;
    size_t other_row = label_bytes(other) + PIXELS;
    if (source->size % other_row == 0)
        return ridge_fail(RIDGE_ERROR_FORMAT,
                          "%s: expected rows of %zu bytes, but its %zu bytes are rows of %zu; that "
                          "is %s",
                          source->name, row, source->size, other_row, other->name);
    return ridge_fail(RIDGE_ERROR_FORMAT,
                      "%s: truncated: expected rows of %zu bytes, row %zu at byte %zu has only %zu",
                      source->name, row, source->size / row, source->size / row * row,
                      source->size % row);
}

// Every row of one file, to `pixels` and `labels`.
static ridge_status take_rows(const struct ridge_cifar_format *format,
                              const struct ridge_source *source, unsigned char *pixels,
                              int32_t *labels)
{
    size_t bytes = label_bytes(format), row = bytes + PIXELS, count = source->size / row;
    for (size_t i = 0; i < count; i++) {
        const unsigned char *from = source->data + i * row;
        for (size_t j = 0; j < bytes; j++)
            if (from[j] >= format->labels[j].classes)
                return ridge_fail(RIDGE_ERROR_FORMAT,
                                  "%s: row %zu, byte %zu: expected a %s of 0 to %u, got %u",
                                  source->name, i, i * row + j, format->labels[j].name,
                                  format->labels[j].classes - 1, from[j]);
        labels[i] = from[bytes - 1];
        memcpy(pixels + i * PIXELS, from + bytes, PIXELS);
    }
    return RIDGE_OK;
}

static ridge_status make_dataset(const struct ridge_cifar_format *format,
                                 const struct ridge_source *sources, size_t count, size_t rows,
                                 ridge_dataset **dataset)
{
    unsigned char *pixels = ridge_allocate(rows, PIXELS);
    int32_t *labels = ridge_allocate(rows, sizeof(*labels));
    ridge_status status = pixels && labels ? RIDGE_OK : RIDGE_ERROR_MEMORY;
    size_t done = 0, bytes = label_bytes(format);
    for (size_t i = 0; i < count && !status; i++) {
        status = take_rows(format, &sources[i], pixels + done * PIXELS, labels + done);
        done += sources[i].size / (bytes + PIXELS);
    }
    const ridge_dataset_params params = {
        .x = pixels,
        .x_type = RIDGE_UINT8,
        .count = rows,
        .shape = {3, 32, 32},
        .y = labels,
        .y_type = RIDGE_INT32,
        .classes = format->labels[bytes - 1].classes,
    };
    if (!status)
        status = ridge_dataset_create(&params, dataset);
    free(pixels);
    free(labels);
    return status;
}

ridge_status ridge_cifar_parse(const struct ridge_cifar_format *format,
                               const struct ridge_source *sources, size_t count,
                               ridge_dataset **dataset)
{
    size_t rows = 0;
    for (size_t i = 0; i < count; i++) {
        RIDGE_TRY(check_size(format, &sources[i]));
        rows += sources[i].size / (label_bytes(format) + PIXELS);
    }
    return make_dataset(format, sources, count, rows, dataset);
}

static ridge_status read_files(const struct ridge_cifar_format *format, char *const *paths,
                               size_t count, ridge_dataset **dataset)
{
    struct ridge_source sources[MOST_FILES] = {{0}};
    ridge_status status = RIDGE_OK;
    for (size_t i = 0; i < count && !status; i++)
        status = ridge_source_read(paths[i], &sources[i]);
    if (!status)
        status = ridge_cifar_parse(format, sources, count, dataset);
    for (size_t i = 0; i < count; i++)
        ridge_source_free(&sources[i]);
    return status;
}

// Those of the part's files that are there; at least one has to be.
static ridge_status read_part(const struct ridge_cifar_format *format, const char *folder,
                              const char *const *names, ridge_dataset **dataset)
{
    struct ridge_text missed = {0};
    char *paths[MOST_FILES] = {0};
    size_t count = 0;
    for (size_t i = 0; i < MOST_FILES && names[i]; i++) {
        paths[count] = ridge_find_file(folder, names[i], &missed);
        count += paths[count] != NULL;
    }
    ridge_status status = RIDGE_ERROR_MEMORY;
    if (count && !missed.failed)
        status = read_files(format, paths, count, dataset);
    else if (!missed.failed)
        status = ridge_fail(RIDGE_ERROR_FILE, "%s: no %s files there: looked for %s", folder,
                            format->name, missed.data);
    if (!status && missed.data)
        ridge_log(RIDGE_LOG_INFO, "%s: %zu of the files are there; not found: %s", folder, count,
                  missed.data);
    for (size_t i = 0; i < count; i++)
        free(paths[i]);
    free(missed.data);
    return status;
}

static ridge_status read_path(const struct ridge_cifar_format *format, const char *path,
                              const ridge_read_params *params, ridge_dataset **dataset)
{
    const char *part = params->part ? params->part : "train";
    if (!path)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "path: expected a folder or file, got NULL");
    if (ridge_path_exists(path) && !ridge_is_folder(path))
        return read_files(format, (char *[]){(char *)path}, 1, dataset);
    if (strcmp(part, "train") == 0)
        return read_part(format, path, format->train, dataset);
    if (strcmp(part, "test") == 0)
        return read_part(format, path, format->test, dataset);
    return ridge_fail(RIDGE_ERROR_ARGUMENT, "part: expected train or test, got %s", part);
}

static ridge_status cifar10_read(const char *path, const ridge_read_params *params,
                                 ridge_dataset **dataset)
{
    return read_path(&ridge_cifar10, path, params, dataset);
}

static ridge_status cifar100_read(const char *path, const ridge_read_params *params,
                                  ridge_dataset **dataset)
{
    return read_path(&ridge_cifar100, path, params, dataset);
}

const struct ridge_data_reader ridge_reader_cifar10 = {
    .name = "cifar10",
    .help = "folder with CIFAR-10's binary files, or one of them; also packed with gzip",
    .read = cifar10_read,
};

const struct ridge_data_reader ridge_reader_cifar100 = {
    .name = "cifar100",
    .help = "the same of CIFAR-100, with the fine labels",
    .read = cifar100_read,
};
