// SPDX-License-Identifier: Apache-2.0
// GEMM with kernels of our own. CPU walk: work-groups pack strips of B into panels and hold tiles
// of C in registers. GPU walk: tiles of A and B in local memory.
#include "base/error.h"
#include "base/size.h"
#include "cl/gemm_constants.h"
#include "cl/update_constants.h"
#include "device/device.h"
#include "device/program.h"
#include "ops/gemm.h"
#include "ops/gemm_panel_sizes.h"

// Steps of tiles, 12 cycles each, that a core takes at least where it waits for work anyway.
#define STEPS_A_CORE 300

// In whole tiles of three vectors of columns, as the last strip only multiplies those that it has.
static double tile_count(size_t rows, size_t columns)
{
    return (double)(ridge_divide_up(rows, GEMM_ROWS) * ridge_divide_up(columns, 16)) / 3;
}

// Steps of all tiles. Writing one takes about as long as 32.
static double step_count(size_t rows, size_t columns, size_t k)
{
    return tile_count(rows, columns) * (double)(k + 32);
}

// Below so many steps, 12 cycles each, a second core takes longer to wake than it saves, and a
// second launch longer to start.
static bool is_small(ridge_device *device, size_t rows, size_t columns, size_t k)
{
    return step_count(rows, columns, k) < (double)ridge_panel_sizes(device)->small;
}

// Some for each core, to even out what other processes take; not many, as each packs for itself.
// fuses: no core has to be woken, see struct ridge_launcher.
static size_t group_count(ridge_device *device, bool fuses, size_t rows, size_t columns, size_t k)
{
    size_t tiles = ridge_divide_up(rows, GEMM_ROWS) * ridge_divide_up(columns, GEMM_COLUMNS);
    size_t wanted = device->info.compute_units * ridge_panel_sizes(device)->groups;
    if (is_small(device, rows, columns, k)) {
        size_t worth = (size_t)step_count(rows, columns, k) / STEPS_A_CORE;
        wanted = fuses ? ridge_smaller(device->info.compute_units, ridge_larger(worth, 1)) : 1;
    }
    return ridge_smaller(tiles, wanted);
}

// A column of C that comes from a transposed A is faster as a row of C transposed, where A is read
// along its rows.
static bool is_column(const struct ridge_gemm_call *call)
{
    const ridge_gemm_shape *shape = &call->shape;
    return shape->n == 1 && shape->m > 1 && shape->transpose_a && shape->ldc == 1 &&
           !call->epilogue.bias.buffer;
}

static struct ridge_gemm_call as_row(const struct ridge_gemm_call *column)
{
    const ridge_gemm_shape *shape = &column->shape;
    struct ridge_gemm_call row = *column;
    row.epilogue.row_sums = (ridge_tensor){.offset = 0};
    row.a = column->b;
    row.b = column->a;
    row.shape = (ridge_gemm_shape){
        .transpose_a = !shape->transpose_b,
        .transpose_b = !shape->transpose_a,
        .m = 1,
        .n = shape->m,
        .k = shape->k,
        .lda = shape->ldb,
        .ldb = shape->lda,
        .ldc = shape->m,
    };
    return row;
}

// A transposed A is read across its rows, a page for each step of k if they are long: then it is
// packed first. One with several steps a page that stays in the second cache is read where it is.
static bool wants_packing(ridge_device *device, const ridge_gemm_shape *shape)
{
    bool near = shape->lda <= 256 && shape->lda * shape->k <= 65536;
    return shape->transpose_a && !shape->transpose_b && shape->n > 2 * GEMM_COLUMNS && !near &&
           !is_small(device, shape->m, shape->n, shape->k);
}

// Whether the sums of op(A)'s rows come along with packing: they are added up in blocks of 64, and
// no element may take part in more additions than in ridge_sum_rows.
static bool sums_packing(const struct ridge_gemm_call *call)
{
    return call->epilogue.row_sums.buffer && call->shape.k <= 64 * 128;
}

