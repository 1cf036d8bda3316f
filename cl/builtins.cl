// SPDX-License-Identifier: Apache-2.0
// The functions of OpenCL C that kernels use, as the standard declares them. They stand before
// every program of a compiler that would read all declarations of the standard instead, see
// ridge_program_declares. A program that needs another one is built with all of them.

#define DECLARED __attribute__((overloadable))
#define SETTLED_BY __attribute__((overloadable, const)) // nothing but the arguments

// Work-items. size_t is ulong here.
#define DECLARE_WORK_ITEM(name) ulong SETTLED_BY name(uint dimension);
DECLARE_WORK_ITEM(get_global_id)
DECLARE_WORK_ITEM(get_global_size)
DECLARE_WORK_ITEM(get_group_id)
DECLARE_WORK_ITEM(get_local_id)
DECLARE_WORK_ITEM(get_local_size)
DECLARE_WORK_ITEM(get_num_groups)
void __attribute__((overloadable, convergent)) barrier(cl_mem_fence_flags flags);
void DECLARED mem_fence(cl_mem_fence_flags flags);
uint DECLARED atomic_inc(volatile __global uint *p);
uint DECLARED atomic_cmpxchg(volatile __global uint *p, uint compare, uint value);

// Of one, two or three of a type.
#define DECLARE_1(type, name) type SETTLED_BY name(type);
#define DECLARE_2(type, name) type SETTLED_BY name(type, type);
#define DECLARE_3(type, name) type SETTLED_BY name(type, type, type);

// ints, uints: what has as many elements.
#define DECLARE_OF_FLOATS(type, ints, uints)                                                       \
    DECLARE_1(type, ceil)                                                                          \
    DECLARE_1(type, erfc)                                                                          \
    DECLARE_1(type, exp)                                                                           \
    DECLARE_1(type, exp10)                                                                         \
    DECLARE_1(type, exp2)                                                                          \
    DECLARE_1(type, expm1)                                                                         \
    DECLARE_1(type, fabs)                                                                          \
    DECLARE_1(type, floor)                                                                         \
    DECLARE_1(type, log)                                                                           \
    DECLARE_1(type, log1p)                                                                         \
    DECLARE_1(type, rint)                                                                          \
    DECLARE_1(type, sign)                                                                          \
    DECLARE_1(type, sqrt)                                                                          \
    DECLARE_1(type, tanh)                                                                          \
    DECLARE_2(type, copysign)                                                                      \
    DECLARE_2(type, fmax)                                                                          \
    DECLARE_2(type, fmin)                                                                          \
    DECLARE_2(type, max)                                                                           \
    DECLARE_2(type, min)                                                                           \
    DECLARE_3(type, clamp)                                                                         \
    DECLARE_3(type, fma)                                                                           \
    ints SETTLED_BY isfinite(type);                                                                \
    ints SETTLED_BY isnan(type);                                                                   \
    type SETTLED_BY ldexp(type, ints);                                                             \
    type SETTLED_BY select(type, type, ints);                                                      \
    type SETTLED_BY select(type, type, uints);
DECLARE_OF_FLOATS(float, int, uint)
DECLARE_OF_FLOATS(float4, int4, uint4)
DECLARE_OF_FLOATS(float8, int8, uint8)
DECLARE_OF_FLOATS(float16, int16, uint16)

// With numbers instead of vectors.
#define DECLARE_WITH_NUMBERS(type, element)                                                        \
    type SETTLED_BY max(type, element);                                                            \
    type SETTLED_BY min(type, element);                                                            \
    type SETTLED_BY clamp(type, element, element);
#define DECLARE_OF_FLOAT_VECTORS(type)                                                             \
    DECLARE_WITH_NUMBERS(type, float)                                                              \
    type SETTLED_BY fmax(type, float);                                                             \
    type SETTLED_BY fmin(type, float);                                                             \
    type SETTLED_BY ldexp(type, int);
DECLARE_OF_FLOAT_VECTORS(float4)
DECLARE_OF_FLOAT_VECTORS(float8)
DECLARE_OF_FLOAT_VECTORS(float16)

