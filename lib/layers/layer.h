// SPDX-License-Identifier: Apache-2.0
// The contract of a layer class: what it says of itself, and how it records its launches.
#ifndef RIDGE_LAYERS_LAYER_H
#define RIDGE_LAYERS_LAYER_H

#include <ridge/layers.h>
#include <ridge/normalisation.h>
#include <ridge/random.h>
#include <ridge/update.h>

#define RIDGE_MAX_LAYER_INPUTS 2
#define RIDGE_MAX_LAYER_PARAMETERS 4

// The shape of one row (a batch is [batch, size...]).
struct ridge_row_shape {
    unsigned rank;
    size_t size[RIDGE_MAX_RANK];
    // In memory the first dimension comes last: rows of images [channels, height, width] lie as
    // [height, width, channels]. Never set where that is the same.
    bool interleaved;
};

size_t ridge_row_count(const struct ridge_row_shape *shape);
// Whether the first dimension may as well come last: it, or all others together, is 1.
bool ridge_row_has_one_order(const struct ridge_row_shape *shape);
bool ridge_row_equal(const struct ridge_row_shape *a, const struct ridge_row_shape *b);
// "28x28", for messages. `text` holds at least 96 characters.
const char *ridge_row_text(const struct ridge_row_shape *shape, char *text);

// A tensor that a layer asks for: trained, or state that is kept, saved and restored with the rest
// but never trained. State has no gradient (its part of that arena stays zero), no penalty and no
// decay; it counts in no norm and no number of parameters. shape[0] counts the units: for max-norm,
// the elements behind one index of shape[0] are the incoming weights of a unit.
struct ridge_parameter_spec {
    const char *name; // "weight", "bias"
    bool is_weight;
    bool is_state;
    unsigned rank;
    size_t shape[RIDGE_MAX_RANK];
    size_t fan_in, fan_out;
    const ridge_weight_params *treatment; // inside the layer's params struct; state: all zero
    ridge_init fallback;                  // what RIDGE_INIT_DEFAULT means here
};

// What setup finds out.
struct ridge_layer_plan {
    struct ridge_row_shape output;
    struct ridge_parameter_spec parameters[RIDGE_MAX_LAYER_PARAMETERS];
    unsigned parameter_count;
    // What backward reads besides the gradient of the output.
    bool keeps_input, keeps_output;
    size_t saved_size; // floats a row that forward leaves for backward
    size_t saved_once; // and floats of the whole batch
    size_t drawn_size; // floats, whatever the batch, that forward fills in a random pass only
    bool has_kink;     // the derivative jumps where an output passes 0
    // Bytes a row, at the front of what is saved, that say which way forward went: the derivative
    // jumps where they change.
    size_t saved_choice;
    // Penalty on the output, whoever the layer is: (l1 sum|y| + l2 sum y^2) / batch joins the loss.
    float activity_l1, activity_l2;
    size_t smallest_batch; // rows that a step must have for the layer to learn; 0: any number
};

// What kind of pass over the layers it is. Training is both; inference neither.
struct ridge_pass {
    bool training;    // backward follows; statistics are those of the batch
    bool moves_state; // running statistics are brought up to date: training, but no gradient check
    bool random; // noise is drawn: dropout and its kin are on, as also in Monte-Carlo prediction
};

// What a layer does outside training, where it is y = f(gamma (x - mean) / sqrt(variance + epsilon)
// + beta) by unit.
struct ridge_fold {
    ridge_normalisation norm;
    ridge_tensor mean, variance;
};

// What turns the gradient dy of a layer's output into that of what its activation is applied to:
// dz = scale dy f'(saved), elementwise.
struct ridge_derivative {
    ridge_activation activation;
    float parameter, scale;
    ridge_tensor saved;
};

