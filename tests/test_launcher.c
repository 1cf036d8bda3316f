// SPDX-License-Identifier: Apache-2.0
// Launchers: a plan's replay creates nothing and waits for nothing, keeps the scratch it was
// recorded with, and repeats host calls with the context of the time; measuring launches nothing.
#include "harness.h"

#include <ridge/ops.h>

#include "device/device.h"
#include "device/launcher.h"
#include "interpose.h"

static void replay_creates_and_waits_for_nothing(void **state)
{
    (void)state;
    float start[65] = {0}, got[65];
    ridge_tensor x = test_vector(65, NULL), y = test_vector(65, start);
    ridge_plan *plan;
    assert_ok(ridge_plan_create(test_device, &plan));
    assert_ok(ridge_fill(ridge_plan_launcher(plan), x, 1));
    assert_ok(ridge_axpy(ridge_plan_launcher(plan), 2, x, y));

    interpose_reset();
    for (int run = 0; run < 5; run++)
        assert_ok(ridge_plan_run(plan));
    assert_int_equal(interpose_count(INTERPOSE_LAUNCH), 5 * ridge_plan_length(plan));
    assert_int_equal(interpose_creations(), 0);
    assert_int_equal(interpose_waits(), 0);
    assert_int_equal(interpose_count(INTERPOSE_SET_ARGUMENT), 0);
    assert_int_equal(interpose_count(INTERPOSE_BUILD), 0);

    test_get(y, got);
    for (int i = 0; i < 65; i++)
        assert_true(got[i] == 10);
    ridge_plan_destroy(&plan);
    assert_null(plan);
    test_release(&x);
    test_release(&y);
}

// The immediate launcher builds a kernel once, not once a launch.
static void immediate_creates_once(void **state)
{
    (void)state;
    ridge_tensor x = test_vector(7, NULL);
    assert_ok(ridge_fill(test_launcher, x, 1));
    interpose_reset();
    for (int i = 0; i < 3; i++)
        assert_ok(ridge_fill(test_launcher, x, 1));
    assert_int_equal(interpose_count(INTERPOSE_LAUNCH), 3);
    assert_int_equal(interpose_creations(), 0);
    assert_int_equal(interpose_waits(), 0);
    test_release(&x);
}

// A launch that fills `count` floats of the scratch.
static void fill_scratch(ridge_launcher *on, size_t count, float value, cl_mem *buffer)
{
    assert_ok(ridge_scratch(on, count * sizeof(float), buffer));
    ridge_tensor y = {.buffer = *buffer, .rank = 1, .shape = {count}};
    assert_ok(ridge_fill(on, y, value));
}

static void plan_keeps_its_scratch(void **state)
{
    (void)state;
    uint64_t before = ridge_device_memory(test_device);
    ridge_plan *plan;
    assert_ok(ridge_plan_create(test_device, &plan));
    cl_mem recorded, larger;
    fill_scratch(ridge_plan_launcher(plan), 1000, 3, &recorded);
    fill_scratch(test_launcher, 5000, 7, &larger);
    assert_ptr_not_equal(recorded, larger);

    // The plan writes where it was recorded, and the larger scratch does not notice.
    assert_ok(ridge_plan_run(plan));
    float got[1000];
    ridge_tensor y = {.buffer = recorded, .rank = 1, .shape = {1000}};
    assert_ok(ridge_tensor_read(test_device, y, got));
    assert_true(got[0] == 3 && got[999] == 3);
    y.buffer = larger;
    assert_ok(ridge_tensor_read(test_device, y, got));
    assert_true(got[0] == 7 && got[999] == 7);

    // What a plan holds counts as held until the plan is gone.
    assert_int_equal(ridge_device_memory(test_device) - before, 6000 * sizeof(float));
    ridge_plan_destroy(&plan);
    assert_int_equal(ridge_device_memory(test_device) - before, 5000 * sizeof(float));
}

// An op that calls others has memory that these do not touch.
static void outer_scratch_is_apart(void **state)
{
    (void)state;
    uint64_t before = ridge_device_memory(test_device);
    ridge_plan *plan;
    assert_ok(ridge_plan_create(test_device, &plan));
    ridge_launcher *on = ridge_plan_launcher(plan);
    cl_mem outer, again, inner;
    assert_ok(ridge_outer_scratch(on, 10 << 20, &outer));
    fill_scratch(on, 100, 3, &inner);
    assert_ptr_not_equal(outer, inner);
    assert_ok(ridge_outer_scratch(on, 1 << 20, &again));
    assert_ptr_equal(outer, again);
    assert_true(ridge_device_memory(test_device) - before >= 10 << 20);
    ridge_plan_destroy(&plan);
}

struct note {
    int *sum, amount;
};

static ridge_status add_note(ridge_device *device, const void *context)
{
    const struct note *note = context;
    assert_ptr_equal(device, test_device);
    *note->sum += note->amount;
    return RIDGE_OK;
}

static ridge_status refuse(ridge_device *device, const void *context)
{
    (void)device;
    (void)context;
    return RIDGE_ERROR_UNSUPPORTED;
}

