// SPDX-License-Identifier: Apache-2.0
// Profiles: a training step run as a whole, then once more with an event at each launch.
#include <ridge/profile.h>

#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "device/timing.h"
#include "network/feed.h"

#define DEFAULT_ROUNDS 15
#define MOST_STEPS 64            // of a round of steps back to back
#define ROUND_SECONDS 0.05       // thousands of one wait for the device
#define ORDER_STRIDE 2654435761u // a prime: neighbours of a batch lie apart, as after a shuffle

struct profiling {
    ridge_network *network;
    struct ridge_feed feed;
    const ridge_plan *plan;
    size_t batch, rounds;
    double *samples; // see run_rounds
};

// What is measured beside the launches, see ridge_profile.
enum { STEP, TIMED, HOST, OTHERS };

// What training changes, to be put back.
struct memory {
    ridge_tensor tensors[4]; // parameters, two slots, state
    void *values[4];
};

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static ridge_status remember(ridge_network *network, struct memory *memory)
{
    const struct ridge_arena *arena = &network->arena;
    *memory = (struct memory){
        .tensors = {arena->parameters, arena->slots[0], arena->slots[1], network->state}};
    for (int i = 0; i < 4; i++) {
        if (!memory->tensors[i].buffer)
            continue;
        memory->values[i] = ridge_allocate(ridge_tensor_count(&memory->tensors[i]), sizeof(float));
        if (!memory->values[i])
            return RIDGE_ERROR_MEMORY;
        RIDGE_TRY(ridge_tensor_read(network->device, memory->tensors[i], memory->values[i]));
    }
    return RIDGE_OK;
}

static ridge_status put_back(ridge_network *network, const struct memory *memory)
{
    for (int i = 0; i < 4; i++)
        if (memory->values[i])
            RIDGE_TRY(ridge_tensor_write(network->device, memory->tensors[i], memory->values[i]));
    return RIDGE_OK;
}

static void forget(struct memory *memory)
{
    for (int i = 0; i < 4; i++)
        free(memory->values[i]);
}

// The rows of MOST_STEPS batches, whatever the number of rows there are.
static ridge_status upload(struct profiling *p, const ridge_dataset *data)
{
    size_t rows = p->feed.count, drawn = MOST_STEPS * p->batch;
    p->feed.shuffled = true;
    p->feed.order.shape[0] = drawn;
    if (p->feed.staged && p->batch > p->feed.count)
        p->batch = p->feed.count;
    if (p->feed.staged)
        ridge_feed_describe_staged(&p->feed, p->batch);
    RIDGE_TRY(ridge_feed_upload(&p->feed, data));
    RIDGE_TRY(ridge_feed_fill(&p->feed, p->batch));
    uint32_t *order = ridge_allocate(drawn, sizeof(*order));
    if (!order)
        return RIDGE_ERROR_MEMORY;
    for (size_t i = 0; i < drawn; i++)
        order[i] = (uint32_t)((uint64_t)i * ORDER_STRIDE % rows);
    ridge_status status = ridge_tensor_write(p->network->device, p->feed.order, order);
    free(order);
    return status;
}

// At the first row again, with a rate of zero, so that the weights stay where they are.
static ridge_status rewind_rows(const struct profiling *p)
{
    ridge_device *device = p->network->device;
    RIDGE_TRY(ridge_state_begin(p->network, ridge_device_launcher(device), 0));
    return ridge_device_finish(device);
}

// Seconds of `steps` steps back to back, and of the host's CPU for enqueueing them.
static ridge_status run_steps(const struct profiling *p, size_t steps, double *seconds,
                              double *host)
{
    ridge_device *device = p->network->device;
    RIDGE_TRY(rewind_rows(p));
    double start = ridge_clock();
    *host = 0;
    for (size_t i = 0; i < steps; i++) {
        double before = ridge_clock_cpu();
        RIDGE_TRY(ridge_plan_run(p->plan));
        *host += ridge_clock_cpu() - before;
        RIDGE_TRY(ridge_device_throttle(device));
    }
    RIDGE_TRY(ridge_device_finish(device));
    *seconds = ridge_clock() - start;
    return RIDGE_OK;
}

// The same with an event at each launch: seconds of launch i, and of a step.
static ridge_status run_timed(const struct profiling *p, size_t steps, double *seconds,
                              double *whole)
{
    struct ridge_timing timing;
    RIDGE_TRY(rewind_rows(p));
    ridge_status status = ridge_timing_begin(&timing, p->network->device);
    if (!status)
        status = ridge_timing_run(&timing, p->plan, steps, seconds, whole);
    ridge_timing_end(&timing);
    return status;
}

