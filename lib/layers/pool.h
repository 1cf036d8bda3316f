// SPDX-License-Identifier: Apache-2.0
// What pooling layers share, of one dimension or two, of windows or of whole images.
#ifndef RIDGE_LAYERS_POOL_H
#define RIDGE_LAYERS_POOL_H

#include "layers/image.h"

// What a class makes of its params and the row that comes in.
struct ridge_pool_layer {
    ridge_pooling_shape shape; // without the batch, until a run says it
    struct ridge_row_shape output;
};

// The pooling that params of each struct describe.
ridge_status ridge_pool2d_of(const ridge_pool2d_params *params, const struct ridge_row_shape *row,
                             struct ridge_pool_layer *pool);
ridge_status ridge_pool1d_of(const ridge_pool1d_params *params, const struct ridge_row_shape *row,
                             struct ridge_pool_layer *pool);
ridge_status ridge_global_pool_of(const ridge_global_pool_params *params,
                                  const struct ridge_row_shape *row, struct ridge_pool_layer *pool);

void ridge_max_pool_layer_setup(const struct ridge_pool_layer *pool, struct ridge_layer_plan *plan);
ridge_status ridge_max_pool_layer_forward(struct ridge_pool_layer *pool,
                                          const struct ridge_layer_run *run);
ridge_status ridge_max_pool_layer_backward(struct ridge_pool_layer *pool,
                                           const struct ridge_layer_run *run);

void ridge_average_pool_layer_setup(const struct ridge_pool_layer *pool,
                                    struct ridge_layer_plan *plan);
ridge_status ridge_average_pool_layer_forward(struct ridge_pool_layer *pool,
                                              const struct ridge_layer_run *run);
ridge_status ridge_average_pool_layer_backward(struct ridge_pool_layer *pool,
                                               const struct ridge_layer_run *run);

// The class's functions, from how it reads its params (`of`) and what it does (`what`).
#define RIDGE_POOL_CLASS_FUNCTIONS(params_type, dimensions, of, what)                              \
    static enum ridge_memory_order order(const void *params, const struct ridge_row_shape *input)  \
    {                                                                                              \
        const params_type *p = params;                                                             \
        return ridge_image_order(input, dimensions, p->channels_last);                             \
    }                                                                                              \
    static ridge_status setup(const void *params, const struct ridge_row_shape *inputs,            \
                              struct ridge_layer_plan *plan)                                       \
    {                                                                                              \
        struct ridge_pool_layer pool;                                                              \
        RIDGE_TRY(of(params, &inputs[0], &pool));                                                  \
        what##_setup(&pool, plan);                                                                 \
        return RIDGE_OK;                                                                           \
    }                                                                                              \
    static ridge_status forward(const struct ridge_layer_run *run)                                 \
    {                                                                                              \
        struct ridge_pool_layer pool;                                                              \
        RIDGE_TRY(of(run->params, run->input_row[0], &pool));                                      \
        return what##_forward(&pool, run);                                                         \
    }                                                                                              \
    static ridge_status backward(const struct ridge_layer_run *run)                                \
    {                                                                                              \
        struct ridge_pool_layer pool;                                                              \
        RIDGE_TRY(of(run->params, run->input_row[0], &pool));                                      \
        return what##_backward(&pool, run);                                                        \
    }

#define RIDGE_POOL1D_FIELDS                                                                        \
    RIDGE_SIGNAL_WINDOW_FIELDS(ridge_pool1d_params, window, "places that are pooled",              \
                               "steps from window to window", "the window")

#define RIDGE_POOL2D_FIELDS                                                                        \
    RIDGE_WINDOW_FIELDS(ridge_pool2d_params, window, true,                                         \
                        "height and width of the window, or one number for both",                  \
                        "steps from window to window; default the window")

#define RIDGE_COUNTS_PADDING_FIELD(params)                                                         \
    {                                                                                              \
        "counts_padding", RIDGE_FIELD_BOOL, offsetof(params, counts_padding),                      \
            .help = "padding counts as zeros, as by default in PyTorch; else not, as in Keras"     \
    }

#define RIDGE_GLOBAL_POOL_FIELDS                                                                   \
    {                                                                                              \
        "channels_last", RIDGE_FIELD_BOOL, offsetof(ridge_global_pool_params, channels_last),      \
            .help = "channels are the last dimension of a row, else the first"                     \
    }

#endif
