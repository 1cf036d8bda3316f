// SPDX-License-Identifier: Apache-2.0
// The picture of `ridge augment`: a row per stored image, which stands on the left, and beside it
// what becomes of it in some epochs.
#ifndef RIDGE_TOOLS_AUGMENT_GRID_H
#define RIDGE_TOOLS_AUGMENT_GRID_H

#include <stdbool.h>
#include <stddef.h>

struct augment_cell {
    unsigned char *rgb;   // three bytes a pixel, row by row
    size_t height, width; // of the image, in its own pixels
    char *caption;        // or NULL
};

struct augment_grid {
    const char *title, *subtitle; // the subtitle may be long: it is broken at its spaces
    size_t rows, columns;         // columns: beside the stored image
    size_t first_epoch;           // of the first column
    struct augment_cell *cells;   // [rows, columns + 1]
};

// Writes a PNG. False after a message.
bool augment_grid_draw(const struct augment_grid *grid, const char *path);

#endif
