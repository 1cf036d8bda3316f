// SPDX-License-Identifier: Apache-2.0
// A WAV or FLAC file as samples: libsndfile decodes, libsamplerate changes the rate.
#ifndef RIDGE_DATA_SOUND_H
#define RIDGE_DATA_SOUND_H

#include "data/gzip.h"

// A file of more samples is refused unless only a part of it is asked for.
#define RIDGE_SOUND_LIMIT ((size_t)1 << 27)

struct ridge_sound {
    float *samples; // the mean of all channels; PCM lies in [-1, 1). The caller's to free()
    size_t count, rate;
};

// What is asked of a file.
struct ridge_sound_wish {
    size_t rate;   // samples a second; 0: the file's
    float seconds; // the first ones; 0: all. A shorter file stays shorter
};

// Whether this build can decode at all; otherwise fails with which library it lacks.
ridge_status ridge_sound_check(void);

// Errors, each with the file's name: RIDGE_ERROR_FORMAT for what is neither WAV nor FLAC, for
// damaged and truncated files and those without a sample; RIDGE_ERROR_DATA for samples that are not
// finite and for files beyond the limit; RIDGE_ERROR_UNSUPPORTED for a change of the rate that
// needs libsamplerate where the build lacks it; RIDGE_ERROR_MEMORY.
ridge_status ridge_sound_decode(const struct ridge_source *source,
                                const struct ridge_sound_wish *wish, struct ridge_sound *sound);

#endif
