// SPDX-License-Identifier: Apache-2.0
// A batch through a pipeline: one launch draws the images' programs, one runs them.
#include <stdio.h>

#include "augment/pipeline.h"
#include "base/error.h"
#include "base/size.h"
#include "device/device.h"
#include "device/launcher.h"
#include "ops/check.h"
#include "ops/random.h"

// Streams of random numbers, apart from those of networks: two for each operation.
#define STREAM_AUGMENT (1u << 29)

static size_t image_size(const struct ridge_augment_image *image)
{
    return image->channels * image->height * image->width;
}

static ridge_status check_rows(const ridge_augment *augment, const ridge_augment_batch *batch)
{
    size_t from = image_size(&augment->stored), to = image_size(&augment->made);
    if (!batch->x.rank || ridge_tensor_count(&batch->x) != batch->x.shape[0] * from)
        return ridge_fail(RIDGE_ERROR_SHAPE, "x: expected rows of %zu elements", from);
    if (!batch->y.rank || ridge_tensor_count(&batch->y) != batch->y.shape[0] * to)
        return ridge_fail(RIDGE_ERROR_SHAPE, "y: expected rows of %zu elements", to);
    if (batch->staged && batch->x.shape[0] < batch->y.shape[0])
        return ridge_fail(RIDGE_ERROR_SHAPE, "x: expected the %zu rows of the batch, got %zu",
                          batch->y.shape[0], batch->x.shape[0]);
    if (batch->staged && !batch->index.buffer)
        return RIDGE_OK;
    size_t rows = batch->index.buffer ? ridge_tensor_count(&batch->index) : batch->x.shape[0];
    if (batch->first > rows || batch->y.shape[0] > rows - batch->first)
        return ridge_fail(RIDGE_ERROR_SHAPE, "y: expected at most %zu rows from %s %zu on, got %zu",
                          batch->first > rows ? 0 : rows - batch->first,
                          batch->index.buffer ? "index" : "row", batch->first, batch->y.shape[0]);
    return RIDGE_OK;
}

static ridge_status check_targets(const ridge_augment_batch *batch)
{
    RIDGE_TRY(ridge_check_tensor("mixed_targets", batch->mixed_targets, RIDGE_FLOAT32, 0));
    size_t rows = batch->y.shape[0], count = ridge_tensor_count(&batch->mixed_targets);
    if (!batch->mixed_targets.rank || batch->mixed_targets.shape[0] != rows)
        return ridge_fail(RIDGE_ERROR_SHAPE, "mixed_targets: expected %zu rows", rows);
    if (batch->targets.type == RIDGE_INT32)
        return ridge_check_tensor("targets", batch->targets, RIDGE_INT32, batch->x.shape[0]);
    return ridge_check_tensor("targets", batch->targets, RIDGE_FLOAT32,
                              batch->x.shape[0] * (count / rows));
}

static ridge_status check(ridge_launcher *on, const ridge_augment *augment,
                          const ridge_augment_batch *batch)
{
    RIDGE_TRY(ridge_check_launcher(on));
    if (!augment || !batch)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "augment, batch: expected pointers, got NULL");
    if (batch->x.type != RIDGE_UINT8 && batch->x.type != RIDGE_FLOAT32)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "x: expected type uint8 or float32, got %s",
                          ridge_type_name(batch->x.type));
    RIDGE_TRY(ridge_check_tensor("x", batch->x, batch->x.type, 0));
    RIDGE_TRY(ridge_check_tensor("y", batch->y, RIDGE_FLOAT32, 0));
    if (batch->index.buffer)
        RIDGE_TRY(ridge_check_tensor("index", batch->index, RIDGE_UINT32, 0));
    if (batch->position.buffer)
        RIDGE_TRY(ridge_check_tensor("position", batch->position, RIDGE_UINT32, 1));
    RIDGE_TRY(check_rows(augment, batch));
    if (batch->staged && !batch->evaluation && ridge_augment_mixes(augment))
        return ridge_fail(
            RIDGE_ERROR_UNSUPPORTED,
            "%s: expected all rows on the device, since any of them can be an image's "
            "partner; these are read batch by batch",
            ridge_augment_mixer(augment));
    return batch->targets.buffer ? check_targets(batch) : RIDGE_OK;
}

