// SPDX-License-Identifier: Apache-2.0
// safetensors: files of Python's, files of our own, and each way in which one can be wrong.
#include "files/safetensors.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/bytes.h"
#include "base/file.h"
#include "files.h"
#include "harness.h"

static void expect(const struct ridge_safetensors *file, const char *name, ridge_type type,
                   unsigned rank, const size_t *shape, const void *data, size_t size)
{
    const struct ridge_safetensor *tensor = ridge_safetensors_find(file, name);
    assert_non_null(tensor);
    assert_string_equal(tensor->name, name);
    assert_int_equal(tensor->type, type);
    assert_int_equal(tensor->rank, rank);
    for (unsigned d = 0; d < rank; d++)
        assert_int_equal(tensor->shape[d], shape[d]);
    assert_int_equal(tensor->size, size);
    assert_memory_equal(tensor->data, data, size);
}

static const float weight[] = {-0.5f, -0.25f, 0, 0.25f, 0.5f, 0.75f};

static void written_by_python(void **state)
{
    (void)state;
    struct ridge_safetensors file;
    const float scalar = 0.1f;
    assert_ok(ridge_safetensors_read(test_source_path("tests/golden/python.safetensors"), &file));
    assert_int_equal(file.count, 5);
    expect(&file, "weight", RIDGE_FLOAT32, 2, (size_t[]){2, 3}, weight, sizeof(weight));
    expect(&file, "pixels", RIDGE_UINT8, 1, (size_t[]){5}, "\x00\x01\x7f\x80\xff", 5);
    expect(&file, "labels", RIDGE_INT32, 1, (size_t[]){4}, (int32_t[]){3, -1, INT32_MAX, INT32_MIN},
           16);
    expect(&file, "counts", RIDGE_UINT32, 2, (size_t[]){2, 1}, (uint32_t[]){7, UINT32_MAX}, 8);
    expect(&file, "scalar", RIDGE_FLOAT32, 0, NULL, &scalar, 4);
    assert_null(ridge_safetensors_find(&file, "bias"));
    assert_null(ridge_safetensors_find(&file, "__metadata__"));
    assert_int_equal(file.metadata_count, 2);
    assert_string_equal(ridge_safetensors_metadata(&file, "author"), "Python");
    assert_string_equal(ridge_safetensors_metadata(&file, "text"),
                        "quotes \", newline\n, umlaut \xc3\xbc");
    assert_null(ridge_safetensors_metadata(&file, "version"));
    ridge_safetensors_free(&file);
    assert_null(file.tensors);
    ridge_safetensors_free(&file);
}

static void written_and_read(void **state)
{
    (void)state;
    const uint32_t step = 4000000000u;
    const struct ridge_safetensor tensors[] = {
        {.name = "pixels", .type = RIDGE_UINT8, .rank = 1, .shape = {3}, .data = "abc"},
        {.name = "dense 1/weight", .rank = 4, .shape = {1, 2, 1, 3}, .data = weight},
        {.name = "step \"\\\n\xc3\xbc", .type = RIDGE_UINT32, .data = &step},
    };
    const struct ridge_metadata metadata[] = {{"network", "{\"layers\": []}"}, {"", ""}};
    const char *path = test_path("own.safetensors");
    struct ridge_safetensors file;
    assert_ok(ridge_safetensors_write(path, tensors, 3, metadata, 2));
    assert_ok(ridge_safetensors_read(path, &file));
    assert_int_equal(file.count, 3);
    for (int i = 0; i < 3; i++)
        assert_string_equal(file.tensors[i].name, tensors[i].name);
    expect(&file, "pixels", RIDGE_UINT8, 1, (size_t[]){3}, "abc", 3);
    expect(&file, "dense 1/weight", RIDGE_FLOAT32, 4, (size_t[]){1, 2, 1, 3}, weight, 24);
    expect(&file, tensors[2].name, RIDGE_UINT32, 0, NULL, &step, 4);
    assert_string_equal(ridge_safetensors_metadata(&file, "network"), "{\"layers\": []}");
    assert_string_equal(ridge_safetensors_metadata(&file, ""), "");
    ridge_safetensors_free(&file);

    assert_ok(ridge_safetensors_write(path, NULL, 0, NULL, 0));
    assert_ok(ridge_safetensors_read(path, &file));
    assert_int_equal(file.count, 0);
    assert_int_equal(file.metadata_count, 0);
    ridge_safetensors_free(&file);
}

