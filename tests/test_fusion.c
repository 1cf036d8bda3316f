// SPDX-License-Identifier: Apache-2.0
// Fused launches: parts and turns in their order, any number of groups, scratch that is held, and
// what cannot be fused is refused. Whole networks: test_fused.c.
#include "harness.h"

#include <ridge/ops.h>
#include <ridge/update.h>

#include "device/fusion.h"
#include "device/launcher.h"
#include "interpose.h"

// Several work-groups, and a last vector that is not full.
enum { COUNT = 50001 };

static struct ridge_fusion *create(void)
{
    struct ridge_fusion *fusion = NULL;
    assert_ok(ridge_fusion_create(test_device, &fusion));
    return fusion;
}

static void not_on_the_gpu_walk(void **state)
{
    (void)state;
    struct ridge_fusion *fusion = NULL;
    assert_fails(ridge_fusion_create(test_device, &fusion), RIDGE_ERROR_UNSUPPORTED, "CPU walk");
    assert_null(fusion);
    ridge_plan *plan;
    assert_ok(ridge_plan_create(test_device, &plan));
    assert_fails(ridge_plan_fuse(plan), RIDGE_ERROR_UNSUPPORTED, "CPU walk");
    ridge_plan_destroy(&plan);
}

static void a_plan_is_one_launch(void **state)
{
    (void)state;
    static float start[COUNT], got[COUNT];
    ridge_tensor x = test_vector(COUNT, start), y = test_vector(COUNT, start);
    ridge_plan *plan;
    assert_ok(ridge_plan_create(test_device, &plan));
    assert_ok(ridge_plan_fuse(plan));
    assert_fails(ridge_plan_fuse(plan), RIDGE_ERROR_ARGUMENT, "nothing was recorded");
    assert_ok(ridge_fill(ridge_plan_launcher(plan), x, 1));
    assert_ok(ridge_fill(ridge_plan_launcher(plan), y, 3));
    assert_ok(ridge_axpy(ridge_plan_launcher(plan), 2, x, y));
    assert_int_equal(ridge_plan_length(plan), 1);
    assert_ok(ridge_plan_run(plan)); // builds
    interpose_reset();
    assert_ok(ridge_plan_run(plan));
    assert_int_equal(interpose_count(INTERPOSE_LAUNCH), 1);
    assert_int_equal(interpose_creations() + interpose_waits(), 0);
    test_get(y, got);
    for (size_t i = 0; i < COUNT; i++)
        assert_true(got[i] == 3 + 2);
    ridge_plan_destroy(&plan);

    assert_ok(ridge_plan_create(test_device, &plan));
    assert_ok(ridge_fill(ridge_plan_launcher(plan), x, 1));
    assert_fails(ridge_plan_fuse(plan), RIDGE_ERROR_ARGUMENT, "nothing was recorded");
    ridge_plan_destroy(&plan);
    assert_fails(ridge_plan_fuse(NULL), RIDGE_ERROR_ARGUMENT, "plan");
    test_release(&x);
    test_release(&y);
}

static void parts_take_turns(void **state)
{
    (void)state;
    static float start[COUNT], got[COUNT];
    struct ridge_fusion *fusion = create();
    ridge_launcher *on = ridge_fusion_launcher(fusion);
    ridge_tensor x = test_vector(COUNT, start), y = test_vector(COUNT, start);
    size_t ones, add, twice;
    assert_ok(ridge_fusion_part(fusion, &ones));
    assert_ok(ridge_fill(on, x, 1));
    assert_ok(ridge_fill(on, y, 3));
    assert_ok(ridge_fusion_part(fusion, &add));
    assert_ok(ridge_axpy(on, 2, x, y));
    assert_ok(ridge_fusion_part(fusion, &twice));
    assert_ok(ridge_scale(on, 2, y));
    assert_ok(ridge_fusion_turn(fusion, twice, 0));
    assert_ok(ridge_fusion_turn(fusion, ones, 1));
    assert_ok(ridge_fusion_turn(fusion, add, 5));
    assert_ok(ridge_fusion_turn(fusion, twice, 3));
    assert_ok(ridge_fusion_build(fusion));

    interpose_reset();
    assert_ok(ridge_fusion_run(fusion, 0, 4, 1));
    assert_int_equal(interpose_count(INTERPOSE_LAUNCH), 1);
    assert_int_equal(interpose_creations() + interpose_waits(), 0);
    test_get(y, got);
    for (size_t i = 0; i < COUNT; i++)
        assert_true(got[i] == (3 + 5 * 2) * 8);
    assert_ok(ridge_fusion_run(fusion, 2, 1, 1));
    assert_ok(ridge_fusion_run(fusion, 1, 0, 1));
    test_get(y, got);
    for (size_t i = 0; i < COUNT; i++)
        assert_true(got[i] == (3 + 5 * 2) * 8 + 5 * 2);
    ridge_fusion_destroy(&fusion);
    assert_null(fusion);
    test_release(&x);
    test_release(&y);
}

