// SPDX-License-Identifier: Apache-2.0
// What the host and the kernels of updates share. Preprocessor only, since C includes it, too.
#ifndef RIDGE_CL_UPDATE_CONSTANTS_H
#define RIDGE_CL_UPDATE_CONSTANTS_H

// How gradients are clipped.
#define CLIP_NONE 0
#define CLIP_VALUE 1
#define CLIP_TENSOR 2
#define CLIP_GLOBAL 3

// The `rule` of products that update weights: the kind of the optimizer, as enum
// ridge_optimizer_kind, and these.
#define RULE_KIND 0xff
#define RULE_SLOT 0x100 // for each slot, of which there are 3 at most
#define RULE_NESTEROV 0x400

#endif