// How many steps a round is made of; runs some.
static ridge_status choose_steps(const struct profiling *p, size_t *steps)
{
    double once, host;
    for (int warm = 0; warm < 2; warm++)
        RIDGE_TRY(run_steps(p, 1, &once, &host));
    *steps = (size_t)(ROUND_SECONDS / (once + 1e-6)) + 1;
    if (*steps > MOST_STEPS)
        *steps = MOST_STEPS;
    return run_timed(p, 1, p->samples, &once);
}

// The samples are a row of each round: launches, then what else is measured.
static ridge_status run_rounds(const struct profiling *p, size_t count)
{
    size_t steps;
    RIDGE_TRY(choose_steps(p, &steps));
    for (size_t round = 0; round < p->rounds; round++) {
        double *row = p->samples + round * (count + OTHERS), *others = row + count;
        RIDGE_TRY(run_steps(p, steps, &others[STEP], &others[HOST]));
        others[STEP] /= (double)steps;
        others[HOST] /= (double)(steps * count);
        RIDGE_TRY(run_timed(p, steps, row, &others[TIMED]));
    }
    return RIDGE_OK;
}

// The median over the rounds; `sorted` has room for one of each.
static double median(const struct profiling *p, size_t columns, size_t column, double *sorted)
{
    for (size_t round = 0; round < p->rounds; round++)
        sorted[round] = p->samples[round * columns + column];
    qsort(sorted, p->rounds, sizeof(*sorted), compare);
    return (sorted[(p->rounds - 1) / 2] + sorted[p->rounds / 2]) / 2;
}

static ridge_status list_launches(const struct profiling *p, ridge_profile *profile)
{
    profile->batch = p->batch;
    profile->count = ridge_plan_length(p->plan);
    profile->launches = ridge_allocate(profile->count, sizeof(*profile->launches));
    if (!profile->launches)
        return RIDGE_ERROR_MEMORY;
    for (size_t i = 0; i < profile->count; i++) {
        const struct ridge_plan_entry *entry = ridge_plan_entry(p->plan, i);
        profile->launches[i] = (ridge_profile_launch){
            .layer = entry->part.layer,
            .phase = entry->part.phase,
            .program = entry->program,
            .kernel = entry->name,
            .bytes = entry->work.bytes,
            .operations = entry->work.operations,
        };
    }
    return RIDGE_OK;
}

static ridge_status measure(struct profiling *p, const ridge_dataset *data, ridge_profile *profile)
{
    const struct ridge_feed_plan *plan;
    RIDGE_TRY(upload(p, data));
    RIDGE_TRY(ridge_feed_plan(&p->feed, RIDGE_STEP_TRAIN, p->batch, &plan));
    p->plan = plan->plan;
    RIDGE_TRY(list_launches(p, profile));
    size_t count = profile->count, columns = count + OTHERS;
    p->samples = ridge_allocate((columns + 1) * p->rounds, sizeof(*p->samples));
    if (!p->samples)
        return RIDGE_ERROR_MEMORY;
    RIDGE_TRY(run_rounds(p, count));
    double *sorted = p->samples + columns * p->rounds;
    for (size_t i = 0; i < count; i++)
        profile->launches[i].seconds = median(p, columns, i, sorted);
    profile->step = median(p, columns, count + STEP, sorted);
    profile->timed = median(p, columns, count + TIMED, sorted);
    profile->host = median(p, columns, count + HOST, sorted);
    return RIDGE_OK;
}

// Between reading and putting back what training changes.
static ridge_status measure_kept(struct profiling *p, const ridge_dataset *data,
                                 ridge_profile *profile)
{
    struct memory memory;
    RIDGE_TRY(ridge_arena_prepare(p->network));
    ridge_status status = remember(p->network, &memory);
    if (!status) {
        status = measure(p, data, profile);
        ridge_status restored = put_back(p->network, &memory);
        status = status ? status : restored;
    }
    forget(&memory);
    return status;
}

ridge_status ridge_profile_step(ridge_network *network, const ridge_dataset *data,
                                const ridge_profile_params *params, ridge_profile *profile)
{
    if (!profile)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "profile: expected a pointer, got NULL");
    *profile = (ridge_profile){0};
    RIDGE_TRY(ridge_network_check_compiled(network));
    if (network->busy)
        return ridge_fail(RIDGE_ERROR_STATE, "a network cannot be profiled while it trains");
    RIDGE_TRY(ridge_feed_check(network, data, true));
    struct profiling p = {.network = network, .rounds = DEFAULT_ROUNDS};
    p.batch = params && params->batch ? params->batch : network->settings.batch;
    if (params && params->rounds)
        p.rounds = params->rounds;
    ridge_feed_describe(network, data, true, &p.feed);
    ridge_status status = measure_kept(&p, data, profile);
    ridge_feed_release(&p.feed);
    free(p.samples);
    if (status)
        ridge_profile_clear(profile);
    return status;
}

void ridge_profile_clear(ridge_profile *profile)
{
    if (!profile)
        return;
    free(profile->launches);
    *profile = (ridge_profile){0};
}
