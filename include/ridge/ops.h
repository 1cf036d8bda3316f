// SPDX-License-Identifier: Apache-2.0
// Ops: single kernels on tensors, for programs that want one and nothing else, and what the layers
// are made of.
//
// Every op takes a launcher: ridge_device_launcher() enqueues at once, ridge_plan_launcher()
// records. Nothing waits for the device. Tensors are dense float32 unless stated; an output must
// not overlap an input except where "may be the same" is said. All ops return RIDGE_ERROR_ARGUMENT
// for a missing tensor, a wrong type or a value out of range, RIDGE_ERROR_SHAPE for shapes that do
// not fit, RIDGE_ERROR_BUILD and RIDGE_ERROR_DEVICE for what OpenCL says.
#ifndef RIDGE_OPS_H
#define RIDGE_OPS_H

#include <ridge/base.h>
#include <ridge/device.h>
#include <ridge/fields.h>
#include <ridge/tensor.h>

RIDGE_API_BEGIN

// Elementwise; x and y have the same number of elements.

// y = value
RIDGE_API ridge_status ridge_fill(ridge_launcher *on, ridge_tensor y, float value);
// y = x
RIDGE_API ridge_status ridge_copy(ridge_launcher *on, ridge_tensor x, ridge_tensor y);
// x = alpha x
RIDGE_API ridge_status ridge_scale(ridge_launcher *on, float alpha, ridge_tensor x);
// y = alpha x + y
RIDGE_API ridge_status ridge_axpy(ridge_launcher *on, float alpha, ridge_tensor x, ridge_tensor y);
// y[b, c, r] = x[b, r, c], or added to y when `accumulate`: x [batch, rows, columns].
RIDGE_API ridge_status ridge_transpose(ridge_launcher *on, ridge_tensor x, ridge_tensor y,
                                       bool accumulate);

// y[r, to + j] = x[r, from + j] for j < count, or += when `accumulate`: columns of rows, which are
// the last dimension. x and y have the same number of rows; what lies beside the columns stays.
RIDGE_API ridge_status ridge_copy_columns(ridge_launcher *on, ridge_tensor x, size_t from,
                                          ridge_tensor y, size_t to, size_t count, bool accumulate);

// Matrix products.

typedef enum ridge_activation {
    RIDGE_LINEAR = 0, // x
    RIDGE_RELU,       // max(x, 0)
    RIDGE_LEAKY_RELU, // x > 0 ? x : p x                        p = 0.01 by default
    RIDGE_ELU,        // x > 0 ? x : p (exp(x) - 1)             p = 1 by default
    RIDGE_SELU,       // s (x > 0 ? x : a (exp(x) - 1)),        s = 1.0507009873554805,
                      //                                        a = 1.6732632423543772
    RIDGE_GELU,       // x Phi(x), with the error function, not its tanh approximation
    RIDGE_SILU,       // x sigmoid(x)
    RIDGE_SIGMOID,    // 1 / (1 + exp(-x))
    RIDGE_TANH,       // tanh(x)
    RIDGE_SOFTPLUS    // log(1 + exp(x)), without overflow
} ridge_activation;

// "linear", "relu", "leaky_relu", ...; NULL for a value outside the enum.
RIDGE_API const char *ridge_activation_name(ridge_activation activation);

typedef struct ridge_gemm_shape {
    bool transpose_a, transpose_b;
    size_t m, n, k;       // op(A) is m x k, op(B) is k x n, C is m x n
    size_t lda, ldb, ldc; // elements from row to row as stored; 0: dense
} ridge_gemm_shape;

typedef struct ridge_gemm_epilogue {
    ridge_tensor bias; // [n], added to every row; "no tensor" for none
    ridge_activation activation;
    float parameter; // of the activation; 0: its default
    // With this tensor, which has the places of C (ldc apart, too), the activation's derivative is
    // multiplied by instead of the activation being applied: what its backward needs, z or f(z),
    // see ridge_activation_needs_input.
    ridge_tensor saved;
    float scale; // with `saved`: another factor; 0: 1
    // [m], becomes the sums of op(A)'s rows, for which A has to be transposed: where A is the
    // gradient dz [k, m] of a layer's outputs, dz^T x is that of the weights, and this that of the
    // bias. "No tensor": not wanted.
    ridge_tensor row_sums;
} ridge_gemm_epilogue;

