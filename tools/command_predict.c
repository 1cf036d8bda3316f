// SPDX-License-Identifier: Apache-2.0
// ridge predict: outputs of a saved model, a row of comma-separated values for each row of data.
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

static void write_rows(FILE *stream, const struct layout *layout, const float *outputs,
                       size_t count)
{
    fputs(layout->has_class ? "row,class" : "row", stream);
    for (size_t i = 0; i < layout->outputs; i++)
        fprintf(stream, ",%s%zu", layout->prefix, layout->binary ? 1 : i);
    fputc('\n', stream);
    for (size_t row = 0; row < count; row++) {
        const float *values = outputs + row * layout->outputs;
        fprintf(stream, "%zu", row);
        if (layout->has_class)
            fprintf(stream, ",%zu", class_of(layout, values));
        for (size_t i = 0; i < layout->outputs; i++)
            fprintf(stream, ",%.9g", (double)values[i]);
        fputc('\n', stream);
    }
}

static int write_outputs(const char *out, const struct layout *layout, const float *outputs,
                         size_t count)
{
    if (!out) {
        write_rows(stdout, layout, outputs, count);
        return STATUS_DONE;
    }
    struct new_file file;
    if (!file_begin(&file, out))
        return STATUS_FAILED;
    write_rows(file.stream, layout, outputs, count);
    return file_end(&file) ? STATUS_DONE : STATUS_FAILED;
}

static int predict(const struct model_use *use, const char *out)
{
    struct layout layout = choose_layout(use->network);
    size_t count = ridge_dataset_count(use->data);
    float *outputs = allocate(count, layout.outputs * sizeof(*outputs));
    int status = ridge_network_predict(use->network, use->data, outputs)
                     ? fail_library()
                     : write_outputs(out, &layout, outputs, count);
    free(outputs);
    return status;
}

int command_predict(int argc, char **argv)
{
    struct data_source source = {.read.part = "test"};
    const char *device = NULL, *out = NULL;
    const struct option_row options[] = {
        DATA_SOURCE_OPTIONS(source),
        {"device", OPTION_TEXT, &device, "D", "1:0, gpu, cpu or part of a name"},
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
    status = model_open(&use, arguments, source, device) ? predict(&use, out) : STATUS_FAILED;
    model_close(&use);
    return status;
}
