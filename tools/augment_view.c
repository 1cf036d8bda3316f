// SPDX-License-Identifier: Apache-2.0
// Takes stored images through a pipeline, epoch by epoch, with the numbers that training gives
// them.
#include "augment_view.h"

#include <math.h>
#include <stdlib.h>

#include "command.h"

// Sizes of an image; false where the shape is not that of one.
struct image_shape {
    size_t channels, height, width;
    bool channels_last;
};

static bool image_shape_of(const size_t *shape, size_t rank, bool channels_last,
                           struct image_shape *image)
{
    if (rank < 2 || rank > 3)
        return false;
    bool grey = rank == 2;
    size_t at = grey || channels_last ? 0 : 1;
    *image = (struct image_shape){grey            ? 1
                                  : channels_last ? shape[2]
                                                  : shape[0],
                                  shape[at], shape[at + 1], channels_last};
    return image->channels == 1 || image->channels == 3;
}

// From values as they are stored to bytes of red, green and blue.
static unsigned char *paint(const struct image_shape *shape, const float *values, ridge_range range)
{
    size_t pixels = shape->height * shape->width;
    unsigned char *rgb = allocate(3 * pixels, 1);
    for (size_t i = 0; i < 3 * pixels; i++) {
        size_t pixel = i / 3, channel = shape->channels == 3 ? i % 3 : 0;
        float value = shape->channels_last ? values[pixel * shape->channels + channel]
                                           : values[channel * pixels + pixel];
        float share = (value - range.low) / (range.high - range.low);
        rgb[i] = (unsigned char)lroundf(255 * fminf(fmaxf(share, 0), 1));
    }
    return rgb;
}

static ridge_range values_of(const struct augment_view *view)
{
    ridge_range range = view->experiment.augment.values;
    ridge_type type;
    ridge_dataset_x(view->data.train, &type);
    if (range.low == 0 && range.high == 0)
        range.high = type == RIDGE_UINT8 ? 255 : 1;
    return range;
}

static void fill_cell(const struct augment_view *view, const struct image_shape *shape,
                      const float *values, struct augment_cell *cell)
{
    cell->rgb = paint(shape, values, values_of(view));
    cell->height = shape->height;
    cell->width = shape->width;
}

static char *name_of(const ridge_dataset *rows, size_t label)
{
    const char *name = ridge_dataset_class_name(rows, label);
    return name ? duplicate(name) : print_text("%zu", label);
}

static char *caption_of(const ridge_dataset *rows, size_t row)
{
    ridge_type type;
    const void *y = ridge_dataset_y(rows, &type);
    if (!y)
        return NULL;
    if (type != RIDGE_INT32)
        return print_text("%g", (double)((const float *)y)[row * ridge_dataset_target_size(rows)]);
    return name_of(rows, (size_t)((const int *)y)[row]);
}

// "7 62 %, 3 38 %"; NULL where nothing was mixed in.
static char *mixture_of(const ridge_dataset *rows, const float *shares)
{
    size_t first = 0, second = 1, classes = ridge_dataset_classes(rows);
    for (size_t i = 1; i < classes; i++) {
        bool largest = shares[i] > shares[first];
        if (largest || i == 1 || shares[i] > shares[second])
            second = largest ? first : i;
        if (largest)
            first = i;
    }
    if (shares[second] < 0.005f)
        return NULL;
    char *a = name_of(rows, first), *b = name_of(rows, second);
    char *text = print_text("%s %.0f %%, %s %.0f %%", a, (double)(100 * shares[first]), b,
                            (double)(100 * shares[second]));
    free(a);
    free(b);
    return text;
}