static ridge_tensor operations_of(const ridge_augment *augment, enum ridge_augment_mode mode)
{
    ridge_tensor operations = augment->tables;
    operations.offset += augment->first[mode] * OPERATION_WORDS;
    return operations;
}

size_t ridge_augment_program_words(const ridge_augment *augment)
{
    return PROGRAM_HEADER + INSTRUCTION_WORDS * augment->instructions + augment->fields;
}

size_t ridge_augment_program_parts(const ridge_augment *augment)
{
    return augment->mixing ? 2 : 1;
}

// Words of all programs of an image.
static size_t image_words(const ridge_augment *augment)
{
    return ridge_augment_program_words(augment) * ridge_augment_program_parts(augment);
}

static ridge_random random_of(const ridge_augment_batch *batch)
{
    return (ridge_random){.seed = batch->seed,
                          .stream = STREAM_AUGMENT,
                          .step = batch->epoch,
                          .step_at = batch->epoch_at};
}

ridge_status ridge_augment_draw(ridge_launcher *on, const ridge_augment *augment,
                                const ridge_augment_batch *batch, ridge_tensor programs)
{
    enum ridge_augment_mode mode =
        batch->evaluation ? RIDGE_AUGMENT_EVALUATION : RIDGE_AUGMENT_TRAINING;
    ridge_tensor operations = operations_of(augment, mode), step_at;
    ridge_random random = random_of(batch);
    RIDGE_TRY(ridge_check_random(&random, operations, &step_at));
    size_t rows = batch->y.shape[0], count = augment->counts[mode];
    // An argument must be there even where the kernel does not read it.
    ridge_tensor index = batch->index.buffer ? batch->index : operations;
    ridge_tensor position = batch->position.buffer ? batch->position : operations;
    char defines[64];
    snprintf(defines, sizeof(defines), "-DHAVE_INDEX=%d -DHAVE_POSITION=%d -DSTAGED=%d",
             batch->index.buffer != NULL, batch->position.buffer != NULL, batch->staged);
    struct ridge_launch launch = {
        .program = "augment_draw",
        .kernel = "augment_draw",
        .defines = defines,
        .arguments = {RIDGE_ARG_TENSOR(operations),
                      RIDGE_ARG_UINT(batch->evaluation ? count : count - augment->mixing),
                      RIDGE_ARG_UINT(count), RIDGE_ARG_TENSOR(index), RIDGE_ARG_TENSOR(position),
                      RIDGE_ARG_ULONG(batch->first), RIDGE_ARG_RANDOM(&random, step_at),
                      RIDGE_ARG_TENSOR(programs),
                      RIDGE_ARG_UINT(ridge_augment_program_words(augment)),
                      RIDGE_ARG_UINT(ridge_augment_program_parts(augment)),
                      RIDGE_ARG_UINT(batch->x.shape[0]), RIDGE_ARG_ULONG(rows)},
        .work = {rows * image_words(augment) * sizeof(uint32_t), 0},
    };
    ridge_launch_elements(on->device, &launch, rows);
    return ridge_launch(on, &launch);
}

// Stored values as units, and units as what the network sees.
struct scales {
    float low, unit, y_scale, y_shift;
};

static struct scales scales_of(const ridge_augment *augment, const ridge_augment_batch *batch)
{
    const ridge_augment_params *p = &augment->params;
    ridge_range values = p->values;
    if (values.low == 0 && values.high == 0)
        values.high = batch->x.type == RIDGE_UINT8 ? 255 : 1;
    double scale = batch->scale == 0 ? 1 : (double)batch->scale;
    double low = (double)values.low, extent = (double)values.high - low;
    return (struct scales){
        .low = values.low,
        .unit = (float)(1 / extent),
        .y_scale = (float)(extent * scale),
        .y_shift = (float)(low * scale + (double)batch->shift),
    };
}

// Along each axis.
static const int taps[] = {
    [RIDGE_INTERPOLATION_BILINEAR] = 2,
    [RIDGE_INTERPOLATION_NEAREST] = 1,
    [RIDGE_INTERPOLATION_BICUBIC] = 4,
};

