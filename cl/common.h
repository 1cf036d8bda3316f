// SPDX-License-Identifier: Apache-2.0
// What every kernel file stands on: the two walks, vectors, and tensors with offsets.
//
// RIDGE_WALK_CPU 1: each work-group has one work-item, which walks a contiguous chunk in vectors
//                   of 16. The compiler sees plain loops over wide vectors.
// RIDGE_WALK_CPU 0: work-items stand side by side and stride through the data in vectors of 4.
#ifndef RIDGE_CL_COMMON_H
#define RIDGE_CL_COMMON_H

#ifndef RIDGE_WALK_CPU
#define RIDGE_WALK_CPU 0
#endif

// RIDGE_FUSED 1: there are no kernels, as the only work-item of one large kernel calls the
// functions of all of them, once for each group of each launch (lib/device/fusion.c).
#ifndef RIDGE_FUSED
#define RIDGE_FUSED 0
#endif

// Functions that compilers keep apart from their callers on CPUs. Where a kernel has several large
// ones, PoCL takes half the time for it: its passes grow with more than the size of a function.
#if RIDGE_WALK_CPU
#define APART __attribute__((noinline, unused, aligned(64))) static
#else
#define APART static inline
#endif

// tools/embed.py makes a function NAME_of_group of every kernel, and a kernel that calls it. PoCL
// compiles a kernel three times over, but what it calls once. The function is told which group it
// is, so get_group_id and its like stand in kernels only, and functions that need to know are told.
// On GPUs it is the kernel itself.
#if RIDGE_WALK_CPU
#define FUNCTION_OF_GROUP(name) APART void name##_of_group
#define GROUP_PARAMETERS ulong group_0, ulong group_1, ulong groups_0, ulong groups_1,
#define THIS_GROUP own_group(0), own_group(1), own_groups(0), own_groups(1)
static inline ulong own_group(uint d)
{
    return get_group_id(d);
}
static inline ulong own_groups(uint d)
{
    return get_num_groups(d);
}
#define get_group_id(d) ((d) == 0 ? group_0 : group_1)
#define get_num_groups(d) ((d) == 0 ? groups_0 : groups_1)
#define get_global_id(d) get_group_id(d)
#define get_global_size(d) get_num_groups(d)
#define get_local_id(d) 0
#define get_local_size(d) 1
#else
#define FUNCTION_OF_GROUP(name) __kernel void name
#define GROUP_PARAMETERS
#endif

// Kernels hold their vectors already: a compiler that joins work-items into vectors needs no second
// version for that. Intel's (2026.2) made one, and took 7 times as long for it.
#if RIDGE_WALK_CPU && !RIDGE_FUSED
#define KERNEL_OF_GROUPS(name, parameters, arguments)                                              \
    __kernel __attribute__((vec_type_hint(float16))) void name parameters                          \
    {                                                                                              \
        name##_of_group arguments;                                                                 \
    }
#else
#define KERNEL_OF_GROUPS(name, parameters, arguments)
#endif

#if RIDGE_WALK_CPU
#define VECTOR 16
#define floatv float16
#define intv int16
#define uintv uint16
#define VLOAD vload16
#define VSTORE vstore16
#define convert_floatv convert_float16
#define convert_uintv convert_uint16
#define convert_intv convert_int16
#define as_floatv as_float16
#define as_intv as_int16
#define as_uintv as_uint16
#define LANES (uintv)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
#else
#define VECTOR 4
#define floatv float4
#define intv int4
#define uintv uint4
#define VLOAD vload4
#define VSTORE vstore4
#define convert_floatv convert_float4
#define convert_uintv convert_uint4
#define convert_intv convert_int4
#define as_floatv as_float4
#define as_intv as_int4
#define as_uintv as_uint4
#define LANES (uintv)(0, 1, 2, 3)
#endif

// A tensor argument: the buffer and the element at which the view starts. Each kernel begins with
// AT(x) for every tensor it takes.
#define IN(type, x) IN_BUFFER(type, x), ulong x##_offset
#define OUT(type, x) OUT_BUFFER(type, x), ulong x##_offset
#define INOUT(type, x) INOUT_BUFFER(type, x), ulong x##_offset
#define IN_BUFFER(type, x) __global const type *restrict x
#define OUT_BUFFER(type, x) __global type *restrict x
#define INOUT_BUFFER(type, x) __global type *x
#define AT(x) x += x##_offset

