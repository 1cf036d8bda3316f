// SPDX-License-Identifier: Apache-2.0
// Softmax and cross-entropy: loss, gradient and correctness in one launch. With p = softmax(x), q
// the target and q' = (1 - smoothing) q + smoothing sum(q) / columns:
//
//     loss     = -sum of q' log p, as sum(q) log(sum of exp(x - largest)) + sum of
//                q' (largest - x), whose terms are all positive where q is, so that nothing cancels
//     gradient = scale (sum(q) p - q')
//     right    = 1 where the first of the largest x is at the first of the largest q
//
// SHARES 0: the target is an int label per row, q its one-hot; SHARES 1: it is q, float [rows,
// columns]. A NaN in a row of x or q, or a label outside [0, columns), makes loss and gradient of
// the row NaN. x and gradient may be the same; the gradient is written only when `want_gradient`.
#include "reduce.h"

#ifndef SHARES
#define SHARES 0
#endif

#if !SHARES

// Not less than the element at the label, at an index where that takes the label's first place.
static inline intv beats(floatv v, intv index, floatv at_label, intv label)
{
    return (v > at_label) | ((v == at_label) & (index < label));
}

static inline floatv row_loss_of(floatv largest, floatv total, floatv at_label, floatv spread,
                                 float smoothing, ulong columns)
{
    floatv loss = log(total) + (1.0f - smoothing) * (largest - at_label);
    // Without smoothing, x of minus infinity somewhere must not count as 0 * infinity.
    return smoothing > 0.0f ? loss + smoothing / (float)columns * spread : loss;
}

// exponential: e^(v - largest)
static inline floatv gradient_of(floatv exponential, intv index, floatv total, intv label,
                                 float smoothing, ulong columns, float scale)
{
    floatv onehot = select((floatv)(0.0f), (floatv)(1.0f - smoothing), index == label);
    return (exponential / total - onehot - smoothing / (float)columns) * scale;
}

// One work-group per row. Launched by ridge_launch_rows.
__kernel void loss(INOUT(const float, x), IN(int, target), INOUT(float, gradient),
                   OUT(float, row_loss), OUT(float, row_right), uint want_gradient, float scale,
                   float smoothing, float delta, ulong rows, ulong columns)
{
    GROUP_ARRAY(float, partial);
    AT(x);
    AT(target);
    AT(gradient);
    AT(row_loss);
    AT(row_right);
    FOR_EACH_ROW(row, rows)
    {
        __global const float *from = x + row * columns;
        int label = target[row];
        float at_label = label >= 0 && (ulong)label < columns ? from[label] : NAN;
#if !RIDGE_WALK_CPU
        barrier(CLK_GLOBAL_MEM_FENCE); // another work-item may put the gradient there
#endif
        floatv most = (floatv)(-INFINITY);
        FOR_EACH_IN_ROW(i, columns)
        {
            most = fmax(most, load_or(from, i, columns, -INFINITY));
        }
        float largest = group_max(max_of(most), partial);

        floatv sum = (floatv)(0.0f), spread = (floatv)(0.0f), beaten = (floatv)(0.0f);
        FOR_EACH_IN_ROW(i, columns)
        {
            floatv v = load_or(from, i, columns, -INFINITY);
            intv there = below(i, columns), index = (int)i + as_intv(LANES);
            sum += exp(v - largest);
            spread += select((floatv)(0.0f), largest - v, there);
            beaten += select((floatv)(0.0f), (floatv)(1.0f),
                             there & beats(v, index, (floatv)(at_label), (intv)(label)));
        }
        float total = group_sum(sum_of(sum), partial);
        float all_spread = group_sum(sum_of(spread), partial);
        float all_beaten = group_sum(sum_of(beaten), partial);
        floatv value = row_loss_of((floatv)(largest), (floatv)(total), (floatv)(at_label),
                                   (floatv)(all_spread), smoothing, columns);
        if (get_local_id(0) == 0) {
            row_loss[row] = value.s0;
            row_right[row] = all_beaten > 0.0f || isnan(value.s0) ? 0.0f : 1.0f;
        }
        FOR_EACH_IN_ROW(i, want_gradient ? columns : 0)
        {
            floatv g = gradient_of(exp(load(from, i, columns) - largest), (int)i + as_intv(LANES),
                                   (floatv)(total), (intv)(label), smoothing, columns, scale);
            store(select(g, value, isnan(value)), gradient + row * columns, i, columns);
        }
    }
}

