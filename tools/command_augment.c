// SPDX-License-Identifier: Apache-2.0
// ridge augment: a picture of what an experiment's network would see in some epochs, beside what is
// stored. The images are those that training sees, for the same seed.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "augment_grid.h"
#include "command.h"
#include "experiment_augment.h"

#define ROWS 6
#define COLUMNS 8

struct view {
    struct experiment experiment;
    struct experiment_data data;
    ridge_device *device;
    ridge_augment *augment;
    ridge_tensor x, index, y; // the stored images, which of them are drawn, what becomes of them
    size_t *chosen;           // the same numbers on the host
    struct augment_grid grid;
};

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

static ridge_range values_of(const struct view *view)
{
    ridge_range range = view->experiment.augment.values;
    ridge_type type;
    ridge_dataset_x(view->data.train, &type);
    if (range.low == 0 && range.high == 0)
        range.high = type == RIDGE_UINT8 ? 255 : 1;
    return range;
}

static void fill_cell(const struct view *view, const struct image_shape *shape, const float *values,
                      struct augment_cell *cell)
{
    cell->rgb = paint(shape, values, values_of(view));
    cell->height = shape->height;
    cell->width = shape->width;
}

static char *caption_of(const ridge_dataset *rows, size_t row)
{
    ridge_type type;
    const void *y = ridge_dataset_y(rows, &type);
    if (!y)
        return NULL;
    if (type != RIDGE_INT32)
        return print_text("%g", (double)((const float *)y)[row * ridge_dataset_target_size(rows)]);
    int label = ((const int *)y)[row];
    const char *name = ridge_dataset_class_name(rows, (size_t)label);
    return name ? duplicate(name) : print_text("%d", label);
}

static void fill_stored(struct view *view, const struct image_shape *shape, const void *x)
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

static bool fill_column(struct view *view, const struct image_shape *shape, size_t column,
                        float *values)
{
    const ridge_augment_batch batch = {
        .x = view->x,
        .index = view->index,
        .seed = view->experiment.seed,
        .epoch = (uint32_t)(view->grid.first_epoch + column - 1), // the library counts from 0
        .y = view->y,
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
    return true;
}

// Rows that lie evenly in the data, for neighbours often have one class.
static void choose_rows(struct view *view)
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
static bool upload(struct view *view, const void *chosen)
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

// Reads the chosen rows and puts them where they are drawn and augmented.
static bool take_rows(struct view *view, const struct image_shape *shape)
{
    size_t size = shape->channels * shape->height * shape->width;
    float *rows = allocate(view->grid.rows * size, sizeof(*rows)); // room for either type
    bool taken = !ridge_dataset_rows(view->data.train, view->chosen, view->grid.rows, rows);
    if (taken) {
        fill_stored(view, shape, rows);
        taken = upload(view, rows);
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

static bool fill(struct view *view)
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

// "horizontal_flip, rotation {degrees: [-15, 15]}; seed 1"
static char *describe(const struct experiment *experiment)
{
    char *text = duplicate("");
    for (size_t i = 0; i < experiment->augmentation_count; i++) {
        const struct experiment_augmentation *operation = &experiment->augmentations[i];
        char *longer = print_text("%s%s%s", text, i ? ", " : "", operation->kind->name);
        free(text);
        text = longer;
        bool given = false;
        for (const ridge_field *field = operation->kind->fields; field->name; field++) {
            char value[96];
            if (ridge_field_is_default(field, operation->params))
                continue;
            ridge_field_get(field, operation->params, value, sizeof(value));
            longer = print_text("%s%s%s: %s", text, given ? ", " : " {", field->name, value);
            free(text);
            text = longer;
            given = true;
        }
        longer = print_text("%s%s", text, given ? "}" : "");
        free(text);
        text = longer;
    }
    char *whole = print_text("%s; seed %zu", text, experiment->seed);
    free(text);
    return whole;
}

static int draw(struct view *view, const char *path, const char *selector, const char *out)
{
    if (!view->experiment.augmentation_count)
        return fail("%s: no section 'augment' with operations, so there is nothing to show", path);
    if (!experiment_load(&view->experiment, &view->data) ||
        !(view->device = open_device(selector)) ||
        !experiment_make_augment(&view->experiment, view->device, view->data.train,
                                 &view->augment) ||
        !fill(view))
        return STATUS_FAILED;
    const char *slash = strrchr(path, '/');
    char *subtitle = describe(&view->experiment);
    view->grid.title = slash ? slash + 1 : path;
    view->grid.subtitle = subtitle;
    bool drawn = augment_grid_draw(&view->grid, out);
    free(subtitle);
    if (drawn)
        printf("picture     %s\n", out);
    return drawn ? STATUS_DONE : STATUS_FAILED;
}

static void clear(struct view *view)
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
    }
    ridge_device_close(&view->device);
    experiment_data_clear(&view->data);
    experiment_clear(&view->experiment);
}

int command_augment(int argc, char **argv)
{
    struct view view = {.grid = {.rows = ROWS, .columns = COLUMNS, .first_epoch = 1}};
    struct text_list changes = {0};
    const char *device = NULL, *out = "augment.png";
    size_t seed = 0;
    const struct option_row options[] = {
        {"out", OPTION_TEXT, &out, "FILE", "the picture (default: augment.png)"},
        {"rows", OPTION_COUNT, &view.grid.rows, "N", "images (default: 6)"},
        {"columns", OPTION_COUNT, &view.grid.columns, "M", "epochs (default: 8)"},
        {"epoch", OPTION_COUNT, &view.grid.first_epoch, "E", "the first of them (default: 1)"},
        {"seed", OPTION_COUNT, &seed, "S", "instead of the experiment's"},
        {"set", OPTION_LIST, &changes, "KEY=VALUE", "change the experiment: augment.0.degrees=5"},
        {"device", OPTION_TEXT, &device, "D", "1:0, gpu, cpu or part of a name"},
        {0},
    };
    const struct usage usage = {
        "ridge augment",
        "FILE.yaml",
        "Draws training images of an experiment and, beside each, what its network would see of\n"
        "it, epoch by epoch: look at it before training. The labels stand below.",
        1,
        1,
        options};
    char **arguments;
    size_t count;
    int status = options_parse(&usage, argc, argv, &arguments, &count);
    if (status == OPTIONS_PARSED) {
        status = STATUS_FAILED;
        if (experiment_read(arguments[0], &changes, &view.experiment)) {
            if (seed)
                view.experiment.seed = seed;
            status = draw(&view, arguments[0], device, out);
        }
    }
    clear(&view);
    free(changes.items);
    return status;
}
