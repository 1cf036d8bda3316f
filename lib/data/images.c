// SPDX-License-Identifier: Apache-2.0
// Images in folders: a row is a file, decoded once for a data set in memory, or whenever it is
// needed.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "data/image.h"
#include "data/labelled_files.h"
#include "data/reader.h"
#include "data/row_pool.h"

// A data set that takes more than this part of the host's memory is streamed.
#define SHARE_OF_MEMORY 4

struct images {
    struct ridge_row_source source;
    struct ridge_image_shape shape; // of the rows
    char **paths;                   // [source.count]
};

static void *images_open(const struct ridge_row_source *source)
{
    (void)source;
    struct ridge_image_decoder *decoder = ridge_allocate(1, sizeof(*decoder));
    if (decoder)
        decoder->most_pixels = RIDGE_IMAGE_PIXELS;
    return decoder;
}

static void images_close(void *reader)
{
    ridge_image_decoder_clear(reader);
    free(reader);
}

// The file at `path`, in the decoder's memory.
static ridge_status read_file(struct ridge_image_decoder *decoder, const char *path,
                              struct ridge_source *file)
{
    RIDGE_TRY(ridge_file_read_again(path, RIDGE_IMAGE_BYTES, &decoder->file,
                                    &decoder->file_capacity, &file->size));
    file->name = path;
    file->data = decoder->file;
    return RIDGE_OK;
}

static ridge_status images_read(const struct ridge_row_source *source, void *reader, size_t row,
                                void *x)
{
    const struct images *images = (const struct images *)source;
    struct ridge_source file;
    RIDGE_TRY(read_file(reader, images->paths[row], &file));
    return ridge_image_decode(reader, &file, &images->shape, x);
}

static void images_destroy(struct ridge_row_source *source)
{
    struct images *images = (struct images *)source;
    for (size_t i = 0; images->paths && i < source->count; i++)
        free(images->paths[i]);
    free(images->paths);
    free(images);
}

static const struct ridge_row_source_class images_class = {
    .open = images_open,
    .read = images_read,
    .close = images_close,
    .destroy = images_destroy,
};

static ridge_status check_params(const ridge_read_params *params)
{
    if (params->channels && params->channels != 1 && params->channels != 3)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "channels: expected 1 or 3, got %zu",
                          params->channels);
    if (!params->height != !params->width)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "height, width: expected both or none, got %zu and %zu", params->height,
                          params->width);
    if (params->height > RIDGE_IMAGE_SIDE || params->width > RIDGE_IMAGE_SIDE ||
        params->height * params->width > RIDGE_IMAGE_PIXELS)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "height, width: expected at most %d each and %zu pixels in all, got %zu "
                          "x %zu",
                          RIDGE_IMAGE_SIDE, RIDGE_IMAGE_PIXELS, params->height, params->width);
    if (params->where < RIDGE_WHERE_AUTO || params->where > RIDGE_WHERE_STREAM)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "where: expected auto, memory or stream, got %d",
                          params->where);
    return RIDGE_OK;
}

// The size that all images have, where none is given. Files that cannot be read are left to the
// reading itself.
static ridge_status find_size(const struct images *images, struct ridge_image_decoder *decoder,
                              struct ridge_image_shape *shape)
{
    const char *first = NULL;
    for (size_t i = 0; i < images->source.count; i++) {
        struct ridge_source file;
        struct ridge_image_shape found;
        ridge_status status = read_file(decoder, images->paths[i], &file);
        if (!status)
            status = ridge_image_size(decoder, &file, &found);
        if (status && !images->source.skips)
            return status;
        if (status)
            continue;
        if (first && (found.height != shape->height || found.width != shape->width))
            return ridge_fail(
                RIDGE_ERROR_ARGUMENT,
                "height, width: expected, since the images differ in size: %s has %zu "
                "x %zu, %s has %zu x %zu",
                first, shape->height, shape->width, images->paths[i], found.height, found.width);
        first = first ? first : images->paths[i];
        shape->height = found.height;
        shape->width = found.width;
    }
    if (!first)
        return ridge_fail(RIDGE_ERROR_DATA, "none of the %zu images can be read; the last one: %s",
                          images->source.count, ridge_error());
    return RIDGE_OK;
}

