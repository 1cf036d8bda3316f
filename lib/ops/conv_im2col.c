// SPDX-License-Identifier: Apache-2.0
// Convolution by ridge_gemm over columns in memory, as many places at a time as their columns fit
// the workspace. What is gathered: conv_gather.h.
#include <string.h>

#include "base/error.h"
#include "base/size.h"
#include "device/device.h"
#include "ops/activation.h"
#include "ops/conv_gather.h"

struct im2col {
    ridge_launcher *on;
    const struct ridge_conv_call *call;
    struct ridge_conv_gather gather;
    size_t rows;                           // at a time
    ridge_tensor packed, columns, product; // in the scratch
};

// Rows of the columns, of one group.
struct tile {
    const struct ridge_conv_phase *phase;
    size_t group, row, rows, k;
};

// Whether the source itself is the matrix of columns: a kernel of 1 x 1 at every place.
static bool is_source(const struct ridge_conv_gather *gather, const struct ridge_conv_phase *phase)
{
    bool is = true;
    for (int d = 0; d < 2; d++)
        is = is && phase->taps[d] == 1 && phase->step[d] == 1 && phase->base[d] == 0 &&
             phase->places[d] == gather->source[d];
    return is;
}

// Whether the product does not lie in memory as the result does, or there is none.
static bool needs_placing(const struct ridge_conv_phase *phase)
{
    return phase->every[0] > 1 || phase->every[1] > 1 || !phase->taps[0] || !phase->taps[1];
}

static ridge_tensor from_element(ridge_tensor tensor, size_t element)
{
    tensor.offset += element;
    return tensor;
}

// Asks for the packed weights, columns and, where it has to be placed, product, of the largest
// phase.
static ridge_status make(ridge_launcher *on, const struct ridge_conv_call *call,
                         struct im2col *im2col)
{
    const struct ridge_conv_gather *gather = &im2col->gather;
    *im2col = (struct im2col){.on = on, .call = call};
    ridge_conv_gather_make(&im2col->gather, call);
    size_t rows = 0, k = 0, columns = 0, share = 0;
    for (size_t i = 0; i < gather->phases[0] * gather->phases[1]; i++) {
        struct ridge_conv_phase phase = ridge_conv_phase(gather, i);
        rows = ridge_larger(rows, ridge_conv_rows(gather, &phase));
        k = ridge_larger(k, ridge_conv_columns(gather, &phase));
        if (!is_source(gather, &phase))
            columns = k;
        if (needs_placing(&phase))
            share = gather->share;
    }
    im2col->rows = rows;
    if (columns + share) {
        size_t fit = on->device->conv_workspace / sizeof(float) / (columns + share);
        im2col->rows = ridge_smaller(rows, ridge_larger(fit / 64 * 64, 64));
    }
    size_t packed = (call->shape.groups * k * gather->share + 63) / 64 * 64;
    im2col->columns.offset = packed;
    im2col->product.offset = packed + im2col->rows * columns;
    cl_mem scratch;
    size_t elements = im2col->product.offset + im2col->rows * share;
    RIDGE_TRY(ridge_outer_scratch(on, elements * sizeof(float), &scratch));
    im2col->packed.buffer = im2col->columns.buffer = im2col->product.buffer = scratch;
    return RIDGE_OK;
}

// The left operand of the tile's product in *a, with `lda` elements from row to row.
static ridge_status gather_columns(const struct im2col *im2col, const struct tile *tile,
                                   ridge_tensor *a, size_t *lda)
{
    const struct ridge_conv_gather *gather = &im2col->gather;
    ridge_tensor source = from_element(im2col->call->from, tile->group * gather->depth);
    if (is_source(gather, tile->phase)) {
        *lda = gather->source_channels;
        *a = from_element(source, tile->row * *lda);
        return RIDGE_OK;
    }
    *a = im2col->columns;
    *lda = tile->k;
    struct ridge_launch launch = {
        .program = "conv_im2col",
        .kernel = "im2col",
        .defines = ridge_gemm_define(RIDGE_LINEAR),
        .arguments = {RIDGE_ARG_TENSOR(source), RIDGE_CONV_GATHER(gather, tile->phase),
                      RIDGE_ARG_UINT(tile->row), RIDGE_ARG_UINT(tile->rows),
                      RIDGE_ARG_UINT(tile->k), RIDGE_ARG_TENSOR(*a)},
        .work = {tile->rows * (gather->depth + tile->k) * sizeof(float), 0},
    };
    ridge_launch_elements(im2col->on->device, &launch, tile->rows * tile->k);
    return ridge_launch(im2col->on, &launch);
}

static ridge_status place_product(const struct im2col *im2col, const struct tile *tile)
{
    const struct ridge_conv_gather *gather = &im2col->gather;
    struct ridge_gemm_call out = ridge_conv_write_out(im2col->call);
    size_t count = tile->rows * gather->share;
    struct ridge_launch launch = {
        .program = "conv_im2col",
        .kernel = "place_results",
        .defines = ridge_gemm_define(out.epilogue.activation),
        .arguments = {RIDGE_ARG_TENSOR(im2col->product), RIDGE_ARG_UINT(tile->row),
                      RIDGE_ARG_UINT(tile->rows), RIDGE_ARG_UINT(gather->share),
                      RIDGE_ARG_UINT(tile->k), RIDGE_ARG_UINT(tile->phase->places[0]),
                      RIDGE_ARG_UINT(tile->phase->places[1]),
                      RIDGE_CONV_TARGET(gather, tile->phase),
                      RIDGE_ARG_UINT(tile->group * gather->share), RIDGE_GEMM_WRITE_OUT(&out)},
        .work = {((tile->k > 0) + 1 + (out.beta != 0)) * count * sizeof(float),
                 count * ridge_activation_operations(out.epilogue.activation)},
    };
    ridge_launch_elements(im2col->on->device, &launch, count);
    return ridge_launch(im2col->on, &launch);
}

