// SPDX-License-Identifier: Apache-2.0
// Rows of samples as log-mel spectrograms.
#include "ops/log_mel.h"

#include <math.h>

#include "base/error.h"
#include "layers/layer.h"

static const char *const scale_choices[] = {"htk", "slaney", NULL};

// Bands between whose edges no frequency of the transform lies.
static void warn_of_empty_bands(const ridge_log_mel_params *params)
{
    struct ridge_log_mel_sizes sizes = ridge_log_mel_sizes(params);
    double hertz = (double)params->sample_rate / (double)sizes.transform;
    size_t empty = 0;
    for (size_t b = 0; b < sizes.bands; b++) {
        double left = ridge_log_mel_edge(params, b), right = ridge_log_mel_edge(params, b + 2);
        empty += (floor(left / hertz) + 1) * hertz >= right;
    }
    if (empty)
        ridge_log(RIDGE_LOG_WARNING,
                  "log_mel: %zu of %zu bands are narrower than the %g Hz that a window of %zu "
                  "samples tells apart, and see nothing; fewer bands or a longer window would do",
                  empty, sizes.bands, hertz, sizes.window);
}

static ridge_status setup(const void *params, const struct ridge_row_shape *inputs,
                          struct ridge_layer_plan *plan)
{
    const ridge_log_mel_params *p = params;
    const struct ridge_row_shape *row = &inputs[0];
    char text[96];
    if (row->rank != 1 && !(row->rank == 2 && row->size[0] == 1))
        return ridge_fail(RIDGE_ERROR_SHAPE, "expected rows [samples] or [1, samples], got %s",
                          ridge_row_text(row, text));
    size_t samples = row->size[row->rank - 1];
    RIDGE_TRY(ridge_log_mel_check(p, samples));
    warn_of_empty_bands(p);
    plan->output = (struct ridge_row_shape){
        .rank = 3,
        .size = {1, ridge_log_mel_sizes(p).bands, ridge_log_mel_frames(p, samples)},
    };
    return RIDGE_OK;
}

static ridge_status forward(const struct ridge_layer_run *run)
{
    size_t samples = ridge_row_count(run->input_row[0]);
    ridge_tensor x = ridge_tensor_reshaped(run->input[0], RIDGE_SHAPE(run->batch, samples));
    return ridge_log_mel_apply(run->on, run->params, x, run->output);
}

static const ridge_field fields[] = {
    {"sample_rate", RIDGE_FIELD_FLOAT, offsetof(ridge_log_mel_params, sample_rate), 0, HUGE_VAL,
     .minimum_excluded = true, .required = true, .help = "samples a second"},
    {"window", RIDGE_FIELD_SIZE, offsetof(ridge_log_mel_params, window), 2, RIDGE_LOG_MEL_WINDOW,
     .fallback = "512", .help = "samples of a frame"},
    {"hop", RIDGE_FIELD_SIZE, offsetof(ridge_log_mel_params, hop), 1, 1 << 30,
     .fallback = "window / 2", .help = "samples from frame to frame"},
    {"bands", RIDGE_FIELD_SIZE, offsetof(ridge_log_mel_params, bands), 1, 4096, .fallback = "64",
     .help = "how many"},
    {"low", RIDGE_FIELD_FLOAT, offsetof(ridge_log_mel_params, low), 0, HUGE_VAL,
     .help = "Hz, where the bands begin"},
    {"high", RIDGE_FIELD_FLOAT, offsetof(ridge_log_mel_params, high), 0, HUGE_VAL,
     .fallback = "sample_rate / 2", .help = "Hz, where they end"},
    {"floor", RIDGE_FIELD_FLOAT, offsetof(ridge_log_mel_params, floor), 0, HUGE_VAL,
     .minimum_excluded = true, .fallback = "1e-10", .help = "the least power that counts"},
    {"scale", RIDGE_FIELD_NAME, offsetof(ridge_log_mel_params, scale), .choices = scale_choices,
     .help = "on which bands are equally wide"},
    {"decibels", RIDGE_FIELD_BOOL, offsetof(ridge_log_mel_params, decibels),
     .help = "10 log10 instead of the natural logarithm"},
    {"centre", RIDGE_FIELD_BOOL, offsetof(ridge_log_mel_params, centre),
     .help = "frames are around their sample, with zeros beside the row"},
    RIDGE_NAME_FIELD(ridge_log_mel_params),
    {0},
};

// Before it lies but the input, which has no gradient: no backward.
const struct ridge_layer_class ridge_layer_class_log_mel = {
    .info = {"log_mel",
             "y = log(mel bands of the power spectrum): sounds to images [1, bands, frames]",
             fields, sizeof(ridge_log_mel_params), 1},
    .behind_input = "since it has no gradient",
    .setup = setup,
    .forward = forward,
};