static void fill_stored(struct augment_view *view, const struct image_shape *shape, const void *x)
{
    ridge_type type;
    ridge_dataset_x(view->data.train, &type);
    size_t size = shape->channels * shape->height * shape->width;
    float *values = allocate(size, sizeof(*values));
    for (size_t row = 0; row < view->grid.rows; row++) {
        struct augment_cell *cell = &view->grid.cells[row * (view->grid.columns + 1)];
        for (size_t i = 0; i < size; i++)
            values[i] = type == RIDGE_UINT8 ? (float)((const unsigned char *)x)[row * size + i]
                                            : ((const float *)x)[row * size + i];
        fill_cell(view, shape, values, cell);
        cell->caption = caption_of(view->data.train, view->chosen[row]);
    }
    free(values);
}

static void caption_column(struct augment_view *view, size_t column, const float *shares)
{
    size_t classes = ridge_dataset_classes(view->data.train);
    for (size_t row = 0; row < view->grid.rows; row++)
        view->grid.cells[row * (view->grid.columns + 1) + column + 1].caption =
            mixture_of(view->data.train, shares + row * classes);
}

static bool read_shares(struct augment_view *view, size_t column)
{
    size_t classes = ridge_dataset_classes(view->data.train);
    if (classes < 2)
        return true;
    float *shares = allocate(view->grid.rows * classes, sizeof(*shares));
    bool done = !ridge_tensor_read(view->device, view->shares, shares);
    if (done)
        caption_column(view, column, shares);
    else
        fail_library();
    free(shares);
    return done;
}

static bool fill_column(struct augment_view *view, const struct image_shape *shape, size_t column,
                        float *values)
{
    const ridge_augment_batch batch = {
        .x = view->x,
        .index = view->index,
        .seed = view->experiment.seed,
        .epoch = (uint32_t)(view->grid.first_epoch + column - 1), // the library counts from 0
        .y = view->y,
        .targets = view->labels,
        .mixed_targets = view->shares,
    };
    if (ridge_augment_apply(ridge_device_launcher(view->device), view->augment, &batch) ||
        ridge_tensor_read(view->device, view->y, values)) {
        fail_library();
        return false;
    }
    size_t size = shape->channels * shape->height * shape->width;
    for (size_t row = 0; row < view->grid.rows; row++)
        fill_cell(view, shape, values + row * size,
                  &view->grid.cells[row * (view->grid.columns + 1) + column + 1]);
    return read_shares(view, column);
}

// Rows that lie evenly in the data, for neighbours often have one class.
static void choose_rows(struct augment_view *view)
{
    size_t count = ridge_dataset_count(view->data.train);
    if (view->grid.rows > count)
        view->grid.rows = count;
    view->chosen = allocate(view->grid.rows, sizeof(*view->chosen));
    for (size_t i = 0; i < view->grid.rows; i++)
        view->chosen[i] = i * count / view->grid.rows;
}

// All images, since some operations draw a second one from them, and draws go by their numbers. Of
// a streamed set those that are chosen have to stand for all.
static bool upload(struct augment_view *view, const void *chosen)
{
    ridge_type type;
    const void *all = ridge_dataset_x(view->data.train, &type);
    size_t shape[RIDGE_MAX_RANK + 1];
    shape[0] = all ? ridge_dataset_count(view->data.train) : view->grid.rows;
    unsigned rank = 1 + (unsigned)ridge_dataset_shape(view->data.train, shape + 1);
    uint32_t *index = allocate(view->grid.rows, sizeof(*index));
    for (size_t i = 0; i < view->grid.rows; i++)
        index[i] = (uint32_t)(all ? view->chosen[i] : i);
    bool done = !ridge_tensor_create(view->device, type, rank, shape, &view->x) &&
                !ridge_tensor_write(view->device, view->x, all ? all : chosen) &&
                !ridge_tensor_create(view->device, RIDGE_UINT32, RIDGE_SHAPE(view->grid.rows),
                                     &view->index) &&
                !ridge_tensor_write(view->device, view->index, index);
    free(index);
    shape[0] = view->grid.rows;
    rank = 1 + (unsigned)ridge_augment_shape(view->augment, shape + 1);
    done = done && !ridge_tensor_create(view->device, RIDGE_FLOAT32, rank, shape, &view->y);
    if (!done)
        fail_library();
    return done;
}

