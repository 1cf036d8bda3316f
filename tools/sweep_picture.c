// SPDX-License-Identifier: Apache-2.0
// The picture of a sweep: training and validation error, and loss, over the values of the first
// axis, with the spread over seeds and folds. Further axes make further pairs of curves.
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plot.h"
#include "sweep_series.h"

#define HEIGHT 430
#define LEFT 66.0
#define TOP 104.0
#define PANEL_WIDTH 420.0
#define PANEL_HEIGHT 250.0
#define BETWEEN 84.0 // room for the numbers of the second panel
#define KEY_WIDTH 230.0
#define STRIP 18.0
#define LOGARITHMIC_FROM 50 // times between the smallest and the largest loss
#define SQUEEZED 15         // times between the best validation error and the largest error

static const struct plot_colour green = {0.18, 0.55, 0.34};

// What a panel shows.
struct figure {
    const char *title;
    size_t train, validation; // offsets in struct sweep_summary
    double factor;            // 100: per cent
    bool is_error;
};

struct picture {
    const struct sweep *sweep;
    cairo_t *cairo;
    struct sweep_series series;
};

static const struct sweep_axis *axis_of(const struct picture *picture)
{
    return &picture->sweep->grid.axes[0];
}

// A single pair of curves is told apart by colours, several pairs by dashes.
static struct plot_colour colour_of(const struct picture *picture, size_t which, bool is_train)
{
    static const struct plot_colour colours[MOST_SERIES] = {
        {0.16, 0.40, 0.68}, {0.87, 0.47, 0.10}, {0.18, 0.55, 0.34},
        {0.75, 0.15, 0.22}, {0.48, 0.32, 0.64}, {0.45, 0.36, 0.28},
    };
    if (picture->series.drawn == 1)
        return is_train ? plot_blue : plot_red;
    return colours[which];
}

static const struct sweep_summary *summary_at(const struct picture *picture, size_t which, size_t i)
{
    return sweep_series_point(&picture->series, picture->sweep, which, i);
}

static const struct sweep_mean *mean_at(const struct sweep_summary *point, size_t offset)
{
    return (const struct sweep_mean *)(const void *)((const char *)point + offset);
}

// Low and high ends of the spread; without one, the mean itself. Where heights are logarithms the
// low end is as far below the mean as the high end is above it: the mean less the spread may be
// below 0.
static void fill_curve(const struct picture *picture, const struct figure *figure,
                       const struct plot_area *area, size_t which, size_t offset, double *mean,
                       double *low, double *high)
{
    for (size_t i = 0; i < picture->series.count; i++) {
        const struct sweep_mean *value = mean_at(summary_at(picture, which, i), offset);
        double spread = isnan(value->deviation) ? 0 : value->deviation;
        mean[i] = fmax(figure->factor * value->mean, area->y_from);
        high[i] = mean[i] + figure->factor * spread;
        low[i] = area->log_y && mean[i] > 0 ? mean[i] * mean[i] / high[i] : 2 * mean[i] - high[i];
    }
}

// Linear from 0 on, unless that would squeeze what matters into a corner: losses that lie far
// apart, or a lowest validation error far below the largest error. Errors below the scale lie on
// its edge.
static void fit_heights(const struct picture *picture, const struct figure *figure,
                        struct plot_area *area)
{
    double least = HUGE_VAL, best = HUGE_VAL, most = 0;
    for (size_t s = 0; s < picture->series.drawn; s++) {
        for (size_t i = 0; i < picture->series.count; i++) {
            const struct sweep_summary *point = summary_at(picture, s, i);
            const struct sweep_mean *means[] = {mean_at(point, figure->train),
                                                mean_at(point, figure->validation)};
            if (isnan(means[0]->mean))
                continue;
            for (int k = 0; k < 2; k++) {
                double mean = figure->factor * means[k]->mean;
                bool has_spread = picture->series.drawn == 1 && !isnan(means[k]->deviation);
                most = fmax(most, mean + (has_spread ? figure->factor * means[k]->deviation : 0));
                if (mean > 0) {
                    least = fmin(least, mean);
                    best = k ? fmin(best, mean) : best;
                }
            }
        }
    }
    area->log_y = figure->is_error ? most > SQUEEZED * best : most > LOGARITHMIC_FROM * least;
    area->y_from = area->log_y ? pow(10, floor(log10(figure->is_error ? best / 3 : least))) : 0;
    double room = figure->is_error ? 0 : 0.05; // 100 per cent is the end
    area->y_to = area->log_y ? pow(10, ceil(log10(most) + room)) : most > 0 ? 1.08 * most : 1;
}

