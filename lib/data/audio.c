// SPDX-License-Identifier: Apache-2.0
// Sounds as rows: a folder for each class, or a table of paths and labels, of WAV and FLAC files.
#include "data/reader.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/size.h"
#include "data/labelled_files.h"
#include "data/resample.h"

#define LONGEST_GUESS ((size_t)1 << 34) // bytes of all rows, where their length was not given

struct sounds {
    struct ridge_sound *items;
    int32_t *labels;
    size_t count; // those that could be read
    struct ridge_sound_wish wish;
};

static ridge_status check_params(const ridge_read_params *params)
{
    if (!(params->seconds >= 0) || !isfinite(params->seconds))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "seconds: expected a finite number from 0, got %g",
                          (double)params->seconds);
    if (params->on_error != RIDGE_ON_ERROR_FAIL && params->on_error != RIDGE_ON_ERROR_SKIP)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "on_error: expected fail or skip, got %d",
                          (int)params->on_error);
    return RIDGE_OK;
}

static ridge_status read_sound(const char *path, const struct ridge_sound_wish *wish,
                               struct ridge_sound *sound)
{
    struct ridge_source source;
    RIDGE_TRY(ridge_source_read(path, &source));
    ridge_status status = ridge_sound_decode(&source, wish, sound);
    ridge_source_free(&source);
    return status;
}

// The first file that can be read sets the rate of all, where none was asked for.
static ridge_status read_sounds(const struct ridge_labelled_files *list, ridge_on_error on_error,
                                struct sounds *sounds)
{
    for (size_t i = 0; i < list->count; i++) {
        struct ridge_sound *sound = &sounds->items[sounds->count];
        ridge_status status = read_sound(list->files[i].path, &sounds->wish, sound);
        if (status && (on_error == RIDGE_ON_ERROR_FAIL || status == RIDGE_ERROR_MEMORY))
            return status;
        if (status) {
            ridge_log(RIDGE_LOG_WARNING, "left out: %s", ridge_error());
            continue;
        }
        sounds->wish.rate = sound->rate;
        sounds->labels[sounds->count++] = list->files[i].label;
    }
    size_t bad = list->count - sounds->count;
    if (!sounds->count)
        return ridge_fail_within(RIDGE_ERROR_DATA, "none of %zu files could be read; the last one",
                                 list->count);
    if (bad)
        ridge_log(RIDGE_LOG_WARNING, "%zu of %zu files left out", bad, list->count);
    return RIDGE_OK;
}

// Samples of a row.
static ridge_status row_length(const struct sounds *sounds, size_t *length)
{
    size_t longest = 0;
    for (size_t i = 0; i < sounds->count; i++)
        longest = ridge_larger(longest, sounds->items[i].count);
    *length = longest;
    if (sounds->wish.seconds > 0) {
        *length = ridge_sound_length(sounds->wish.seconds, sounds->wish.rate);
        return RIDGE_OK;
    }
    if (longest <= LONGEST_GUESS / sizeof(float) / sounds->count)
        return RIDGE_OK;
    return ridge_fail(RIDGE_ERROR_DATA,
                      "seconds: expected a number, since %zu rows as long as the longest file, "
                      "%.1f seconds, would take %.0f GiB",
                      sounds->count, (double)longest / (double)sounds->wish.rate,
                      (double)longest * (double)sounds->count * sizeof(float) / (1 << 30));
}

static ridge_status make_dataset(struct sounds *sounds, size_t classes, ridge_dataset **dataset)
{
    size_t length;
    RIDGE_TRY(row_length(sounds, &length));
    float *x = length > SIZE_MAX / sounds->count
                   ? NULL
                   : ridge_allocate(sounds->count * length, sizeof(*x));
    if (!x)
        return ridge_fail(RIDGE_ERROR_MEMORY, "no memory for %zu rows of %zu samples",
                          sounds->count, length);
    for (size_t i = 0; i < sounds->count; i++) {
        struct ridge_sound *sound = &sounds->items[i];
        memcpy(x + i * length, sound->samples, ridge_smaller(sound->count, length) * sizeof(*x));
        free(sound->samples);
        sound->samples = NULL;
    }
    const ridge_dataset_params params = {
        .x = x,
        .count = sounds->count,
        .shape = {1, length},
        .y = classes ? sounds->labels : NULL,
        .y_type = RIDGE_INT32,
        .classes = classes,
    };
    ridge_status status = ridge_dataset_create(&params, dataset);
    free(x);
    if (!status)
        ridge_log(RIDGE_LOG_INFO, "%zu sounds of %.3f seconds at %zu Hz", sounds->count,
                  (double)length / (double)sounds->wish.rate, sounds->wish.rate);
    return status;
}

static ridge_status read_list(const struct ridge_labelled_files *list,
                              const ridge_read_params *params, ridge_dataset **dataset)
{
    struct sounds sounds = {
        .items = ridge_allocate(list->count, sizeof(*sounds.items)),
        .labels = ridge_allocate(list->count, sizeof(*sounds.labels)),
        .wish = {.rate = params->sample_rate, .seconds = params->seconds},
    };
    ridge_status status = sounds.items && sounds.labels ? RIDGE_OK : RIDGE_ERROR_MEMORY;
    if (!status)
        status = read_sounds(list, params->on_error, &sounds);
    if (!status)
        status = make_dataset(&sounds, list->class_count, dataset);
    for (size_t i = 0; i < sounds.count; i++)
        free(sounds.items[i].samples);
    free(sounds.items);
    free(sounds.labels);
    return status;
}

static ridge_status audio_read(const char *path, const ridge_read_params *params,
                               ridge_dataset **dataset)
{
    static const char *const endings[] = {".wav", ".flac", NULL};
    struct ridge_labelled_files list;
    RIDGE_TRY(ridge_sound_check());
    RIDGE_TRY(check_params(params));
    RIDGE_TRY(ridge_labelled_files_find(path, params, endings, &list));
    ridge_status status = read_list(&list, params, dataset);
    ridge_labelled_files_free(&list);
    return status;
}

const struct ridge_data_reader ridge_reader_audio = {
    .name = "audio",
    .help = "WAV and FLAC files: a folder for each class, or a CSV of path and label",
    .read = audio_read,
};
