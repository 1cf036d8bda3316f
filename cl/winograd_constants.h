// SPDX-License-Identifier: Apache-2.0
// What the host and the kernels of Winograd's convolution share. Preprocessor only, since C
// includes it, too.
#ifndef RIDGE_CL_WINOGRAD_CONSTANTS_H
#define RIDGE_CL_WINOGRAD_CONSTANTS_H

#define EDGE 6     // of a tile of inputs
#define POINTS 36  // products of a tile
#define STEP 4     // edge of a tile of outputs, and from tile to tile
#define TAPS 3     // edge of the kernel
#define SPACING 16 // between the points in scratch, or they would meet in few sets of the cache
#define LINES 8    // channels that are multiplied together for the gradient of the weights

#endif