// From y[0] to y[1] at one x.
static void draw_upright(const struct picture *picture, const struct plot_area *area, double x,
                         const double y[2], struct plot_colour colour)
{
    const double x_at[] = {x, x};
    struct plot_area own = *area;
    own.x_at = x_at;
    plot_curve(picture->cairo, &own, y, 2, colour);
}

static void draw_bars(const struct picture *picture, const struct plot_area *area,
                      const double *low, const double *high, struct plot_colour colour)
{
    for (size_t i = 0; i < picture->series.count; i++) {
        const double y[] = {low[i], high[i]};
        draw_upright(picture, area, picture->series.places[i], y, colour);
    }
}

static bool is_best(const struct picture *picture, size_t which, size_t place)
{
    const struct sweep *sweep = picture->sweep;
    return summary_at(picture, which, place) == &sweep->summaries[sweep->best];
}

static void draw_curve(const struct picture *picture, const struct figure *figure,
                       const struct plot_area *area, size_t which, bool is_train)
{
    double *mean = allocate(3 * picture->series.count, sizeof(*mean));
    double *low = mean + picture->series.count, *high = low + picture->series.count;
    struct plot_colour colour = colour_of(picture, which, is_train);
    fill_curve(picture, figure, area, which, is_train ? figure->train : figure->validation, mean,
               low, high);
    if (!axis_of(picture)->numbers)
        draw_bars(picture, area, low, high, colour);
    else if (picture->series.drawn == 1)
        plot_between(picture->cairo, area, low, high, picture->series.count, colour);
    plot_dashes(picture->cairo, is_train);
    if (axis_of(picture)->numbers) // else there is nothing between the values
        plot_curve(picture->cairo, area, mean, picture->series.count, colour);
    plot_dashes(picture->cairo, false);
    for (size_t i = 0; i < picture->series.count; i++)
        if (isfinite(mean[i]))
            plot_point(picture->cairo, plot_x(area, picture->series.places[i]),
                       plot_y(area, mean[i]), colour, !is_train && is_best(picture, which, i));
    free(mean);
}

// Ticks at the values themselves, as far as there is room for their numbers.
static void draw_values(const struct picture *picture, const struct plot_area *area)
{
    const struct sweep_axis *axis = axis_of(picture);
    double free_from = -HUGE_VAL;
    for (size_t i = 0; i < picture->series.count; i++) {
        const char *text = axis->values[picture->series.order[i]];
        double half = 4.5 * (double)strlen(text), at = plot_x(area, picture->series.places[i]);
        bool fits = at - half > free_from;
        plot_x_tick(picture->cairo, area, picture->series.places[i], fits ? text : "");
        if (fits)
            free_from = at + half + 4;
    }
    bool from_zero =
        sweep_axis_is_logarithmic(axis) && axis->numbers[picture->series.order[0]] == 0;
    char *title =
        print_text("%s%s", axis->key, from_zero ? ", logarithmic, 0 at the left edge" : "");
    plot_text(picture->cairo, area->left + area->width / 2, area->top + area->height + 42, 13, 0.5,
              false, plot_ink, title);
    free(title);
}

static struct plot_colour fit_colour(enum sweep_fit fit)
{
    return fit == SWEEP_GOOD       ? green
           : fit == SWEEP_UNDERFIT ? plot_blue
           : fit == SWEEP_OVERFIT  ? plot_orange
                                   : plot_grey;
}