// Labels of the rows that were uploaded, and room for shares of classes.
static bool upload_labels(struct augment_view *view)
{
    ridge_type type;
    size_t classes = ridge_dataset_classes(view->data.train), count = view->x.shape[0];
    const int *y = ridge_dataset_y(view->data.train, &type);
    if (classes < 2)
        return true;
    int *labels = allocate(count, sizeof(*labels));
    bool all = ridge_dataset_x(view->data.train, NULL);
    for (size_t i = 0; i < count; i++)
        labels[i] = y[all ? i : view->chosen[i]];
    bool done =
        !ridge_tensor_create(view->device, RIDGE_INT32, RIDGE_SHAPE(count), &view->labels) &&
        !ridge_tensor_write(view->device, view->labels, labels) &&
        !ridge_tensor_create(view->device, RIDGE_FLOAT32, RIDGE_SHAPE(view->grid.rows, classes),
                             &view->shares);
    free(labels);
    if (!done)
        fail_library();
    return done;
}

// Reads the chosen rows and puts them where they are drawn and augmented.
static bool take_rows(struct augment_view *view, const struct image_shape *shape)
{
    size_t size = shape->channels * shape->height * shape->width;
    float *rows = allocate(view->grid.rows * size, sizeof(*rows)); // room for either type
    bool taken = !ridge_dataset_rows(view->data.train, view->chosen, view->grid.rows, rows);
    if (taken) {
        fill_stored(view, shape, rows);
        taken = upload(view, rows) && upload_labels(view);
    } else {
        fail_library();
    }
    free(rows);
    return taken;
}

static bool refuse_shape(const size_t *shape, size_t rank)
{
    char text[96];
    fail("rows %s cannot be drawn; expected images of 1 or 3 channels",
         print_shape(shape, rank, text));
    return false;
}

bool augment_view_fill(struct augment_view *view)
{
    size_t stored[RIDGE_MAX_RANK], seen[RIDGE_MAX_RANK];
    size_t stored_rank = ridge_dataset_shape(view->data.train, stored);
    size_t seen_rank = ridge_augment_shape(view->augment, seen);
    bool channels_last = view->experiment.augment.channels_last;
    struct image_shape from, to;
    if (!image_shape_of(stored, stored_rank, channels_last, &from))
        return refuse_shape(stored, stored_rank);
    if (!image_shape_of(seen, seen_rank, channels_last, &to))
        return refuse_shape(seen, seen_rank);
    choose_rows(view);
    view->grid.cells =
        allocate(view->grid.rows * (view->grid.columns + 1), sizeof(*view->grid.cells));
    if (!take_rows(view, &from))
        return false;
    float *values = allocate(view->grid.rows * to.channels * to.height * to.width, sizeof(*values));
    bool done = true;
    for (size_t column = 0; done && column < view->grid.columns; column++)
        done = fill_column(view, &to, column, values);
    free(values);
    return done;
}
void augment_view_clear(struct augment_view *view)
{
    size_t count = view->grid.rows * (view->grid.columns + 1);
    for (size_t i = 0; view->grid.cells && i < count; i++) {
        free(view->grid.cells[i].rgb);
        free(view->grid.cells[i].caption);
    }
    free(view->grid.cells);
    free(view->chosen);
    ridge_augment_destroy(&view->augment);
    if (view->device) {
        ridge_tensor_destroy(view->device, &view->x);
        ridge_tensor_destroy(view->device, &view->index);
        ridge_tensor_destroy(view->device, &view->y);
        ridge_tensor_destroy(view->device, &view->labels);
        ridge_tensor_destroy(view->device, &view->shares);
    }
    ridge_device_close(&view->device);
    experiment_data_clear(&view->data);
    experiment_clear(&view->experiment);
}
