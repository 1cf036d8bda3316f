// SPDX-License-Identifier: Apache-2.0
// What the host and the kernels of normalisation share. Preprocessor only, since C includes it,
// too.
#ifndef RIDGE_CL_NORMALISATION_CONSTANTS_H
#define RIDGE_CL_NORMALISATION_CONSTANTS_H

// Bits of `flags`.
#define HAS_GAMMA 1
#define HAS_BETA 2
#define GAMMA_GRADIENT 4 // is wanted
#define BETA_GRADIENT 8
#define INPUT_GRADIENT 16
#define ACCUMULATE 32 // the gradient of x is added to what is there
#define HAS_REST 64   // batch: the statistics have a row for what the mean has lost
#define HAS_STATE 128 // statistics are kept; batch: running ones are
#define HAS_BIAS 256  // folding: the layer before has one

#define STRIP 16 // neighbouring channels of a group

#endif
