// SPDX-License-Identifier: Apache-2.0
// Sounds: spectrograms of rows of samples, and masks over them. ridge_dataset_read("audio", ...)
// reads such rows from WAV and FLAC files (data.h); docs/augmentation.md has a section on sounds.
// What ridge/ops.h says of launchers, tensors and errors holds for the ops here.
#ifndef RIDGE_AUDIO_H
#define RIDGE_AUDIO_H

#include <ridge/base.h>
#include <ridge/layers.h>
#include <ridge/random.h>

RIDGE_API_BEGIN

// From a frequency f in Hz to its pitch.
typedef enum ridge_mel_scale {
    RIDGE_MEL_HTK = 0, // 2595 log10(1 + f / 700)
    RIDGE_MEL_SLANEY   // 3 f / 200 below 1000 Hz, above it 15 + 27 ln(f / 1000) / ln 6.4
} ridge_mel_scale;

typedef struct ridge_log_mel_params {
    float sample_rate;     // samples a second; required
    size_t window;         // samples of a frame, from 2; 0: 512
    size_t hop;            // samples from frame to frame; 0: half the window
    size_t bands;          // 0: 64
    float low, high;       // Hz, the ends of the bands; high 0: half the sample rate
    float floor;           // the least power that counts, above 0; 0: 1e-10
    ridge_mel_scale scale; // on which the bands are equally wide
    bool decibels;         // 10 log10 instead of the natural logarithm
    bool centre;           // frame t is around sample t hop, with zeros beside the row; else it
                           // begins there
    const char *name;
} ridge_log_mel_params;
#define ridge_log_mel_params(...) RIDGE_PARAMS(ridge_log_mel_params, __VA_ARGS__)

// The log-mel spectrogram of rows [samples] or [1, samples], as images of one channel [1, bands,
// frames]. With N the window, or the next power of two where it is none:
//   frames = 1 + (samples - window) / hop, centred 1 + samples / hop
//   X[k]   = sum over n of x[t hop + n] hann(n) exp(-2 pi i k n / N), k = 0 ... N / 2
//   hann   = sin^2(pi n / window), n = 0 ... window - 1 (the periodic one)
//   e[b]   = sum over k of w[b, k] |X[k]|^2
//   y[b]   = log(max(e[b], floor))
// w are triangles over the frequencies k sample_rate / N, linear in Hz: band b rises from edge b to
// 1 at edge b + 1 and falls to edge b + 2, of bands + 2 edges between low and high that are equally
// far apart on the scale. That is what torchaudio calls MelSpectrogram(power=2, norm=None,
// center=centre, pad_mode="constant") with n_fft N and win_length window, but for the place of a
// shorter window (torchaudio puts it into the middle of n_fft, which changes phases only), followed
// by clamp(floor).log(). Keras' MelSpectrogram has triangles that are linear on the scale, and cuts
// decibels off at 80 below the largest of all.
//
// Only directly behind the input: there is no gradient. Inference does the same. Bands too narrow
// for the window to see are warned of in the log; they are log(floor).
RIDGE_API ridge_node ridge_log_mel(ridge_network *network, ridge_node x,
                                   const ridge_log_mel_params *params);

// How many frames a row of so many samples has; 0: it is too short.
RIDGE_API size_t ridge_log_mel_frames(const ridge_log_mel_params *params, size_t samples);

// The same as an op: x [rows, samples] to y [rows, bands, frames].
RIDGE_API ridge_status ridge_log_mel_apply(ridge_launcher *on, const ridge_log_mel_params *params,
                                           ridge_tensor x, ridge_tensor y);

#define RIDGE_MOST_MASKS 8 // of either kind

typedef struct ridge_spectrogram_mask_params {
    size_t time_masks, frequency_masks; // how many; one of them above 0
    size_t time_width;                  // the widest time mask, in frames
    size_t frequency_width;             // the widest frequency mask, in bands
    float time_share; // of the frames, that a time mask covers at most, (0, 1]; 0: 1
    bool mean;        // what is masked becomes the mean of the row; else 0
    const char *name;
} ridge_spectrogram_mask_params;
#define ridge_spectrogram_mask_params(...) RIDGE_PARAMS(ridge_spectrogram_mask_params, __VA_ARGS__)

// SpecAugment (Park et al. 2019): in training stripes of each spectrogram are masked. Rows [...,
// bands, frames]; the channels of a row have the same masks. Each mask has a width, uniform in 0
// ... largest, and begins uniformly where it fits: whole numbers, both ends included. (The paper
// has the same but for the last place; torchaudio draws real numbers below the largest width and
// rounds them down.) Masks may overlap. They are a function of (seed, layer, step, row), the same
// on every device. 0 is the mean only where the spectrogram was standardised. In inference: the
// identity.
RIDGE_API ridge_node ridge_spectrogram_mask(ridge_network *network, ridge_node x,
                                            const ridge_spectrogram_mask_params *params);

// The same as ops. x, y [rows, channels, bands, frames]. Mask j of row r, of n = time_masks +
// frequency_masks, time first, takes the words (see ridge_random) of the elements 2 (r n + j) and
// the next: width = floor(word (widest + 1) / 2^32), start = floor(word (size - width + 1) / 2^32).
RIDGE_API ridge_status ridge_spectrogram_mask_apply(ridge_launcher *on,
                                                    const ridge_spectrogram_mask_params *params,
                                                    const ridge_random *random, ridge_tensor x,
                                                    ridge_tensor y);
// dx, or += when `accumulate`: dy where nothing is masked, else 0; with `mean` plus the sum of the
// masked dy over the size of the row.
RIDGE_API ridge_status ridge_spectrogram_mask_backward(ridge_launcher *on,
                                                       const ridge_spectrogram_mask_params *params,
                                                       const ridge_random *random, ridge_tensor dy,
                                                       ridge_tensor dx, bool accumulate);

RIDGE_API_END

#endif