// C = f(x), x = alpha op(A) op(B) + beta C + bias, row-major, f elementwise; with `saved` in the
// epilogue C = scale x f'(z), the gradient of what f was applied to out of that of f(z). With beta
// 0 C is not read, so it may hold NaN. epilogue NULL: no bias, no activation. Offsets come with the
// tensors. a, b, c and saved need not have the shape of the matrices, only room for them.
// The provider is the device's (see ridge_device_gemm); its first use on a device is compared with
// a plain kernel, and one that gives wrong products is replaced with a warning.
RIDGE_API ridge_status ridge_gemm(ridge_launcher *on, const ridge_gemm_shape *shape, float alpha,
                                  ridge_tensor a, ridge_tensor b, float beta, ridge_tensor c,
                                  const ridge_gemm_epilogue *epilogue);

// db[j] = sum over i of dy[i, j]: the gradient of a bias. dy [rows, columns], db [columns].
RIDGE_API ridge_status ridge_bias_gradient(ridge_launcher *on, ridge_tensor dy, ridge_tensor db);

// Activations. parameter 0 means the activation's default; x and y may be the same.

// y = f(x)
RIDGE_API ridge_status ridge_activation_forward(ridge_launcher *on, ridge_activation activation,
                                                float parameter, ridge_tensor x, ridge_tensor y);
// Whether backward needs the input x (gelu, silu); for the others it needs the output y.
RIDGE_API bool ridge_activation_needs_input(ridge_activation activation);
// dx = dy f'(x), or dx += dy f'(x) when `accumulate`. `saved` is x or y, see above. The derivative
// at a kink is the one from the left (0 for relu at 0). dx and dy may be the same.
RIDGE_API ridge_status ridge_activation_backward(ridge_launcher *on, ridge_activation activation,
                                                 float parameter, ridge_tensor saved,
                                                 ridge_tensor dy, ridge_tensor dx, bool accumulate);

// Normalisation: y = f(gamma normal(x) + beta), normal(x) = (x - mean) / sqrt(variance + epsilon).
//
// Statistics are found in two passes from the distances to one of the values, so that they do not
// cancel where values lie far from 0; what rounding takes from a mean is kept beside it. Backward
// computes everything from x again and needs neither y nor what f was applied to. NaN and infinity
// in what a mean is taken of show in all that it is used for.

typedef struct ridge_normalisation {
    ridge_tensor gamma, beta; // "no tensor": 1 and 0
    float epsilon;            // > 0
    ridge_activation activation;
    float parameter; // of the activation; 0: its default
} ridge_normalisation;

// What backward is to find; "no tensor" for what is not wanted. x may be dy itself.
typedef struct ridge_normalisation_gradients {
    ridge_tensor x;
    bool accumulate; // add to x; the others are always replaced
    ridge_tensor gamma, beta;
} ridge_normalisation_gradients;

// Running statistics of batch normalisation, each [channels]:
//   mean = momentum mean + (1 - momentum) batch mean, variance likewise.
typedef struct ridge_running_statistics {
    ridge_tensor mean, variance;
    float momentum; // share of the old value that is kept: [0, 1)
    bool unbiased;  // the batch's variance is divided by n - 1, else by n. Where n is 1 there is no
                    // such variance, and the running one stays as it is
} ridge_running_statistics;

