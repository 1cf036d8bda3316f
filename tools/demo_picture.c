// SPDX-License-Identifier: Apache-2.0
// The demo's picture: for each way of training, what the network makes of the plane and, under it,
// the loss by epoch.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "demo.h"
#include "messages.h"
#include "plot.h"

#define WIDTH 1680
#define HEIGHT 866
#define LEFT 80.0
#define COLUMN 394.0 // from one run's left edge to the next one's
#define PANEL 356.0  // width of a run
#define LOSS_FROM 1e-4
#define LOSS_TO 10.0

static void draw_points(cairo_t *cairo, const struct plot_area *area, const ridge_dataset *data,
                        bool ringed)
{
    const float *x = ridge_dataset_x(data, NULL);
    const int *labels = ridge_dataset_y(data, NULL);
    for (size_t i = 0; i < ridge_dataset_count(data); i++)
        plot_point(cairo, plot_x(area, (double)x[2 * i]), plot_y(area, (double)x[2 * i + 1]),
                   labels[i] ? plot_orange : plot_blue, ringed);
}

static void draw_regions(cairo_t *cairo, const struct moons *moons, const struct moons_run *run,
                         double left)
{
    const struct plot_area area = {.left = left,
                                   .top = 146,
                                   .width = PANEL,
                                   .height = 300,
                                   .x_from = MOONS_X_FROM,
                                   .x_to = MOONS_X_TO,
                                   .y_from = MOONS_Y_FROM,
                                   .y_to = MOONS_Y_TO};
    char text[128];
    snprintf(text, sizeof(text), "right: %.0f %% of training, %.0f %% of held-out points",
             100 * run->train.accuracy, 100 * run->validation.accuracy);
    plot_text(cairo, left, 116, 19, 0, true, plot_ink, run->name);
    plot_text(cairo, left, 136, 13, 0, false, plot_grey, text);
    plot_field(cairo, &area, run->field, MOONS_COLUMNS, MOONS_ROWS);
    draw_points(cairo, &area, moons->data.train, false);
    draw_points(cairo, &area, moons->data.held_out, true);
    plot_axes(cairo, &area, left == LEFT);
}

static void draw_losses(cairo_t *cairo, const struct moons_run *run, double left)
{
    size_t count = run->history.count;
    const struct plot_area area = {.left = left,
                                   .top = 510,
                                   .width = PANEL,
                                   .height = 290,
                                   .x_from = 0,
                                   .x_to = (double)count,
                                   .y_from = LOSS_FROM,
                                   .y_to = LOSS_TO,
                                   .log_y = true};
    double *loss = allocate(2 * count, sizeof(*loss));
    for (size_t i = 0; i < count; i++) {
        loss[i] = run->history.epochs[i].loss;
        loss[count + i] = run->history.epochs[i].val_loss;
    }
    plot_axes(cairo, &area, left == LEFT);
    plot_curve(cairo, &area, loss, count, plot_grey);
    plot_curve(cairo, &area, loss + count, count, plot_red);
    plot_text(cairo, left + PANEL / 2, 840, 13, 0.5, false, plot_grey, "epoch");
    free(loss);
}

static void draw_legend(cairo_t *cairo)
{
    const double y = 76;
    plot_point(cairo, LEFT + 6, y - 5, plot_blue, false);
    plot_point(cairo, LEFT + 24, y - 5, plot_orange, false);
    plot_text(cairo, LEFT + 38, y, 14, 0, false, plot_ink, "training points of the two classes");
    plot_point(cairo, LEFT + 318, y - 5, plot_blue, true);
    plot_point(cairo, LEFT + 340, y - 5, plot_orange, true);
    plot_text(cairo, LEFT + 356, y, 14, 0, false, plot_ink, "held out");
    plot_stroke(cairo, LEFT + 450, y - 5, 26, plot_ink);
    plot_text(cairo, LEFT + 484, y, 14, 0, false, plot_ink, "where the network is undecided");
    plot_stroke(cairo, LEFT + 740, y - 5, 26, plot_grey);
    plot_text(cairo, LEFT + 774, y, 14, 0, false, plot_ink, "training loss");
    plot_stroke(cairo, LEFT + 900, y - 5, 26, plot_red);
    plot_text(cairo, LEFT + 934, y, 14, 0, false, plot_ink,
              "held-out loss (both with the penalty; logarithmic)");
}

bool demo_picture(const struct moons *moons, const char *path)
{
    cairo_t *cairo = plot_begin(WIDTH, HEIGHT);
    if (!cairo)
        return false;
    plot_text(cairo, LEFT, 44, 25, 0, true, plot_ink,
              "One network of 17,025 parameters, 80 points to learn from, four ways to train it");
    draw_legend(cairo);
    for (size_t i = 0; i < MOONS_RUNS; i++) {
        double left = LEFT + COLUMN * (double)i;
        draw_regions(cairo, moons, &moons->runs[i], left);
        draw_losses(cairo, &moons->runs[i], left);
    }
    plot_text(cairo, LEFT - 4, 500, 13, 1, false, plot_grey, "loss");
    return plot_end(cairo, path);
}