// The diagnosis along the top of the panel: neighbours of one kind share a box.
static void draw_fits(const struct picture *picture, const struct plot_area *area)
{
    const double top = area->top - STRIP - 4;
    double from = area->left;
    for (size_t i = 0; i < picture->series.count; i++) {
        enum sweep_fit fit = summary_at(picture, 0, i)->fit;
        bool last = i + 1 == picture->series.count;
        if (!last && summary_at(picture, 0, i + 1)->fit == fit)
            continue;
        double to =
            last ? area->left + area->width
                 : plot_x(area, (picture->series.places[i] + picture->series.places[i + 1]) / 2);
        plot_box(picture->cairo, from + 1, top, to - from - 2, STRIP, fit_colour(fit));
        if (to - from > 50)
            plot_text(picture->cairo, (from + to) / 2, top + 13, 12, 0.5, false, fit_colour(fit),
                      sweep_fit_name(fit));
        from = to;
    }
}

// A line at the best value.
static void draw_best(const struct picture *picture, const struct plot_area *area)
{
    const struct sweep *sweep = picture->sweep;
    if (sweep->best == sweep->grid.point_count)
        return;
    size_t value = sweep_grid_value(&sweep->grid, 0, sweep->best), i = 0;
    while (picture->series.order[i] != value)
        i++;
    const double y[] = {area->y_from, area->y_to};
    plot_dashes(picture->cairo, true);
    draw_upright(picture, area, picture->series.places[i], y, plot_ink);
    plot_dashes(picture->cairo, false);
}

static void draw_panel(const struct picture *picture, const struct figure *figure, double left)
{
    struct plot_area area = {.left = left,
                             .top = TOP,
                             .width = PANEL_WIDTH,
                             .height = PANEL_HEIGHT,
                             .x_from = picture->series.places[0],
                             .x_to = picture->series.places[picture->series.count - 1],
                             .x_at = picture->series.places,
                             .own_x = true};
    if (picture->series.count == 1 || !axis_of(picture)->numbers) { // not right at the edges
        area.x_from -= 0.5;
        area.x_to += 0.5;
    }
    fit_heights(picture, figure, &area);
    plot_axes(picture->cairo, &area, true);
    draw_values(picture, &area);
    draw_best(picture, &area);
    for (size_t s = 0; s < picture->series.drawn; s++) {
        draw_curve(picture, figure, &area, s, true);
        draw_curve(picture, figure, &area, s, false);
    }
    if (figure->is_error && picture->series.drawn == 1)
        draw_fits(picture, &area);
    double width =
        plot_text(picture->cairo, left, TOP - STRIP - 12, 14, 0, true, plot_ink, figure->title);
    if (area.log_y)
        plot_text(picture->cairo, left + width + 8, TOP - STRIP - 12, 12, 0, false, plot_grey,
                  "logarithmic");
}

static void draw_key_line(const struct picture *picture, double x, double y,
                          struct plot_colour colour, bool dashed, const char *text)
{
    const double x_at[] = {0, 1}, level[] = {0.5, 0.5};
    const struct plot_area area = {
        .left = x, .top = y - 10, .width = 26, .height = 10, .x_to = 1, .y_to = 1, .x_at = x_at};
    plot_dashes(picture->cairo, dashed);
    plot_curve(picture->cairo, &area, level, 2, colour);
    plot_dashes(picture->cairo, false);
    plot_text(picture->cairo, x + 34, y, 13, 0, false, plot_ink, text);
}

// What distinguishes a series: its label without the first axis.
static const char *series_label(const struct picture *picture, size_t which, char **owned)
{
    *owned = sweep_grid_label(&picture->sweep->grid, picture->series.first[which]);
    const char *rest =
        *owned + strlen(axis_of(picture)->key) + 1 + strlen(axis_of(picture)->values[0]);
    return *rest ? rest + 2 : rest; // behind ", "
}

