// SPDX-License-Identifier: Apache-2.0
// What the host and the write-out of products share. Preprocessor only, since C includes it, too.
#ifndef RIDGE_CL_GEMM_CONSTANTS_H
#define RIDGE_CL_GEMM_CONSTANTS_H

// What there is of the epilogue, bits of `flags`.
#define WRITE_BIAS 1
#define WRITE_ACTIVATION 2
#define WRITE_DERIVATIVE 4

#endif
