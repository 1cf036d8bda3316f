// SPDX-License-Identifier: Apache-2.0
#include "show.h"

#include <stdlib.h>

#include "file.h"
#include "messages.h"
#include "options.h"

static int show_on(const struct show *show, const char *selector, const char *data, const char *out)
{
    ridge_device *device = NULL;
    if (!folder_prepare(out))
        return STATUS_FAILED;
    if (ridge_device_open(selector, &device))
        return fail_library();
    bool done = show->run(device, data, out);
    ridge_device_close(&device);
    return done && output_is_complete() ? STATUS_DONE : STATUS_FAILED;
}

int show_main(const struct show *show, int argc, char **argv)
{
    const char *selector = NULL, *data = "examples/data", *out = "ridge-demo";
    char *data_help = print_text("folder with %s", show->data);
    char *out_help = print_text("folder for %s (default: ridge-demo)", show->picture);
    const struct option_row options[] = {
        {"device", OPTION_TEXT, &selector, "D", "1:0, gpu, cpu or part of a name"},
        {"data", OPTION_TEXT, &data, "DIR", data_help},
        {"out", OPTION_TEXT, &out, "DIR", out_help},
        {0},
    };
    const struct usage usage = {show->name, "", show->help, 0, 0, options};
    char **arguments;
    size_t count;
    set_program_name(show->name);
    show_log(false);
    int status = options_parse(&usage, argc, argv, &arguments, &count);
    free(data_help);
    free(out_help);
    return status == OPTIONS_PARSED ? show_on(show, selector, data, out) : status;
}
