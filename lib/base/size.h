// SPDX-License-Identifier: Apache-2.0
// Arithmetic with sizes.
#ifndef RIDGE_BASE_SIZE_H
#define RIDGE_BASE_SIZE_H

#include <stddef.h>

// a / b rounded up.
static inline size_t ridge_divide_up(size_t a, size_t b)
{
    return (a + b - 1) / b;
}

static inline size_t ridge_smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline size_t ridge_larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

#endif
