// SPDX-License-Identifier: Apache-2.0
// Lines, objects and the history file of training.
#include "training_report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "command.h"
#include "file.h"

// A run of many short epochs is told in about this many lines where there is no terminal.
#define MOST_LINES 200
#define SECONDS_A_LINE 0.1 // where there is one, and the line is replaced

void report_network(const ridge_network *network)
{
    ridge_layer_summary layer;
    say("%-20s %-12s %-18s %12s", "layer", "kind", "output", "parameters");
    for (size_t i = 0; ridge_network_layer(network, i, &layer); i++) {
        char shape[96];
        say("%-20s %-12s %-18s %12zu", layer.name, layer.kind,
            print_shape(layer.shape, layer.rank, shape), layer.parameters);
    }
    say("%-52s %12zu", "", ridge_network_parameter_count(network));
}

void report_memory(const ridge_memory *memory)
{
    char total[24], parameters[24], activations[24], scratch[24], data[24];
    say("device memory at most %s: parameters %s, activations %s, scratch %s, data %s",
        print_bytes(memory->total, total), print_bytes(memory->parameters, parameters),
        print_bytes(memory->activations, activations), print_bytes(memory->scratch, scratch),
        print_bytes(memory->data, data));
}

// `done` epochs, in part perhaps.
static void show(const struct training_report *report, double done, double loss, double accuracy)
{
    char remaining[24], share[32] = "";
    double elapsed = seconds_now() - report->started;
    if (done <= 0 || elapsed <= 0)
        return;
    print_duration(elapsed / done * ((double)report->epochs - done), remaining);
    if (isfinite(accuracy))
        snprintf(share, sizeof(share), "  accuracy %.2f %%", 100 * accuracy);
    say_progress("epoch %.2f of %zu  %.0f rows/s  loss %.4g%s  %s left", done, report->epochs,
                 done * (double)report->rows / elapsed, loss, share, remaining);
}

void report_progress(const struct training_report *report, const ridge_progress *progress)
{
    double part = (double)progress->rows / (double)progress->rows_total;
    show(report, (double)(progress->epoch - 1) + part, progress->loss, progress->accuracy);
}

static void print_epoch_json(const ridge_epoch *epoch)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "epoch", (double)epoch->epoch);
    cJSON_AddNumberToObject(object, "loss", epoch->loss);
    cJSON_AddNumberToObject(object, "accuracy", epoch->accuracy);
    cJSON_AddNumberToObject(object, "val_loss", epoch->val_loss);
    cJSON_AddNumberToObject(object, "val_accuracy", epoch->val_accuracy);
    cJSON_AddNumberToObject(object, "penalty", epoch->penalty);
    cJSON_AddNumberToObject(object, "rate", epoch->rate);
    cJSON_AddNumberToObject(object, "seconds", epoch->seconds);
    cJSON_AddBoolToObject(object, "improved", epoch->improved);
    cJSON_AddBoolToObject(object, "reduced", epoch->reduced);
    const struct {
        const char *name;
        double value;
    } norms[] = {{"norm", epoch->weight_norm},
                 {"gradient_norm", epoch->gradient_norm},
                 {"largest_gradient_norm", epoch->largest_gradient_norm},
                 {"clipped", epoch->clipped},
                 {"not_finite", epoch->not_finite}};
    for (size_t i = 0; i < sizeof(norms) / sizeof(norms[0]); i++)
        if (!isnan(norms[i].value))
            cJSON_AddNumberToObject(object, norms[i].name, norms[i].value);
    print_json(object);
}

static int append(char *text, size_t size, const char *name, double value, double factor,
                  const char *unit)
{
    return isnan(value) ? 0 : snprintf(text, size, "  %s %.4g%s", name, factor * value, unit);
}