// Walks over `count` elements: `i` is the first element of each vector that this work-item owns.
// Chunks and strides are multiples of VECTOR, so only the last vector of all can be partial.
#if RIDGE_WALK_CPU
static inline ulong walk_chunk(ulong count, ulong groups)
{
    ulong chunk = (count + groups - 1) / groups;
    return (chunk + 63) / 64 * 64;
}
#define FOR_EACH_VECTOR(i, count)                                                                  \
    for (ulong i##_chunk = walk_chunk(count, get_num_groups(0)), i = get_group_id(0) * i##_chunk,  \
               i##_stop = min(i + i##_chunk, (ulong)(count));                                      \
         i < i##_stop; i += VECTOR)
#else
#define FOR_EACH_VECTOR(i, count)                                                                  \
    for (ulong i = get_global_id(0) * VECTOR; i < (count); i += get_global_size(0) * VECTOR)
#endif

// Rows, one work-group each: the work-items of a group share a row.
#define FOR_EACH_ROW(row, rows)                                                                    \
    for (ulong row = get_group_id(0); row < (rows); row += get_num_groups(0))
// Vectors of one row of `size` elements, shared out over the work-items of the group.
#if RIDGE_WALK_CPU
#define FOR_EACH_IN_ROW(i, size) for (ulong i = 0; i < (size); i += VECTOR)
#else
#define FOR_EACH_IN_ROW(i, size)                                                                   \
    for (ulong i = get_local_id(0) * VECTOR; i < (size); i += get_local_size(0) * VECTOR)
#endif

// Brings the line at p to the first cache, without waiting for it; p may lie anywhere. prefetch()
// does nothing on PoCL, and little on Intel's runtime for CPUs, which compiles for an architecture
// of its own and is known by an extension that only CPUs have.
#if RIDGE_WALK_CPU &&                                                                              \
    (defined(__x86_64__) || defined(__aarch64__) || defined(cl_intel_vec_len_hint))
#define FETCH(p) __builtin_prefetch((const void *)(ulong)(p))
#else
#define FETCH(p)
#endif

// Functions that are given a local array are inlined without fail. Where clang keeps one apart and
// sees that all its callers pass the same array, it puts the array into the function, and there
// PoCL 3.1 no longer knows it for local: all work-groups share it. No `restrict` in such a
// function: Oclgrind 21.10 does not know what clang makes of it.
#define GROUP_FUNCTION static inline __attribute__((always_inline))

// Vectors of memory that may begin at any element. A GPU that moves 16 bytes at once wants them at
// a multiple of 16, and its compiler makes four loads or stores of a vload4 that may lie anywhere.
#define AT_VECTOR(x) (!RIDGE_WALK_CPU && ((ulong)(x)&15) == 0)

static inline floatv get(__global const float *x)
{
#if RIDGE_WALK_CPU
    return VLOAD(0, x);
#else
    if (AT_VECTOR(x))
        return *(__global const floatv *)x;
    return (floatv)(x[0], x[1], x[2], x[3]); // a vload4 becomes one with the load above, in parts
#endif
}

// Writes VECTOR elements. PoCL 3.1 turns vstore16 into four stores of 4.
static inline void put(floatv value, __global float *y)
{
#if RIDGE_WALK_CPU
    typedef float16 __attribute__((aligned(4))) loose;
    *(__global loose *)y = value;
#else
    if (AT_VECTOR(y))
        *(__global floatv *)y = value;
    else
        VSTORE(value, 0, y);
#endif
}

// Elements i .. i + VECTOR - 1 of x; those at `count` and behind read as `fill`.
static inline floatv load_or(__global const float *x, ulong i, ulong count, float fill)
{
    if (i + VECTOR <= count)
        return get(x + i);
    float part[VECTOR];
    for (uint j = 0; j < VECTOR; j++)
        part[j] = i + j < count ? x[i + j] : fill;
    return VLOAD(0, part);
}

static inline floatv load(__global const float *x, ulong i, ulong count)
{
    return load_or(x, i, count, 0.0f);
}

// Writes those of the VECTOR elements that lie below `count`.
static inline void store(floatv value, __global float *y, ulong i, ulong count)
{
    if (i + VECTOR <= count) {
        put(value, y + i);
        return;
    }
    float part[VECTOR];
    VSTORE(value, 0, part);
    for (uint j = 0; j < VECTOR && i + j < count; j++)
        y[i + j] = part[j];
}

// Which of the VECTOR elements from i on lie below `count`: a mask for select.
static inline intv below(ulong i, ulong count)
{
    return as_intv(LANES) < (intv)((int)min(count - min(i, count), (ulong)VECTOR));
}

// Rows too narrow to share out stand side by side, one in each lane of a vector; FOR_EACH_VECTOR
// over the rows walks them. This is element `column` of the rows from `row` on; lanes behind the
// last row repeat it.
APART floatv load_column(__global const float *x, ulong row, ulong column, ulong rows,
                         ulong columns)
{
    if (columns == 1 && row + VECTOR <= rows)
        return get(x + row);
    float part[VECTOR];
    for (uint j = 0; j < VECTOR; j++)
        part[j] = x[min(row + j, rows - 1) * columns + column];
    return VLOAD(0, part);
}

APART void store_column(floatv value, __global float *y, ulong row, ulong column, ulong rows,
                        ulong columns)
{
    if (columns == 1) {
        store(value, y, row, rows);
        return;
    }
    float part[VECTOR];
    VSTORE(value, 0, part);
    for (uint j = 0; j < VECTOR && row + j < rows; j++)
        y[(row + j) * columns + column] = part[j];
}

// The sum of a vector's elements, always in the same order.
static inline float sum_of(floatv v)
{
#if RIDGE_WALK_CPU
    float8 a = v.lo + v.hi;
    float4 b = a.lo + a.hi;
#else
    float4 b = v;
#endif
    // Through memory, because Oclgrind 21.10 cannot follow the shuffles that clang makes of it.
    float part[4];
    vstore4(b, 0, part);
    return (part[0] + part[2]) + (part[1] + part[3]);
}

static inline float max_of(floatv v)
{
#if RIDGE_WALK_CPU
    float8 a = fmax(v.lo, v.hi);
    float4 b = fmax(a.lo, a.hi);
#else
    float4 b = v;
#endif
    return fmax(fmax(b.s0, b.s2), fmax(b.s1, b.s3));
}

#endif
