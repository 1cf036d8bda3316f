// SPDX-License-Identifier: Apache-2.0
// The ridge command: finds the subcommand and hands over.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

static const struct command commands[] = {
    {"devices", "list OpenCL devices and say which one ridge takes and why", command_devices},
    {"train", "train the network that an experiment file describes", command_train},
    {"evaluate", "loss and accuracy of a model on data", command_evaluate},
    {"predict", "what a model makes of each row of data", command_predict},
    {"sweep", "find the best of some values: lambda, rates, ...", command_sweep},
    {"augment", "a picture of what a network would see of its images", command_augment},
    {"check", "compare the gradients of an experiment with differences", command_check},
    {"profile", "where the time of an experiment's training step goes", command_profile},
    {"bench", "measure the speed of this device", command_bench},
    {"tune", "search parameters of matrix products for this device", command_tune},
    {"layers", "list layers, losses, optimizers and formats with their fields", command_layers},
    {0},
};

static void print_help(FILE *to)
{
    fputs("usage: ridge COMMAND [OPTION]... [ARGUMENT]...\n\n"
          "Trains and runs regularised neural networks on any OpenCL device.\n\n",
          to);
    for (const struct command *command = commands; command->name; command++)
        fprintf(to, "  %-10s %s\n", command->name, command->help);
    fputs("\nridge COMMAND --help says more. $RIDGE_DEVICE chooses the device (as --device does),\n"
          "$RIDGE_DATA is a folder in which experiment files find their data, and with\n"
          "$RIDGE_VERBOSE set the library tells what it does.\n"
          "Exit status: 0 done, 1 failed, 2 wrong usage.\n",
          to);
}

static const struct command *find_command(const char *name)
{
    for (const struct command *command = commands; command->name; command++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return STATUS_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return STATUS_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("ridge %s\n", ridge_version());
        return STATUS_DONE;
    }
    const struct command *command = find_command(argv[1]);
    if (command)
        return command->run(argc - 1, argv + 1);
    fail("unknown command '%s'; see ridge --help", argv[1]);
    return STATUS_USAGE;
}

int main(int argc, char **argv)
{
    program_path = argv[0];
    show_log(getenv("RIDGE_VERBOSE") != NULL);
    int status = run(argc, argv);
    return output_is_complete() ? status : STATUS_FAILED;
}
