// SPDX-License-Identifier: Apache-2.0
// The table out of which the device draws numbers that are distributed as Beta(alpha, alpha).
#ifndef RIDGE_AUGMENT_BETA_H
#define RIDGE_AUGMENT_BETA_H

// table[k] = the x below which k / (2 BETA_CELLS) of the distribution lies, k = 0 to BETA_CELLS
// (cl/augment_words.h): the lower half, which mirrored is the upper one. alpha in (0, 1000].
void ridge_beta_table(double alpha, float *table);

#endif
