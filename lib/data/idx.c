// SPDX-License-Identifier: Apache-2.0
// IDX, the format of MNIST and its kin: a big-endian header (two zero bytes, element type, rank,
// one 32-bit size per dimension) and the elements. http://yann.lecun.com/exdb/mnist/
#include "data/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/memory.h"
#include "data/find.h"

#define MAX_RANK (RIDGE_MAX_RANK + 1) // the rows' shape and the row count before it

static const struct element {
    unsigned char code;
    const char *name;
    size_t size;
} elements[] = {
    {0x08, "uint8", 1}, {0x09, "int8", 1},    {0x0b, "int16", 2},
    {0x0c, "int32", 4}, {0x0d, "float32", 4}, {0x0e, "float64", 8},
};

// A view into the bytes of a file.
struct array {
    const char *name;
    const struct element *element;
    unsigned rank;
    size_t shape[MAX_RANK];
    size_t count; // product of shape
    const unsigned char *data;
};

static const struct element *find_element(unsigned char code)
{
    for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++)
        if (elements[i].code == code)
            return &elements[i];
    return NULL;
}

static ridge_status parse_magic(const struct ridge_source *source, struct array *array)
{
    const unsigned char *bytes = source->data;
    if (source->size < 4)
        return ridge_fail(RIDGE_ERROR_FORMAT,
                          "%s: expected an IDX header, the file has only %zu bytes", source->name,
                          source->size);
    array->element = bytes[0] == 0 && bytes[1] == 0 ? find_element(bytes[2]) : NULL;
    if (!array->element)
        return ridge_fail(RIDGE_ERROR_FORMAT,
                          "%s: not an IDX file: expected it to start with 0000 and a type from 08 "
                          "to 0e, got %02x%02x %02x",
                          source->name, bytes[0], bytes[1], bytes[2]);
    array->name = source->name;
    array->rank = bytes[3];
    if (array->rank < 1 || array->rank > MAX_RANK)
        return ridge_fail(RIDGE_ERROR_FORMAT, "%s: expected 1 to %d dimensions, the header has %u",
                          source->name, MAX_RANK, array->rank);
    return RIDGE_OK;
}

// The sizes must fit what the file holds exactly. Comparing by division keeps lying headers from
// overflowing the product.
static ridge_status parse_shape(const struct ridge_source *source, struct array *array)
{
    size_t header = 4 + 4 * (size_t)array->rank;
    if (source->size < header)
        return ridge_fail(RIDGE_ERROR_FORMAT, "%s: truncated in the header, after %zu of %zu bytes",
                          source->name, source->size, header);
    struct ridge_text announced = {0};
    size_t held = (source->size - header) / array->element->size;
    bool fits = true;
    array->count = 1;
    for (unsigned d = 0; d < array->rank; d++) {
        size_t size = ridge_load_be32(source->data + 4 + 4 * d);
        if (!size) {
            free(announced.data);
            return ridge_fail(RIDGE_ERROR_FORMAT, "%s: dimension %u is 0", source->name, d);
        }
        fits = fits && array->count <= held / size;
        array->count = fits ? array->count * size : array->count;
        array->shape[d] = size;
        ridge_text_append(&announced, "%s%zu", d ? " x " : "", size);
    }
    ridge_status status = RIDGE_OK;
    size_t bytes = array->count * array->element->size;
    if (announced.failed)
        status = RIDGE_ERROR_MEMORY;
    else if (!fits)
        status = ridge_fail(
            RIDGE_ERROR_FORMAT, "%s: truncated: the header announces %s %s, %zu bytes follow it",
            source->name, announced.data, array->element->name, source->size - header);
    else if (bytes != source->size - header)
        status = ridge_fail(
            RIDGE_ERROR_FORMAT, "%s: %zu bytes more than the %s %s that the header announces",
            source->name, source->size - header - bytes, announced.data, array->element->name);
    free(announced.data);
    array->data = source->data + header;
    return status;
}

static ridge_status parse_array(const struct ridge_source *source, struct array *array)
{
    RIDGE_TRY(parse_magic(source, array));
    return parse_shape(source, array);
}

static ridge_status check_images(const struct array *images)
{
    if (images->rank < 2)
        return ridge_fail(RIDGE_ERROR_FORMAT,
                          "%s: expected images (2 or more dimensions), the header has 1",
                          images->name);
    if (strcmp(images->element->name, "uint8") != 0 &&
        strcmp(images->element->name, "float32") != 0)
        return ridge_fail(RIDGE_ERROR_UNSUPPORTED, "%s: expected uint8 or float32 images, got %s",
                          images->name, images->element->name);
    return RIDGE_OK;
}

static ridge_status check_labels(const struct array *labels, const struct array *images)
{
    if (labels->rank != 1)
        return ridge_fail(RIDGE_ERROR_FORMAT,
                          "%s: expected labels (1 dimension), the header has %u", labels->name,
                          labels->rank);
    if (strcmp(labels->element->name, "uint8") != 0)
        return ridge_fail(RIDGE_ERROR_UNSUPPORTED, "%s: expected uint8 labels, got %s",
                          labels->name, labels->element->name);
    if (labels->count != images->shape[0])
        return ridge_fail(RIDGE_ERROR_FORMAT,
                          "%s: expected a label for each of the %zu images of %s, "
                          "got %zu",
                          labels->name, images->shape[0], images->name, labels->count);
    return RIDGE_OK;
}