// Batch normalisation (Ioffe, Szegedy 2015): x, y [batch, channels, ...], mean and biased variance
// of each channel over the batch and all dimensions behind the channels. gamma, beta [channels].
// running: what to bring up to date; NULL: nothing. statistics [3, channels], for backward: mean,
// what the mean has lost, variance; "no tensor": not wanted.
RIDGE_API ridge_status ridge_batch_norm_forward(ridge_launcher *on, const ridge_normalisation *norm,
                                                const ridge_running_statistics *running,
                                                ridge_tensor x, ridge_tensor y,
                                                ridge_tensor statistics);
// The same with a mean and a variance that are known, [channels]: one elementwise launch.
RIDGE_API ridge_status ridge_batch_norm_inference(ridge_launcher *on,
                                                  const ridge_normalisation *norm,
                                                  ridge_tensor mean, ridge_tensor variance,
                                                  ridge_tensor x, ridge_tensor y);
// With n values of x and dy in a channel, dz = dy f'(z):
//   beta  = sum of dz,  gamma = sum of dz normal(x)
//   x     = gamma / sqrt(variance + epsilon) (dz - (sum of dz) / n - normal(x) (sum of dz
//   normal(x)) / n)
RIDGE_API ridge_status ridge_batch_norm_backward(ridge_launcher *on,
                                                 const ridge_normalisation *norm, ridge_tensor x,
                                                 ridge_tensor statistics, ridge_tensor dy,
                                                 const ridge_normalisation_gradients *wanted);

// Layer normalisation (Ba et al. 2016): x, y [rows, columns], mean and biased variance of each row.
// gamma, beta [columns]. statistics [3, rows], for backward, as above; "no tensor": not wanted.
RIDGE_API ridge_status ridge_layer_norm_forward(ridge_launcher *on, const ridge_normalisation *norm,
                                                ridge_tensor x, ridge_tensor y,
                                                ridge_tensor statistics);
// With n columns, dz = dy f'(z), g = gamma dz:
//   beta = sum over rows of dz,  gamma = sum over rows of dz normal(x)
//   x    = (g - (sum of g) / n - normal(x) (sum of g normal(x)) / n) / sqrt(variance + epsilon)
RIDGE_API ridge_status ridge_layer_norm_backward(ridge_launcher *on,
                                                 const ridge_normalisation *norm, ridge_tensor x,
                                                 ridge_tensor statistics, ridge_tensor dy,
                                                 const ridge_normalisation_gradients *wanted);

// Group normalisation (Wu, He 2018): x, y [batch, channels, places], or with channels_last [batch,
// places, channels]; mean and biased variance of each sample's groups of channels / groups
// neighbouring channels, over all places. gamma, beta [channels]. statistics [3, batch, groups],
// for backward, as above; "no tensor": not wanted.
RIDGE_API ridge_status ridge_group_norm_forward(ridge_launcher *on, const ridge_normalisation *norm,
                                                size_t groups, bool channels_last, ridge_tensor x,
                                                ridge_tensor y, ridge_tensor statistics);
// As layer normalisation, with n values in a group:
//   beta = sum over batch and places of dz,  gamma = the same of dz normal(x), by channel
RIDGE_API ridge_status ridge_group_norm_backward(ridge_launcher *on,
                                                 const ridge_normalisation *norm, size_t groups,
                                                 bool channels_last, ridge_tensor x,
                                                 ridge_tensor statistics, ridge_tensor dy,
                                                 const ridge_normalisation_gradients *wanted);

// y[i, j] = exp(x[i, j]) / sum over k of exp(x[i, k]), without overflow. [rows, columns]; x and y
// may be the same.
RIDGE_API ridge_status ridge_softmax(ridge_launcher *on, ridge_tensor x, ridge_tensor y);

// Losses.

typedef enum ridge_loss {
    RIDGE_SOFTMAX_CROSS_ENTROPY = 0, // -sum q' log softmax(x): q' the smoothed target, or one-hot
    RIDGE_BINARY_CROSS_ENTROPY,      // max(x, 0) - x t + log(1 + exp(-|x|)): x is a logit
    RIDGE_MEAN_SQUARED_ERROR,        // (x - t)^2
    RIDGE_MEAN_ABSOLUTE_ERROR,       // |x - t|
    RIDGE_HUBER                      // |e| <= delta ? e^2 / 2 : delta (|e| - delta / 2), e = x - t
} ridge_loss;

