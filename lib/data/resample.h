// SPDX-License-Identifier: Apache-2.0
// Another rate for a sound, by libsamplerate where the build has it.
#ifndef RIDGE_DATA_RESAMPLE_H
#define RIDGE_DATA_RESAMPLE_H

#include "data/sound.h"

// So many samples, of the lower of both rates, on either side count for one of the result; more
// than the filter has.
#define RIDGE_RESAMPLE_REACH 128.0

// Samples of so many seconds, at least one.
size_t ridge_sound_length(float seconds, size_t rate);

// Replaces the samples: count rate / sound->rate of them, rounded. `name` is the file's.
ridge_status ridge_resample(const char *name, size_t rate, struct ridge_sound *sound);

#endif
