// SPDX-License-Identifier: Apache-2.0
// What the host and the kernels of a convolution's panels share. Preprocessor only, since C
// includes it, too.
#ifndef RIDGE_CL_CONV_PANEL_CONSTANTS_H
#define RIDGE_CL_CONV_PANEL_CONSTANTS_H

// CPU walk: a tile of a convolution's places and filters, whose sums a work-item keeps in
// registers. Products have tiles of their own (gemm_constants.h).
#define TILE_ROWS 12
#define TILE_COLUMNS 32

#endif
