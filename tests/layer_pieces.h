// SPDX-License-Identifier: Apache-2.0
// A piece of network for every registered layer class, which test_layers.c tries.
#ifndef RIDGE_TESTS_LAYER_PIECES_H
#define RIDGE_TESTS_LAYER_PIECES_H

#include <ridge/network.h>

struct layer_piece {
    const char *layer; // the class; NULL: the table ends
    // Puts the layer, and others that it is met with, behind x: few numbers a row.
    ridge_node (*build)(ridge_network *network, ridge_node x);
    bool slow; // left out under Oclgrind
};

// Two classes in one piece have neighbouring rows.
extern const struct layer_piece layer_pieces[], image_layer_pieces[];

#endif