RIDGE_API const char *ridge_loss_name(ridge_loss loss); // "softmax_cross_entropy", ...

typedef struct ridge_loss_params {
    ridge_loss loss;
    float smoothing; // s in [0, 1). softmax: q' = (1 - s) q + s sum(q) / classes, q the target or
                     // the one-hot of a label; binary: t (1 - s) + s / 2
    float delta;     // huber; 0 means 1
} ridge_loss_params;

// Loss, gradient and correctness of every row in one launch.
//
// x         [rows, columns]  outputs of the network (logits for the two cross-entropies)
// target    int32 [rows]     labels in [0, columns) for softmax; 0 or 1 for binary with columns 1
//           [rows, columns]  float32 values, for every loss. For softmax the shares q of the
//           classes;
//                            a row whose sum is not 1 counts sum(q) times, as sum(q) rows would
// gradient  [rows, columns]  d(mean loss) / dx: softmax divides by rows, the others by
//                            rows * columns. May be x itself; "no tensor": not wanted
// row_loss  [rows]           loss of the row; others than softmax: mean over its columns
// row_right [rows]           softmax: 1 where the largest x (the first of equals) is at the label,
// or
//                            at the largest q (the first of equals); binary: share of columns where
//                            x > 0 agrees with t > 0.5; others: 0
// A row that holds NaN, or whose label does not exist, gives a NaN loss and 0 right.
RIDGE_API ridge_status ridge_loss_forward(ridge_launcher *on, const ridge_loss_params *params,
                                          ridge_tensor x, ridge_tensor target,
                                          ridge_tensor gradient, ridge_tensor row_loss,
                                          ridge_tensor row_right);

// totals[0] += sum of row_loss, totals[2] += sum of row_right; totals[1] and totals[3] carry what
// float32 would lose (compensated sums: the total is totals[0] + totals[1]). totals: float32 [4].
RIDGE_API ridge_status ridge_loss_accumulate(ridge_launcher *on, ridge_tensor row_loss,
                                             ridge_tensor row_right, ridge_tensor totals);

// Reductions: the order of the additions depends on the device and the sizes only, so results
// repeat bit for bit; relative error at most 1e-6 for 10^8 elements of one sign; no overflow
// where the result fits float32. NaN and infinity in x show in the result.

typedef enum ridge_reduction {
    RIDGE_SUM = 0, // sum of x
    RIDGE_L1,      // sum of |x|
    RIDGE_SQUARES, // sum of x^2 (the squared Frobenius norm)
    RIDGE_NORM,    // sqrt of the sum of x^2 (the Frobenius norm)
    RIDGE_LARGEST, // largest |x|
    RIDGE_ZEROS    // how many x are exactly zero
} ridge_reduction;

// y[0] = the reduction of all of x. y: float32, one element.
RIDGE_API ridge_status ridge_reduce(ridge_launcher *on, ridge_reduction reduction, ridge_tensor x,
                                    ridge_tensor y);
// y[s] = the reduction of x[first .. first + count) with (first, count) = segments[s].
// segments: uint32 [n, 2], inside x; y: float32 [n].
RIDGE_API ridge_status ridge_reduce_segments(ridge_launcher *on, ridge_reduction reduction,
                                             ridge_tensor x, ridge_tensor segments, ridge_tensor y);

// Activity penalty: l1 sum|x| + l2 sum x^2 over the output of a layer, divided by its rows.

// totals[0] += sum of |x|, totals[2] += sum of x^2; totals[1] and totals[3] carry what float32
// would lose, as in ridge_loss_accumulate. totals: float32 [4].
RIDGE_API ridge_status ridge_activity_penalty_sums(ridge_launcher *on, ridge_tensor x,
                                                   ridge_tensor totals);