static void say_epoch(const struct training_report *report, const ridge_epoch *epoch)
{
    char text[256];
    int at = snprintf(text, sizeof(text), "epoch %zu/%zu", epoch->epoch, report->epochs);
    at += append(text + at, sizeof(text) - (size_t)at, "loss", epoch->loss, 1, "");
    at += append(text + at, sizeof(text) - (size_t)at, "accuracy", epoch->accuracy, 100, " %");
    at += append(text + at, sizeof(text) - (size_t)at, "val_loss", epoch->val_loss, 1, "");
    at += append(text + at, sizeof(text) - (size_t)at, "val_accuracy", epoch->val_accuracy, 100,
                 " %");
    if (report->rates)
        at += append(text + at, sizeof(text) - (size_t)at, "rate", epoch->rate, 1, "");
    append(text + at, sizeof(text) - (size_t)at, "seconds", epoch->seconds, 1, "");
    say("%s%s", text, epoch->improved ? " *" : "");
}

// Many short epochs get a line that changes on a terminal, and some lines elsewhere.
void report_epoch(struct training_report *report, const ridge_epoch *epoch)
{
    bool last = epoch->epoch == report->epochs;
    if (report->json) {
        print_epoch_json(epoch);
    } else if (last || report->epochs <= MOST_LINES) {
        say_epoch(report, epoch);
    } else if (!progress_is_shown()) {
        if (epoch->epoch == 1 || epoch->epoch % (report->epochs / MOST_LINES) == 0)
            say_epoch(report, epoch);
    } else if (seconds_now() - report->last_line >= SECONDS_A_LINE) {
        show(report, (double)epoch->epoch, epoch->loss, epoch->accuracy);
        report->last_line = seconds_now();
    }
    if (epoch->reduced && !report->json)
        say("after epoch %zu the rate of %.4g is reduced", epoch->epoch, epoch->rate);
}

static void write_value(FILE *stream, double value)
{
    if (isnan(value))
        fputc(',', stream); // not there: an empty field
    else
        fprintf(stream, ",%.9g", value);
}

// Names of the columns that each parameter has.
static void write_parameter_names(FILE *stream, const ridge_network *network)
{
    ridge_parameter parameter;
    for (size_t i = 0; ridge_network_parameter(network, i, &parameter); i++)
        if (!parameter.is_state)
            fprintf(stream, ",%s.norm,%s.gradient_norm", parameter.name, parameter.name);
}

static void write_parameter_norms(FILE *stream, const ridge_history *history, size_t row,
                                  const ridge_network *network)
{
    ridge_parameter parameter;
    const ridge_parameter_norms *norms = history->norms + row * history->parameters;
    for (size_t i = 0; ridge_network_parameter(network, i, &parameter); i++) {
        if (parameter.is_state)
            continue;
        // NaN is something to see here
        fprintf(stream, ",%.9g,%.9g", norms[i].weights, norms[i].gradients);
    }
}

bool write_history(const char *path, const ridge_history *history, const ridge_network *network)
{
    struct new_file file;
    if (!file_begin(&file, path))
        return false;
    fputs("epoch,loss,accuracy,val_loss,val_accuracy,penalty,rate,seconds,improved,reduced,norm,"
          "gradient_norm,largest_gradient_norm,clipped,not_finite",
          file.stream);
    if (history->norms)
        write_parameter_names(file.stream, network);
    fputc('\n', file.stream);
    for (size_t i = 0; i < history->count; i++) {
        const ridge_epoch *epoch = &history->epochs[i];
        fprintf(file.stream, "%zu", epoch->epoch);
        const double values[] = {
            epoch->loss,    epoch->accuracy,    epoch->val_loss,      epoch->val_accuracy,
            epoch->penalty, epoch->rate,        epoch->seconds,       epoch->improved,
            epoch->reduced, epoch->weight_norm, epoch->gradient_norm, epoch->largest_gradient_norm,
            epoch->clipped, epoch->not_finite};
        for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++)
            write_value(file.stream, values[v]);
        if (history->norms)
            write_parameter_norms(file.stream, history, i, network);
        fputc('\n', file.stream);
    }
    return file_end(&file);
}
