// SPDX-License-Identifier: Apache-2.0
// The few things that the demo's picture is made of.
#include "plot.h"

#include <cairo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "messages.h"

const struct plot_colour plot_ink = {0.13, 0.15, 0.18};
const struct plot_colour plot_grey = {0.45, 0.48, 0.52};
const struct plot_colour plot_blue = {0.16, 0.40, 0.68};
const struct plot_colour plot_orange = {0.87, 0.47, 0.10};
const struct plot_colour plot_red = {0.75, 0.15, 0.22};

#define FONT "DejaVu Sans"
#define TICK_SIZE 13.0

static void use(cairo_t *cairo, struct plot_colour colour)
{
    cairo_set_source_rgb(cairo, colour.red, colour.green, colour.blue);
}

cairo_t *plot_begin(int width, int height)
{
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
    cairo_t *cairo = cairo_create(surface);
    cairo_surface_destroy(surface); // the context holds it
    if (cairo_status(cairo) != CAIRO_STATUS_SUCCESS) {
        fail("cannot make a picture: %s", cairo_status_to_string(cairo_status(cairo)));
        cairo_destroy(cairo);
        return NULL;
    }
    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_paint(cairo);
    return cairo;
}

static cairo_status_t write_bytes(void *stream, const unsigned char *data, unsigned length)
{
    return fwrite(data, 1, length, stream) == length ? CAIRO_STATUS_SUCCESS
                                                     : CAIRO_STATUS_WRITE_ERROR;
}

bool plot_end(cairo_t *cairo, const char *path)
{
    struct new_file file;
    bool written = file_begin(&file, path);
    if (written) {
        cairo_surface_write_to_png_stream(cairo_get_target(cairo), write_bytes, file.stream);
        written = file_end(&file);
    }
    cairo_destroy(cairo);
    return written;
}

double plot_text(cairo_t *cairo, double x, double y, double size, double align, bool bold,
                 struct plot_colour colour, const char *text)
{
    cairo_text_extents_t extents;
    cairo_select_font_face(cairo, FONT, CAIRO_FONT_SLANT_NORMAL,
                           bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cairo, size);
    cairo_text_extents(cairo, text, &extents);
    use(cairo, colour);
    cairo_move_to(cairo, x - align * extents.x_advance, y);
    cairo_show_text(cairo, text);
    return extents.x_advance;
}

double plot_x(const struct plot_area *area, double x)
{
    return area->left + area->width * (x - area->x_from) / (area->x_to - area->x_from);
}

double plot_y(const struct plot_area *area, double y)
{
    double from = area->y_from, to = area->y_to;
    if (area->log_y) {
        y = log10(fmax(y, 1e-30));
        from = log10(from);
        to = log10(to);
    }
    return area->top + area->height * (to - y) / (to - from);
}

static void clip(cairo_t *cairo, const struct plot_area *area)
{
    cairo_save(cairo);
    cairo_rectangle(cairo, area->left, area->top, area->width, area->height);
    cairo_clip(cairo);
}

static void line(cairo_t *cairo, double x0, double y0, double x1, double y1)
{
    cairo_move_to(cairo, x0, y0);
    cairo_line_to(cairo, x1, y1);
    cairo_stroke(cairo);
}

// The distance of ticks: 1, 2 or 5 times a power of ten, for about five of them.
static double tick_distance(double from, double to)
{
    double rough = (to - from) / 5, power = pow(10, floor(log10(rough)));
    double lead = rough / power;
    return power * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
}

void plot_x_tick(cairo_t *cairo, const struct plot_area *area, double x, const char *label)
{
    double bottom = area->top + area->height;
    use(cairo, plot_grey);
    cairo_set_line_width(cairo, 1);
    line(cairo, plot_x(area, x), bottom, plot_x(area, x), bottom + 4);
    plot_text(cairo, plot_x(area, x), bottom + 18, TICK_SIZE, 0.5, false, plot_grey, label);
}

static void x_ticks(cairo_t *cairo, const struct plot_area *area)
{
    double distance = tick_distance(area->x_from, area->x_to);
    for (double x = ceil(area->x_from / distance) * distance; x <= area->x_to + 1e-9;
         x += distance) {
        char text[32];
        snprintf(text, sizeof(text), "%g", fabs(x) < 1e-9 ? 0 : x);
        plot_x_tick(cairo, area, x, text);
    }
}

static void y_tick(cairo_t *cairo, const struct plot_area *area, double y, bool label)
{
    double at = plot_y(area, y);
    use(cairo, plot_grey);
    line(cairo, area->left - 4, at, area->left, at);
    if (area->log_y) { // decades go across, to read values far from the axis
        cairo_set_source_rgb(cairo, 0.90, 0.91, 0.92);
        line(cairo, area->left, at, area->left + area->width, at);
    }
    char text[32];
    snprintf(text, sizeof(text), "%g", fabs(y) < 1e-9 ? 0 : y);
    if (label)
        plot_text(cairo, area->left - 8, at + 4.5, TICK_SIZE, 1, false, plot_grey, text);
}