static ridge_status pack_tiles(ridge_launcher *on, const struct ridge_gemm_call *call,
                               ridge_tensor tiles, size_t groups)
{
    const ridge_gemm_shape *shape = &call->shape;
    bool sums = sums_packing(call);
    ridge_tensor row_sums = sums ? call->epilogue.row_sums : call->c; // which is not read
    return ridge_launch(
        on,
        &(struct ridge_launch){
            .program = "gemm_panel",
            .kernel = "pack_tiles",
            .defines = ridge_gemm_define(call->epilogue.activation),
            .arguments = {RIDGE_ARG_TENSOR(call->a), RIDGE_ARG_ULONG(shape->lda),
                          RIDGE_ARG_ULONG(shape->m), RIDGE_ARG_ULONG(shape->k),
                          RIDGE_ARG_TENSOR(tiles), RIDGE_ARG_UINT(sums),
                          RIDGE_ARG_TENSOR(row_sums)},
            .global = {groups},
            .local = {1},
            .work = {(2 * shape->k + sums) * shape->m * sizeof(float), sums * shape->m * shape->k},
        });
}

// How the work-groups of the CPU walk go about a product of `rows` rows.
struct blocking {
    size_t high;  // row tiles that are worked on together: each such part of C packs anew
    size_t steps; // of k that are packed at a time
};

// Where the rows of a part stay in the second cache, the strip goes there in parts that stay in the
// first. Rows that come from further away are better read in one go. Many rows are cut into parts
// that fit, unless each row is so long that packing would be the larger cost. Where the strips are
// few and the rows are not, each group has rows of its own for all of them: weights, which the
// update has just written, come from memory or another core's cache, and that once instead of once
// for each strip.
static struct blocking choose_blocking(ridge_device *device, size_t rows, size_t columns,
                                       size_t groups, size_t k)
{
    const struct ridge_panel_sizes *sizes = ridge_panel_sizes(device);
    size_t down = ridge_divide_up(rows, GEMM_ROWS);
    struct blocking blocking = {down, k};
    if (down >= 4 * sizes->part && k <= 1024)
        blocking.high = ridge_divide_up(down, down / sizes->part);
    if (columns <= 3 * GEMM_COLUMNS && columns <= rows)
        blocking.high = ridge_divide_up(down, groups);
    if (blocking.high * GEMM_ROWS * k > sizes->near)
        return blocking;
    size_t steps = ridge_divide_up(k, ridge_divide_up(k, sizes->steps));
    blocking.steps = ridge_divide_up(steps, 16) * 16;
    return blocking;
}

// Elements of scratch: for each group a packed part of a strip, zeros, and the sums of a tile, or
// where there is another part, of all of its tiles.
static size_t scratch_size(ridge_device *device, bool fuses, size_t rows, size_t columns, size_t k)
{
    size_t groups = group_count(device, fuses, rows, columns, k);
    struct blocking blocking = choose_blocking(device, rows, columns, groups, k);
    size_t tiles = 1 + (blocking.steps < k ? blocking.high : 1);
    return groups * (blocking.steps + tiles * GEMM_ROWS) * GEMM_COLUMNS;
}

// Whether a few columns, as of a last layer, or inputs, fill the rows of one tile better than a
// third of each strip. A single one has no use for a tile and is read as it lies, unless so little
// of op(A) is packed for it that both stay in the first caches.
static bool fills_rows(const ridge_gemm_shape *shape)
{
    bool fewer = 2 * tile_count(shape->n, shape->m) <= tile_count(shape->m, shape->n);
    return shape->n <= GEMM_ROWS && fewer && (shape->n > 1 || shape->m * shape->k <= 8192);
}

// Whether C^T = op(B)^T op(A)^T is the better way: the right operand is packed, which takes less
// the smaller it is, by each group for itself where it has few strips; and the left one is best
// read along its rows. With a few steps of k neither matters beside writing a tile, which is faster
// if it lies as C does.
static bool wants_exchange(ridge_device *device, const struct ridge_gemm_call *call)
{
    const ridge_gemm_shape *shape = &call->shape;
    size_t packed = shape->m;
    if (call->update || (!shape->transpose_a && !shape->transpose_b))
        return false;
    if (fills_rows(shape))
        return true;
    if (shape->k <= 8)
        return false;
    if (packed <= 3 * GEMM_COLUMNS)
        packed *= group_count(device, false, shape->n, shape->m, shape->k);
    return shape->transpose_b && (shape->transpose_a || shape->n > packed);
}

// A product as the work-groups of the CPU walk go about it: the kernel arguments PRODUCT of
// cl/gemm_panel.cl, and their scratch.
struct panels {
    ridge_tensor a, b;
    size_t a_tile;
    struct ridge_gemm_strides strides;
    cl_mem scratch;
    size_t m, n, k;
    struct blocking blocking;
    size_t groups;
    bool exchanged;
    cl_uint lies; // IN_... of cl/gemm_constants.h
};

