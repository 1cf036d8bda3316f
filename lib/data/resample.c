// SPDX-License-Identifier: Apache-2.0
// Sinc interpolation with a low-pass at the lower of both rates: libsamplerate's medium quality has
// 121 dB of signal to noise and keeps 90 % of the band.
#include "data/resample.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"

#if RIDGE_HAVE_SAMPLERATE
#include <samplerate.h>
#endif

size_t ridge_sound_length(float seconds, size_t rate)
{
    double count = round((double)seconds * (double)rate);
    return count < 1 ? 1 : (size_t)fmin(count, 1e15);
}

#if RIDGE_HAVE_SAMPLERATE

ridge_status ridge_resample(const char *name, size_t rate, struct ridge_sound *sound)
{
    double ratio = (double)rate / (double)sound->rate;
    double count = fmax(round((double)sound->count * ratio), 1);
    if (!src_is_valid_ratio(ratio) || count > (double)RIDGE_SOUND_LIMIT)
        return ridge_fail(RIDGE_ERROR_DATA,
                          "%s: cannot turn %zu samples at %zu Hz into %.0f at %zu Hz: expected "
                          "rates within 256 times each other and at most %zu samples",
                          name, sound->count, sound->rate, count, rate, RIDGE_SOUND_LIMIT);
    float *samples = ridge_allocate((size_t)count, sizeof(*samples));
    if (!samples)
        return RIDGE_ERROR_MEMORY;
    SRC_DATA data = {
        .data_in = sound->samples,
        .input_frames = (long)sound->count,
        .data_out = samples,
        .output_frames = (long)count,
        .src_ratio = ratio,
    };
    int error = src_simple(&data, SRC_SINC_MEDIUM_QUALITY, 1);
    if (error) {
        free(samples);
        return ridge_fail(RIDGE_ERROR_DATA, "%s: cannot change its rate: %s", name,
                          src_strerror(error));
    }
    free(sound->samples);
    // where one sample less came out, the last one is 0
    *sound = (struct ridge_sound){.samples = samples, .count = (size_t)count, .rate = rate};
    return RIDGE_OK;
}

#else

ridge_status ridge_resample(const char *name, size_t rate, struct ridge_sound *sound)
{
    return ridge_fail(RIDGE_ERROR_UNSUPPORTED,
                      "%s: expected %zu samples a second, got %zu; this build of ridge lacks "
                      "libsamplerate, which would change that",
                      name, rate, sound->rate);
}

#endif
