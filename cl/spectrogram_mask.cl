// SPDX-License-Identifier: Apache-2.0
// Masks over spectrograms, drawn from a counter, so that they are never stored.
#include "philox.h"
#include "reduce.h"

#define MOST_MASKS 16 // RIDGE_MOST_MASKS of either kind

// What is masked: [from, to) of the frames, and behind these masks of the bands.
struct masks {
    uint from[MOST_MASKS], to[MOST_MASKS];
};

// Mask j of the row takes two words.
static inline void draw(struct masks *masks, struct philox_stream random, ulong row,
                        uint time_masks, uint count, uint time_width, uint frequency_width,
                        uint frames, uint bands)
{
    uint words[2 * MOST_MASKS];
    for (uint j = 0; j < 2 * count; j += VECTOR)
        VSTORE(philox_words(random, row * 2 * count, j + LANES), 0, words + j);
    for (uint j = 0; j < count; j++) {
        bool of_time = j < time_masks;
        uint size = of_time ? frames : bands, widest = of_time ? time_width : frequency_width;
        uint width = mul_hi(words[2 * j], widest + 1);
        masks->from[j] = mul_hi(words[2 * j + 1], size - width + 1);
        masks->to[j] = masks->from[j] + width;
    }
}

// Which of the VECTOR frames from t on of a band are masked.
static inline intv masked(const struct masks *masks, uint time_masks, uint count, uint band, uint t)
{
    intv hit = (intv)(0);
    uintv at = t + LANES;
    for (uint j = 0; j < time_masks; j++)
        hit |= (at >= masks->from[j]) & (at < masks->to[j]);
    for (uint j = time_masks; j < count; j++)
        hit |= (intv)(band >= masks->from[j] && band < masks->to[j] ? -1 : 0);
    return hit;
}

// x and y [rows, channels bands, frames], channel by channel; they may be the same.
// MEAN 0: masked elements are 0.
// MEAN 1: they are the mean of the row.
// MEAN 2: backward of that: masked elements of x are spread evenly over the row.
// A group takes a row. Launched by ridge_launch_rows.
#ifndef MEAN
#define MEAN 0
#endif

__kernel void spectrogram_mask(INOUT(const float, x), INOUT(float, y), RANDOM, uint time_masks,
                               uint frequency_masks, uint time_width, uint frequency_width,
                               uint added, ulong rows, uint channels, uint bands, uint frames)
{
#if MEAN
    GROUP_ARRAY(float, shared);
#endif
    AT(x);
    AT(y);
    AT(step_at);
    struct philox_stream random = RANDOM_STREAM;
    uint count = time_masks + frequency_masks, across = (frames + VECTOR - 1) / VECTOR;
    uint vectors = channels * bands * across;
    ulong size = (ulong)channels * bands * frames;
    FOR_EACH_ROW(row, rows)
    {
        struct masks masks;
        draw(&masks, random, row, time_masks, count, time_width, frequency_width, frames, bands);
        float value = 0.0f;
#if MEAN
        floatv sum = (floatv)(0.0f), lost = (floatv)(0.0f);
        for (uint v = get_local_id(0); v < vectors; v += get_local_size(0)) {
            uint line = v / across, t = (v - line * across) * VECTOR;
            floatv element = load(x + row * size + (ulong)line * frames, t, frames);
            if (MEAN == 2)
                element = select((floatv)(0.0f), element,
                                 masked(&masks, time_masks, count, line % bands, t));
            accumulate(&sum, &lost, element);
        }
        value = group_sum(sum_of(sum - lost), shared) / (float)size;
#endif
        for (uint v = get_local_id(0); v < vectors; v += get_local_size(0)) {
            uint line = v / across, t = (v - line * across) * VECTOR;
            ulong at = row * size + (ulong)line * frames;
            intv hit = masked(&masks, time_masks, count, line % bands, t);
            floatv element = load(x + at, t, frames);
            floatv result = MEAN == 2 ? select(element, (floatv)(0.0f), hit) + value
                                      : select(element, (floatv)(value), hit);
            if (added)
                result += load(y + at, t, frames);
            store(result, y + at, t, frames);
        }
    }
}