static ridge_status set_shape(struct images *images, const ridge_read_params *params)
{
    images->shape = (struct ridge_image_shape){params->channels ? params->channels : 3,
                                               params->height, params->width};
    if (params->height)
        return RIDGE_OK;
    void *decoder = images_open(&images->source);
    if (!decoder)
        return RIDGE_ERROR_MEMORY;
    ridge_status status = find_size(images, decoder, &images->shape);
    images_close(decoder);
    return status;
}

// Takes the paths out of the list.
static ridge_status make_source(struct ridge_labelled_files *list, const ridge_read_params *params,
                                struct images **made)
{
    struct images *images = ridge_allocate(1, sizeof(*images));
    if (!images)
        return RIDGE_ERROR_MEMORY;
    ridge_status status = ridge_row_source_init(&images->source, &images_class, list->count);
    images->source.workers = params->workers;
    images->source.skips = params->on_error == RIDGE_ON_ERROR_SKIP;
    if (!status && !(images->paths = ridge_allocate(list->count, sizeof(*images->paths))))
        status = RIDGE_ERROR_MEMORY;
    for (size_t i = 0; i < list->count && !status; i++) {
        images->paths[i] = list->files[i].path;
        list->files[i].path = NULL;
    }
    if (!status)
        status = set_shape(images, params);
    if (status)
        ridge_row_source_release(&images->source);
    else
        *made = images;
    return status;
}

// Labels and the names of classes, where there are any.
static ridge_status make_labels(struct ridge_labelled_files *list,
                                struct ridge_dataset_parts *parts)
{
    if (!list->classes)
        return RIDGE_OK;
    int32_t *labels = ridge_allocate(list->count, sizeof(*labels));
    parts->y = labels;
    if (!labels)
        return RIDGE_ERROR_MEMORY;
    for (size_t i = 0; i < list->count; i++)
        labels[i] = list->files[i].label;
    ridge_status status = ridge_class_names_create(list->classes, list->class_count, &parts->names);
    list->classes = NULL;
    list->class_count = 0;
    return status;
}

// A data set that makes each row when it is needed.
static ridge_status make_stream(struct ridge_labelled_files *list, const ridge_read_params *params,
                                ridge_dataset **dataset)
{
    struct ridge_dataset_parts parts = {0};
    struct images *images = NULL;
    ridge_dataset_params about = {.x_type = RIDGE_UINT8,
                                  .count = list->count,
                                  .y_type = RIDGE_INT32,
                                  .classes = list->class_count};
    RIDGE_TRY(make_source(list, params, &images));
    parts.source = &images->source;
    const size_t shape[] = {images->shape.channels, images->shape.height, images->shape.width};
    memcpy(about.shape, shape, sizeof(shape));
    ridge_status status = make_labels(list, &parts);
    if (!status)
        return ridge_dataset_adopt(&about, &parts, dataset);
    ridge_dataset_parts_release(&parts);
    return status;
}

static bool fits_memory(const ridge_dataset *stream)
{
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    if (pages <= 0 || size <= 0)
        return true;
    size_t limit = (size_t)pages * (size_t)size / SHARE_OF_MEMORY;
    return ridge_dataset_row_bytes(stream) <= limit / ridge_dataset_count(stream);
}

static ridge_status read_images(const char *path, const ridge_read_params *params,
                                ridge_dataset **dataset)
{
    static const char *const endings[] = {".png", ".jpg", ".jpeg", ".jpe", ".jfif", NULL};
    struct ridge_labelled_files list;
    ridge_dataset *stream = NULL;
    RIDGE_TRY(check_params(params));
    RIDGE_TRY(ridge_labelled_files_find(path, params, endings, &list));
    ridge_status status = make_stream(&list, params, &stream);
    ridge_labelled_files_free(&list);
    RIDGE_TRY(status);
    bool fits = fits_memory(stream);
    if (params->where == RIDGE_WHERE_STREAM || (params->where == RIDGE_WHERE_AUTO && !fits)) {
        *dataset = stream;
        return RIDGE_OK;
    }
    status = ridge_dataset_load(stream, params, dataset);
    ridge_dataset_destroy(&stream);
    return status;
}

const struct ridge_data_reader ridge_reader_images = {
    .name = "images",
    .help = "folder of PNG and JPEG files for each class, or a CSV of paths and labels",
    .read = read_images,
};
