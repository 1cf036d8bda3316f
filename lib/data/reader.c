// SPDX-License-Identifier: Apache-2.0
// The table of file formats and the public way into it.
#include "data/reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

const struct ridge_data_reader *const ridge_data_readers[] = {
    &ridge_reader_audio, &ridge_reader_cifar10, &ridge_reader_cifar100, &ridge_reader_csv,
    &ridge_reader_idx,   &ridge_reader_images,  &ridge_reader_npy,      NULL,
};

static ridge_status unknown_format(const char *format)
{
    struct ridge_text known = {0};
    for (size_t i = 0; ridge_data_readers[i]; i++)
        ridge_text_list(&known, ridge_data_readers[i]->name);
    ridge_status status = RIDGE_ERROR_MEMORY;
    if (!known.failed)
        status = ridge_fail(RIDGE_ERROR_ARGUMENT, "format: expected one of %s, got %s", known.data,
                            format ? format : "NULL");
    free(known.data);
    return status;
}

ridge_status ridge_dataset_read(const char *format, const char *path,
                                const ridge_read_params *params, ridge_dataset **dataset)
{
    static const ridge_read_params defaults = {0};
    if (!dataset)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "dataset: expected a pointer, got NULL");
    *dataset = NULL;
    for (size_t i = 0; format && ridge_data_readers[i]; i++)
        if (strcmp(ridge_data_readers[i]->name, format) == 0)
            return ridge_data_readers[i]->read(path, params ? params : &defaults, dataset);
    return unknown_format(format);
}

bool ridge_dataset_format(size_t index, const char **name, const char **help)
{
    size_t count = sizeof(ridge_data_readers) / sizeof(ridge_data_readers[0]) - 1;
    if (index >= count)
        return false;
    *name = ridge_data_readers[index]->name;
    *help = ridge_data_readers[index]->help;
    return true;
}