static void draw_key(const struct picture *picture, double left)
{
    const struct sweep *sweep = picture->sweep;
    double y = TOP + 12;
    bool single = picture->series.drawn == 1;
    draw_key_line(picture, left, y, single ? plot_red : plot_ink, false, "validation");
    draw_key_line(picture, left, y += 22, single ? plot_blue : plot_ink, true, "training");
    for (size_t s = 0; !single && s < picture->series.drawn; s++) {
        char *owned;
        const char *label = series_label(picture, s, &owned);
        draw_key_line(picture, left, y += 22, colour_of(picture, s, true), false, label);
        free(owned);
    }
    if (sweep->best < sweep->grid.point_count) {
        draw_key_line(picture, left, y += 22, plot_ink, true, "best:");
        for (size_t a = 0; a < sweep->grid.axis_count; a++) {
            const struct sweep_axis *axis = &sweep->grid.axes[a];
            char *text = print_text("%.14s = %.14s", axis->key,
                                    axis->values[sweep_grid_value(&sweep->grid, a, sweep->best)]);
            plot_text(picture->cairo, left + 34, y += 18, 13, 0, false, plot_ink, text);
            free(text);
        }
    }
    if (single && sweep->runs > 1)
        plot_text(picture->cairo, left, y + 26, 12, 0, false, plot_grey,
                  "spread: one standard deviation");
    if (picture->series.drawn < picture->series.stride)
        plot_text(picture->cairo, left, y + 26, 12, 0, false, plot_grey, "the best of more");
}

static void draw_title(const struct picture *picture)
{
    const struct sweep *sweep = picture->sweep;
    const char *slash = strrchr(sweep->experiment_path, '/');
    const char *name = slash ? slash + 1 : sweep->experiment_path;
    char *title = print_text("%s over %s", name, axis_of(picture)->key);
    for (size_t a = 1; a < sweep->grid.axis_count; a++) {
        char *longer = print_text("%s, %s", title, sweep->grid.axes[a].key);
        free(title);
        title = longer;
    }
    char *folds = sweep->folds ? print_text("%zu folds", sweep->folds) : duplicate("");
    char *seeds = sweep->seeds > 1 || !sweep->folds
                      ? print_text("%zu seed%s", sweep->seeds, sweep->seeds > 1 ? "s" : "")
                      : duplicate("");
    char *runs = print_text("%s%s%s", seeds, *seeds && *folds ? " x " : "", folds);
    double width = plot_text(picture->cairo, LEFT, 36, 19, 0, true, plot_ink, title);
    plot_text(picture->cairo, LEFT + width + 16, 36, 13, 0, false, plot_grey, runs);
    free(title);
    free(folds);
    free(seeds);
    free(runs);
}

static void draw(const struct picture *picture, double width)
{
    const struct sweep *sweep = picture->sweep;
    const struct figure error = {"error, per cent", offsetof(struct sweep_summary, train_error),
                                 offsetof(struct sweep_summary, val_error), 100, true};
    const struct figure loss = {"loss, without the penalty",
                                offsetof(struct sweep_summary, train_loss),
                                offsetof(struct sweep_summary, val_loss), 1, false};
    draw_title(picture);
    if (sweep->has_share)
        draw_panel(picture, &error, LEFT);
    draw_panel(picture, &loss, sweep->has_share ? LEFT + PANEL_WIDTH + BETWEEN : LEFT);
    draw_key(picture, width - KEY_WIDTH);
}

bool sweep_picture(const struct sweep *sweep, const char *path, bool *drawn)
{
    struct picture picture = {.sweep = sweep};
    int panels = sweep->has_share ? 2 : 1;
    double width = LEFT + panels * PANEL_WIDTH + (panels - 1) * BETWEEN + 24 + KEY_WIDTH;
    *drawn = false;
    picture.cairo = plot_begin((int)width, HEIGHT);
    if (!picture.cairo)
        return false;
    sweep_series_make(&picture.series, sweep);
    draw(&picture, width);
    sweep_series_clear(&picture.series);
    *drawn = plot_end(picture.cairo, path);
    return *drawn;
}
