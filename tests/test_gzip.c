// SPDX-License-Identifier: Apache-2.0
// gzip: members, padding, damage, and bombs.
#include "data/gzip.h"

#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "harness.h"

static ridge_status gunzip(const void *data, size_t size, size_t limit, unsigned char **unpacked,
                           size_t *unpacked_size)
{
    struct ridge_source source = test_source("packed.gz", data, size);
    *unpacked = NULL;
    ridge_status status = ridge_gunzip(&source, limit, unpacked, unpacked_size);
    ridge_source_free(&source);
    return status;
}

static void gzip_members(void **state)
{
    (void)state;
    size_t first_size, second_size, size;
    unsigned char *first = test_gzip("first ", 6, &first_size), *unpacked;
    unsigned char *second = test_gzip("second", 6, &second_size);
    unsigned char both[200] = {0};
    memcpy(both, first, first_size);
    memcpy(both + first_size, second, second_size);
    assert_ok(gunzip(both, first_size + second_size, 100, &unpacked, &size));
    assert_int_equal(size, 12);
    assert_memory_equal(unpacked, "first second", 12);
    free(unpacked);
    // zeros behind the last member are padding, anything else is damage
    assert_ok(gunzip(both, first_size + second_size + 20, 100, &unpacked, &size));
    assert_int_equal(size, 12);
    free(unpacked);
    both[first_size + second_size] = 'x';
    assert_fails(gunzip(both, first_size + second_size + 1, 100, &unpacked, &size),
                 RIDGE_ERROR_FORMAT, "packed.gz: ");
    for (size_t cut = first_size + 1; cut < first_size + second_size; cut++)
        assert_fails(gunzip(both, cut, 100, &unpacked, &size), RIDGE_ERROR_FORMAT,
                     "packed.gz: truncated gzip file");
    assert_null(unpacked);
    free(first);
    free(second);
}

static void bad_gzip(void **state)
{
    (void)state;
    static unsigned char plain[100000];
    size_t packed_size, size;
    for (size_t i = 0; i < sizeof(plain); i++)
        plain[i] = (unsigned char)(i * i >> 7);
    unsigned char *packed = test_gzip(plain, sizeof(plain), &packed_size), *unpacked;
    assert_ok(gunzip(packed, packed_size, sizeof(plain), &unpacked, &size));
    assert_int_equal(size, sizeof(plain));
    assert_memory_equal(unpacked, plain, size);
    free(unpacked);
    for (size_t cut = 0; cut < packed_size; cut += cut < 20 ? 1 : packed_size / 50)
        assert_fails(gunzip(packed, cut, sizeof(plain), &unpacked, &size), RIDGE_ERROR_FORMAT,
                     "packed.gz: truncated gzip file");
    assert_fails(gunzip(packed, packed_size, sizeof(plain) - 1, &unpacked, &size),
                 RIDGE_ERROR_FORMAT, "packed.gz: unpacks to more than 99999 bytes");
    packed[packed_size - 6] ^= 1; // in the checksum
    assert_fails(gunzip(packed, packed_size, sizeof(plain), &unpacked, &size), RIDGE_ERROR_FORMAT,
                 "packed.gz: damaged gzip file at byte");
    assert_non_null(strstr(ridge_error(), "incorrect data check"));
    packed[packed_size - 6] ^= 1;
    packed[packed_size - 1] ^= 1; // in the length
    assert_fails(gunzip(packed, packed_size, sizeof(plain), &unpacked, &size), RIDGE_ERROR_FORMAT,
                 "incorrect length check");
    assert_fails(gunzip("plain text", 10, 100, &unpacked, &size), RIDGE_ERROR_FORMAT,
                 "packed.gz: damaged gzip file at byte");
    assert_null(unpacked);
    free(packed);
}

// A hundred kilobytes that unpack to a hundred megabytes are stopped at the limit.
static void gzip_bomb(void **state)
{
    (void)state;
    size_t plain_size = 100 << 20, packed_size, size;
    unsigned char *zeros = calloc(plain_size, 1), *unpacked;
    assert_non_null(zeros);
    unsigned char *bomb = test_gzip(zeros, plain_size, &packed_size);
    free(zeros);
    assert_in_range(packed_size, 1000, 200000);
    assert_fails(gunzip(bomb, packed_size, 1 << 20, &unpacked, &size), RIDGE_ERROR_FORMAT,
                 "packed.gz: unpacks to more than 1048576 bytes; unpack it with gunzip first");
    free(bomb);
}

static void source_files(void **state)
{
    (void)state;
    struct ridge_source source;
    assert_ok(ridge_source_read(test_write("plain", "plain text", 10), &source));
    assert_int_equal(source.size, 10);
    assert_memory_equal(source.data, "plain text", 10);
    ridge_source_free(&source);
    assert_ok(ridge_source_read(test_write_gzip("packed", "packed text", 11), &source));
    assert_int_equal(source.size, 11);
    assert_memory_equal(source.data, "packed text", 11);
    assert_non_null(strstr(source.name, "packed"));
    ridge_source_free(&source);
    assert_ok(ridge_source_read(test_write("empty", "", 0), &source));
    assert_int_equal(source.size, 0);
    ridge_source_free(&source);
    assert_fails(ridge_source_read(test_write("cut", "\x1f\x8b", 2), &source), RIDGE_ERROR_FORMAT,
                 "cut: truncated gzip file (2 bytes)");
    assert_null(source.data);
    assert_fails(ridge_source_read(test_path("absent"), &source), RIDGE_ERROR_FILE,
                 "absent: cannot open");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gzip_members),
        cmocka_unit_test(bad_gzip),
        cmocka_unit_test(gzip_bomb),
        cmocka_unit_test(source_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
