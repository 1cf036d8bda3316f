// SPDX-License-Identifier: Apache-2.0
// Log-mel spectrograms: frames, windowed, through a fast Fourier transform; the power of its bins,
// summed by triangles; the logarithm.
//
// VECTOR frames go side by side in the lanes. The N samples of a frame are taken as N / 2 complex
// numbers, even samples and odd ones, so a transform of that half length is enough; the two halves
// of the spectrum are taken apart behind it. The transform is Stockham's: after each stage numbers
// are in the other of two buffers, and in order at the end. Products with a matrix would take
// 10 to 40 times the multiplications.
#include "exact.h"

// Tables in front of the scratch memory: the window [window], twiddles [size / 2][2], which are
// cos and sin of 2 pi k / size, and edges of bands [bands + 2] in Hz. size: N. The first edge on
// the scale, and their distance: HTK in units where f = 700 (exp(m) - 1), else Slaney's. Launched
// by ridge_launch_elements over all of them.
__kernel void log_mel_tables(__global float *scratch, ulong window, ulong size, ulong bands,
                             float first, float apart, uint slaney)
{
    for (ulong i = get_global_id(0); i < window + size + bands + 2; i += get_global_size(0)) {
        float sine, cosine;
        if (i < window) {
            exact_sine_cosine(exact_divide((float)i, 2.0f * (float)window), &sine, &cosine);
            scratch[i] = sine * sine;
        } else if (i < window + size) {
            ulong at = i - window;
            exact_sine_cosine((float)(at / 2) / (float)size, &sine, &cosine);
            scratch[i] = at % 2 ? sine : cosine;
        } else {
            float pitch = first + apart * (float)(i - window - size);
            float hertz = 700.0f * expm1(pitch);
            if (slaney) // ln 6.4 / 27
                hertz = pitch < 15.0f ? pitch * (200.0f / 3.0f)
                                      : 1000.0f * exp((pitch - 15.0f) * 0.0687517774f);
            scratch[i] = hertz;
        }
    }
}

// Sizes of frames. before: zeros in front of the first sample of a row; count: frames of a row.
struct frames {
    ulong samples, window, hop, before, count;
};

// Where the VECTOR frames from `first` on (of all rows) begin: in their rows, which may be before
// the first sample, and their rows. Lanes from frame `total` on repeat the last one.
struct lanes {
    long place[VECTOR];
    ulong row[VECTOR];
};

static inline void find_lanes(struct lanes *lanes, struct frames of, ulong first, ulong total)
{
    for (uint j = 0; j < VECTOR; j++) {
        ulong frame = min(first + j, total - 1), row = frame / of.count;
        lanes->place[j] = (long)((frame - row * of.count) * of.hop) - (long)of.before;
        lanes->row[j] = row * of.samples;
    }
}

// Sample n of each lane, windowed.
static inline floatv windowed(const struct lanes *lanes, struct frames of, __global const float *x,
                              __global const float *window, ulong n)
{
    if (n >= of.window)
        return (floatv)(0.0f);
    float part[VECTOR];
    if (of.before == 0) { // no frame leaves its row
        for (uint j = 0; j < VECTOR; j++)
            part[j] = x[lanes->row[j] + lanes->place[j] + n];
    } else {
        for (uint j = 0; j < VECTOR; j++) {
            long at = lanes->place[j] + (long)n;
            part[j] = at >= 0 && at < (long)of.samples ? x[lanes->row[j] + at] : 0.0f;
        }
    }
    return VLOAD(0, part) * window[n];
}

// Complex number k of a buffer.
#define REAL(buffer, k) ((buffer) + (2 * (k)) * VECTOR)
#define IMAGINARY(buffer, k) ((buffer) + (2 * (k) + 1) * VECTOR)

#if RIDGE_WALK_CPU
#define TOGETHER
#else
#define TOGETHER barrier(CLK_GLOBAL_MEM_FENCE)
#endif

// One stage, with sequences `stride` apart: number i of the first half and of the second one make
// two neighbours at that distance.
static inline void stage(__global const float *from, __global float *to,
                         __global const float *twiddles, ulong middle, ulong stride, ulong i)
{
    ulong within = i & (stride - 1), at = 2 * (i - within) + within;
    float c = twiddles[4 * (i - within)], s = twiddles[4 * (i - within) + 1];
    floatv ar = get(REAL(from, i)), ai = get(IMAGINARY(from, i));
    floatv br = get(REAL(from, i + middle / 2)), bi = get(IMAGINARY(from, i + middle / 2));
    floatv dr = ar - br, di = ai - bi;
    put(ar + br, REAL(to, at));
    put(ai + bi, IMAGINARY(to, at));
    put(dr * c + di * s, REAL(to, at + stride));
    put(di * c - dr * s, IMAGINARY(to, at + stride));
}

