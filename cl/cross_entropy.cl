// SPDX-License-Identifier: Apache-2.0
// Softmax and cross-entropy with an integer label per row: loss, gradient and correctness in one
// launch. With p = softmax(x) and q = (1 - smoothing) onehot + smoothing / columns:
//
//     loss     = -sum of q log p, as log(sum of exp(x - largest)) + sum of q (largest - x), whose
//                terms are all positive, so that nothing cancels
//     gradient = scale (p - q)
//     right    = 1 where x at the label is the first of the largest
//
// A NaN in the row or a label outside [0, columns) makes loss and gradient of the row NaN.
// x and gradient may be the same; the gradient is written only when `want_gradient`.
#include "reduce.h"

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

static inline floatv gradient_of(floatv v, intv index, floatv largest, floatv total, intv label,
                                 float smoothing, ulong columns, float scale)
{
    floatv onehot = select((floatv)(0.0f), (floatv)(1.0f - smoothing), index == label);
    return (exp(v - largest) / total - onehot - smoothing / (float)columns) * scale;
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
            floatv g =
                gradient_of(load(from, i, columns), (int)i + as_intv(LANES), (floatv)(largest),
                            (floatv)(total), (intv)(label), smoothing, columns, scale);
            store(select(g, value, isnan(value)), gradient + row * columns, i, columns);
        }
    }
}

// VECTOR narrow rows per work-item. Launched by ridge_launch_narrow_rows.
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
        floatv at_label = (floatv)(NAN), largest = (floatv)(-INFINITY);
        for (ulong j = 0; j < columns; j++) {
            floatv v = load_column(x, row, j, rows, columns);
            largest = fmax(largest, v);
            at_label = select(at_label, v, label == (intv)((int)j));
        }
        floatv total = (floatv)(0.0f), spread = (floatv)(0.0f);
        intv beaten = (intv)(0);
        for (ulong j = 0; j < columns; j++) {
            floatv v = load_column(x, row, j, rows, columns);
            total += exp(v - largest);
            spread += largest - v;
            beaten |= beats(v, (intv)((int)j), at_label, label);
        }
        floatv value = row_loss_of(largest, total, at_label, spread, smoothing, columns);
        store(value, row_loss, row, rows);
        store(select((floatv)(1.0f), (floatv)(0.0f), beaten | isnan(value)), row_right, row, rows);
        for (ulong j = 0; want_gradient && j < columns; j++) {
            floatv g = gradient_of(load_column(x, row, j, rows, columns), (intv)((int)j), largest,
                                   total, label, smoothing, columns, scale);
            store_column(select(g, value, isnan(value)), gradient, row, j, rows, columns);
        }
    }
}