// Runs launches of several groups and of one, shared by the cores of a device that is said to have
// so many; no unit may be left out or done twice.
static void share(unsigned cores, size_t times)
{
    enum { MANY = 70001, ROUNDS = 5 };
    static float start[MANY], got[MANY];
    float one[1] = {1};
    struct ridge_fusion *fusion = create();
    ridge_launcher *on = ridge_fusion_launcher(fusion);
    ridge_tensor x = test_vector(MANY, start), y = test_vector(MANY, start);
    ridge_tensor sum = test_vector(1, one);
    unsigned all = test_device->info.compute_units;
    size_t part;
    test_device->info.compute_units = cores > 1 ? cores : all; // launches of several groups
    assert_ok(ridge_fusion_part(fusion, &part));
    assert_ok(ridge_fill(on, x, 1));
    assert_ok(ridge_axpy(on, 1, sum, sum)); // chains of one group between those of many
    assert_ok(ridge_scale(on, 0.5f, sum));
    assert_ok(ridge_axpy(on, 2, x, y));
    assert_ok(ridge_fill(on, x, -1));
    assert_ok(ridge_axpy(on, 1, x, y));
    assert_ok(ridge_fusion_turn(fusion, part, times));
    test_device->info.compute_units = cores;
    assert_ok(ridge_fusion_build(fusion));
    test_device->info.compute_units = all;
    for (int i = 0; i < ROUNDS; i++)
        assert_ok(ridge_fusion_run(fusion, 0, 1, 1));
    test_get(y, got);
    for (size_t i = 0; i < MANY; i++)
        assert_true(got[i] == (float)(ROUNDS * times));
    test_get(sum, one);
    assert_true(one[0] == 1);
    ridge_fusion_destroy(&fusion);
    test_release(&x);
    test_release(&y);
    test_release(&sum);
}

// Groups wait for each other between launches; one alone does all, and so do those that begin at
// all where there are more than cores.
static void groups_share_launches(void **state)
{
    (void)state;
    share(test_device->info.compute_units, test_few() ? 2 : 200);
    share(1, 2);
    share(3, test_few() ? 2 : 20);
    share(7, test_few() ? 2 : 20);
}