static float *load_floats(const struct array *array)
{
    float *values = ridge_allocate(array->count, sizeof(*values));
    for (size_t i = 0; values && i < array->count; i++) {
        uint32_t bits = ridge_load_be32(array->data + 4 * i);
        memcpy(&values[i], &bits, sizeof(bits));
    }
    return values;
}

static int32_t *load_labels(const struct array *array)
{
    int32_t *values = ridge_allocate(array->count, sizeof(*values));
    for (size_t i = 0; values && i < array->count; i++)
        values[i] = array->data[i];
    return values;
}

static ridge_status make_dataset(const struct array *images, const struct array *labels,
                                 ridge_dataset **dataset)
{
    ridge_dataset_params params = {.count = images->shape[0], .y_type = RIDGE_INT32};
    memcpy(params.shape, images->shape + 1, (images->rank - 1) * sizeof(size_t));
    float *floats = NULL;
    int32_t *numbers = NULL;
    if (images->element->size == sizeof(float)) {
        params.x = floats = load_floats(images);
    } else {
        params.x = images->data;
        params.x_type = RIDGE_UINT8;
    }
    if (labels)
        params.y = numbers = load_labels(labels);
    ridge_status status = RIDGE_ERROR_MEMORY;
    if (params.x && (params.y || !labels))
        status = ridge_dataset_create(&params, dataset);
    if (status == RIDGE_ERROR_DATA)
        status = ridge_fail_within(status, "%s", images->name);
    free(floats);
    free(numbers);
    return status;
}

ridge_status ridge_idx_parse(const struct ridge_source *images, const struct ridge_source *labels,
                             ridge_dataset **dataset)
{
    struct array x = {0}, y = {0};
    RIDGE_TRY(parse_array(images, &x));
    RIDGE_TRY(check_images(&x));
    if (!labels)
        return make_dataset(&x, NULL, dataset);
    RIDGE_TRY(parse_array(labels, &y));
    RIDGE_TRY(check_labels(&y, &x));
    return make_dataset(&x, &y, dataset);
}

// `labels` may be NULL.
static ridge_status read_pair(const char *images, const char *labels, ridge_dataset **dataset)
{
    struct ridge_source x, y = {0};
    RIDGE_TRY(ridge_source_read(images, &x));
    ridge_status status = labels ? ridge_source_read(labels, &y) : RIDGE_OK;
    if (status == RIDGE_OK)
        status = ridge_idx_parse(&x, labels ? &y : NULL, dataset);
    ridge_source_free(&x);
    ridge_source_free(&y);
    return status;
}

// FOLDER/PREFIX+TAIL, as ridge_find_file.
static char *find_file(const char *folder, const char *prefix, const char *tail,
                       struct ridge_text *missed)
{
    char name[64];
    snprintf(name, sizeof(name), "%s%s", prefix, tail);
    return ridge_find_file(folder, name, missed);
}

static ridge_status read_part(const char *folder, const char *const *prefixes,
                              ridge_dataset **dataset)
{
    struct ridge_text missed = {0};
    char *images = NULL, *labels = NULL;
    for (; *prefixes && !images; prefixes++) {
        images = find_file(folder, *prefixes, "-images-idx3-ubyte", &missed);
        if (images) {
            free(missed.data);
            missed = (struct ridge_text){0};
            labels = find_file(folder, *prefixes, "-labels-idx1-ubyte", &missed);
        }
    }
    ridge_status status = RIDGE_ERROR_MEMORY;
    if (images && labels)
        status = read_pair(images, labels, dataset);
    else if (!missed.failed)
        status = ridge_fail(RIDGE_ERROR_FILE, "%s: no IDX %s there: looked for %s", folder,
                            images ? "labels" : "images", missed.data);
    free(missed.data);
    free(images);
    free(labels);
    return status;
}

// A copy of `name` as a path, inside `folder` unless that is NULL or `name` is absolute.
static char *join(const char *folder, const char *name)
{
    struct ridge_text path = {0};
    if (folder && name[0] != '/')
        ridge_text_append(&path, "%s/", folder);
    ridge_text_append(&path, "%s", name);
    if (!path.failed)
        return path.data;
    free(path.data);
    return NULL;
}

static ridge_status read_named(const char *folder, const ridge_read_params *params,
                               ridge_dataset **dataset)
{
    char *images = join(folder, params->images);
    char *labels = params->labels ? join(folder, params->labels) : NULL;
    ridge_status status = RIDGE_ERROR_MEMORY;
    if (images && (labels || !params->labels))
        status = read_pair(images, labels, dataset);
    free(images);
    free(labels);
    return status;
}

static ridge_status idx_read(const char *path, const ridge_read_params *params,
                             ridge_dataset **dataset)
{
    static const struct {
        const char *part, *prefixes[3];
    } parts[] = {{"train", {"train", NULL}}, {"test", {"t10k", "test", NULL}}};
    const char *part = params->part ? params->part : "train";

    if (params->labels && !params->images)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "images: expected a file name beside labels, "
                                                "got NULL");
    if (params->images)
        return read_named(path, params, dataset);
    if (!path)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "path: expected a folder, got NULL");
    if (ridge_path_exists(path) && !ridge_is_folder(path))
        return read_pair(path, NULL, dataset);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (strcmp(part, parts[i].part) == 0)
            return read_part(path, parts[i].prefixes, dataset);
    return ridge_fail(RIDGE_ERROR_ARGUMENT, "part: expected train or test, got %s", part);
}

const struct ridge_data_reader ridge_reader_idx = {
    .name = "idx",
    .help = "folder with IDX images and labels, as MNIST is distributed; also packed with gzip",
    .read = idx_read,
};