static ridge_status multiply_tile(const struct im2col *im2col, const struct tile *tile)
{
    const struct ridge_conv_gather *gather = &im2col->gather;
    size_t share = gather->share, first = tile->group * share;
    bool placed = needs_placing(tile->phase);
    struct ridge_gemm_call product = {
        .shape = {.m = tile->rows, .n = share, .k = tile->k, .ldb = share, .ldc = share},
        .alpha = 1,
        .b = from_element(im2col->packed, first * tile->k),
        .c = im2col->product,
        .epilogue = {.activation = RIDGE_LINEAR},
    };
    if (!placed) {
        struct ridge_gemm_call out = ridge_conv_write_out(im2col->call);
        product.shape.ldc = out.shape.ldc;
        product.beta = out.beta;
        product.c = from_element(out.c, tile->row * out.shape.ldc + first);
        product.epilogue = out.epilogue;
        product.epilogue.bias.offset += first;
    }
    if (tile->k) {
        RIDGE_TRY(gather_columns(im2col, tile, &product.a, &product.shape.lda));
        RIDGE_TRY(ridge_gemm_run(im2col->on, &product));
    }
    return placed ? place_product(im2col, tile) : RIDGE_OK;
}

// dw in packed order: [columns, filters] of a group += columns^T dy.
static ridge_status add_weight_gradient(const struct im2col *im2col, const struct tile *tile)
{
    size_t share = im2col->gather.share, filters = im2col->gather.target_channels;
    size_t first = tile->group * share;
    struct ridge_gemm_call product = {
        .shape = {.transpose_a = true,
                  .m = tile->k,
                  .n = share,
                  .k = tile->rows,
                  .ldb = filters,
                  .ldc = share},
        .alpha = 1,
        .beta = tile->row ? 1 : 0,
        .b = from_element(im2col->call->dy, tile->row * filters + first),
        .c = from_element(im2col->packed, first * tile->k),
        .epilogue = {.activation = RIDGE_LINEAR},
    };
    RIDGE_TRY(gather_columns(im2col, tile, &product.a, &product.shape.lda));
    return ridge_gemm_run(im2col->on, &product);
}

// Calls `work` for every tile of a phase, group by group.
static ridge_status for_each_tile(const struct im2col *im2col, const struct ridge_conv_phase *phase,
                                  ridge_status (*work)(const struct im2col *im2col,
                                                       const struct tile *tile))
{
    size_t rows = ridge_conv_rows(&im2col->gather, phase);
    struct tile tile = {.phase = phase, .k = ridge_conv_columns(&im2col->gather, phase)};
    for (; tile.group < im2col->call->shape.groups; tile.group++)
        for (tile.row = 0; tile.row < rows; tile.row += tile.rows) {
            tile.rows = ridge_smaller(im2col->rows, rows - tile.row);
            RIDGE_TRY(work(im2col, &tile));
        }
    return RIDGE_OK;
}

ridge_status ridge_conv_im2col(ridge_launcher *on, const struct ridge_conv_call *call)
{
    struct im2col im2col;
    RIDGE_TRY(make(on, call, &im2col));
    const struct ridge_conv_gather *gather = &im2col.gather;
    for (size_t i = 0; i < gather->phases[0] * gather->phases[1]; i++) {
        struct ridge_conv_phase phase = ridge_conv_phase(gather, i);
        if (call->pass == RIDGE_CONV_WEIGHT_GRADIENT) {
            RIDGE_TRY(for_each_tile(&im2col, &phase, add_weight_gradient));
            return ridge_conv_unpack_weights(on, gather, im2col.packed, 1);
        }
        if (phase.taps[0] && phase.taps[1])
            RIDGE_TRY(ridge_conv_pack_weights(on, gather, &phase, im2col.packed));
        RIDGE_TRY(for_each_tile(&im2col, &phase, multiply_tile));
    }
    return RIDGE_OK;
}

bool ridge_conv_im2col_can(const ridge_device *device, const struct ridge_conv_call *call)
{
    struct ridge_conv_gather gather;
    (void)device;
    ridge_conv_gather_make(&gather, call);
    return ridge_conv_gather_fits(&gather);
}

// Where a tuned product makes good what the columns cost, see docs/performance.md. Few groups,
// since each is a product of its own.
bool ridge_conv_im2col_suits(const ridge_device *device, const struct ridge_conv_call *call)
{
    struct ridge_conv_gather gather;
    ridge_conv_gather_make(&gather, call);
    return device->walk == RIDGE_WALK_GPU && strcmp(device->gemm, "clblast") == 0 &&
           call->shape.groups <= 4 && gather.share > 128;
}
