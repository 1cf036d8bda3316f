// SPDX-License-Identifier: Apache-2.0
// The demo: what regularisation does to a network that is far too large for 100 points, as a table
// and a picture, and to one that learns digits of some people and is asked about those of others.
#include <stdio.h>
#include <stdlib.h>

#include "demo.h"
#include "file.h"
#include "messages.h"
#include "options.h"

static bool run(ridge_device *device, const char *data, const char *out)
{
    struct moons *moons = allocate(1, sizeof(*moons));
    char *picture = print_text("%s/moons.png", out);
    double start = seconds_now();
    const ridge_device_info *info = ridge_device_get_info(device);
    printf("Device %u:%u, %s\n\n", info->platform, info->device, info->name);
    bool done = demo_moons(device, data, moons) && demo_picture(moons, picture);
    if (done)
        printf("\nPicture: %s\n\n", picture);
    done = done && demo_digits(device, data);
    if (done)
        printf("\n%.1f s in all\n", seconds_now() - start);
    moons_clear(moons);
    free(moons);
    free(picture);
    return done;
}

int main(int argc, char **argv)
{
    const char *selector = NULL, *data = "examples/data", *out = "ridge-demo";
    const struct option_row options[] = {
        {"device", OPTION_TEXT, &selector, "D", "1:0, gpu, cpu or part of a name"},
        {"data", OPTION_TEXT, &data, "DIR", "folder with moons.csv and digits/"},
        {"out", OPTION_TEXT, &out, "DIR", "folder for the picture (default: ridge-demo)"},
        {0},
    };
    const struct usage usage = {
        "ridge-demo",
        "",
        "Trains small networks plain and regularised and shows the difference.",
        0,
        0,
        options};
    char **arguments;
    size_t count;
    set_program_name("ridge-demo");
    show_log(false);
    int status = options_parse(&usage, argc, argv, &arguments, &count);
    if (status != OPTIONS_PARSED)
        return status;
    ridge_device *device = NULL;
    if (!folder_prepare(out))
        return STATUS_FAILED;
    if (ridge_device_open(selector, &device))
        return fail_library();
    bool done = run(device, data, out);
    ridge_device_close(&device);
    return done && output_is_complete() ? STATUS_DONE : STATUS_FAILED;
}
