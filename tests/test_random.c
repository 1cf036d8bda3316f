// SPDX-License-Identifier: Apache-2.0
// Philox against the known answers of Random123, the mapping of elements, uniform and normal.
#include "harness.h"

#include "ops/random.h"

// kat_vectors of Random123 1.14, philox4x32 10.
static void known_answers(void **state)
{
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], words[4];
    } cases[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t words[4];
        ridge_philox(cases[i].counter, cases[i].key, words);
        assert_memory_equal(words, cases[i].words, sizeof(words));
    }
}

// An element's word comes from the block and word that ridge/random.h names, with the seed as the
// key.
static void elements_map_to_blocks(void **state)
{
    (void)state;
    const ridge_random random = {.seed = 0x0123456789abcdef, .stream = 7, .step = 9};
    const uint64_t elements[] = {0, 15, 16, 63, 64, 1000003, UINT64_C(0x123456789abcdef1)};
    const uint32_t key[2] = {0x89abcdef, 0x01234567};
    for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++) {
        uint64_t e = elements[i], block = (e / 64) * 16 + e % 16;
        const uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), 9, 7};
        uint32_t words[4];
        ridge_philox(counter, key, words);
        assert_int_equal(ridge_random_word(&random, e), words[(e / 16) % 4]);
        double uniform = ridge_random_uniform(&random, e);
        assert_true(uniform == (words[(e / 16) % 4] + 0.5) / 4294967296.0);
        assert_true(uniform > 0 && uniform < 1);
    }
}

// Neighbouring elements, steps and streams do not repeat each other's words.
static void uses_differ(void **state)
{
    (void)state;
    ridge_random random = {.seed = 1};
    uint32_t word = ridge_random_word(&random, 0);
    for (uint64_t e = 1; e < 128; e++)
        assert_int_not_equal(ridge_random_word(&random, e), word);
    random.step = 1;
    assert_int_not_equal(ridge_random_word(&random, 0), word);
    random = (ridge_random){.seed = 1, .stream = 1};
    assert_int_not_equal(ridge_random_word(&random, 0), word);
    random = (ridge_random){.seed = 1 + (UINT64_C(1) << 32)};
    assert_int_not_equal(ridge_random_word(&random, 0), word);
}

// Many at once are the same bits as one by one, wherever they begin and end.
static void many_at_once(void **state)
{
    (void)state;
    enum { MOST = 300 };
    const ridge_random random = {.seed = 0x0123456789abcdef, .stream = 7, .step = 9};
    const uint64_t firsts[] = {0, 1, 63, 64, 1000003, UINT64_C(0x3ffffffffffffff0)};
    const size_t counts[] = {0, 1, 7, 63, 64, 65, MOST};
    double many[MOST + 1];
    for (size_t f = 0; f < sizeof(firsts) / sizeof(firsts[0]); f++) {
        for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
            many[counts[c]] = -5;
            ridge_random_uniforms(&random, firsts[f], counts[c], many);
            for (size_t i = 0; i < counts[c]; i++)
                assert_true(many[i] == ridge_random_uniform(&random, firsts[f] + i));
            ridge_random_normals(&random, firsts[f], counts[c], many);
            for (size_t i = 0; i < counts[c]; i++)
                assert_true(many[i] == ridge_random_normal(&random, firsts[f] + i));
            assert_true(many[counts[c]] == -5);
        }
    }
}

// The first moments of n draws lie within five deviations of their expectation; the draws are
// always the same, so this either holds or not.
static void moments(void **state)
{
    (void)state;
    const ridge_random random = {.seed = 2};
    const int n = 100000;
    double sum = 0, squares = 0, fourths = 0, normal = 0, normal_squares = 0;
    for (int e = 0; e < n; e++) {
        double u = ridge_random_uniform(&random, (uint64_t)e) - 0.5;
        sum += u;
        squares += u * u;
        double z = ridge_random_normal(&random, (uint64_t)e);
        normal += z;
        normal_squares += z * z;
        fourths += z * z * z * z;
    }
    double deviation = 1 / sqrt(n);
    assert_true(fabs(sum / n) < 5 * deviation / sqrt(12));
    assert_true(fabs(squares / n - 1.0 / 12) < 5 * deviation / sqrt(180));
    assert_true(fabs(normal / n) < 5 * deviation);
    assert_true(fabs(normal_squares / n - 1) < 5 * deviation * sqrt(2));
    assert_true(fabs(fourths / n - 3) < 5 * deviation * sqrt(96));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers), cmocka_unit_test(elements_map_to_blocks),
        cmocka_unit_test(uses_differ),   cmocka_unit_test(many_at_once),
        cmocka_unit_test(moments),
    };
    return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
