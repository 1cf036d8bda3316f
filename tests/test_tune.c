// SPDX-License-Identifier: Apache-2.0
// Tuning: the text and the rules of parameters, the file that is kept and what may be wrong with
// it, processes that write it at once, and a short search.
#include "harness.h"

#include <glob.h>
#include <ridge/ops.h>
#include <ridge/tune.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "device/device.h"
#include "files.h"
#include "interpose.h"
#include "ops/gemm.h"
#include "ops/gemm_measure.h"
#include "ops/gemm_panel_sizes.h"

static void bad_arguments(void **state)
{
    (void)state;
    ridge_tune_product product = {.shape = {.m = 8, .n = 8, .k = 8}}, none = {.shape = {.m = 8}};
    assert_fails(ridge_gemm_tune(NULL, 1, &product, 1, NULL), RIDGE_ERROR_ARGUMENT, "device");
    assert_fails(ridge_gemm_tune(test_device, 1, NULL, 1, NULL), RIDGE_ERROR_ARGUMENT, "products");
    assert_fails(ridge_gemm_tune(test_device, 1, &product, 0, NULL), RIDGE_ERROR_ARGUMENT, "count");
    assert_fails(ridge_gemm_tune(test_device, 0, &product, 1, NULL), RIDGE_ERROR_ARGUMENT,
                 "seconds: expected a number above 0, got 0");
    assert_fails(ridge_gemm_tune(test_device, NAN, &product, 1, NULL), RIDGE_ERROR_ARGUMENT,
                 "seconds");
    assert_fails(ridge_gemm_tune(test_device, 1, &none, 1, NULL), RIDGE_ERROR_SHAPE,
                 "products[0]: expected m, n, k above 0, got 8, 0, 0");
    if (!ridge_gemm_tunable(test_device))
        assert_fails(ridge_gemm_tune(test_device, 1, &product, 1, NULL), RIDGE_ERROR_UNSUPPORTED,
                     "no parameters to tune");
}