static void y_ticks(cairo_t *cairo, const struct plot_area *area, bool labels)
{
    if (area->log_y) {
        for (double power = ceil(log10(area->y_from)); power <= log10(area->y_to) + 1e-9; power++)
            y_tick(cairo, area, pow(10, power), labels);
        return;
    }
    double distance = tick_distance(area->y_from, area->y_to);
    for (double y = ceil(area->y_from / distance) * distance; y <= area->y_to + 1e-9; y += distance)
        y_tick(cairo, area, y, labels);
}

void plot_axes(cairo_t *cairo, const struct plot_area *area, bool labels)
{
    cairo_set_line_width(cairo, 1);
    if (!area->own_x)
        x_ticks(cairo, area);
    y_ticks(cairo, area, labels);
    use(cairo, plot_grey);
    cairo_rectangle(cairo, area->left, area->top, area->width, area->height);
    cairo_stroke(cairo);
}

// Where point i of a curve lies. Far beyond the edge is as good as infinitely far, and within
// cairo's fixed point.
static void curve_to(cairo_t *cairo, const struct plot_area *area, const double *y, size_t i,
                     bool begin)
{
    double step = area->x_step > 0 ? area->x_step : 1;
    double x = plot_x(area, area->x_at ? area->x_at[i] : step * ((double)i + 1));
    double at = fmin(fmax(plot_y(area, y[i]), area->top - 1000), area->top + 10000);
    if (begin)
        cairo_move_to(cairo, x, at);
    else
        cairo_line_to(cairo, x, at);
}

void plot_curve(cairo_t *cairo, const struct plot_area *area, const double *y, size_t count,
                struct plot_colour colour)
{
    clip(cairo, area);
    use(cairo, colour);
    cairo_set_line_width(cairo, 1.3);
    cairo_set_line_join(cairo, CAIRO_LINE_JOIN_ROUND);
    bool drawing = false;
    for (size_t i = 0; i < count; i++) {
        if (isfinite(y[i]))
            curve_to(cairo, area, y, i, !drawing);
        drawing = isfinite(y[i]);
    }
    cairo_stroke(cairo);
    cairo_restore(cairo);
}

void plot_dashes(cairo_t *cairo, bool dashed)
{
    const double lengths[] = {5, 4};
    cairo_set_dash(cairo, lengths, dashed ? 2 : 0, 0);
}

static void use_pale(cairo_t *cairo, struct plot_colour colour)
{
    cairo_set_source_rgba(cairo, colour.red, colour.green, colour.blue, 0.14);
}

void plot_between(cairo_t *cairo, const struct plot_area *area, const double *a, const double *b,
                  size_t count, struct plot_colour colour)
{
    bool begun = false;
    clip(cairo, area);
    for (size_t i = 0; i < count; i++)
        if (isfinite(a[i]) && isfinite(b[i])) {
            curve_to(cairo, area, a, i, !begun);
            begun = true;
        }
    for (size_t i = count; begun && i-- > 0;)
        if (isfinite(a[i]) && isfinite(b[i]))
            curve_to(cairo, area, b, i, false);
    use_pale(cairo, colour);
    cairo_fill(cairo);
    cairo_restore(cairo);
}

void plot_box(cairo_t *cairo, double left, double top, double width, double height,
              struct plot_colour colour)
{
    cairo_rectangle(cairo, left, top, width, height);
    use_pale(cairo, colour);
    cairo_fill(cairo);
}

// Blue at 0, white at 1/2, orange at 1, all pale enough for dots to stand out.
static unsigned field_colour(float value)
{
    struct plot_colour full = value < 0.5f ? plot_blue : plot_orange;
    double strength = 0.55 * fmin(1, 2 * fabs((double)value - 0.5));
    const double parts[] = {full.red, full.green, full.blue};
    unsigned colour = 0;
    for (int i = 0; i < 3; i++)
        colour = colour << 8 | (unsigned)lround(255 * (1 - strength * (1 - parts[i])));
    return colour;
}

