// SPDX-License-Identifier: Apache-2.0
// Standardise: y = (x - mean) / deviation, with the statistics of the training rows as state.
#include "base/error.h"
#include "layers/layer.h"

static const char *const statistics_choices[] = {"auto", "channel", "feature", "all", NULL};

enum { MEAN, DEVIATION };

// Rows as [rows x before, channels, inner].
struct extent {
    size_t before, channels, inner;
};

static struct extent extent_of(const void *params, const struct ridge_row_shape *row)
{
    const ridge_standardise_params *p = params;
    ridge_statistics_of of = p->of;
    size_t count = ridge_row_count(row);
    if (of == RIDGE_STATISTICS_AUTO && !p->channels_last && row->rank < 3)
        of = row->rank == 1 ? RIDGE_STATISTICS_FEATURE : RIDGE_STATISTICS_ALL;
    if (of == RIDGE_STATISTICS_FEATURE)
        return (struct extent){1, count, 1};
    if (of == RIDGE_STATISTICS_ALL)
        return (struct extent){1, 1, count};
    if (!p->channels_last)
        return (struct extent){1, row->size[0], count / row->size[0]};
    size_t channels = row->size[row->rank - 1];
    return (struct extent){count / channels, channels, 1};
}

static ridge_tensor by_channel(const struct ridge_layer_run *run, const struct ridge_row_shape *row,
                               ridge_tensor tensor)
{
    struct extent e = extent_of(run->params, row);
    return ridge_tensor_reshaped(tensor, RIDGE_SHAPE(run->batch * e.before, e.channels, e.inner));
}

static ridge_status setup(const void *params, const struct ridge_row_shape *inputs,
                          struct ridge_layer_plan *plan)
{
    static const ridge_weight_params untreated;
    static const char *const names[] = {"mean", "deviation"};
    const ridge_standardise_params *p = params;
    bool by_channel = p->of == RIDGE_STATISTICS_AUTO || p->of == RIDGE_STATISTICS_CHANNEL;
    if (p->channels_last && !by_channel)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "channels_last: given, but the statistics are not "
                                                "those of channels");
    plan->output = inputs[0];
    for (int i = 0; i < 2; i++)
        plan->parameters[plan->parameter_count++] = (struct ridge_parameter_spec){
            .name = names[i],
            .is_state = true,
            .rank = 1,
            .shape = {extent_of(params, &inputs[0]).channels},
            .treatment = &untreated,
            .fallback = RIDGE_INIT_ZEROS,
        };
    return RIDGE_OK;
}

static ridge_status adapt(const struct ridge_layer_run *run, ridge_tensor x, float scale,
                          float shift)
{
    const struct ridge_row_shape *stored = run->input_row[0];
    size_t wanted = ridge_tensor_count(&run->parameter[MEAN]),
           found = extent_of(run->params, stored).channels;
    char text[96];
    if (found != wanted) // where augmentation crops, features of stored rows are others
        return ridge_fail(
            RIDGE_ERROR_SHAPE,
            "of: expected rows that have statistics of %zu channels, got %zu of rows of "
            "shape %s; with of: channel the size of images does not matter",
            wanted, found, ridge_row_text(stored, text));
    return ridge_standardise_find(run->on, by_channel(run, stored, x), scale, shift,
                                  run->parameter[MEAN], run->parameter[DEVIATION]);
}

static ridge_status forward(const struct ridge_layer_run *run)
{
    return ridge_standardise_apply(run->on, by_channel(run, &run->plan->output, run->input[0]),
                                   run->parameter[MEAN], run->parameter[DEVIATION], run->output);
}

static const ridge_field fields[] = {
    {"of", RIDGE_FIELD_NAME, offsetof(ridge_standardise_params, of), .choices = statistics_choices,
     .help = "a mean and deviation of each channel, feature or all; auto: by the rank of rows"},
    {"channels_last", RIDGE_FIELD_BOOL, offsetof(ridge_standardise_params, channels_last),
     .help = "rows are [..., channels]"},
    RIDGE_NAME_FIELD(ridge_standardise_params),
    {0},
};

// Before it lies but the input, which has no gradient: no backward.
const struct ridge_layer_class ridge_layer_class_standardise = {
    .info = {"standardise", "y = (x - mean) / deviation, statistics of the training rows", fields,
             sizeof(ridge_standardise_params), 1},
    .setup = setup,
    .adapt = adapt,
    .forward = forward,
};