// The bytes that Python's package was seen to read.
static void exact_bytes(void **state)
{
    (void)state;
    static const char json[] = "{\"__metadata__\":{\"k\":\"v\"},"
                               "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                               "\"b\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[1,2]}}";
    const struct ridge_safetensor tensors[] = {
        {.name = "a", .type = RIDGE_UINT8, .rank = 1, .shape = {1}, .data = "x"},
        {.name = "b", .type = RIDGE_UINT8, .data = "y"},
    };
    const struct ridge_metadata metadata = {"k", "v"};
    const char *path = test_path("exact.safetensors");
    assert_ok(ridge_safetensors_write(path, tensors, 2, &metadata, 1));
    unsigned char *bytes;
    size_t size;
    assert_ok(ridge_file_read(path, 0, &bytes, &size));
    size_t header = (size_t)ridge_load_le(bytes, 8), text = sizeof(json) - 1;
    assert_int_equal(header % 8, 0);
    assert_in_range(header, text, text + 7);
    assert_memory_equal(bytes + 8, json, text);
    for (size_t i = text; i < header; i++)
        assert_int_equal(bytes[8 + i], ' ');
    assert_int_equal(size, 8 + header + 2);
    assert_memory_equal(bytes + 8 + header, "xy", 2);
    free(bytes);
}

static ridge_status parse(const void *bytes, size_t size, struct ridge_safetensors *file)
{
    struct ridge_source source = test_source("m.safetensors", bytes, size);
    ridge_status status = ridge_safetensors_parse(source.name, source.data, source.size, file);
    if (status == RIDGE_OK)
        ridge_safetensors_free(file);
    ridge_source_free(&source);
    return status;
}

// `json` behind its right length, and `size` bytes of data.
static ridge_status parse_header(const char *json, size_t size, struct ridge_safetensors *file)
{
    unsigned char bytes[2000] = {0};
    size_t length = strlen(json);
    assert_in_range(8 + length + size, 0, sizeof(bytes));
    ridge_store_le(bytes, 8, length);
    memcpy(bytes + 8, json, length);
    return parse(bytes, 8 + length + size, file);
}

#define ENTRY(name, type, shape, begin, end)                                                       \
    "\"" name "\":{\"dtype\":\"" type "\",\"shape\":" shape ",\"data_offsets\":[" #begin "," #end  \
    "]}"

static void good_headers(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        size_t size;
    } cases[] = {
        {"{}", 0},
        {"{}       ", 0},
        {"{\"__metadata__\":{}}", 0},
        {"{" ENTRY("a", "F32", "[2]", 0, 8) "}", 8},
        {"{ \"a\" : { \"shape\" : [ 2.0 ], \"data_offsets\":[0,8e0], \"dtype\" : \"F32\" } }", 8},
        {"{" ENTRY("b", "U8", "[1]", 8, 9) "," ENTRY("a", "F32", "[2]", 0, 8) "}", 9},
        {"{" ENTRY("a", "U8", "[0]", 0, 0) "," ENTRY("b", "U8", "[2,0]", 2,
                                                     2) "," ENTRY("c", "U8", "[2]", 0, 2) "}",
         2},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ridge_safetensors file;
        assert_ok(parse_header(cases[i].json, cases[i].size, &file));
    }
}