// dx += (l1 sign(x) + 2 l2 x) / rows, sign(0) = 0. x, dx [rows, ...], apart from each other.
RIDGE_API ridge_status ridge_activity_penalty_gradient(ridge_launcher *on, float l1, float l2,
                                                       ridge_tensor x, ridge_tensor dx);

// Orthogonal penalty on a matrix, as Keras' OrthogonalRegularizer: with P the cosines between its n
// rows (or columns), 0 on the diagonal,
//
//   penalty = factor sum |P| / 2 / (n (n - 1) / 2)
//
// which is the factor for parallel rows and 0 for orthogonal ones. The gradient flows through the
// normalisation of the rows. A row of zeros has cosines of 0 and no gradient.
typedef enum ridge_orthogonal_mode {
    RIDGE_ORTHOGONAL_ROWS = 0,
    RIDGE_ORTHOGONAL_COLUMNS
} ridge_orthogonal_mode;

// Elements of the memory that the op works in: n (n + 2).
RIDGE_API size_t ridge_orthogonal_work(ridge_orthogonal_mode mode, size_t rows, size_t columns);

// penalty[0] = the penalty of w [rows, columns]; gradient += its gradient. "No tensor" for what is
// not wanted. work: float32 [ridge_orthogonal_work], overwritten. Errors: RIDGE_ERROR_SHAPE for a
// single row, which is orthogonal to nothing.
RIDGE_API ridge_status ridge_orthogonal_penalty(ridge_launcher *on, float factor,
                                                ridge_orthogonal_mode mode, ridge_tensor w,
                                                ridge_tensor work, ridge_tensor penalty,
                                                ridge_tensor gradient);

// Randomness is a pure function: Philox4x32-10 with key (seed low, seed high) and counter
// (block low, block high, step, stream). Element e takes word (e / 16) % 4 of the block
// (e / 64) * 16 + e % 16, so that 16 neighbouring elements are one vector on any device.
typedef struct ridge_random {
    uint64_t seed;
    uint32_t stream;      // tells uses apart, e.g. one number per layer
    uint32_t step;        // tells training steps apart
    ridge_tensor step_at; // uint32 [1] on the device, added to step when the kernel runs, so that a
                          // recorded plan draws anew each time; "no tensor": nothing is added
} ridge_random;

// Inverted dropout: y[e] = word(e) < (1 - rate) 2^32 ? x[e] / (1 - rate) : 0. rate in [0, 1]: 0 is
// the identity, 1 gives zeros. Backward is the same call on dy with the same `random`: masks are
// drawn again, never stored. accumulate: y += instead. x and y may be the same.
// Srivastava et al. 2014; the inverted form as in the texts: `a * (rand < keep) / keep`.
RIDGE_API ridge_status ridge_dropout_apply(ridge_launcher *on, float rate,
                                           const ridge_random *random, ridge_tensor x,
                                           ridge_tensor y, bool accumulate);
// The same for whole channels (spatial dropout, Tompson et al. 2015): one draw for each sample and
// channel, word(sample * channels + channel), shared by all positions. x [samples, channels,
// positions], or [samples, positions, channels] with channels_last.
RIDGE_API ridge_status ridge_dropout_channels(ridge_launcher *on, float rate,
                                              const ridge_random *random, bool channels_last,
                                              ridge_tensor x, ridge_tensor y, bool accumulate);

// Alpha dropout, for what comes out of selu (Klambauer et al. 2017): y = a (kept ? x : s) + b, with
// the same mask as ridge_dropout_apply, s = -1.7580993408473766 the value that selu tends to,
// a = ((1 - rate) (1 + rate s^2))^(-1/2) and b = -a rate s. Mean 0 and variance 1 stay as they are.
// rate in [0, 1). x and y may be the same.
RIDGE_API ridge_status ridge_alpha_dropout_apply(ridge_launcher *on, float rate,
                                                 const ridge_random *random, ridge_tensor x,
                                                 ridge_tensor y);
