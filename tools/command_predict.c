// SPDX-License-Identifier: Apache-2.0
// ridge predict: outputs of a saved model, a row of comma-separated values for each row of data;
// with
// --samples their means and deviations over passes with dropout on.
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "file.h"

// How outputs become columns.
struct layout {
    bool has_class; // a cross-entropy: probabilities, and a class first
    bool binary;    // one probability, of class 1
    size_t outputs;
    const char *prefix; // of the columns' names
};

static struct layout choose_layout(const ridge_network *network)
{
    ridge_loss loss = ridge_network_settings(network)->loss;
    struct layout layout = {.outputs = ridge_network_output_size(network), .prefix = "y"};
    layout.binary = loss == RIDGE_BINARY_CROSS_ENTROPY && layout.outputs == 1;
    layout.has_class = layout.binary || loss == RIDGE_SOFTMAX_CROSS_ENTROPY;
    if (layout.has_class || loss == RIDGE_BINARY_CROSS_ENTROPY)
        layout.prefix = "p";
    return layout;
}

static size_t class_of(const struct layout *layout, const float *outputs)
{
    if (layout->binary)
        return outputs[0] > 0.5f;
    size_t best = 0;
    for (size_t i = 1; i < layout->outputs; i++)
        if (outputs[i] > outputs[best])
            best = i;
    return best;
}

// What there is to write, [rows, outputs].
struct prediction {
    size_t rows;
    float *outputs;
    float *deviations; // NULL: none
};

static void write_names(FILE *stream, const struct layout *layout, const char *ending)
{
    for (size_t i = 0; i < layout->outputs; i++)
        fprintf(stream, ",%s%zu%s", layout->prefix, layout->binary ? 1 : i, ending);
}

static void write_values(FILE *stream, const struct layout *layout, const float *values)
{
    for (size_t i = 0; i < layout->outputs; i++)
        fprintf(stream, ",%.9g", (double)values[i]);
}

static void write_rows(FILE *stream, const struct layout *layout,
                       const struct prediction *prediction)
{
    fputs(layout->has_class ? "row,class" : "row", stream);
    write_names(stream, layout, "");
    if (prediction->deviations)
        write_names(stream, layout, "_deviation");
    fputc('\n', stream);
    for (size_t row = 0; row < prediction->rows; row++) {
        const float *values = prediction->outputs + row * layout->outputs;
        fprintf(stream, "%zu", row);
        if (layout->has_class)
            fprintf(stream, ",%zu", class_of(layout, values));
        write_values(stream, layout, values);
        if (prediction->deviations)
            write_values(stream, layout, prediction->deviations + row * layout->outputs);
        fputc('\n', stream);
    }
}

static int write_outputs(const char *out, const struct layout *layout,
                         const struct prediction *prediction)
{
    if (!out) {
        write_rows(stdout, layout, prediction);
        return STATUS_DONE;
    }
    struct new_file file;
    if (!file_begin(&file, out))
        return STATUS_FAILED;
    write_rows(file.stream, layout, prediction);
    return file_end(&file) ? STATUS_DONE : STATUS_FAILED;
}

// samples 0: dropout off.
static int predict(const struct model_use *use, const char *out, size_t samples)
{
    struct layout layout = choose_layout(use->network);
    struct prediction prediction = {.rows = ridge_dataset_count(use->data)};
    prediction.outputs = allocate(prediction.rows, layout.outputs * sizeof(float));
    if (samples)
        prediction.deviations = allocate(prediction.rows, layout.outputs * sizeof(float));
    ridge_status failed =
        samples ? ridge_network_predict_samples(use->network, use->data,
                                                ridge_sample_params(.samples = samples),
                                                prediction.outputs, prediction.deviations)
                : ridge_network_predict(use->network, use->data, prediction.outputs);
    int status = failed ? fail_library() : write_outputs(out, &layout, &prediction);
    free(prediction.outputs);
    free(prediction.deviations);
    return status;
}

int command_predict(int argc, char **argv)
{
    struct data_source source = {.read.part = "test"};
    const char *device = NULL, *out = NULL;
    size_t samples = 0;
    const struct option_row options[] = {
        DATA_SOURCE_OPTIONS(source),
        {"device", OPTION_TEXT, &device, "D", "1:0, gpu, cpu or part of a name"},
        {"samples", OPTION_COUNT, &samples, "N",
         "that many passes with dropout on: means, and deviations behind them"},
        {"out", OPTION_TEXT, &out, "FILE.csv", "instead of standard output"},
        {0},
    };
    const struct usage usage = {
        "ridge predict",
        "MODEL DATA",
        "Prints what a model makes of each row: class and probabilities, or plain outputs. Data\n"
        "without a target: --label none for csv.",
        2,
        2,
        options};
    char **arguments;
    size_t count;
    int status = options_parse(&usage, argc, argv, &arguments, &count);
    if (status != OPTIONS_PARSED)
        return status;
    struct model_use use;
    status =
        model_open(&use, arguments, source, device) ? predict(&use, out, samples) : STATUS_FAILED;
    model_close(&use);
    return status;
}
