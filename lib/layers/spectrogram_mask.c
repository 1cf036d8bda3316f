// SPDX-License-Identifier: Apache-2.0
// SpecAugment: masked stripes of spectrograms in training. Backward draws the same masks again;
// inference is the identity.
#include <ridge/audio.h>

#include "base/error.h"
#include "layers/layer.h"

static bool is_random(const void *params)
{
    const ridge_spectrogram_mask_params *mask = params;
    return (mask->time_masks && mask->time_width) ||
           (mask->frequency_masks && mask->frequency_width);
}

static bool is_alias(const void *params, struct ridge_pass pass)
{
    return !pass.random || !is_random(params);
}

static ridge_status check_width(const char *name, const char *masks, size_t count, size_t width,
                                size_t size)
{
    if (count && (!width || width > size))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "%s: expected 1 to %zu with %s, got %zu", name,
                          size, masks, width);
    if (!count && width)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "%s: expected %s with it, which says how many",
                          name, masks);
    return RIDGE_OK;
}

static ridge_status setup(const void *params, const struct ridge_row_shape *inputs,
                          struct ridge_layer_plan *plan)
{
    const ridge_spectrogram_mask_params *mask = params;
    const struct ridge_row_shape *row = &inputs[0];
    char text[96];
    if (row->rank < 2)
        return ridge_fail(RIDGE_ERROR_SHAPE, "expected rows [..., bands, frames], got %s",
                          ridge_row_text(row, text));
    if (!mask->time_masks && !mask->frequency_masks)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "time_masks, frequency_masks: expected one of them above 0");
    plan->output = *row;
    RIDGE_TRY(check_width("time_width", "time_masks", mask->time_masks, mask->time_width,
                          row->size[row->rank - 1]));
    return check_width("frequency_width", "frequency_masks", mask->frequency_masks,
                       mask->frequency_width, row->size[row->rank - 2]);
}

static ridge_tensor as_spectrograms(const struct ridge_layer_run *run, ridge_tensor tensor)
{
    const struct ridge_row_shape *row = &run->plan->output;
    size_t bands = row->size[row->rank - 2], frames = row->size[row->rank - 1];
    size_t channels = ridge_row_count(row) / bands / frames;
    return ridge_tensor_reshaped(tensor, RIDGE_SHAPE(run->batch, channels, bands, frames));
}

static ridge_status forward(const struct ridge_layer_run *run)
{
    return ridge_spectrogram_mask_apply(run->on, run->params, &run->random,
                                        as_spectrograms(run, run->input[0]),
                                        as_spectrograms(run, run->output));
}

static ridge_status backward(const struct ridge_layer_run *run)
{
    if (!run->input_gradient[0].buffer)
        return RIDGE_OK;
    return ridge_spectrogram_mask_backward(
        run->on, run->params, &run->random, as_spectrograms(run, run->output_gradient),
        as_spectrograms(run, run->input_gradient[0]), run->accumulate[0]);
}

static const ridge_field fields[] = {
    {"time_masks", RIDGE_FIELD_SIZE, offsetof(ridge_spectrogram_mask_params, time_masks), 0,
     RIDGE_MOST_MASKS, .help = "how many stripes of time"},
    {"frequency_masks", RIDGE_FIELD_SIZE, offsetof(ridge_spectrogram_mask_params, frequency_masks),
     0, RIDGE_MOST_MASKS, .help = "how many stripes of frequency"},
    {"time_width", RIDGE_FIELD_SIZE, offsetof(ridge_spectrogram_mask_params, time_width), 0,
     1 << 30, .help = "the widest one, in frames; the width is uniform from 0 on"},
    {"frequency_width", RIDGE_FIELD_SIZE, offsetof(ridge_spectrogram_mask_params, frequency_width),
     0, 1 << 30, .help = "the widest one, in bands"},
    {"time_share", RIDGE_FIELD_FLOAT, offsetof(ridge_spectrogram_mask_params, time_share), 0, 1,
     .minimum_excluded = true, .fallback = "1",
     .help = "of the frames, that a stripe of time covers at most"},
    {"mean", RIDGE_FIELD_BOOL, offsetof(ridge_spectrogram_mask_params, mean),
     .help = "masked elements become the row's mean, else 0"},
    RIDGE_NAME_FIELD(ridge_spectrogram_mask_params),
    {0},
};

const struct ridge_layer_class ridge_layer_class_spectrogram_mask = {
    .info = {"spectrogram_mask",
             "SpecAugment: in training stripes of time and frequency are masked", fields,
             sizeof(ridge_spectrogram_mask_params), 1},
    .is_alias = is_alias,
    .is_random = is_random,
    .setup = setup,
    .forward = forward,
    .backward = backward,
};
