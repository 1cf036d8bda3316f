// SPDX-License-Identifier: Apache-2.0
// What the host and the kernels of products share. Preprocessor only, since C includes it, too.
#ifndef RIDGE_CL_GEMM_CONSTANTS_H
#define RIDGE_CL_GEMM_CONSTANTS_H

// What there is of the epilogue, bits of `flags`.
#define WRITE_BIAS 1
#define WRITE_ACTIVATION 2
#define WRITE_DERIVATIVE 4

// CPU walk: a tile of C, whose sums a work-item keeps in registers. Its columns are three vectors.
#define GEMM_ROWS 8
#define GEMM_COLUMNS 48

// How the operands of tiles lie, bits of `lies`.
#define IN_PAIRS 1 // op(A): two steps of each row side by side
#define IN_PLACE 2 // op(B): strips of whole vectors are read where they lie

// GPU walk: edge of a tile of C, and of its work-group.
#define TILE 64
#define TILE_ITEMS 16

#endif
