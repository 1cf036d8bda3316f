// SPDX-License-Identifier: Apache-2.0
// Random numbers, dropout and noise. What ridge/ops.h says of launchers, tensors and errors holds
// here.
#ifndef RIDGE_RANDOM_H
#define RIDGE_RANDOM_H

#include <ridge/base.h>
#include <ridge/device.h>
#include <ridge/tensor.h>

RIDGE_API_BEGIN

// Randomness is a pure function: Philox4x32-10 with key (seed low, seed high) and counter
// (block low, block high, step, stream). Element e takes word (e / 16) % 4 of the block
// (e / 64) * 16 + e % 16, so that 16 neighbouring elements are one vector on any device.
typedef struct ridge_random {
    uint64_t seed;
    uint32_t stream;      // tells uses apart, e.g. one number per layer
    uint32_t step;        // tells training steps apart
    ridge_tensor step_at; // uint32 [1] on the device, added to step when the kernel runs, so that a
                          // recorded plan draws anew each time; "no tensor": nothing is added
} ridge_random;

// Inverted dropout: y[e] = word(e) < (1 - rate) 2^32 ? x[e] / (1 - rate) : 0. rate in [0, 1]: 0 is
// the identity, 1 gives zeros. Backward is the same call on dy with the same `random`: masks are
// drawn again, never stored. accumulate: y += instead. x and y may be the same.
// Srivastava et al. 2014; the inverted form as in the texts: `a * (rand < keep) / keep`.
RIDGE_API ridge_status ridge_dropout_apply(ridge_launcher *on, float rate,
                                           const ridge_random *random, ridge_tensor x,
                                           ridge_tensor y, bool accumulate);
// The same for whole channels (spatial dropout, Tompson et al. 2015): one draw for each sample and
// channel, word(sample * channels + channel), shared by all positions. x [samples, channels,
// positions], or [samples, positions, channels] with channels_last.
RIDGE_API ridge_status ridge_dropout_channels(ridge_launcher *on, float rate,
                                              const ridge_random *random, bool channels_last,
                                              ridge_tensor x, ridge_tensor y, bool accumulate);

// Alpha dropout, for what comes out of selu (Klambauer et al. 2017): y = a (kept ? x : s) + b, with
// the same mask as ridge_dropout_apply, s = -1.7580993408473766 the value that selu tends to,
// a = ((1 - rate) (1 + rate s^2))^(-1/2) and b = -a rate s. Mean 0 and variance 1 stay as they are.
// rate in [0, 1). x and y may be the same.
RIDGE_API ridge_status ridge_alpha_dropout_apply(ridge_launcher *on, float rate,
                                                 const ridge_random *random, ridge_tensor x,
                                                 ridge_tensor y);
// dx = kept ? a dy : 0, or dx += when `accumulate`, with the mask of the same `random`.
RIDGE_API ridge_status ridge_alpha_dropout_backward(ridge_launcher *on, float rate,
                                                    const ridge_random *random, ridge_tensor dy,
                                                    ridge_tensor dx, bool accumulate);

// n(e) is normal with mean 0 and deviation 1: the value below which a normal number lies with
// probability word(e) 2^-32 + 2^-33, so |n| < 6.34. The kernels compute it with a relative error of
// at most 1e-6, and the same bits on every device. ridge_random_normal takes two words for a number
// and gives others.

// Gaussian dropout: y[e] = x[e] (1 + sqrt(rate / (1 - rate)) n(e)), of the variance that inverted
// dropout has (Srivastava et al. 2014, section 10). rate in [0, 1). Backward is the same call on dy
// with the same `random`. accumulate: y += instead. x and y may be the same.
RIDGE_API ridge_status ridge_gaussian_dropout_apply(ridge_launcher *on, float rate,
                                                    const ridge_random *random, ridge_tensor x,
                                                    ridge_tensor y, bool accumulate);
// Gaussian noise: y[e] = x[e] + deviation n(e), deviation >= 0. x and y may be the same. Its
// derivative is 1.
RIDGE_API ridge_status ridge_gaussian_noise_apply(ridge_launcher *on, float deviation,
                                                  const ridge_random *random, ridge_tensor x,
                                                  ridge_tensor y);

// Element e of the stream on the host: the same words that the kernels draw. These three do not
// read `step_at`, and compute in double precision.
RIDGE_API uint32_t ridge_random_word(const ridge_random *random, uint64_t element);
// word 2^-32 + 2^-33: uniform in (0, 1).
RIDGE_API double ridge_random_uniform(const ridge_random *random, uint64_t element);
// Box-Muller on elements 2 e and 2 e + 1: normal with mean 0 and deviation 1.
RIDGE_API double ridge_random_normal(const ridge_random *random, uint64_t element);

RIDGE_API_END

#endif
