// SPDX-License-Identifier: Apache-2.0
#include "half_moons.h"

#include <stdlib.h>

#include "messages.h"

bool half_moons_read(const char *folder, struct half_moons *moons)
{
    char *path = print_text("%s/moons.csv", folder);
    bool loaded = !ridge_dataset_read("csv", path, NULL, &moons->all);
    free(path);
    if (loaded) {
        size_t rows = ridge_dataset_count(moons->all) - HELD_OUT;
        loaded = !ridge_dataset_slice(moons->all, 0, rows, &moons->train) &&
                 !ridge_dataset_slice(moons->all, rows, HELD_OUT, &moons->held_out);
    }
    if (!loaded)
        fail_library();
    return loaded;
}

void half_moons_clear(struct half_moons *moons)
{
    ridge_dataset_destroy(&moons->train);
    ridge_dataset_destroy(&moons->held_out);
    ridge_dataset_destroy(&moons->all);
}