#define PANELS(panels)                                                                             \
    RIDGE_ARG_TENSOR((panels).a), RIDGE_ARG_ULONG((panels).a_tile),                                \
        RIDGE_ARG_ULONG((panels).strides.a_row), RIDGE_ARG_ULONG((panels).strides.a_column),       \
        RIDGE_ARG_TENSOR((panels).b), RIDGE_ARG_ULONG((panels).strides.b_row),                     \
        RIDGE_ARG_ULONG((panels).strides.b_column), RIDGE_ARG_BUFFER((panels).scratch),            \
        RIDGE_ARG_ULONG((panels).m), RIDGE_ARG_ULONG((panels).n), RIDGE_ARG_ULONG((panels).k),     \
        RIDGE_ARG_ULONG((panels).blocking.high), RIDGE_ARG_ULONG((panels).blocking.steps),         \
        RIDGE_ARG_UINT((panels).lies)

// A strip of B is packed to be read from the first cache for each tile of its rows. Up to so many
// elements in all it takes no longer to read them from the second one, where they lie.
#define READ_IN_PLACE 1048576

static bool reads_in_place(const struct panels *panels)
{
    size_t down = ridge_divide_up(panels->m, GEMM_ROWS);
    size_t stored = panels->strides.b_row * panels->k;
    return panels->strides.b_column == 1 && down * stored <= READ_IN_PLACE;
}

static ridge_status multiply(ridge_launcher *on, const struct ridge_gemm_call *call,
                             struct panels *panels)
{
    return ridge_launch(on, &(struct ridge_launch){
                                .program = "gemm_panel",
                                .kernel = "gemm_panel",
                                .defines = ridge_gemm_define(call->epilogue.activation),
                                .arguments = {PANELS(*panels), RIDGE_ARG_UINT(panels->exchanged),
                                              RIDGE_GEMM_WRITE_OUT(call)},
                                .global = {panels->groups},
                                .local = {1},
                                .work = ridge_gemm_work(call),
                            });
}

static ridge_status multiply_and_update(ridge_launcher *on, const struct ridge_gemm_call *call,
                                        struct panels *panels)
{
    const struct ridge_weight_update *update = call->update;
    const ridge_optimizer *optimizer = update->optimizer;
    unsigned slots = ridge_optimizer_slots(optimizer);
    cl_uint rule = RULE_NESTEROV * optimizer->nesterov | RULE_SLOT * slots | optimizer->kind;
    // An argument must be there even where the kernel does not read it.
    ridge_tensor first = slots > 0 ? update->slots[0] : call->c;
    ridge_tensor second = slots > 1 ? update->slots[1] : call->c;
    struct ridge_update_numbers numbers = ridge_update_numbers(optimizer);
    return ridge_launch(
        on, &(struct ridge_launch){
                .program = "gemm_panel",
                .kernel = "gemm_panel_update",
                .defines = ridge_gemm_define(call->epilogue.activation),
                .arguments = {PANELS(*panels), RIDGE_ARG_TENSOR(call->c),
                              RIDGE_ARG_ULONG(call->shape.ldc), RIDGE_ARG_ULONG(call->shape.n),
                              RIDGE_ARG_UINT(rule), RIDGE_ARG_TENSOR(first),
                              RIDGE_ARG_TENSOR(second), RIDGE_ARG_TENSOR(update->segment),
                              RIDGE_ARG_TENSOR(update->rate), RIDGE_ARG_TENSOR(update->step),
                              RIDGE_ARG_TENSOR(update->notes), RIDGE_UPDATE_NUMBERS(numbers)},
                .global = {panels->groups},
                .local = {1},
                .work = ridge_gemm_work(call),
            });
}