// Everything that forward or backward may touch. Tensors are [batch, row shape].
struct ridge_layer_run {
    ridge_launcher *on;
    const void *params;
    const struct ridge_layer_plan *plan;
    struct ridge_pass pass;
    size_t batch;
    const struct ridge_row_shape *input_row[RIDGE_MAX_LAYER_INPUTS];
    ridge_tensor input[RIDGE_MAX_LAYER_INPUTS], output;
    ridge_tensor saved;           // [batch, saved_size]; "no tensor" outside training
    ridge_tensor saved_once;      // [saved_once]; the same
    ridge_tensor drawn;           // [drawn_size]; "no tensor" outside random passes
    ridge_tensor output_gradient; // backward may overwrite it
    // "No tensor" where nobody wants it; accumulate: add to what is there.
    ridge_tensor input_gradient[RIDGE_MAX_LAYER_INPUTS];
    bool accumulate[RIDGE_MAX_LAYER_INPUTS];
    ridge_tensor parameter[RIDGE_MAX_LAYER_PARAMETERS];
    ridge_tensor parameter_gradient[RIDGE_MAX_LAYER_PARAMETERS];
    // Parameters that backward updates by itself, instead of leaving their gradients: see updates.
    // NULL: it must not.
    const struct ridge_weight_update *update[RIDGE_MAX_LAYER_PARAMETERS];
    ridge_random random; // the layer's own stream
    // The dropout behind the layer that it has to do as well, see takes_dropout. Rate 0: none.
    float dropout_rate;
    ridge_random dropout_random;
    // The normalisation behind the layer that it has to do as well in inference, see takes_fold,
    // and room for its weights and a bias with that in them. NULL: none.
    const struct ridge_fold *fold;
    ridge_tensor folded;
    // What backward has to multiply the gradient of its input by, since the layer before begins
    // with that, see takes_derivative. NULL: nothing.
    const struct ridge_derivative *derivative;
    bool derived; // the layer behind has done so for this one: output_gradient is dz
};

// How the rows that a layer takes have to lie. The network puts a layer `reorder` in between where
// they lie otherwise.
enum ridge_memory_order {
    RIDGE_ORDER_PLAIN,       // as the shape says
    RIDGE_ORDER_INTERLEAVED, // see struct ridge_row_shape
    RIDGE_ORDER_ANY          // either; several inputs lie as the first one does
};

struct ridge_layer_class {
    ridge_layer_info info;
    // `input` is the row that comes in, the first one of several. NULL: plain.
    enum ridge_memory_order (*order)(const void *params, const struct ridge_row_shape *input);
    // True: the output is the input under another shape; no launch, no memory. NULL: never.
    bool (*is_alias)(const void *params, struct ridge_pass pass);
    // Whether forward draws random numbers in a random pass. NULL: never.
    bool (*is_random)(const void *params);
    // The rate of a layer that is nothing but inverted dropout, with a draw for each element: the
    // layer before it may do it. 0: it is not that. NULL: always 0.
    float (*dropout_rate)(const void *params);
    // Whether backward updates parameter j, by an optimizer that neither clips nor limits norms,
    // where it computes its gradient, when it is told to. NULL: none.
    bool (*updates)(const void *params, unsigned j);
    // Whether, in a random pass, forward and backward do a dropout behind the layer by themselves
    // when they are told to, so that it takes no memory of its own. NULL: never.
    bool (*takes_dropout)(const void *params);
    // Whether forward, in inference, does a normalisation behind the layer by itself when it is
    // told to, in its weights [units, ...]. NULL: never.
    bool (*takes_fold)(const void *params);
    // Fills `fold` from a run outside training if the layer is such a normalisation, of `units`
    // that are neighbours in memory; else returns false. NULL: it is none.
    bool (*fold)(const struct ridge_layer_run *run, size_t units, struct ridge_fold *fold);
    // Fills `derivative` from a training run if backward begins with that, and leaves it out where
    // run->derived says that it is done; else returns false. NULL: always false.
    bool (*derivative)(const struct ridge_layer_run *run, struct ridge_derivative *derivative);
    // Whether backward multiplies the gradient of its input by a derivative on the way when it is
    // told to, at less than another pass would cost. NULL: never.
    bool (*takes_derivative)(const struct ridge_layer_run *run);
    // Shapes, parameters, what backward needs. `inputs` are the row shapes of the inputs; a misfit
    // is RIDGE_ERROR_SHAPE with what was expected and found (the caller adds the layer's name).
    ridge_status (*setup)(const void *params, const struct ridge_row_shape *inputs,
                          struct ridge_layer_plan *plan);
    // Takes what the layer needs to know of the data into its state, before training. x: all
    // run->batch rows in their stored type, of which the network sees x * scale + shift; of run,
    // only tensors of parameters are there, and the shape of stored rows as input_row[0], which
    // augmentation may change on the way to the layer. Such a layer stands directly behind the
    // input, and the first number of its last state is 0 until then and not 0 after. NULL: nothing
    // to know.
    ridge_status (*adapt)(const struct ridge_layer_run *run, ridge_tensor x, float scale,
                          float shift);
    // Why the layer has to stand directly behind the input; NULL: it need not. (One with `adapt`
    // has to anyhow.)
    const char *behind_input;
    // NULL for classes that are always aliases, and for the input.
    ridge_status (*forward)(const struct ridge_layer_run *run);
    ridge_status (*backward)(const struct ridge_layer_run *run);
};

