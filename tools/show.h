// SPDX-License-Identifier: Apache-2.0
// What the programs that show something have in common: a device, a folder of data, a folder for
// pictures.
#ifndef RIDGE_TOOLS_SHOW_H
#define RIDGE_TOOLS_SHOW_H

#include <ridge/ridge.h>
#include <stdbool.h>

struct show {
    const char *name, *help;    // of the program
    const char *data, *picture; // what lies in the folder of data, and is drawn into the other
    // False after a message.
    bool (*run)(ridge_device *device, const char *data, const char *out);
};

// The whole of main.
int show_main(const struct show *show, int argc, char **argv);

#endif