// dx = kept ? a dy : 0, or dx += when `accumulate`, with the mask of the same `random`.
RIDGE_API ridge_status ridge_alpha_dropout_backward(ridge_launcher *on, float rate,
                                                    const ridge_random *random, ridge_tensor dy,
                                                    ridge_tensor dx, bool accumulate);

// n(e) is normal with mean 0 and deviation 1: the value below which a normal number lies with
// probability word(e) 2^-32 + 2^-33, so |n| < 6.34. The kernels compute it with a relative error of
// at most 1e-6, and the same bits on every device. ridge_random_normal takes two words for a number
// and gives others.

// Gaussian dropout: y[e] = x[e] (1 + sqrt(rate / (1 - rate)) n(e)), of the variance that inverted
// dropout has (Srivastava et al. 2014, section 10). rate in [0, 1). Backward is the same call on dy
// with the same `random`. accumulate: y += instead. x and y may be the same.
RIDGE_API ridge_status ridge_gaussian_dropout_apply(ridge_launcher *on, float rate,
                                                    const ridge_random *random, ridge_tensor x,
                                                    ridge_tensor y, bool accumulate);
// Gaussian noise: y[e] = x[e] + deviation n(e), deviation >= 0. x and y may be the same. Its
// derivative is 1.
RIDGE_API ridge_status ridge_gaussian_noise_apply(ridge_launcher *on, float deviation,
                                                  const ridge_random *random, ridge_tensor x,
                                                  ridge_tensor y);

// Element e of the stream on the host: the same words that the kernels draw. These three do not
// read `step_at`, and compute in double precision.
RIDGE_API uint32_t ridge_random_word(const ridge_random *random, uint64_t element);
// word 2^-32 + 2^-33: uniform in (0, 1).
RIDGE_API double ridge_random_uniform(const ridge_random *random, uint64_t element);
// Box-Muller on elements 2 e and 2 e + 1: normal with mean 0 and deviation 1.
RIDGE_API double ridge_random_normal(const ridge_random *random, uint64_t element);

// Batches: y[r] = source[index[position + r]] * scale + shift.
//
// source   [n, ...]  uint8, float32 or int32, rows of equal size
// index    uint32 [m], each below n; "no tensor": row position + r itself
// position uint32 [1] on the device, added to `first`; "no tensor": nothing is added
// y        [rows, ...] float32; int32 for an int32 source, which is copied as it is
RIDGE_API ridge_status ridge_gather(ridge_launcher *on, ridge_tensor source, ridge_tensor index,
                                    size_t first, ridge_tensor position, float scale, float shift,
                                    ridge_tensor y);

// Standardisation. x [rows, channels, ...]; mean, deviation float32 [channels].
//
// find: of x * scale + shift, x uint8 or float32, over all rows and all places of a channel; the
// deviation is that of the population, sqrt(mean of (x - mean)^2), and 1 where all values are
// equal. apply: y = (x - mean) / deviation in float32; a deviation of 0 divides by 1. y may be x.
RIDGE_API ridge_status ridge_standardise_find(ridge_launcher *on, ridge_tensor x, float scale,
                                              float shift, ridge_tensor mean,
                                              ridge_tensor deviation);
RIDGE_API ridge_status ridge_standardise_apply(ridge_launcher *on, ridge_tensor x,
                                               ridge_tensor mean, ridge_tensor deviation,
                                               ridge_tensor y);

// Updates of a whole arena of parameters in one launch.

typedef enum ridge_optimizer_kind {
    RIDGE_SGD = 0, // v = mu v + g; w -= rate v     (nesterov: w -= rate (g + mu v)); as PyTorch
    RIDGE_ADAM,    // m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2;
                   // w -= rate (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps); as PyTorch
    RIDGE_ADAMW,   // Adam, and decoupled weight decay 0.01 by default
    RIDGE_RMSPROP  // v = rho v + (1 - rho) g^2; u = g / (sqrt(v) + eps); with momentum mu > 0:
                   // b = mu b + u, u = b; w -= rate u; as PyTorch
} ridge_optimizer_kind;