// The product as it is cut for this launcher; scratch and a packed A are not there yet.
static struct panels cut(ridge_launcher *on, const struct ridge_gemm_call *call)
{
    const ridge_gemm_shape *shape = &call->shape;
    struct ridge_gemm_strides s = ridge_gemm_strides(shape);
    struct panels panels = {.a = call->a, .b = call->b, .strides = s, .m = shape->m, .n = shape->n};
    panels.exchanged = wants_exchange(on->device, call);
    if (panels.exchanged) {
        panels.a = call->b;
        panels.b = call->a;
        panels.m = shape->n;
        panels.n = shape->m;
        panels.strides = (struct ridge_gemm_strides){s.b_column, s.b_row, s.a_column, s.a_row};
    }
    panels.k = shape->k;
    panels.a_tile = GEMM_ROWS * panels.strides.a_row;
    panels.groups = group_count(on->device, on->fuses, panels.m, panels.n, panels.k);
    panels.blocking = choose_blocking(on->device, panels.m, panels.n, panels.groups, panels.k);
    if (reads_in_place(&panels))
        panels.lies |= IN_PLACE;
    // All of a small B stays in the first cache: then C is written along its rows.
    if (panels.lies & IN_PLACE && panels.n % 16 == 0 && panels.n * panels.k <= 8192)
        panels.blocking.high = 1;
    if (panels.strides.a_column == 1) {
        panels.lies |= IN_PAIRS;
        panels.strides.a_column = 2;
    }
    return panels;
}

static ridge_status run_panels(ridge_launcher *on, const struct ridge_gemm_call *call)
{
    struct panels panels = cut(on, call);
    size_t m = panels.m, n = panels.n, k = panels.k;
    bool packed = wants_packing(on->device, &call->shape);
    ridge_tensor tiles = {0};
    // Enough for either: who measures does not know yet whether launches will be fused.
    for (int fuses = 0; fuses < 2; fuses++)
        tiles.offset = ridge_larger(tiles.offset, scratch_size(on->device, fuses, m, n, k));
    size_t tile = GEMM_ROWS * ridge_divide_up(k, 2) * 2;
    size_t elements = tiles.offset + packed * ridge_divide_up(m, GEMM_ROWS) * tile;
    if (!packed || !sums_packing(call))
        RIDGE_TRY(ridge_gemm_row_sums(on, call));
    RIDGE_TRY(ridge_scratch(on, elements * sizeof(float), &tiles.buffer));
    panels.scratch = tiles.buffer;
    if (packed) {
        RIDGE_TRY(pack_tiles(on, call, tiles, panels.groups));
        panels.a = tiles;
        panels.a_tile = tile;
        panels.strides.a_row = 2;
        panels.strides.a_column = 2 * GEMM_ROWS;
        panels.lies |= IN_PAIRS;
    }
    return call->update ? multiply_and_update(on, call, &panels) : multiply(on, call, &panels);
}

static ridge_status run_tiled(ridge_launcher *on, const struct ridge_gemm_call *call)
{
    const ridge_gemm_shape *shape = &call->shape;
    struct ridge_gemm_strides strides = ridge_gemm_strides(shape);
    RIDGE_TRY(ridge_gemm_row_sums(on, call));
    return ridge_launch(
        on, &(struct ridge_launch){
                .program = "gemm_panel",
                .kernel = "gemm_tiled",
                .defines = ridge_gemm_define(call->epilogue.activation),
                .arguments = {RIDGE_ARG_TENSOR(call->a), RIDGE_ARG_ULONG(strides.a_row),
                              RIDGE_ARG_ULONG(strides.a_column), RIDGE_ARG_TENSOR(call->b),
                              RIDGE_ARG_ULONG(strides.b_row), RIDGE_ARG_ULONG(strides.b_column),
                              RIDGE_ARG_ULONG(shape->m), RIDGE_ARG_ULONG(shape->k),
                              RIDGE_GEMM_WRITE_OUT(call)},
                .global = {ridge_divide_up(shape->n, TILE) * TILE_ITEMS,
                           ridge_divide_up(shape->m, TILE) * TILE_ITEMS},
                .local = {TILE_ITEMS, TILE_ITEMS},
                .work = ridge_gemm_work(call),
            });
}

ridge_status ridge_gemm_panel(ridge_launcher *on, const struct ridge_gemm_call *call)
{
    if (on->device->walk == RIDGE_WALK_CPU) {
        if (!is_column(call))
            return run_panels(on, call);
        struct ridge_gemm_call row = as_row(call);
        RIDGE_TRY(ridge_gemm_row_sums(on, call));
        return run_panels(on, &row);
    }
    if (on->device->info.largest_group < TILE_ITEMS * TILE_ITEMS)
        return ridge_gemm_plain(on, call);
    return run_tiled(on, call);
}

void ridge_gemm_panel_identify(ridge_device *device, struct ridge_text *key)
{
    (void)device;
    ridge_program_identify("gemm_panel", key);
    ridge_program_identify("gemm_plain", key); // for devices with small groups
}
