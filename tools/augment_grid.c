// SPDX-License-Identifier: Apache-2.0
// Lays out the images of `ridge augment`. Small ones are enlarged by a whole factor, each pixel a
// square, since it is the pixels that the network sees.
#include "augment_grid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "messages.h"
#include "plot.h"

#define MARGIN 24.0
#define TITLE 20.0 // size of the letters, as those below
#define SUBTITLE 13.0
#define CAPTION 12.0
#define LINE 19.0       // from line to line of the subtitle
#define LETTER 0.58     // width of a letter as a share of its size, on the safe side
#define GAP 10.0        // between images
#define STORED_GAP 30.0 // behind the stored ones
#define UNDER 20.0      // room for a caption
#define LEAST_PIXELS 96 // an image is enlarged until its larger side has as many
#define LEAST_WIDTH 480.0
#define MOST_PIXELS 30000 // what cairo can do, and nobody looks at more

struct layout {
    size_t factor;
    double stored_width, width, height; // of a cell
    double left, top;                   // of the first cell beside the stored one
    double whole_width, whole_height;
};

static double larger(double a, double b)
{
    return a > b ? a : b;
}

// Where the line that begins at `text` ends, at most `letters` on; at a space if there is one.
static size_t line_length(const char *text, size_t letters)
{
    size_t length = strlen(text);
    if (length <= letters)
        return length;
    size_t end = letters;
    while (end && text[end] != ' ')
        end--;
    return end ? end : letters;
}

// Draws the subtitle, or with cairo NULL only counts its lines.
static size_t break_lines(cairo_t *cairo, const char *text, double width)
{
    size_t lines = 0, letters = (size_t)(width / (LETTER * SUBTITLE));
    while (*text) {
        size_t length = line_length(text, letters);
        if (cairo) {
            char *line = print_text("%.*s", (int)length, text);
            plot_text(cairo, MARGIN, MARGIN + TITLE + LINE * (double)(lines + 1), SUBTITLE, 0,
                      false, plot_grey, line);
            free(line);
        }
        lines++;
        text += length;
        text += *text == ' ';
    }
    return lines;
}

static void measure(const struct augment_grid *grid, struct layout *layout)
{
    size_t stored = 1, seen_width = 1, height = 1, captions = 0, columns = grid->columns + 1;
    for (size_t i = 0; i < grid->rows * columns; i++) {
        const struct augment_cell *cell = &grid->cells[i];
        size_t *width = i % columns ? &seen_width : &stored;
        *width = cell->width > *width ? cell->width : *width;
        height = cell->height > height ? cell->height : height;
        size_t letters = cell->caption ? strlen(cell->caption) : 0;
        captions = letters > captions ? letters : captions;
    }
    size_t side = stored > seen_width ? stored : seen_width;
    side = height > side ? height : side;
    layout->factor = (LEAST_PIXELS + side - 1) / side;
    double caption = LETTER * CAPTION * (double)captions;
    layout->stored_width = larger((double)(stored * layout->factor), caption);
    layout->width = larger((double)(seen_width * layout->factor), caption);
    layout->height = (double)(height * layout->factor);
    layout->left = MARGIN + layout->stored_width + STORED_GAP;
    layout->whole_width = larger(
        LEAST_WIDTH, layout->left + (double)grid->columns * (layout->width + GAP) - GAP + MARGIN);
    size_t lines = break_lines(NULL, grid->subtitle, layout->whole_width - 2 * MARGIN);
    layout->top = MARGIN + TITLE + LINE * (double)lines + 2 * UNDER;
    layout->whole_height = layout->top + (double)grid->rows * (layout->height + UNDER + GAP);
}

static void draw_cell(cairo_t *cairo, const struct layout *layout, const struct augment_cell *cell,
                      double left, double top)
{
    plot_image(cairo, left, top, cell->rgb, cell->width, cell->height, layout->factor);
    if (cell->caption)
        plot_text(cairo, left, top + (double)(cell->height * layout->factor) + CAPTION + 2, CAPTION,
                  0, false, plot_ink, cell->caption);
}

static void draw(cairo_t *cairo, const struct augment_grid *grid, const struct layout *layout)
{
    plot_text(cairo, MARGIN, MARGIN + TITLE * 0.8, TITLE, 0, true, plot_ink, grid->title);
    break_lines(cairo, grid->subtitle, layout->whole_width - 2 * MARGIN);
    plot_text(cairo, MARGIN, layout->top - 8, CAPTION, 0, false, plot_grey, "stored");
    for (size_t column = 0; column < grid->columns; column++) {
        char *heading = print_text("epoch %zu", grid->first_epoch + column);
        plot_text(cairo, layout->left + (double)column * (layout->width + GAP), layout->top - 8,
                  CAPTION, 0, false, plot_grey, heading);
        free(heading);
    }
    for (size_t row = 0; row < grid->rows; row++) {
        const struct augment_cell *cells = &grid->cells[row * (grid->columns + 1)];
        double top = layout->top + (double)row * (layout->height + UNDER + GAP);
        draw_cell(cairo, layout, &cells[0], MARGIN, top);
        for (size_t column = 0; column < grid->columns; column++)
            draw_cell(cairo, layout, &cells[column + 1],
                      layout->left + (double)column * (layout->width + GAP), top);
    }
}

bool augment_grid_draw(const struct augment_grid *grid, const char *path)
{
    struct layout layout;
    measure(grid, &layout);
    if (layout.whole_width > MOST_PIXELS || layout.whole_height > MOST_PIXELS) {
        fail("a picture of %.0f x %.0f pixels is too large; ask for fewer rows or columns",
             layout.whole_width, layout.whole_height);
        return false;
    }
    cairo_t *cairo = plot_begin((int)layout.whole_width, (int)layout.whole_height);
    if (!cairo)
        return false;
    draw(cairo, grid, &layout);
    return plot_end(cairo, path);
}
