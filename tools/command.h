// SPDX-License-Identifier: Apache-2.0
// The subcommands of ridge, one file each, and what they share.
#ifndef RIDGE_TOOLS_COMMAND_H
#define RIDGE_TOOLS_COMMAND_H

#include <cjson/cJSON.h>
#include <ridge/ridge.h>
#include <signal.h>

#include "data_source.h"
#include "messages.h"
#include "options.h"

struct command {
    const char *name, *help;
    int (*run)(int argc, char **argv); // returns the exit status
};

int command_devices(int argc, char **argv);
int command_train(int argc, char **argv);
int command_evaluate(int argc, char **argv);
int command_predict(int argc, char **argv);
int command_check(int argc, char **argv);
int command_profile(int argc, char **argv);
int command_bench(int argc, char **argv);
int command_sweep(int argc, char **argv);
int command_tune(int argc, char **argv);
int command_layers(int argc, char **argv);
int command_augment(int argc, char **argv);

// How the program was called, to start it again.
extern const char *program_path;

// NULL after a message.
ridge_device *open_device(const char *selector);

// The first Ctrl-C, or SIGTERM, sets `interrupted`; a second one ends the program at once.
extern volatile sig_atomic_t interrupted;
void catch_interrupt(void);

// A saved model and the rows that it is used on.
struct model_use {
    ridge_dataset *data;
    ridge_device *device;
    ridge_network *network;
};
// `arguments`: paths of the model and of the data, whose source says how to read them. False after
// a message; close in both cases.
bool model_open(struct model_use *use, char **arguments, struct data_source source,
                const char *selector);
void model_close(struct model_use *use);

// Prints the object as one line on stdout and frees it.
void print_json(cJSON *object);
const char *device_type_name(ridge_device_type type);

// "1.2 GiB", "640 KiB"; `text` has room for 24 characters and is returned.
const char *print_bytes(uint64_t bytes, char text[24]);
// "7 s", "12 min 05 s"; likewise.
const char *print_duration(double seconds, char text[24]);
// "[28, 28]"; `text` has room for 96 characters and is returned.
const char *print_shape(const size_t *shape, size_t rank, char text[96]);

#endif