// |X[k]|^2 out of the transform of even + i odd samples.
static inline floatv power_of(__global const float *z, __global const float *twiddles, ulong middle,
                              ulong k)
{
    ulong one = k == middle ? 0 : k, other = k == 0 ? 0 : middle - k;
    floatv zr = get(REAL(z, one)), zi = get(IMAGINARY(z, one));
    floatv yr = get(REAL(z, other)), yi = get(IMAGINARY(z, other));
    float c = k == middle ? -1.0f : twiddles[2 * k], s = k == middle ? 0.0f : twiddles[2 * k + 1];
    floatv er = zr + yr, ei = zi - yi, odd_r = zi + yi, odd_i = yr - zr;
    floatv real = 0.5f * (er + (odd_r * c + odd_i * s));
    floatv imaginary = 0.5f * (ei + (odd_i * c - odd_r * s));
    return real * real + imaginary * imaginary;
}

static inline floatv energy_of(__global const float *power, __global const float *edges,
                               ulong middle, float hertz, ulong band)
{
    float left = edges[band], top = edges[band + 1], right = edges[band + 2];
    ulong first = (ulong)floor(left / hertz), last = min((ulong)ceil(right / hertz), middle);
    float rise = 1.0f / (top - left), fall = 1.0f / (right - top);
    floatv sum = (floatv)(0.0f);
    for (ulong k = first; k <= last; k++) {
        float f = (float)k * hertz;
        float weight = fmin((f - left) * rise, (right - f) * fall);
        if (weight > 0.0f)
            sum += get(power + k * VECTOR) * weight;
    }
    return sum;
}

// A group takes VECTOR frames at a time. Its memory, in `scratch` from `work` on: two buffers of
// size / 2 complex numbers for each lane. hertz: from bin to bin. y = factor log(...).
__kernel void log_mel(INOUT(const float, x), INOUT(float, y), __global float *scratch, ulong work,
                      ulong rows, ulong samples, ulong window, ulong hop, ulong before,
                      ulong frames, ulong size, ulong bands, float hertz, float least, float factor)
{
    AT(x);
    AT(y);
    struct frames of = {samples, window, hop, before, frames};
    ulong middle = size / 2, total = rows * frames;
    __global const float *twiddles = scratch + window, *edges = twiddles + size;
    __global float *memory = scratch + work + get_group_id(0) * 2 * size * VECTOR;
    FOR_EACH_ROW(strip, (total + VECTOR - 1) / VECTOR)
    {
        ulong first = strip * VECTOR;
        __global float *from = memory, *to = memory + size * VECTOR;
        struct lanes lanes;
        find_lanes(&lanes, of, first, total);
        for (ulong n = get_local_id(0); n < middle; n += get_local_size(0)) {
            put(windowed(&lanes, of, x, scratch, 2 * n), REAL(from, n));
            put(windowed(&lanes, of, x, scratch, 2 * n + 1), IMAGINARY(from, n));
        }
        TOGETHER;
        for (ulong stride = 1; stride < middle; stride *= 2) {
            for (ulong i = get_local_id(0); i < middle / 2; i += get_local_size(0))
                stage(from, to, twiddles, middle, stride, i);
            TOGETHER;
            __global float *next = from;
            from = to;
            to = next;
        }
        for (ulong k = get_local_id(0); k <= middle; k += get_local_size(0))
            put(power_of(from, twiddles, middle, k), to + k * VECTOR);
        TOGETHER;
        for (ulong band = get_local_id(0); band < bands; band += get_local_size(0)) {
            floatv energy = energy_of(to, edges, middle, hertz, band);
            float part[VECTOR];
            // NaN stays NaN
            VSTORE(factor * log(select(energy, (floatv)(least), energy < least)), 0, part);
            for (uint j = 0; j < VECTOR && first + j < total; j++) {
                ulong row = (first + j) / frames;
                y[(row * bands + band) * frames + (first + j - row * frames)] = part[j];
            }
        }
        TOGETHER;
    }
}