// Zero means the default. Made by ridge_sgd(.rate = 0.1f, .momentum = 0.9f) and its kin below.
typedef struct ridge_optimizer {
    ridge_optimizer_kind kind;
    float rate;         // > 0; default 0.01, adam and adamw 0.001
    float momentum;     // sgd, rmsprop: [0, 1); default 0
    bool nesterov;      // sgd
    float beta1, beta2; // adam, adamw: [0, 1); default 0.9, 0.999
    float rho;          // rmsprop: [0, 1); default 0.99
    float epsilon;      // adam, adamw, rmsprop: > 0; default 1e-8
    float weight_decay; // decoupled, weights only: w -= rate weight_decay w beside the update;
                        // default 0, adamw 0.01; negative: none
    // Clipping of gradients, penalties included; at most one, 0: none.
    float clip_value;       // each element to [-clip_value, clip_value]
    float clip_norm;        // each tensor with a Euclidean norm above it is scaled to it
    float clip_global_norm; // all tensors together (Pascanu et al. 2013)
} ridge_optimizer;

#define ridge_sgd(...) RIDGE_VALUE(ridge_optimizer, .kind = RIDGE_SGD, __VA_ARGS__)
#define ridge_adam(...) RIDGE_VALUE(ridge_optimizer, .kind = RIDGE_ADAM, __VA_ARGS__)
#define ridge_adamw(...) RIDGE_VALUE(ridge_optimizer, .kind = RIDGE_ADAMW, __VA_ARGS__)
#define ridge_rmsprop(...) RIDGE_VALUE(ridge_optimizer, .kind = RIDGE_RMSPROP, __VA_ARGS__)

// The fields of ridge_optimizer, for files.
RIDGE_API const ridge_field *ridge_optimizer_fields(void);
// Checks the ranges and replaces zeros by the defaults.
RIDGE_API ridge_status ridge_optimizer_complete(ridge_optimizer *optimizer);
RIDGE_API const char *ridge_optimizer_name(ridge_optimizer_kind kind); // "sgd", "adam", ...
// Arenas of state beside the parameters: 0 (sgd without momentum) to 2.
RIDGE_API unsigned ridge_optimizer_slots(const ridge_optimizer *optimizer);

// What weights must satisfy after each update (projected, never through the gradient). All zero: no
// constraint. First signs, then norms; norms are Euclidean, of each unit apart.
//
// Keras divides by norm + 1e-7 and so changes weights that satisfy the limit already; here they
// keep their bits, as in Srivastava et al. 2014. A unit whose weights are all zero stays so under
// every limit, and one whose norm is NaN or too large for float32 stays as it is, to be seen.
typedef struct ridge_constraint {
    uint32_t non_negative; // 1: w = max(w, 0)
    float min_norm;        // norms below are scaled up to it, >= 0
    float max_norm;        // norms above are scaled down to it; 0: no limit
    float norm_rate; // how far a norm goes towards its limit: w *= rate limit / norm + 1 - rate,
                     // (0, 1]; 0: 1
} ridge_constraint;

// Puts each row w[first .. first + count) under the constraint. rows: uint32 [n, 2] of
// (first, count), inside w and apart from each other.
RIDGE_API ridge_status ridge_constrain(ridge_launcher *on, const ridge_constraint *constraint,
                                       ridge_tensor w, ridge_tensor rows);

// How one tensor of the arena is treated. Tensors start at multiples of RIDGE_SEGMENT_ALIGNMENT
// elements; the gap behind one belongs to it and stays zero.
#define RIDGE_SEGMENT_ALIGNMENT 256
typedef struct ridge_segment {
    uint32_t first, count; // elements
    uint32_t unit;         // elements of a unit, for the constraint; 0: all
    float l1, l2;          // penalty l1 sum|w| + l2 sum w^2: l1 sign(w) + 2 l2 w joins the gradient
    float proximal_l1;     // penalty l1 sum|w| by a proximal step instead, see ridge_update
    float decay;           // factor on the optimizer's weight_decay: 1 for weights, 0 for the rest
    ridge_constraint constraint;
} ridge_segment;