static void panel_texts(void **state)
{
    (void)state;
    static const char text[] = "panel steps=128 part=48 near=98304 groups=4 small=1\n";
    struct ridge_panel_sizes sizes;
    struct ridge_text written = {0};
    assert_true(ridge_panel_read(text, &sizes));
    assert_int_equal(sizes.steps, 128);
    assert_int_equal(sizes.small, 1);
    ridge_panel_write(&sizes, &written);
    assert_string_equal(written.data, text);
    free(written.data);
    char part[sizeof(text)];
    for (size_t length = 0; length < strlen(text); length++) { // cut anywhere
        memcpy(part, text, length);
        part[length] = 0;
        assert_false(ridge_panel_read(part, &sizes));
    }
    static const char *const bad[] = {
        "panel steps=0 part=48 near=98304 groups=4 small=1\n",
        "panel steps=-128 part=48 near=98304 groups=4 small=1\n",
        "panel steps=128 part=48 near=98304 groups=400000 small=1\n",
        "panel steps=128 part=48 near=98304 groups=4 small=1\n\n",
        "panel part=48 steps=128 near=98304 groups=4 small=1\n",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(ridge_panel_read(bad[i], &sizes));
    for (const struct ridge_panel_parameter *p = ridge_panel_parameters; p->name; p++) {
        struct ridge_panel_sizes defaults = ridge_panel_defaults;
        const size_t *value = p->values;
        while (*value && *value != *ridge_panel_size(&defaults, p))
            value++;
        assert_true(*value); // a search starts there
    }
}

static size_t calls;

static ridge_status look_at_operands(ridge_launcher *on, const struct ridge_gemm_call *call)
{
    (void)on;
    const ridge_tensor *operands[] = {&call->a, &call->b, &call->c};
    const size_t counts[] = {5 * 3, 3 * 7, 5 * 7};
    for (int i = 0; i < 3; i++) {
        assert_true(operands[i]->offset > 0);
        assert_true(operands[i]->offset + counts[i] <= ridge_tensor_count(operands[i]));
    }
    calls++;
    return RIDGE_OK;
}

// A search measures products whose operands lie somewhere in a buffer, as those of networks do.
static void operands_lie_as_in_networks(void **state)
{
    (void)state;
    struct ridge_gemm_measure measure = {.device = test_device, .run = look_at_operands};
    const ridge_tune_product product = {.shape = {.m = 5, .n = 7, .k = 3}};
    double seconds;
    assert_ok(ridge_gemm_measure_create(&measure, &product, 1));
    assert_ok(ridge_gemm_measure_seconds(&measure, &product.shape, &seconds));
    assert_true(calls > 2);
    ridge_gemm_measure_release(&measure);
}

// The sizes that a process which starts now would take.
static const struct ridge_panel_sizes *sizes_now(void)
{
    test_device->panel = (struct ridge_panel_sizes){0};
    return ridge_panel_sizes(test_device);
}

// What is kept is taken, what is damaged is not, and results are the same bits with any sizes.
static void panel_sizes_are_kept(void **state)
{
    (void)state;
    enum { M = 70, N = 67, K = 300 };
    static const char text[] = "panel steps=128 part=12 near=98304 groups=4 small=1\n";
    static float x[K * M], y[2][M * N];
    struct ridge_cache_file file = {0};
    setenv("XDG_CACHE_HOME", test_path("sizes"), 1);
    test_device->keeps_notes = true;
    assert_int_equal(sizes_now()->steps, ridge_panel_defaults.steps);
    assert_true(ridge_panel_file(test_device, &file));
    for (size_t i = 0; i < K * M; i++)
        x[i] = (float)(i % 61) / 7;
    ridge_tensor a = test_vector(M * K, x), b = test_vector(K * N, x), c = test_vector(M * N, x);
    for (int i = 0; i < 2; i++) {
        assert_ok(ridge_gemm(test_launcher,
                             &(ridge_gemm_shape){.transpose_b = true, .m = M, .n = N, .k = K}, 1, a,
                             b, 0, c, NULL));
        assert_ok(ridge_tensor_read(test_device, c, y[i]));
        ridge_cache_write(&file, text, strlen(text));
        assert_int_equal(sizes_now()->small, 1);
    }
    assert_memory_equal(y[0], y[1], sizeof(y[0]));
    ridge_cache_write(&file, text, strlen(text) - 1);
    assert_int_equal(sizes_now()->small, ridge_panel_defaults.small);
    ridge_cache_remove(&file);
    ridge_cache_release(&file);
    ridge_tensor_destroy(test_device, &a);
    ridge_tensor_destroy(test_device, &b);
    ridge_tensor_destroy(test_device, &c);
}

static void panel_search(void **state)
{
    (void)state;
    if (!ridge_gemm_tunable(test_device) || strcmp(ridge_device_gemm(test_device), "panel") != 0)
        skip();
    setenv("XDG_CACHE_HOME", test_path("panel"), 1);
    ridge_tune_product products[] = {{.shape = {.m = 64, .n = 48, .k = 32}}};
    ridge_tune_result result;
    assert_ok(ridge_gemm_tune(test_device, 0.1, products, 1, &result));
    assert_true(products[0].before > 0 && products[0].after > 0);
    assert_int_equal(result.wrong, 0);
    struct ridge_panel_sizes found = *ridge_panel_sizes(test_device);
    assert_memory_equal(sizes_now(), &found, sizeof(found));

    // What an earlier search has found outlives one that has no time.
    struct ridge_cache_file file = {0};
    found = ridge_panel_defaults;
    found.small = 1;
    struct ridge_text text = {0};
    ridge_panel_write(&found, &text);
    assert_true(ridge_panel_file(test_device, &file));
    assert_true(ridge_cache_write(&file, text.data, text.length));
    assert_int_equal(sizes_now()->small, 1);
    assert_ok(ridge_gemm_tune(test_device, 1e-9, products, 1, &result));
    assert_true(!result.tried && !result.stored);
    assert_int_equal(ridge_panel_sizes(test_device)->small, 1);
    assert_int_equal(sizes_now()->small, 1);
    ridge_cache_remove(&file);
    ridge_cache_release(&file);
    free(text.data);

    setenv("XDG_CACHE_HOME", "/dev/null", 1);
    assert_ok(ridge_gemm_tune(test_device, 0.1, products, 1, &result));
    assert_false(result.stored);
    setenv("XDG_CACHE_HOME", test_path("panel"), 1);
    assert_int_equal(sizes_now()->small, ridge_panel_defaults.small);
}

#if RIDGE_HAVE_CLBLAST

#include "ops/gemm_clblast_tuning.h"

// A set that fits any device: work-groups of four.
static const char good[] =
    "Xgemm GEMMK=1 KREG=2 KWG=1 KWI=1 MDIMA=2 MDIMC=2 MWG=16 NDIMB=2 NDIMC=2 "
    "NWG=16 SA=0 SB=0 STRM=0 STRN=0 VWM=2 VWN=2\n"
    "XgemmDirect KWID=2 MDIMAD=2 MDIMCD=2 NDIMBD=2 NDIMCD=2 PADA=1 PADB=1 "
    "VWMD=2 VWND=2 WGD=8\n"
    "GemmRoutine XGEMM_MIN_INDIRECT_SIZE=64\n";

static bool reads(const char *text)
{
    struct ridge_tuning tuning;
    return ridge_tuning_read(text, &test_device->info, &tuning);
}

static void texts(void **state)
{
    (void)state;
    struct ridge_tuning tuning;
    struct ridge_text text = {0};
    assert_true(ridge_tuning_read(good, &test_device->info, &tuning));
    for (int kernel = 0; kernel < RIDGE_TUNING_KERNELS; kernel++)
        assert_true(tuning.set[kernel]);
    assert_int_equal(tuning.values[RIDGE_TUNING_ROUTINE][0], 64);
    ridge_tuning_write(&tuning, &text);
    assert_string_equal(text.data, good);
    free(text.data);
    assert_true(reads(""));
    assert_true(reads("GemmRoutine XGEMM_MIN_INDIRECT_SIZE=0\n"));
    // cut anywhere but between kernels
    char part[sizeof(good)];
    for (size_t length = 1; length < strlen(good); length++) {
        memcpy(part, good, length);
        part[length] = 0;
        assert_true(reads(part) == (good[length - 1] == '\n'));
    }
    static const char *const bad[] = {
        "Other A=1\n",
        "GemmRoutine\n",
        "GemmRoutine XGEMM_MIN_INDIRECT_SIZE=\n",
        "GemmRoutine XGEMM_MIN_INDIRECT_SIZE=-1\n",
        "GemmRoutine XGEMM_MIN_INDIRECT_SIZE=99999999999999999999\n",
        "GemmRoutine XGEMM_MIN_INDIRECT_SIZE=4 \n",
        "GemmRoutine XGEMM_MIN_INDIRECT_SIZE=4\nGemmRoutine XGEMM_MIN_INDIRECT_SIZE=4\n",
        // what does not go together, and a division by zero
        "XgemmDirect KWID=2 MDIMAD=16 MDIMCD=16 NDIMBD=2 NDIMCD=2 PADA=1 PADB=1 VWMD=2 VWND=2 "
        "WGD=8\n",
        "XgemmDirect KWID=0 MDIMAD=0 MDIMCD=0 NDIMBD=0 NDIMCD=0 PADA=0 PADB=0 VWMD=0 VWND=0 "
        "WGD=0\n",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(reads(bad[i]));
}

static unsigned notes;

static void count_notes(void *context, ridge_log_level level, const char *message)
{
    (void)context;
    notes += level == RIDGE_LOG_INFO && strstr(message, ".tuning is ");
    notes += level == RIDGE_LOG_INFO && strstr(message, "does not fit the device");
}

static void store(const char *text)
{
    struct ridge_cache_file file = {0};
    assert_true(ridge_tuning_file(test_device, &file));
    ridge_cache_write(&file, text, strlen(text));
    ridge_cache_release(&file);
}

// What a process that starts now would apply; NULL: nothing.
static const char *applied(void)
{
    free(test_device->tuning);
    test_device->tuning = NULL;
    ridge_tuning_prepare(test_device);
    return test_device->tuning;
}

static void kept_files(void **state)
{
    (void)state;
    setenv("XDG_CACHE_HOME", test_path("tuning"), 1);
    test_device->keeps_notes = true;
    ridge_set_log(count_notes, NULL, RIDGE_LOG_INFO);
    notes = 0;
    assert_null(applied());
    store(good);
    assert_string_equal(applied(), good);
    assert_int_equal(notes, 0);

    glob_t found;
    assert_int_equal(glob(test_path("tuning/ridge/*.tuning"), 0, NULL, &found), 0);
    assert_int_equal(found.gl_pathc, 1);
    assert_int_equal(truncate(found.gl_pathv[0], 100), 0);
    assert_null(applied());
    assert_int_equal(notes, 1);
    store(good);
    assert_non_null(applied());
    store("GemmRoutine XGEMM_MIN_INDIRECT_SIZE=many\n"); // whole, but nonsense
    assert_null(applied());
    assert_int_equal(notes, 2);
    store(good);
    char driver[sizeof(test_device->info.driver)];
    memcpy(driver, test_device->info.driver, sizeof(driver));
    snprintf(test_device->info.driver, sizeof(driver), "another");
    assert_null(applied());
    assert_int_equal(notes, 3);
    memcpy(test_device->info.driver, driver, sizeof(driver));
    assert_non_null(applied());
    test_device->keeps_notes = false;
    assert_null(applied());
    test_device->keeps_notes = true;
    globfree(&found);
    ridge_set_log(NULL, NULL, RIDGE_LOG_WARNING);
}

// Whoever writes last, what is read is one of the texts, whole.
static void writers_at_once(void **state)
{
    (void)state;
    enum { COUNT = 4 };
    pid_t children[COUNT];
    setenv("XDG_CACHE_HOME", test_path("writers"), 1);
    fflush(NULL);
    for (int i = 0; i < COUNT; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            for (int j = 0; j < 100; j++)
                store(i % 2 ? good : "GemmRoutine XGEMM_MIN_INDIRECT_SIZE=7\n");
            _exit(0);
        }
    }
    struct ridge_cache_file file = {0};
    assert_true(ridge_tuning_file(test_device, &file));
    for (int j = 0; j < 200; j++) {
        size_t size;
        char *text = (char *)ridge_cache_read(&file, &size);
        assert_true(!text || reads(text));
        free(text);
    }
    for (int i = 0; i < COUNT; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    size_t size;
    char *text = (char *)ridge_cache_read(&file, &size);
    assert_non_null(text);
    assert_true(reads(text));
    free(text);
    ridge_cache_release(&file);
}

// Products with the parameters of a file are right, with those of a short search, too; and what a
// search has kept is applied where a device is opened next.
static void searches(void **state)
{
    (void)state;
    if (strcmp(ridge_device_gemm(test_device), "clblast") != 0)
        skip();
    setenv("XDG_CACHE_HOME", test_path("search"), 1);
    const struct ridge_gemm_provider *clblast = ridge_gemm_find(ridge_gemm_providers, "clblast");
    const ridge_gemm_shape shape = {.transpose_a = true, .m = 130, .n = 35, .k = 67};
    bool right;
    store(good);
    assert_string_equal(applied(), good);
    assert_ok(ridge_gemm_compare(test_device, clblast, &shape, 0.5f, &right));
    assert_true(right);

    ridge_tune_product products[] = {{.shape = {.m = 64, .n = 48, .k = 32}},
                                     {.shape = {.m = 300, .n = 300, .k = 300}}};
    ridge_tune_result result;
    assert_ok(ridge_gemm_tune(test_device, 0.1, products, 2, &result));
    for (int i = 0; i < 2; i++)
        assert_true(products[i].before > 0 && products[i].after > 0);
    assert_ok(ridge_gemm_compare(test_device, clblast, &shape, 0.5f, &right));
    assert_true(right);
    if (result.stored) {
        char *text = strdup(test_device->tuning);
        assert_string_equal(applied(), text);
        free(text);
    }
}
#endif

// CLBlast takes its temporary matrices from ridge's scratch and creates none, whatever the kernel
// and the edges.
static void no_hidden_memory(void **state)
{
    (void)state;
    static const ridge_gemm_shape shapes[] = {
        {.transpose_b = true, .m = 128, .n = 800, .k = 784},
        {.transpose_a = true, .m = 800, .n = 784, .k = 128},
        {.m = 128, .n = 784, .k = 800},
        {.transpose_a = true, .transpose_b = true, .m = 513, .n = 511, .k = 509},
        {.m = 512, .n = 512, .k = 512},
        {.m = 32, .n = 128, .k = 128},
        {.m = 2048, .n = 1, .k = 2048},
    };
    if (strcmp(ridge_device_gemm(test_device), "clblast") != 0)
        skip();
    ridge_tensor a, b, c;
    const size_t room = 2048 * 2048;
    assert_ok(ridge_tensor_create(test_device, RIDGE_FLOAT32, RIDGE_SHAPE(room), &a));
    assert_ok(ridge_tensor_create(test_device, RIDGE_FLOAT32, RIDGE_SHAPE(room), &b));
    assert_ok(ridge_tensor_create(test_device, RIDGE_FLOAT32, RIDGE_SHAPE(room), &c));
    assert_ok(ridge_fill(test_launcher, a, 1));
    assert_ok(ridge_fill(test_launcher, b, 1));
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        for (int time = 0; time < 2; time++) {
            interpose_reset();
            assert_ok(ridge_gemm(test_launcher, &shapes[i], 1, a, b, 0, c, NULL));
        }
        assert_int_equal(interpose_count(INTERPOSE_CREATE_BUFFER), 0);
    }
    assert_ok(ridge_device_finish(test_device));
    ridge_tensor_destroy(test_device, &a);
    ridge_tensor_destroy(test_device, &b);
    ridge_tensor_destroy(test_device, &c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_arguments),
        cmocka_unit_test(no_hidden_memory),
        cmocka_unit_test(operands_lie_as_in_networks),
        cmocka_unit_test(panel_texts),
        cmocka_unit_test(panel_sizes_are_kept),
        cmocka_unit_test(panel_search),
#if RIDGE_HAVE_CLBLAST
        cmocka_unit_test(texts),
        cmocka_unit_test(kept_files),
        cmocka_unit_test(writers_at_once),
        cmocka_unit_test(searches),
#endif
    };
    return TEST_MAIN("tune", tests);
}
