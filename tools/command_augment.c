// SPDX-License-Identifier: Apache-2.0
// ridge augment: a picture of what an experiment's network would see in some epochs, beside what is
// stored. The images are those that training sees, for the same seed.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "augment_view.h"
#include "command.h"

#define ROWS 6
#define COLUMNS 8

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

static int draw(struct augment_view *view, const char *path, const char *selector, const char *out)
{
    if (!view->experiment.augmentation_count)
        return fail("%s: no section 'augment' with operations, so there is nothing to show", path);
    if (!experiment_load(&view->experiment, &view->data) ||
        !(view->device = open_device(selector)) ||
        !experiment_make_augment(&view->experiment, view->device, view->data.train,
                                 &view->augment) ||
        !augment_view_fill(view))
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

int command_augment(int argc, char **argv)
{
    struct augment_view view = {.grid = {.rows = ROWS, .columns = COLUMNS, .first_epoch = 1}};
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
    augment_view_clear(&view);
    free(changes.items);
    return status;
}
