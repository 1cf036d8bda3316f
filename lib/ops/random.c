// SPDX-License-Identifier: Apache-2.0
// The host's side of the randomness: the same words as cl/philox.h, for initial weights, shuffles
// and tests.
#include "ops/random.h"

#include <math.h>

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

double ridge_random_normal(const ridge_random *random, uint64_t element)
{
    const double pi = 3.14159265358979323846;
    double radius = sqrt(-2 * log(ridge_random_uniform(random, 2 * element)));
    return radius * cos(2 * pi * ridge_random_uniform(random, 2 * element + 1));
}
