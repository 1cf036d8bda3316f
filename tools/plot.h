// SPDX-License-Identifier: Apache-2.0
// Pictures, on cairo: areas with axes, curves, points, and a field of values as colour.
#ifndef RIDGE_TOOLS_PLOT_H
#define RIDGE_TOOLS_PLOT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct _cairo cairo_t;

struct plot_colour {
    double red, green, blue;
};

extern const struct plot_colour plot_ink, plot_grey, plot_blue, plot_orange, plot_red;

// A rectangle of the picture and the numbers that its edges stand for.
struct plot_area {
    double left, top, width, height; // pixels
    double x_from, x_to;
    double y_from, y_to; // bottom and top
    bool log_y;
    double x_step;      // of curves; 0: 1
    const double *x_at; // where the points of curves lie; NULL: at x_step, 2 x_step, ...
    bool own_x;         // the caller draws the ticks of x
};

// A picture in memory, white. NULL after a message.
cairo_t *plot_begin(int width, int height);
// Writes a PNG through a temporary name. False after a message. Ends the picture either way.
bool plot_end(cairo_t *cairo, const char *path);

// align: 0 left of x, 0.5 centred, 1 ending at x. Returns the width.
double plot_text(cairo_t *cairo, double x, double y, double size, double align, bool bold,
                 struct plot_colour colour, const char *text);

// Frame, ticks and numbers; `labels` off leaves out the numbers of y.
void plot_axes(cairo_t *cairo, const struct plot_area *area, bool labels);

void plot_x_tick(cairo_t *cairo, const struct plot_area *area, double x, const char *label);

// What is outside the area is cut off, and a value that is not finite leaves a gap.
void plot_curve(cairo_t *cairo, const struct plot_area *area, const double *y, size_t count,
                struct plot_colour colour);

// Whether curves are dashed from now on.
void plot_dashes(cairo_t *cairo, bool dashed);

// Shades what lies between two curves.
void plot_between(cairo_t *cairo, const struct plot_area *area, const double *a, const double *b,
                  size_t count, struct plot_colour colour);

// A rectangle, shaded.
void plot_box(cairo_t *cairo, double left, double top, double width, double height,
              struct plot_colour colour);

// Values in [0, 1] on a grid of columns x rows that spans the area, first row at the bottom: blue
// for 0, orange for 1, and a line where they pass 1/2.
void plot_field(cairo_t *cairo, const struct plot_area *area, const float *values, int columns,
                int rows);

// An image of three bytes a pixel, each pixel a square of `factor` pixels of the picture.
void plot_image(cairo_t *cairo, double left, double top, const unsigned char *rgb, size_t width,
                size_t height, size_t factor);

// A dot, with a ring around it if `ringed`.
void plot_point(cairo_t *cairo, double x, double y, struct plot_colour colour, bool ringed);
double plot_x(const struct plot_area *area, double x);
double plot_y(const struct plot_area *area, double y);

void plot_stroke(cairo_t *cairo, double x, double y, double length, struct plot_colour colour);

#endif