static void paint_field(cairo_t *cairo, const struct plot_area *area, const float *values,
                        int columns, int rows)
{
    cairo_surface_t *image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, columns, rows);
    if (cairo_surface_status(image) == CAIRO_STATUS_SUCCESS) {
        unsigned char *pixels = cairo_image_surface_get_data(image);
        int stride = cairo_image_surface_get_stride(image);
        for (int row = 0; row < rows; row++) {
            unsigned *line_of_pixels = (unsigned *)(void *)(pixels + (rows - 1 - row) * stride);
            for (int column = 0; column < columns; column++)
                line_of_pixels[column] = field_colour(values[row * columns + column]);
        }
        cairo_surface_mark_dirty(image);
    }
    // Grid points are the centres of pixels, and lie on the area's edges.
    double x_scale = area->width / (columns - 1), y_scale = area->height / (rows - 1);
    cairo_save(cairo);
    cairo_translate(cairo, area->left - x_scale / 2, area->top - y_scale / 2);
    cairo_scale(cairo, x_scale, y_scale);
    cairo_set_source_surface(cairo, image, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(cairo), CAIRO_FILTER_BILINEAR);
    cairo_pattern_set_extend(cairo_get_source(cairo), CAIRO_EXTEND_PAD);
    cairo_paint(cairo);
    cairo_restore(cairo);
    cairo_surface_destroy(image);
}

// Where the value passes 1/2 on the edge from a to b, as a share of the edge; false if nowhere.
static bool crossing(float a, float b, double *share)
{
    if ((a < 0.5f) == (b < 0.5f))
        return false;
    *share = (0.5 - (double)a) / ((double)b - (double)a);
    return true;
}

// Marching squares, one cell: its edges are crossed at two points or, at a saddle, at four.
static void cell_boundary(cairo_t *cairo, const float *corner, int columns, double x, double y,
                          double x_scale, double y_scale)
{
    const float a = corner[0], b = corner[1], c = corner[columns], d = corner[columns + 1];
    double share, at[4][2];
    int count = 0;
    if (crossing(a, b, &share))
        at[count][0] = x + share * x_scale, at[count++][1] = y;
    if (crossing(b, d, &share))
        at[count][0] = x + x_scale, at[count++][1] = y - share * y_scale;
    if (crossing(c, d, &share))
        at[count][0] = x + share * x_scale, at[count++][1] = y - y_scale;
    if (crossing(a, c, &share))
        at[count][0] = x, at[count++][1] = y - share * y_scale;
    for (int i = 0; i + 1 < count; i += 2) {
        cairo_move_to(cairo, at[i][0], at[i][1]);
        cairo_line_to(cairo, at[i + 1][0], at[i + 1][1]);
    }
}

void plot_field(cairo_t *cairo, const struct plot_area *area, const float *values, int columns,
                int rows)
{
    clip(cairo, area);
    paint_field(cairo, area, values, columns, rows);
    double x_scale = area->width / (columns - 1), y_scale = area->height / (rows - 1);
    for (int row = 0; row + 1 < rows; row++)
        for (int column = 0; column + 1 < columns; column++)
            cell_boundary(cairo, &values[row * columns + column], columns,
                          area->left + column * x_scale, area->top + area->height - row * y_scale,
                          x_scale, y_scale);
    use(cairo, plot_ink);
    cairo_set_line_width(cairo, 1.6);
    cairo_set_line_cap(cairo, CAIRO_LINE_CAP_ROUND);
    cairo_stroke(cairo);
    cairo_restore(cairo);
}

void plot_image(cairo_t *cairo, double left, double top, const unsigned char *rgb, size_t width,
                size_t height, size_t factor)
{
    cairo_surface_t *image =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)width, (int)height);
    if (cairo_surface_status(image) == CAIRO_STATUS_SUCCESS) {
        unsigned char *pixels = cairo_image_surface_get_data(image);
        size_t stride = (size_t)cairo_image_surface_get_stride(image);
        for (size_t i = 0; i < width * height; i++) {
            unsigned colour = (unsigned)rgb[3 * i] << 16 | (unsigned)rgb[3 * i + 1] << 8;
            colour |= rgb[3 * i + 2];
            memcpy(pixels + i / width * stride + i % width * 4, &colour, sizeof(colour));
        }
        cairo_surface_mark_dirty(image);
    }
    cairo_save(cairo);
    cairo_translate(cairo, left, top);
    cairo_scale(cairo, (double)factor, (double)factor);
    cairo_set_source_surface(cairo, image, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(cairo), CAIRO_FILTER_NEAREST);
    cairo_paint(cairo);
    cairo_restore(cairo);
    cairo_surface_destroy(image);
}

void plot_point(cairo_t *cairo, double x, double y, struct plot_colour colour, bool ringed)
{
    cairo_new_path(cairo);
    cairo_arc(cairo, x, y, 4.5, 0, 2 * acos(-1));
    use(cairo, colour);
    cairo_fill_preserve(cairo);
    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_set_line_width(cairo, 1);
    cairo_stroke(cairo);
    if (!ringed)
        return;
    cairo_arc(cairo, x, y, 7, 0, 2 * acos(-1));
    use(cairo, plot_ink);
    cairo_set_line_width(cairo, 1.6);
    cairo_stroke(cairo);
}

void plot_stroke(cairo_t *cairo, double x, double y, double length, struct plot_colour colour)
{
    use(cairo, colour);
    cairo_set_line_width(cairo, 2.5);
    line(cairo, x, y, x + length, y);
}