// Headers that are refused, with so many bytes behind them.
static const struct {
    const char *json;
    size_t size;
    const char *message;
    ridge_status status;
} headers[] = {
    {"", 0, "m.safetensors: expected a JSON object as the header, not so from byte 8 on",
     RIDGE_ERROR_FORMAT},
    {"[]", 0, "expected a JSON object", RIDGE_ERROR_FORMAT},
    {" {}", 0, "expected a JSON object", RIDGE_ERROR_FORMAT},
    {"{\"a\":}", 0, "not so from byte 13 on", RIDGE_ERROR_FORMAT},
    {"{} x", 0, "not so from byte 11 on", RIDGE_ERROR_FORMAT},
    {"{}\n", 0, "not so from byte 10 on", RIDGE_ERROR_FORMAT},
    {"{", 0, "expected a JSON object", RIDGE_ERROR_FORMAT},
    {"{}", 1, "m.safetensors: 1 bytes behind the last tensor", RIDGE_ERROR_FORMAT},
    {"{\"a\":1}", 0, "tensor \"a\": expected dtype, shape and data_offsets", RIDGE_ERROR_FORMAT},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[]}}", 0,
     "tensor \"a\": expected dtype, shape and data_offsets", RIDGE_ERROR_FORMAT},
    {"{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[]}}", 0,
     "tensor \"a\": data_offsets: expected two whole numbers", RIDGE_ERROR_FORMAT},
    {"{\"a\":{\"type\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]}}", 1,
     "tensor \"a\": dtype: expected a string", RIDGE_ERROR_FORMAT},
    {"{\"a\":{\"dtype\":8,\"shape\":[],\"data_offsets\":[0,1]}}", 1,
     "tensor \"a\": dtype: expected a string", RIDGE_ERROR_FORMAT},
    {"{" ENTRY("a", "BF16", "[]", 0, 2) "}", 2,
     "m.safetensors: tensor \"a\": dtype: expected F32, U8, I32 or U32, got BF16",
     RIDGE_ERROR_UNSUPPORTED},
    {"{" ENTRY("a", "U8", "3", 0, 3) "}", 3, "shape: expected a list of sizes", RIDGE_ERROR_FORMAT},
    {"{" ENTRY("a", "U8", "[-1]", 0, 1) "}", 1, "shape: expected whole numbers",
     RIDGE_ERROR_FORMAT},
    {"{" ENTRY("a", "U8", "[1.5]", 0, 1) "}", 1, "shape: expected whole numbers",
     RIDGE_ERROR_FORMAT},
    {"{" ENTRY("a", "U8", "[\"1\"]", 0, 1) "}", 1, "shape: expected whole numbers",
     RIDGE_ERROR_FORMAT},
    {"{" ENTRY("a", "U8", "[1e300]", 0, 1) "}", 1, "shape: expected whole numbers",
     RIDGE_ERROR_FORMAT},
    {"{" ENTRY("a", "U8", "[1,1,1,1,1]", 0, 1) "}", 1, "shape: expected at most 4 dimensions",
     RIDGE_ERROR_UNSUPPORTED},
    {"{" ENTRY("a", "F32", "[2]", 0, 4) "}", 4,
     "tensor \"a\": shape: it takes more bytes than the file has", RIDGE_ERROR_FORMAT},
    // The product is 2^64, so 0 in 64 bits.
    {"{" ENTRY("a", "F32", "[2147483648,2147483648]", 0, 0) "}", 0,
     "shape: it takes more bytes than the file has", RIDGE_ERROR_FORMAT},
    {"{" ENTRY("a", "U8", "[9007199254740992,2048]", 0, 0) "}", 0,
     "shape: it takes more bytes than the file has", RIDGE_ERROR_FORMAT},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0]}}", 1,
     "data_offsets: expected two whole numbers", RIDGE_ERROR_FORMAT},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1,2]}}", 1,
     "data_offsets: expected two whole numbers", RIDGE_ERROR_FORMAT},
    {"{" ENTRY("a", "U8", "[]", -1, 0) "}", 1, "data_offsets: expected two whole numbers",
     RIDGE_ERROR_FORMAT},
    {"{" ENTRY("a", "U8", "[]", 0, 1.5) "}", 1, "data_offsets: expected two whole numbers",
     RIDGE_ERROR_FORMAT},
    {"{" ENTRY("a", "U8", "[]", 0, 1e400) "}", 1, "data_offsets: expected two whole numbers",
     RIDGE_ERROR_FORMAT},
    {"{" ENTRY("a", "U8", "[1]", 1, 2) "}", 1,
     "tensor \"a\": data_offsets: expected a range in the 1 bytes of data, got 1 to 2",
     RIDGE_ERROR_FORMAT},
    {"{" ENTRY("a", "U8", "[1]", 1, 0) "}", 1, "expected a range in the 1 bytes of data",
     RIDGE_ERROR_FORMAT},
    {"{" ENTRY("a", "U8", "[1]", 0, 2) "}", 2,
     "tensor \"a\": data_offsets: expected 1 bytes as shape and dtype demand, got 2",
     RIDGE_ERROR_FORMAT},
    {"{" ENTRY("a", "U8", "[2]", 0, 2) "," ENTRY("b", "U8", "[2]", 1, 3) "}", 3,
     "tensor \"b\": data_offsets: expected to begin at 2, where the data before it ends, got 1",
     RIDGE_ERROR_FORMAT},
    {"{" ENTRY("a", "U8", "[2]", 0, 2) "," ENTRY("b", "U8", "[2]", 0, 2) "}", 2,
     "expected to begin at 2", RIDGE_ERROR_FORMAT},
    {"{" ENTRY("b", "U8", "[2]", 3, 5) "," ENTRY("a", "U8", "[2]", 0, 2) "}", 5,
     "tensor \"b\": data_offsets: expected to begin at 2", RIDGE_ERROR_FORMAT},
    {"{" ENTRY("a", "U8", "[2]", 1, 3) "}", 3, "expected to begin at 0", RIDGE_ERROR_FORMAT},
    {"{" ENTRY("a", "U8", "[2]", 0, 2) "}", 3, "1 bytes behind the last tensor",
     RIDGE_ERROR_FORMAT},
    {"{" ENTRY("a", "U8", "[1]", 0, 1) "," ENTRY("a", "U8", "[1]", 1, 2) "}", 2,
     "m.safetensors: \"a\" stands twice in the header", RIDGE_ERROR_FORMAT},
    {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "\"__metadata__\" stands twice",
     RIDGE_ERROR_FORMAT},
    {"{\"__metadata__\":[]}", 0, "__metadata__: expected an object", RIDGE_ERROR_FORMAT},
    {"{\"__metadata__\":{\"k\":1}}", 0, "__metadata__: \"k\": expected a string",
     RIDGE_ERROR_FORMAT},
    {"{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", 0, "\"k\" stands twice", RIDGE_ERROR_FORMAT},
};

