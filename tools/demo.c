// SPDX-License-Identifier: Apache-2.0
// The demo: what regularisation does to a network that is far too large for 100 points, as a table
// and a picture, and to one that learns digits of some people and is asked about those of others.
#include <stdio.h>
#include <stdlib.h>

#include "demo.h"
#include "messages.h"
#include "show.h"

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
    static const struct show demo = {
        .name = "ridge-demo",
        .help = "Trains small networks plain and regularised and shows the difference.",
        .data = "moons.csv and digits/",
        .picture = "the picture",
        .run = run,
    };
    return show_main(&demo, argc, argv);
}