static ridge_status transform(ridge_launcher *on, const ridge_augment *augment,
                              const ridge_augment_batch *batch, ridge_tensor programs,
                              ridge_tensor work)
{
    const struct ridge_augment_image *from = &augment->stored, *to = &augment->made;
    const ridge_augment_params *p = &augment->params;
    struct scales scales = scales_of(augment, batch);
    size_t rows = batch->y.shape[0];
    ridge_tensor y = batch->y, x = batch->x, step_at;
    ridge_random random = random_of(batch);
    RIDGE_TRY(ridge_check_random(&random, programs, &step_at));
    char defines[96];
    snprintf(defines, sizeof(defines),
             "-DSOURCE=%d -DCHANNELS=%zu -DCHANNELS_LAST=%d -DTAPS=%d -DUSED=%u",
             x.type == RIDGE_UINT8, from->channels, p->channels_last && from->channels > 1,
             taps[p->interpolation], (unsigned)augment->uses);
    struct ridge_launch launch = {
        .program = "augment",
        .kernel = "augment",
        .defines = defines,
        .arguments = {RIDGE_ARG_TENSOR(x), RIDGE_ARG_TENSOR(programs),
                      RIDGE_ARG_UINT(ridge_augment_program_words(augment)),
                      RIDGE_ARG_UINT(ridge_augment_program_parts(augment)), RIDGE_ARG_TENSOR(y),
                      RIDGE_ARG_TENSOR(work), RIDGE_ARG_ULONG(augment->work), RIDGE_ARG_ULONG(rows),
                      RIDGE_ARG_UINT(from->height), RIDGE_ARG_UINT(from->width),
                      RIDGE_ARG_UINT(to->height), RIDGE_ARG_UINT(to->width),
                      RIDGE_ARG_UINT(p->fill), RIDGE_ARG_FLOAT(p->fill_value),
                      RIDGE_ARG_FLOAT(scales.low), RIDGE_ARG_FLOAT(scales.unit),
                      RIDGE_ARG_FLOAT(scales.y_scale), RIDGE_ARG_FLOAT(scales.y_shift),
                      RIDGE_ARG_RANDOM(&random, step_at)},
        .work = {rows * (image_size(from) * ridge_type_size(x.type) + image_size(to) * 4),
                 rows * image_size(to) * 12},
    };
    ridge_launch_rows(on->device, &launch, rows, 16 * image_size(to));
    return ridge_launch(on, &launch);
}

static ridge_status mix_targets(ridge_launcher *on, const ridge_augment *augment,
                                const ridge_augment_batch *batch, ridge_tensor programs)
{
    ridge_tensor targets = batch->targets, mixed = batch->mixed_targets;
    size_t rows = batch->y.shape[0], columns = ridge_tensor_count(&mixed) / rows;
    static const char *const defines[] = {"-DTARGET=0", "-DTARGET=1", "-DTARGET=2"};
    struct ridge_launch launch = {
        .program = "augment_targets",
        .kernel = "augment_targets",
        .defines = defines[targets.type == RIDGE_FLOAT32 ? 0
                           : columns > 1                 ? 1
                                                         : 2],
        .arguments = {RIDGE_ARG_TENSOR(programs),
                      RIDGE_ARG_UINT(ridge_augment_program_words(augment)),
                      RIDGE_ARG_UINT(ridge_augment_program_parts(augment)),
                      RIDGE_ARG_TENSOR(targets), RIDGE_ARG_TENSOR(mixed), RIDGE_ARG_ULONG(rows),
                      RIDGE_ARG_ULONG(columns)},
        .work = {rows * columns * 2 * sizeof(float), rows * columns * 3},
    };
    ridge_launch_rows(on->device, &launch, rows, columns);
    return ridge_launch(on, &launch);
}

ridge_status ridge_augment_apply(ridge_launcher *on, ridge_augment *augment,
                                 const ridge_augment_batch *batch)
{
    RIDGE_TRY(check(on, augment, batch));
    RIDGE_TRY(ridge_augment_ready(augment));
    size_t rows = batch->y.shape[0], words = rows * image_words(augment);
    cl_mem scratch;
    RIDGE_TRY(ridge_scratch(on, (words + rows * augment->work) * sizeof(uint32_t), &scratch));
    ridge_tensor programs = {.buffer = scratch, .type = RIDGE_UINT32, .rank = 1, .shape = {words}};
    ridge_tensor work = {.buffer = scratch, .offset = words, .type = RIDGE_FLOAT32, .rank = 1};
    RIDGE_TRY(ridge_augment_draw(on, augment, batch, programs));
    RIDGE_TRY(transform(on, augment, batch, programs, work));
    return batch->targets.buffer ? mix_targets(on, augment, batch, programs) : RIDGE_OK;
}