// For classes that take rows element by element.
enum ridge_memory_order ridge_order_any(const void *params, const struct ridge_row_shape *input);

// The class of this name, or NULL. Every file of lib/layers defines one, ridge_layer_class_<file>.
const struct ridge_layer_class *ridge_layer_class_find(const char *name);

// What contradicts itself in a treatment; ranges are the fields' business.
ridge_status ridge_weight_check(const ridge_weight_params *treatment);
// Whether the parameter has vectors that an orthogonal penalty can compare.
ridge_status ridge_orthogonal_check(const struct ridge_parameter_spec *spec);
ridge_constraint ridge_weight_constraint(const ridge_weight_params *treatment);

// Names in the order of the enums, NULL-terminated, for field tables.
extern const char *const ridge_init_choices[];

// The fields of a ridge_weight_params member, with a prefix.
#define RIDGE_WEIGHT_NUMBER(field, params, place, text)                                            \
    {                                                                                              \
        field, RIDGE_FIELD_FLOAT, offsetof(params, place), 0, HUGE_VAL, .help = text               \
    }
#define RIDGE_WEIGHT_LIMIT(field, params, place, text)                                             \
    {                                                                                              \
        field, RIDGE_FIELD_FLOAT, offsetof(params, place), 0, HUGE_VAL, .minimum_excluded = true,  \
                                                                        .help = text               \
    }
#define RIDGE_WEIGHT_SWITCH(field, params, place, text)                                            \
    {                                                                                              \
        field, RIDGE_FIELD_BOOL, offsetof(params, place), .help = text                             \
    }
#define RIDGE_WEIGHT_FIELDS(prefix, params, member, what)                                          \
    RIDGE_WEIGHT_NUMBER(prefix "l1", params, member.l1,                                            \
                        "L1 penalty on the " what ": l1 sum|w| joins the loss"),                   \
        RIDGE_WEIGHT_NUMBER(prefix "l2", params, member.l2,                                        \
                            "L2 penalty on the " what ": l2 sum w^2 joins the loss"),              \
        RIDGE_WEIGHT_SWITCH(prefix "proximal", params, member.proximal,                            \
                            "L1 by a proximal step, which gives exact zeros"),                     \
        RIDGE_WEIGHT_LIMIT(prefix "max_norm", params, member.max_norm,                             \
                           "largest Euclidean norm of a unit's " what),                            \
        RIDGE_WEIGHT_LIMIT(prefix "min_norm", params, member.min_norm,                             \
                           "smallest Euclidean norm of a unit's " what),                           \
        {prefix "norm_rate",                                                                       \
         RIDGE_FIELD_FLOAT,                                                                        \
         offsetof(params, member.norm_rate),                                                       \
         0,                                                                                        \
         1,                                                                                        \
         .minimum_excluded = true,                                                                 \
         .fallback = "1",                                                                          \
         .help = "how far a norm goes towards its limit in a step"},                               \
        RIDGE_WEIGHT_SWITCH(prefix "unit_norm", params, member.unit_norm,                          \
                            "scale each unit's " what " to a Euclidean norm of 1"),                \
        RIDGE_WEIGHT_SWITCH(prefix "non_negative", params, member.non_negative,                    \
                            "negative " what " become 0"),                                         \
    {                                                                                              \
        prefix "init", RIDGE_FIELD_NAME, offsetof(params, member.init),                            \
            .choices = ridge_init_choices, .help = "initial " what                                 \
    }

// Those for weights only, of two dimensions.
#define RIDGE_ORTHOGONAL_FIELDS(params, member)                                                    \
    RIDGE_WEIGHT_NUMBER("orthogonal", params, member.orthogonal,                                   \
                        "penalty on the cosines between rows or columns of the weights"),          \
    {                                                                                              \
        "orthogonal_mode", RIDGE_FIELD_NAME, offsetof(params, member.orthogonal_mode),             \
            .choices = ridge_orthogonal_choices, .help = "rows: the incoming weights of each unit" \
    }

// The field that every layer has.
#define RIDGE_NAME_FIELD(params)                                                                   \
    {                                                                                              \
        "name", RIDGE_FIELD_TEXT, offsetof(params, name), .help = "name of the layer"              \
    }

#endif
