// SPDX-License-Identifier: Apache-2.0
// Small multiples: a panel for each technique, all with the same axes, and the gap shaded.
#include <math.h>
#include <stdio.h>

#include "gap.h"
#include "plot.h"

#define COLUMNS 4
#define LEFT 84.0
#define TOP 152.0
#define PANEL_WIDTH 340.0
#define PANEL_HEIGHT 190.0
#define COLUMN 372.0 // from one panel's left edge to the next one's
#define ROW 278.0    // from one panel's top to the next one's
#define LOSS_FROM 1e-4
#define LOSS_TO 10.0

static void draw_panel(cairo_t *cairo, const struct gap_result *result, size_t column, size_t row,
                       bool lowest)
{
    const struct plot_area area = {.left = LEFT + COLUMN * (double)column,
                                   .top = TOP + ROW * (double)row,
                                   .width = PANEL_WIDTH,
                                   .height = PANEL_HEIGHT,
                                   .x_from = 0,
                                   .x_to = GAP_EPOCHS,
                                   .y_from = LOSS_FROM,
                                   .y_to = LOSS_TO,
                                   .log_y = true,
                                   .x_step = GAP_EVERY};
    char text[128];
    snprintf(text, sizeof(text), "loss %.2g and %.2g at the end; right %.0f %% and %.0f %%",
             result->train_end, result->held_out_end, 100 * result->train_right,
             100 * result->held_out_right);
    plot_text(cairo, area.left, area.top - 28, 16, 0, true, plot_ink, result->way->name);
    plot_text(cairo, area.left, area.top - 9, 13, 0, false, plot_grey, text);
    plot_between(cairo, &area, result->train, result->held_out, GAP_POINTS, plot_red);
    plot_axes(cairo, &area, column == 0);
    plot_curve(cairo, &area, result->train, GAP_POINTS, plot_grey);
    plot_curve(cairo, &area, result->held_out, GAP_POINTS, plot_red);
    if (lowest)
        plot_text(cairo, area.left + PANEL_WIDTH / 2, area.top + PANEL_HEIGHT + 40, 13, 0.5, false,
                  plot_grey, "epoch");
}

static void draw_legend(cairo_t *cairo)
{
    const double y = 76;
    plot_stroke(cairo, LEFT, y - 5, 26, plot_grey);
    plot_text(cairo, LEFT + 34, y, 14, 0, false, plot_ink, "training loss");
    plot_stroke(cairo, LEFT + 150, y - 5, 26, plot_red);
    plot_text(cairo, LEFT + 184, y, 14, 0, false, plot_ink,
              "held-out loss; both without penalties, nothing random on, medians of 5 seeds, "
              "logarithmic. Shaded: the gap. At the end: over the last 100 epochs.");
}

bool gap_picture(const struct gap_result *results, size_t count, const char *path)
{
    size_t rows = (count + COLUMNS - 1) / COLUMNS;
    int width = (int)(LEFT + COLUMN * COLUMNS), height = (int)(TOP + ROW * (double)rows - 20);
    cairo_t *cairo = plot_begin(width, height);
    if (!cairo)
        return false;
    plot_text(cairo, LEFT, 44, 25, 0, true, plot_ink,
              "The gap between training and held-out loss: 17,025 parameters, 80 points to learn "
              "from");
    draw_legend(cairo);
    for (size_t i = 0; i < count; i++)
        draw_panel(cairo, &results[i], i % COLUMNS, i / COLUMNS, i + COLUMNS >= count);
    return plot_end(cairo, path);
}