// Columns of narrow rows: CPUs keep them, and what becomes of them, GPUs have no registers for
// that.
#if RIDGE_WALK_CPU
#define KEEP(j, value) kept[j] = value
#define KEPT(j, again) kept[j]
#else
#define KEEP(j, value)
#define KEPT(j, again) (again)
#endif

// VECTOR rows of at most 32 columns per work-item. Launched by ridge_launch_narrow_rows.
__kernel void loss_narrow(INOUT(const float, x), IN(int, target), INOUT(float, gradient),
                          OUT(float, row_loss), OUT(float, row_right), uint want_gradient,
                          float scale, float smoothing, float delta, ulong rows, ulong columns)
{
    AT(x);
    AT(target);
    AT(gradient);
    AT(row_loss);
    AT(row_right);
    FOR_EACH_VECTOR(row, rows)
    {
        int labels[VECTOR];
        for (uint j = 0; j < VECTOR; j++)
            labels[j] = target[min(row + j, rows - 1)];
        intv label = VLOAD(0, labels);
#if RIDGE_WALK_CPU
        floatv kept[32];
#endif
        floatv at_label = (floatv)(NAN), largest = (floatv)(-INFINITY);
        for (ulong j = 0; j < columns; j++) {
            floatv v = load_column(x, row, j, rows, columns);
            KEEP(j, v);
            largest = fmax(largest, v);
            at_label = select(at_label, v, label == (intv)((int)j));
        }
        floatv total = (floatv)(0.0f), spread = (floatv)(0.0f);
        intv beaten = (intv)(0);
        for (ulong j = 0; j < columns; j++) {
            floatv v = KEPT(j, load_column(x, row, j, rows, columns)), e = exp(v - largest);
            KEEP(j, e);
            total += e;
            spread += largest - v;
            beaten |= beats(v, (intv)((int)j), at_label, label);
        }
        floatv value = row_loss_of(largest, total, at_label, spread, smoothing, columns);
        store(value, row_loss, row, rows);
        store(select((floatv)(1.0f), (floatv)(0.0f), beaten | isnan(value)), row_right, row, rows);
        for (ulong j = 0; want_gradient && j < columns; j++) {
            floatv e = KEPT(j, exp(load_column(x, row, j, rows, columns) - largest));
            floatv g = gradient_of(e, (intv)((int)j), total, label, smoothing, columns, scale);
            store_column(select(g, value, isnan(value)), gradient, row, j, rows, columns);
        }
    }
}

#else

// The largest of a row and the first place where it stands: in lanes, and of all of them.
struct tops {
    floatv value;
    intv place;
};

typedef struct {
    float value;
    int place;
} top;

static inline void look(struct tops *tops, floatv v, intv index)
{
    intv more = v > tops->value;
    tops->value = select(tops->value, v, more);
    tops->place = select(tops->place, index, more);
}

static inline void join_top(top *a, const top *b)
{
    if (b->value > a->value || (b->value == a->value && b->place < a->place))
        *a = *b;
}

DEFINE_GROUP_REDUCTION(top, group_top, join_top)

static inline void top_of(const struct tops *tops, top *result)
{
    float value[VECTOR];
    int place[VECTOR];
    VSTORE(tops->value, 0, value);
    VSTORE(tops->place, 0, place);
    *result = (top){value[0], place[0]};
    for (uint j = 1; j < VECTOR; j++) {
        top other = {value[j], place[j]};
        join_top(result, &other);
    }
}

static inline floatv smoothed(floatv q, floatv whole, float smoothing, ulong columns)
{
    return (1.0f - smoothing) * q + smoothing / (float)columns * whole;
}

// A share of 0 of a class whose x is minus infinity must not count as 0 * infinity.
static inline floatv spread_of(floatv share, floatv largest, floatv v)
{
    return select((floatv)(0.0f), share * (largest - v), share != (floatv)(0.0f));
}

static inline floatv gradient_of(floatv v, floatv share, floatv largest, floatv total, floatv whole,
                                 float scale)
{
    return (exp(v - largest) / total * whole - share) * scale;
}