// Cuts the tensors of an arena into the pieces that work-groups take: units where units have limits
// on their norms, else some thousand elements. Writes (first, count, segment) of each to `pieces`,
// unless it is NULL, and returns how many there are.
RIDGE_API size_t ridge_update_pieces(const ridge_segment *segments, size_t count, uint32_t *pieces);

// What ridge_update notes, float32 [6], zero at first.
enum {
    RIDGE_NOTE_NORM,       // norm of all gradients together, penalties included, before clipping;
                           // 0 where nothing is clipped
    RIDGE_NOTE_LARGEST,    // the largest of these since the note was zero
    RIDGE_NOTE_CLIPPED,    // steps whose gradient was clipped by its global norm
    RIDGE_NOTE_NOT_FINITE, // steps whose norm was NaN or infinite
    RIDGE_NOTE_DECAY,      // two words: decay that is due, but too small to count yet
    RIDGE_NOTES = 6
};

typedef struct ridge_update_params {
    const ridge_optimizer *optimizer;   // completed
    ridge_tensor parameters, gradients; // the arenas, n elements each
    ridge_tensor slots[2]; // as many as ridge_optimizer_slots, n elements, zero at first
    ridge_tensor segments; // the table as 32-bit words: uint32 [segments, 11], as ridge_segment
    ridge_tensor pieces;   // uint32 [pieces, 3], see ridge_update_pieces
    ridge_tensor rate;     // float32 [1]: the rate that counts, instead of the optimizer's
    ridge_tensor step;     // uint32 [1]: steps done before this one
    ridge_tensor notes;    // float32 [RIDGE_NOTES]
} ridge_update_params;

// One step of the optimizer over the whole arena in one launch; with clipping, in two:
//
//   g  = gradient + l1 sign(w) + 2 l2 w, clipped
//   w -= rate u(g) + rate weight_decay decay w         u: the optimizer's, see its kind
//   w  = sign(w) max(|w| - rate p proximal_l1, 0)
//   w  under its constraint
//
// p is what u comes to for a steady gradient of 1: 1 / (1 - momentum) for sgd, 1 / (sqrt(v) + eps)
// for adam (v corrected). With it weights come to rest just where loss + l1 sum|w| is smallest, as
// with the subgradient, but those that do not matter are exactly zero (proximal gradient method
// with the optimizer's own metric: Parikh, Boyd 2014; Yun et al. 2021).
//
// Decay that would take less than 2^-17 of a weight in a step adds up in the notes and is taken
// when it has come to that, since float32 would lose it: w (1 - 1e-8) is w.
//
// Denormal numbers (below 2^-126) become zero, in weights and in slots.
//
// A gradient with NaN or infinity in it is not clipped, so that it shows in the weights and in the
// loss; the notes count the steps where clipping met one.
RIDGE_API ridge_status ridge_update(ridge_launcher *on, const ridge_update_params *params);

// A pass over data begins: all words of state from state[1] on become 0, but state[2] becomes the
// bits of rates[0], or of `rate` where `rates` is "no tensor". state: uint32, 3 words or more, with
// rates 4. rates: float32, a learning rate for each step of the pass.
RIDGE_API ridge_status ridge_step_begin(ridge_launcher *on, ridge_tensor state, float rate,
                                        ridge_tensor rates);

// state[0] += 1 (the step), state[1] += rows (the position in the epoch). state: uint32 [2]. With
// rates, uint32 [4]: state[3] += 1 (the step of the pass), but not beyond the last of rates, and
// state[2] becomes the bits of rates[state[3]].
RIDGE_API ridge_status ridge_step_advance(ridge_launcher *on, ridge_tensor state, size_t rows,
                                          ridge_tensor rates);

RIDGE_API_END

#endif