static void bad_headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        struct ridge_safetensors file;
        assert_fails(parse_header(headers[i].json, headers[i].size, &file), headers[i].status,
                     headers[i].message);
        assert_true(!file.tensors && !file.metadata && !file.json && !file.count);
    }
}

static void bad_starts(void **state)
{
    (void)state;
    struct ridge_safetensors file;
    assert_fails(parse("", 0, &file), RIDGE_ERROR_FORMAT, "not a safetensors file (0 bytes)");
    assert_fails(parse("\2\0\0\0\0\0\0", 7, &file), RIDGE_ERROR_FORMAT, "(7 bytes)");
    assert_fails(parse("\2\0\0\0\0\0\0\0{", 9, &file), RIDGE_ERROR_FORMAT,
                 "m.safetensors: truncated: expected a header of 2 bytes, 1 are there");
    assert_fails(parse("\xff\xff\xff\xff\xff\xff\xff\xff{}", 10, &file), RIDGE_ERROR_FORMAT,
                 "expected a header of at most 16777216 bytes, got 18446744073709551615");
    assert_fails(parse("\1\0\0\1\0\0\0\0{}", 10, &file), RIDGE_ERROR_FORMAT,
                 "at most 16777216 bytes, got 16777217");
    assert_fails(parse("\3\0\0\0\0\0\0\0{}\0", 11, &file), RIDGE_ERROR_FORMAT, "from byte 10 on");
}

// Nesting as deep as the header is long must not exhaust the stack.
static void deep_nesting(void **state)
{
    (void)state;
    enum { DEPTH = 1 << 20 };
    struct ridge_safetensors file;
    unsigned char *bytes = malloc(8 + DEPTH);
    assert_non_null(bytes);
    ridge_store_le(bytes, 8, DEPTH);
    memset(bytes + 8, '[', DEPTH);
    memcpy(bytes + 8, "{\"a\":", 5);
    assert_fails(parse(bytes, 8 + DEPTH, &file), RIDGE_ERROR_FORMAT, "expected a JSON object");
    free(bytes);
}

// Every prefix of a good file is refused, and so is the file with a byte more.
static void every_truncation(void **state)
{
    (void)state;
    struct ridge_safetensors file;
    unsigned char *bytes;
    size_t size;
    assert_ok(
        ridge_file_read(test_source_path("tests/golden/python.safetensors"), 0, &bytes, &size));
    assert_ok(parse(bytes, size, &file));
    for (size_t cut = 0; cut < size; cut++)
        assert_int_equal(parse(bytes, cut, &file), RIDGE_ERROR_FORMAT);
    assert_fails(parse(bytes, size + 1, &file), RIDGE_ERROR_FORMAT,
                 "1 bytes behind the last tensor");
    free(bytes);
}

static void unwritable(void **state)
{
    (void)state;
    const struct ridge_safetensor tensor = {.name = "a", .rank = 1, .shape = {6}, .data = weight};
    assert_fails(ridge_safetensors_write(test_path("absent/m"), &tensor, 1, NULL, 0),
                 RIDGE_ERROR_FILE, "absent/m: cannot create a file beside it");
}

// The limit on a file's size stands for a full disk.
static void full_disk(void **state)
{
    (void)state;
    const char *path = test_write("kept.safetensors", "the model before", 16);
    size_t files = test_file_count();
    static float large[10000];
    const struct ridge_safetensor tensor = {
        .name = "a", .rank = 1, .shape = {10000}, .data = large};
    struct rlimit before, limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 20000;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ridge_status status = ridge_safetensors_write(path, &tensor, 1, NULL, 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    assert_fails(status, RIDGE_ERROR_FILE, "kept.safetensors: cannot write: File too large");
    assert_true(test_holds(path, "the model before", 16));
    assert_int_equal(test_file_count(), files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_by_python), cmocka_unit_test(written_and_read),
        cmocka_unit_test(exact_bytes),       cmocka_unit_test(good_headers),
        cmocka_unit_test(bad_headers),       cmocka_unit_test(bad_starts),
        cmocka_unit_test(deep_nesting),      cmocka_unit_test(every_truncation),
        cmocka_unit_test(unwritable),        cmocka_unit_test(full_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