static void host_calls_keep_their_context(void **state)
{
    (void)state;
    int sum = 0;
    struct note note = {&sum, 5};
    struct ridge_call call = {"note", add_note, &note, sizeof(note), {0}};
    ridge_plan *plan;
    assert_ok(ridge_plan_create(test_device, &plan));
    ridge_launcher *on = ridge_plan_launcher(plan);
    assert_ok(ridge_launch_call(on, &call));
    note = (struct note){NULL, 0};
    assert_int_equal(sum, 0);
    assert_ok(ridge_plan_run(plan));
    assert_ok(ridge_plan_run(plan));
    assert_int_equal(sum, 10);

    // A call without context, and a failure that ends the run.
    assert_ok(ridge_launch_call(on, &(struct ridge_call){.name = "refuse", .function = refuse}));
    assert_int_equal(ridge_plan_length(plan), 2);
    assert_int_equal(ridge_plan_run(plan), RIDGE_ERROR_UNSUPPORTED);
    assert_int_equal(sum, 15);
    ridge_plan_destroy(&plan);

    note = (struct note){&sum, 1};
    assert_ok(ridge_launch_call(test_launcher, &call));
    assert_int_equal(sum, 16);
}

// A plan knows what each launch has to do and where it belongs, for profiles.
static void entries_tell_of_launches(void **state)
{
    (void)state;
    ridge_tensor x = test_vector(7, NULL), y = test_vector(7, NULL);
    ridge_plan *plan;
    assert_ok(ridge_plan_create(test_device, &plan));
    ridge_launcher *on = ridge_plan_launcher(plan);
    assert_ok(ridge_fill(on, x, 1));
    on->part = (struct ridge_part){"dense_1", "forward"};
    assert_ok(ridge_axpy(on, 2, x, y));
    assert_ok(ridge_launch_call(on, &(struct ridge_call){.name = "refuse", .work = {5, 6}}));

    const struct ridge_plan_entry *entry = ridge_plan_entry(plan, 0);
    assert_string_equal(entry->program, "elementwise");
    assert_string_equal(entry->name, "fill");
    assert_null(entry->part.layer);
    assert_int_equal(entry->work.bytes, 7 * 4);
    assert_int_equal(entry->work.operations, 0);
    entry = ridge_plan_entry(plan, 1);
    assert_string_equal(entry->name, "axpy");
    assert_string_equal(entry->part.layer, "dense_1");
    assert_string_equal(entry->part.phase, "forward");
    assert_int_equal(entry->work.bytes, 7 * 3 * 4);
    assert_int_equal(entry->work.operations, 7 * 2);
    entry = ridge_plan_entry(plan, 2);
    assert_null(entry->program);
    assert_string_equal(entry->name, "refuse");
    assert_int_equal(entry->work.bytes, 5);
    ridge_plan_destroy(&plan);
    test_release(&x);
    test_release(&y);
}

static void measuring_launches_nothing(void **state)
{
    (void)state;
    struct ridge_measure measure;
    ridge_measure_init(&measure, test_device);
    ridge_launcher *on = &measure.launcher;
    ridge_tensor x = test_vector(7, NULL);
    interpose_reset();
    cl_mem scratch;
    assert_ok(ridge_scratch(on, 100, &scratch));
    assert_ok(ridge_scratch(on, 300, &scratch));
    assert_ok(ridge_scratch(on, 200, &scratch));
    assert_ok(ridge_outer_scratch(on, 250, &scratch));
    assert_ok(ridge_fill(on, x, 1));
    assert_ok(ridge_launch_call(on, &(struct ridge_call){.name = "refuse", .function = refuse}));
    assert_int_equal(measure.scratch_bytes[RIDGE_SCRATCH_INNER], 300);
    assert_int_equal(measure.scratch_bytes[RIDGE_SCRATCH_OUTER], 250);
    assert_int_equal(measure.launches, 2);
    assert_int_equal(interpose_count(INTERPOSE_LAUNCH), 0);
    assert_int_equal(interpose_creations(), 0);
    test_release(&x);
}

// The work sizes of ops follow the device and the count alone, and never exceed its limits.
static void work_sizes(void **state)
{
    (void)state;
    ridge_device fake = {.info = {.compute_units = 3, .largest_group = 128}};
    static const size_t counts[] = {1, 255, 1024, 16385, 100000007};
    for (int walk = RIDGE_WALK_CPU; walk <= RIDGE_WALK_GPU; walk++) {
        fake.walk = (enum ridge_walk)walk;
        for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
            struct ridge_launch elements = {0}, rows = {0};
            ridge_launch_elements(&fake, &elements, counts[i]);
            ridge_launch_rows(&fake, &rows, counts[i], 10);
            size_t expected = walk == RIDGE_WALK_CPU ? 1 : 128;
            assert_int_equal(elements.local[0], expected);
            assert_int_equal(rows.local[0], walk == RIDGE_WALK_CPU ? 1 : 64);
            assert_true(elements.global[0] && elements.global[0] % elements.local[0] == 0);
            assert_true(rows.global[0] && rows.global[0] % rows.local[0] == 0);
            assert_true(rows.global[0] / rows.local[0] <= counts[i]);
        }
    }
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_plan *plan = NULL;
    assert_fails(ridge_plan_create(NULL, &plan), RIDGE_ERROR_ARGUMENT, "device");
    assert_fails(ridge_plan_create(test_device, NULL), RIDGE_ERROR_ARGUMENT, "plan");
    ridge_plan_destroy(&plan);
    ridge_plan_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replay_creates_and_waits_for_nothing),
        cmocka_unit_test(immediate_creates_once),
        cmocka_unit_test(plan_keeps_its_scratch),
        cmocka_unit_test(outer_scratch_is_apart),
        cmocka_unit_test(host_calls_keep_their_context),
        cmocka_unit_test(entries_tell_of_launches),
        cmocka_unit_test(measuring_launches_nothing),
        cmocka_unit_test(work_sizes),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("launcher", tests);
}