// uints: the same without a sign.
#define DECLARE_OF_INTEGERS(type, uints)                                                           \
    DECLARE_2(type, max)                                                                           \
    DECLARE_2(type, min)                                                                           \
    DECLARE_2(type, mul_hi)                                                                        \
    DECLARE_3(type, clamp)                                                                         \
    uints SETTLED_BY abs(type);
DECLARE_OF_INTEGERS(char, uchar)
DECLARE_OF_INTEGERS(uchar, uchar)
DECLARE_OF_INTEGERS(short, ushort)
DECLARE_OF_INTEGERS(ushort, ushort)
DECLARE_OF_INTEGERS(int, uint)
DECLARE_OF_INTEGERS(uint, uint)
DECLARE_OF_INTEGERS(long, ulong)
DECLARE_OF_INTEGERS(ulong, ulong)

#define DECLARE_OF_INTEGER_VECTORS(type, element, ints, uints)                                     \
    DECLARE_OF_INTEGERS(type, uints)                                                               \
    DECLARE_WITH_NUMBERS(type, element)                                                            \
    type SETTLED_BY select(type, type, ints);                                                      \
    type SETTLED_BY select(type, type, uints);
DECLARE_OF_INTEGER_VECTORS(int4, int, int4, uint4)
DECLARE_OF_INTEGER_VECTORS(int16, int, int16, uint16)
DECLARE_OF_INTEGER_VECTORS(uint4, uint, int4, uint4)
DECLARE_OF_INTEGER_VECTORS(uint16, uint, int16, uint16)
int SETTLED_BY any(int4);
int SETTLED_BY any(int16);
int SETTLED_BY select(int, int, int);
int SETTLED_BY select(int, int, uint);
uint SETTLED_BY select(uint, uint, int);
uint SETTLED_BY select(uint, uint, uint);

#define DECLARE_CONVERSION(to, from) to SETTLED_BY convert_##to(from);
#define DECLARE_CONVERSIONS(floats, ints, uints, uchars)                                           \
    DECLARE_CONVERSION(floats, floats)                                                             \
    DECLARE_CONVERSION(floats, ints)                                                               \
    DECLARE_CONVERSION(floats, uints)                                                              \
    DECLARE_CONVERSION(floats, uchars)                                                             \
    DECLARE_CONVERSION(ints, floats)                                                               \
    DECLARE_CONVERSION(ints, ints)                                                                 \
    DECLARE_CONVERSION(ints, uints)                                                                \
    DECLARE_CONVERSION(ints, uchars)                                                               \
    DECLARE_CONVERSION(uints, floats)                                                              \
    DECLARE_CONVERSION(uints, ints)                                                                \
    DECLARE_CONVERSION(uints, uints)                                                               \
    DECLARE_CONVERSION(uints, uchars)                                                              \
    DECLARE_CONVERSION(uchars, floats)                                                             \
    DECLARE_CONVERSION(uchars, ints)                                                               \
    DECLARE_CONVERSION(uchars, uints)
DECLARE_CONVERSIONS(float, int, uint, uchar)
DECLARE_CONVERSIONS(float4, int4, uint4, uchar4)
DECLARE_CONVERSIONS(float16, int16, uint16, uchar16)

#define DECLARE_MOVES_OF(space, element, size)                                                     \
    element##size __attribute__((overloadable, pure))                                              \
    vload##size(ulong offset, const space element *p);                                             \
    void DECLARED vstore##size(element##size value, ulong offset, space element *p);
#define DECLARE_MOVES(element, size)                                                               \
    DECLARE_MOVES_OF(__global, element, size)                                                      \
    DECLARE_MOVES_OF(__local, element, size)                                                       \
    DECLARE_MOVES_OF(__private, element, size)
DECLARE_MOVES(float, 4)
DECLARE_MOVES(float, 8)
DECLARE_MOVES(float, 16)
DECLARE_MOVES(int, 4)
DECLARE_MOVES(int, 16)
DECLARE_MOVES(uint, 4)
DECLARE_MOVES(uint, 16)
DECLARE_MOVES(uchar, 4)
DECLARE_MOVES(uchar, 16)