// Rounds end behind the one that sets the word, and the next run is right all the same.
static void halts(void **state)
{
    (void)state;
    enum { STOP = 3, ROUNDS = 9 };
    static float start[COUNT], got[COUNT];
    const size_t rounds[1] = {ROUNDS}, one[1] = {1}, two[1] = {2};
    uint32_t stops[ROUNDS] = {[STOP - 1] = 7}, counters[2] = {0}, zero = 0;
    struct ridge_fusion *fusion = create();
    ridge_launcher *on = ridge_fusion_launcher(fusion);
    ridge_tensor x = test_vector(COUNT, start), y = test_vector(COUNT, start);
    ridge_tensor table = test_tensor(RIDGE_INT32, 1, rounds, stops);
    ridge_tensor step = test_tensor(RIDGE_UINT32, 1, two, counters);
    ridge_tensor word = test_tensor(RIDGE_INT32, 1, one, &zero);
    size_t add, advance;
    assert_ok(ridge_fill(test_launcher, x, 1));
    assert_ok(ridge_fusion_part(fusion, &add));
    assert_ok(ridge_axpy(on, 1, x, y));
    assert_ok(ridge_fusion_part(fusion, &advance));
    assert_ok(
        ridge_gather(on, table, (ridge_tensor){0}, 0, ridge_tensor_rows(step, 1, 1), 1, 0, word));
    assert_ok(ridge_fusion_part(fusion, &advance));
    assert_ok(ridge_step_advance(on, step, 1, (ridge_tensor){0}));
    ridge_fusion_halt(fusion, word);
    for (size_t part = add; part <= advance; part++)
        assert_ok(ridge_fusion_turn(fusion, part, part == add ? 2 : 1));
    assert_ok(ridge_fusion_build(fusion));
    for (size_t run = 1; run <= 2; run++) {
        assert_ok(ridge_fusion_run(fusion, 0, 3, ROUNDS));
        test_get(step, counters);
        test_get(y, got);
        assert_int_equal(counters[0], (STOP - 1) * run);
        for (size_t i = 0; i < COUNT; i++)
            assert_true(got[i] == (float)(2 * STOP * run));
        counters[1] = 0; // from the first row of the table again
        test_put(step, counters);
        test_put(word, &zero);
    }
    ridge_fusion_destroy(&fusion);
    test_release(&x);
    test_release(&y);
    test_release(&table);
    test_release(&step);
    test_release(&word);
}

static void holds_its_scratch_and_gives_it_back(void **state)
{
    (void)state;
    long live = interpose_live();
    uint64_t before = ridge_device_memory(test_device);
    struct ridge_fusion *fusion = create();
    cl_mem scratch, larger;
    size_t part;
    assert_ok(ridge_fusion_part(fusion, &part));
    assert_ok(ridge_scratch(ridge_fusion_launcher(fusion), 1000, &scratch));
    uint64_t first = ridge_device_memory(test_device);
    assert_ok(ridge_scratch(test_launcher, 1000000, &larger));
    assert_ptr_not_equal(scratch, larger);
    assert_int_equal(ridge_device_memory(test_device), first + 1000000);
    ridge_fusion_destroy(&fusion);
    assert_int_equal(ridge_device_memory(test_device), before + 1000000);
    assert_true(interpose_live() <= live + 1);
}

static ridge_status do_nothing(ridge_device *device, const void *context)
{
    (void)device;
    (void)context;
    return RIDGE_OK;
}

static void refuses(void **state)
{
    (void)state;
    struct ridge_fusion *fusion = create();
    ridge_launcher *on = ridge_fusion_launcher(fusion);
    const struct ridge_call call = {.name = "nothing", .function = do_nothing};
    struct ridge_launch launch = {
        .program = "step", .kernel = "step_advance", .global = {2}, .local = {2}};
    size_t part;
    assert_ok(ridge_fusion_part(fusion, &part));
    assert_fails(ridge_launch_call(on, &call), RIDGE_ERROR_UNSUPPORTED,
                 "nothing is a call on the host");
    assert_fails(ridge_launch(on, &launch), RIDGE_ERROR_UNSUPPORTED,
                 "kernel step_advance has groups of 2 work-items");
    launch.local[0] = 1;
    launch.arguments[0] = (struct ridge_argument)RIDGE_ARG_LOCAL(16);
    assert_fails(ridge_launch(on, &launch), RIDGE_ERROR_UNSUPPORTED,
                 "kernel step_advance, argument 0: it takes local memory");
    launch.program = "nowhere";
    assert_fails(ridge_launch(on, &launch), RIDGE_ERROR_BUILD, "no kernel file is called nowhere");
    ridge_fusion_destroy(&fusion);
    ridge_fusion_destroy(&fusion);
    ridge_fusion_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_take_turns),
        cmocka_unit_test(a_plan_is_one_launch),
        cmocka_unit_test(groups_share_launches),
        cmocka_unit_test(halts),
        cmocka_unit_test(holds_its_scratch_and_gives_it_back),
        cmocka_unit_test(refuses),
    };
    const struct CMUnitTest apart_tests[] = {cmocka_unit_test(not_on_the_gpu_walk)};
    return test_walks_gpu() ? TEST_MAIN("fusion", apart_tests) : TEST_MAIN("fusion", tests);
}
