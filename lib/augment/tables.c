// SPDX-License-Identifier: Apache-2.0
// A pipeline as tables on the device.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "augment/pipeline.h"
#include "base/memory.h"
#include "base/size.h"

#define MOST_VALUES (OPERATION_WORDS - OPERATION_VALUES)

void ridge_record_value(struct ridge_augment_record *record, double value)
{
    if (record->count < MOST_VALUES)
        record->values[record->count++] = (float)value;
}

void ridge_record_range(struct ridge_augment_record *record, ridge_range range, double scale,
                        float fallback)
{
    if (range.low == 0 && range.high == 0)
        range = (ridge_range){fallback, fallback};
    record->ranges++;
    ridge_record_value(record, range.low * scale);
    ridge_record_value(record, range.high * scale);
}

// A word is at most this with `probability`, to within 2^-33.
static uint32_t chance_of(const struct ridge_augment_step *step)
{
    if (step->class->always)
        return UINT32_MAX;
    double probability = (double)*(const float *)step->params;
    if (probability == 0)
        probability = step->class->probability > 0 ? (double)step->class->probability : 1;
    double words = ceil(probability * 0x1p32) - 1;
    return words > UINT32_MAX ? UINT32_MAX : (uint32_t)words;
}

static size_t field_words(const struct ridge_augment_step *step)
{
    return step->class->field ? step->class->field(step->params, &step->before) : 0;
}

// Where in programs the field of a step lies: behind all instructions and the fields before.
static size_t field_of(const ridge_augment *augment, size_t place)
{
    size_t at = PROGRAM_HEADER + INSTRUCTION_WORDS * augment->instructions;
    for (size_t i = 0; i < place; i++)
        at += field_words(&augment->steps[i]);
    return at;
}

static void encode(const ridge_augment *augment, size_t place, enum ridge_augment_mode mode,
                   uint32_t *words)
{
    const struct ridge_augment_step *step = &augment->steps[place];
    struct ridge_augment_record record = {0};
    bool trains = mode == RIDGE_AUGMENT_TRAINING, geometry = step->class->code < AUGMENT_PIXELS;
    const struct ridge_augment_image *before = geometry ? &step->before : &augment->made;
    const struct ridge_augment_image *after = geometry ? &step->after : &augment->made;
    if (!trains)
        step->class->encode_evaluation(step->params, before, after, &record);
    else if (step->class->encode)
        step->class->encode(step->params, before, after, &record);
    words[OPERATION_CODE] = step->class->code;
    words[OPERATION_CHANCE] = trains ? chance_of(step) : UINT32_MAX;
    words[OPERATION_STREAM] = (uint32_t)(2 * place);
    words[OPERATION_RANGES] = record.ranges;
    words[OPERATION_FIELD] = (uint32_t)field_of(augment, place);
    memcpy(words + OPERATION_VALUES, record.values, sizeof(record.values));
}

static bool mixes(const struct ridge_augment_step *step)
{
    return step->class->code >= AUGMENT_MIXING;
}

const char *ridge_augment_mixer(const ridge_augment *augment)
{
    for (size_t i = 0; i < augment->count; i++)
        if (mixes(&augment->steps[i]))
            return augment->steps[i].class->info.name;
    return NULL;
}

bool ridge_augment_mixes(const ridge_augment *augment)
{
    return ridge_augment_mixer(augment) != NULL;
}

static bool acts(const struct ridge_augment_step *step, enum ridge_augment_mode mode)
{
    return mode == RIDGE_AUGMENT_TRAINING || step->class->encode_evaluation;
}

static void count_needs(ridge_augment *augment)
{
    augment->instructions = augment->work = augment->mixing = augment->fields = 0;
    augment->uses = 0;
    for (size_t i = 0; i < augment->count; i++) {
        const struct ridge_augment_step *step = &augment->steps[i];
        augment->uses |= step->class->uses;
        if (mixes(step))
            augment->mixing++;
        else if (step->class->instructions)
            augment->instructions += step->class->instructions(step->params);
        else
            augment->instructions += step->class->code >= AUGMENT_PIXELS;
        augment->fields += field_words(step);
        if (step->class->work)
            augment->work =
                ridge_larger(augment->work, step->class->work(step->params, &augment->made));
    }
    const struct ridge_augment_image *made = &augment->made;
    if (augment->mixing) { // one of them, and the partner
        augment->instructions++;
        augment->work += made->channels * made->height * made->width;
    }
}

static size_t operation_words(const ridge_augment *augment)
{
    size_t operations = 1; // a buffer must not be empty
    for (size_t i = 0; i < augment->count; i++)
        for (int mode = 0; mode < RIDGE_AUGMENT_MODES; mode++)
            operations += acts(&augment->steps[i], (enum ridge_augment_mode)mode);
    return operations * OPERATION_WORDS;
}

static size_t table_words(const struct ridge_augment_step *step)
{
    return step->class->table_size ? step->class->table_size(step->params) : 0;
}

static size_t words_of(const ridge_augment *augment)
{
    size_t words = operation_words(augment);
    for (size_t i = 0; i < augment->count; i++)
        words += table_words(&augment->steps[i]);
    return words;
}

// Operations of a mode from words[at] on, those that mix images behind the others. Returns how
// many.
static size_t fill_operations(const ridge_augment *augment, enum ridge_augment_mode mode,
                              uint32_t *words, size_t at, const uint32_t *tables)
{
    size_t operations = 0;
    for (int last = 0; last < 2; last++) {
        for (size_t i = 0; i < augment->count; i++) {
            if (!acts(&augment->steps[i], mode) || mixes(&augment->steps[i]) != last)
                continue;
            size_t here = at + OPERATION_WORDS * operations++;
            encode(augment, i, mode, words + here);
            words[here + OPERATION_TABLE] = tables[i] - (uint32_t)here;
        }
    }
    return operations;
}

// Numbers for draws behind the `at` words of operations, and where each step's begin.
static void fill_tables(const ridge_augment *augment, size_t at, uint32_t *words, uint32_t *tables)
{
    for (size_t i = 0; i < augment->count; i++) {
        const struct ridge_augment_step *step = &augment->steps[i];
        tables[i] = (uint32_t)at;
        if (step->class->fill_table)
            step->class->fill_table(step->params, &step->before, (float *)(void *)(words + at));
        at += table_words(step);
    }
}

ridge_status ridge_augment_ready(ridge_augment *augment)
{
    if (augment->tables.buffer)
        return RIDGE_OK;
    size_t count = words_of(augment), operations = 0;
    uint32_t *words = ridge_allocate(count + augment->count, sizeof(*words));
    if (!words)
        return RIDGE_ERROR_MEMORY;
    uint32_t *tables = words + count;
    count_needs(augment);
    fill_tables(augment, operation_words(augment), words, tables);
    for (int i = 0; i < RIDGE_AUGMENT_MODES; i++) {
        enum ridge_augment_mode mode = (enum ridge_augment_mode)i;
        augment->first[mode] = operations;
        augment->counts[mode] =
            fill_operations(augment, mode, words, OPERATION_WORDS * operations, tables);
        operations += augment->counts[mode];
    }
    ridge_status status =
        ridge_tensor_create(augment->device, RIDGE_UINT32, RIDGE_SHAPE(count), &augment->tables);
    if (!status)
        status = ridge_tensor_write(augment->device, augment->tables, words);
    if (status)
        ridge_tensor_destroy(augment->device, &augment->tables);
    free(words);
    return status;
}
