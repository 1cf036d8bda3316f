// SPDX-License-Identifier: Apache-2.0
// Numbers at any byte offset of a file, in the byte order that the format demands.
#ifndef RIDGE_BASE_BYTES_H
#define RIDGE_BASE_BYTES_H

#include <stdint.h>

// NPY and safetensors hold little-endian arrays, which are copied as they are.
#if defined(__BYTE_ORDER__)
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "ridge needs a little-endian host");
#endif

static inline uint32_t ridge_load_be32(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static inline uint64_t ridge_load_le(const unsigned char *bytes, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)bytes[i] << 8 * i;
    return value;
}

static inline void ridge_store_le(unsigned char *bytes, unsigned size, uint64_t value)
{
    for (unsigned i = 0; i < size; i++)
        bytes[i] = (unsigned char)(value >> 8 * i);
}

#endif