// One work-group per row. Launched by ridge_launch_rows.
__kernel void loss(INOUT(const float, x), IN(float, target), INOUT(float, gradient),
                   OUT(float, row_loss), OUT(float, row_right), uint want_gradient, float scale,
                   float smoothing, float delta, ulong rows, ulong columns)
{
    GROUP_ARRAY(float, partial);
    GROUP_ARRAY(top, partial_tops);
    AT(x);
    AT(target);
    AT(gradient);
    AT(row_loss);
    AT(row_right);
    FOR_EACH_ROW(row, rows)
    {
        __global const float *from = x + row * columns, *q = target + row * columns;
        struct tops x_tops = {(floatv)(-INFINITY), (intv)(INT_MAX)}, q_tops = x_tops;
        floatv sum = (floatv)(0.0f);
        FOR_EACH_IN_ROW(i, columns)
        {
            intv index = (int)i + as_intv(LANES);
            look(&x_tops, load_or(from, i, columns, -INFINITY), index);
            look(&q_tops, load_or(q, i, columns, -INFINITY), index);
            sum += load(q, i, columns);
        }
        top x_top, q_top;
        top_of(&x_tops, &x_top);
        top_of(&q_tops, &q_top);
        group_top(&x_top, partial_tops);
        group_top(&q_top, partial_tops);
        float largest = x_top.value, whole = group_sum(sum_of(sum), partial);

        floatv exponentials = (floatv)(0.0f), spread = (floatv)(0.0f);
        FOR_EACH_IN_ROW(i, columns)
        {
            floatv v = load_or(from, i, columns, -INFINITY);
            floatv share = smoothed(load(q, i, columns), (floatv)(whole), smoothing, columns);
            share = select((floatv)(0.0f), share, below(i, columns));
            exponentials += exp(v - largest);
            spread += spread_of(share, (floatv)(largest), v);
        }
        float total = group_sum(sum_of(exponentials), partial);
        float value = whole * log(total) + group_sum(sum_of(spread), partial);
        if (get_local_id(0) == 0) {
            row_loss[row] = value;
            row_right[row] = x_top.place != q_top.place || isnan(value) ? 0.0f : 1.0f;
        }
        FOR_EACH_IN_ROW(i, want_gradient ? columns : 0)
        {
            floatv share = smoothed(load(q, i, columns), (floatv)(whole), smoothing, columns);
            floatv g = gradient_of(load(from, i, columns), share, (floatv)(largest),
                                   (floatv)(total), (floatv)(whole), scale);
            store(isnan(value) ? (floatv)(NAN) : g, gradient + row * columns, i, columns);
        }
    }
}

// VECTOR narrow rows per work-item. Launched by ridge_launch_narrow_rows.
__kernel void loss_narrow(INOUT(const float, x), IN(float, target), INOUT(float, gradient),
                          OUT(float, row_loss), OUT(float, row_right), uint want_gradient,
                          float scale, float smoothing, float delta, ulong rows, ulong columns)
{
    AT(x);
    AT(target);
    AT(gradient);
    AT(row_loss);
    AT(row_right);
    FOR_EACH_VECTOR(row, rows)
    {
        struct tops x_tops = {(floatv)(-INFINITY), (intv)(INT_MAX)}, q_tops = x_tops;
        floatv whole = (floatv)(0.0f);
        for (ulong j = 0; j < columns; j++) {
            floatv q = load_column(target, row, j, rows, columns);
            look(&x_tops, load_column(x, row, j, rows, columns), (intv)((int)j));
            look(&q_tops, q, (intv)((int)j));
            whole += q;
        }
        floatv largest = x_tops.value, total = (floatv)(0.0f), spread = (floatv)(0.0f);
        for (ulong j = 0; j < columns; j++) {
            floatv v = load_column(x, row, j, rows, columns);
            floatv q = load_column(target, row, j, rows, columns);
            total += exp(v - largest);
            spread += spread_of(smoothed(q, whole, smoothing, columns), largest, v);
        }
        floatv value = whole * log(total) + spread;
        intv wrong = (x_tops.place != q_tops.place) | isnan(value);
        store(value, row_loss, row, rows);
        store(select((floatv)(1.0f), (floatv)(0.0f), wrong), row_right, row, rows);
        for (ulong j = 0; want_gradient && j < columns; j++) {
            floatv q = load_column(target, row, j, rows, columns);
            floatv g =
                gradient_of(load_column(x, row, j, rows, columns),
                            smoothed(q, whole, smoothing, columns), largest, total, whole, scale);
            store_column(select(g, value, isnan(value)), gradient, row, j, rows, columns);
        }
    }
}

#endif
