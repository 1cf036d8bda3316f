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

static void encode(const struct ridge_augment_step *step, size_t place,
                   enum ridge_augment_mode mode, uint32_t *words)
{
    struct ridge_augment_record record = {0};
    bool trains = mode == RIDGE_AUGMENT_TRAINING;
    if (!trains)
        step->class->encode_evaluation(step->params, &step->before, &step->after, &record);
    else if (step->class->encode)
        step->class->encode(step->params, &step->before, &step->after, &record);
    words[OPERATION_CODE] = step->class->code;
    words[OPERATION_CHANCE] = trains ? chance_of(step) : UINT32_MAX;
    words[OPERATION_STREAM] = (uint32_t)(2 * place);
    words[OPERATION_RANGES] = record.ranges;
    memcpy(words + OPERATION_VALUES, record.values, sizeof(record.values));
}

static bool acts(const struct ridge_augment_step *step, enum ridge_augment_mode mode)
{
    return mode == RIDGE_AUGMENT_TRAINING || step->class->encode_evaluation;
}

static void count_needs(ridge_augment *augment)
{
    augment->instructions = augment->work = 0;
    for (size_t i = 0; i < augment->count; i++) {
        const struct ridge_augment_step *step = &augment->steps[i];
        if (step->class->instructions)
            augment->instructions += step->class->instructions(step->params);
        else
            augment->instructions += step->class->code >= AUGMENT_PIXELS;
        if (step->class->work)
            augment->work =
                ridge_larger(augment->work, step->class->work(step->params, &augment->made));
    }
}

static size_t words_of(const ridge_augment *augment)
{
    size_t operations = 1; // a buffer must not be empty
    for (size_t i = 0; i < augment->count; i++)
        for (int mode = 0; mode < RIDGE_AUGMENT_MODES; mode++)
            operations += acts(&augment->steps[i], (enum ridge_augment_mode)mode);
    return operations * OPERATION_WORDS;
}

size_t ridge_augment_bytes(const ridge_augment *augment)
{
    return words_of(augment) * sizeof(uint32_t);
}

ridge_status ridge_augment_ready(ridge_augment *augment)
{
    if (augment->tables.buffer)
        return RIDGE_OK;
    size_t count = words_of(augment), operations = 0;
    uint32_t *words = ridge_allocate(count, sizeof(*words));
    if (!words)
        return RIDGE_ERROR_MEMORY;
    count_needs(augment);
    for (int mode = 0; mode < RIDGE_AUGMENT_MODES; mode++) {
        augment->first[mode] = operations;
        for (size_t i = 0; i < augment->count; i++)
            if (acts(&augment->steps[i], (enum ridge_augment_mode)mode))
                encode(&augment->steps[i], i, (enum ridge_augment_mode)mode,
                       words + OPERATION_WORDS * operations++);
        augment->counts[mode] = operations - augment->first[mode];
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
