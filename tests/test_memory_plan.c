// SPDX-License-Identifier: Apache-2.0
// The memory plan never lets two living blocks overlap, and reuses what is free.
#include "harness.h"

#include "network/memory_plan.h"

static bool overlap(const struct ridge_memory_block *a, const struct ridge_memory_block *b)
{
    bool same_time = a->first <= b->last && b->first <= a->last;
    return same_time && a->offset < b->offset + b->size && b->offset < a->offset + a->size;
}

static void chain_reuses(void **state)
{
    (void)state;
    // a forward pass: each block is read by the next only, so two places are enough
    struct ridge_memory_block blocks[10];
    for (unsigned i = 0; i < 10; i++)
        blocks[i] = (struct ridge_memory_block){.size = 640, .first = i, .last = i + 1};
    assert_int_equal(ridge_memory_plan(blocks, 10), 2 * 640);
}

static void absent_blocks_take_nothing(void **state)
{
    (void)state;
    struct ridge_memory_block blocks[] = {{.size = 0, .first = 0, .last = 9},
                                          {.size = 1, .first = 0, .last = 9}};
    assert_int_equal(ridge_memory_plan(blocks, 2), 64);
    assert_int_equal(ridge_memory_plan(blocks, 1), 0);
}

static void random_blocks_never_overlap(void **state)
{
    (void)state;
    for (uint64_t round = 0; round < 50; round++) {
        enum { COUNT = 60 };
        struct ridge_memory_block blocks[COUNT];
        size_t alive = 0, total;
        for (unsigned i = 0; i < COUNT; i++) {
            unsigned first = (unsigned)test_random(round, 3 * i, 0, 50);
            blocks[i] = (struct ridge_memory_block){
                .size = (size_t)test_random(round, 3 * i + 1, 0, 5000),
                .first = first,
                .last = first + (unsigned)test_random(round, 3 * i + 2, 0, 20)};
        }
        total = ridge_memory_plan(blocks, COUNT);
        for (unsigned i = 0; i < COUNT; i++) {
            assert_true(blocks[i].offset % 64 == 0);
            assert_true(blocks[i].offset + blocks[i].size <= total);
            for (unsigned j = 0; j < i; j++)
                assert_false(overlap(&blocks[i], &blocks[j]));
        }
        for (unsigned time = 0; time < 70; time++) {
            size_t sum = 0;
            for (unsigned i = 0; i < COUNT; i++)
                if (blocks[i].first <= time && time <= blocks[i].last)
                    sum += blocks[i].size;
            alive = sum > alive ? sum : alive;
        }
        assert_true(total >= alive && total < alive + alive / 2 + 64 * COUNT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chain_reuses),
        cmocka_unit_test(absent_blocks_take_nothing),
        cmocka_unit_test(random_blocks_never_overlap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
