// SPDX-License-Identifier: Apache-2.0
// The host's side of the randomness: the same words as cl/philox.h, for initial weights, shuffles
// and tests.
#include "ops/random.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "ops/check.h"

ridge_status ridge_check_random(const ridge_random *random, ridge_tensor other,
                                ridge_tensor *step_at)
{
    if (!random)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "random: expected a pointer, got NULL");
    *step_at = random->step_at.buffer ? random->step_at : other;
    return random->step_at.buffer
               ? ridge_check_tensor("random.step_at", random->step_at, RIDGE_UINT32, 1)
               : RIDGE_OK;
}

// Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
void ridge_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t words[4])
{
    uint32_t c[4] = {counter[0], counter[1], counter[2], counter[3]};
    uint32_t k[2] = {key[0], key[1]};
    for (int round = 0; round < 10; round++) {
        uint64_t product0 = (uint64_t)0xD2511F53u * c[0];
        uint64_t product1 = (uint64_t)0xCD9E8D57u * c[2];
        c[0] = (uint32_t)(product1 >> 32) ^ c[1] ^ k[0];
        c[1] = (uint32_t)product1;
        c[2] = (uint32_t)(product0 >> 32) ^ c[3] ^ k[1];
        c[3] = (uint32_t)product0;
        k[0] += 0x9E3779B9u;
        k[1] += 0xBB67AE85u;
    }
    for (int i = 0; i < 4; i++)
        words[i] = c[i];
}

uint32_t ridge_random_word(const ridge_random *random, uint64_t element)
{
    uint64_t block = element / 64 * 16 + element % 16;
    const uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), random->step,
                                 random->stream};
    const uint32_t key[2] = {(uint32_t)random->seed, (uint32_t)(random->seed >> 32)};
    uint32_t words[4];
    ridge_philox(counter, key, words);
    return words[element / 16 % 4];
}

double ridge_random_uniform(const ridge_random *random, uint64_t element)
{
    return ridge_random_word(random, element) * 0x1p-32 + 0x1p-33;
}

// From two uniform numbers, by Box and Muller.
static double normal(double u, double v)
{
    const double pi = 3.14159265358979323846;
    return sqrt(-2 * log(u)) * cos(2 * pi * v);
}

double ridge_random_normal(const ridge_random *random, uint64_t element)
{
    return normal(ridge_random_uniform(random, 2 * element),
                  ridge_random_uniform(random, 2 * element + 1));
}

#define GROUP 64 // elements: what the four words of LANES blocks cover
#define LANES 16

// The words of the elements 64 group .. 64 group + 63. The lanes stand inside, where the compiler
// makes vectors of them.
static void group_words(const ridge_random *random, uint64_t group, uint32_t words[GROUP])
{
    uint32_t c[4][LANES], k[2] = {(uint32_t)random->seed, (uint32_t)(random->seed >> 32)};
    for (uint32_t i = 0; i < LANES; i++) {
        c[0][i] = (uint32_t)(group * LANES) + i;
        c[1][i] = (uint32_t)(group * LANES >> 32);
        c[2][i] = random->step;
        c[3][i] = random->stream;
    }
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < LANES; i++) {
            uint64_t product0 = (uint64_t)0xD2511F53u * c[0][i];
            uint64_t product1 = (uint64_t)0xCD9E8D57u * c[2][i];
            c[0][i] = (uint32_t)(product1 >> 32) ^ c[1][i] ^ k[0];
            c[1][i] = (uint32_t)product1;
            c[2][i] = (uint32_t)(product0 >> 32) ^ c[3][i] ^ k[1];
            c[3][i] = (uint32_t)product0;
        }
        k[0] += 0x9E3779B9u;
        k[1] += 0xBB67AE85u;
    }
    memcpy(words, c, sizeof(c));
}

void ridge_random_uniforms(const ridge_random *random, uint64_t first, size_t count, double *values)
{
    uint32_t words[GROUP];
    for (size_t i = 0; i < count;) {
        size_t at = (first + i) % GROUP;
        group_words(random, (first + i) / GROUP, words);
        for (; at < GROUP && i < count; at++, i++)
            values[i] = words[at] * 0x1p-32 + 0x1p-33;
    }
}

void ridge_random_normals(const ridge_random *random, uint64_t first, size_t count, double *values)
{
    double pairs[2 * GROUP];
    for (size_t i = 0; i < count;) {
        size_t here = GROUP - (first + i) % GROUP;
        here = here < count - i ? here : count - i;
        ridge_random_uniforms(random, 2 * (first + i), 2 * here, pairs);
        for (size_t j = 0; j < here; j++)
            values[i + j] = normal(pairs[2 * j], pairs[2 * j + 1]);
        i += here;
    }
}
