// SPDX-License-Identifier: Apache-2.0
// Which device is best and what a selector means, on made-up machines.
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/device.h"

static ridge_device_info device(unsigned platform, unsigned number, const char *platform_name,
                                const char *name, const char *vendor, ridge_device_type type,
                                bool unified, unsigned units, unsigned clock)
{
    ridge_device_info info = {
        .platform = platform,
        .device = number,
        .type = type,
        .unified_memory = unified,
        .compute_units = units,
        .clock_mhz = clock,
        .lanes = type == RIDGE_DEVICE_CPU ? 8 : 0,
        .usable = true,
    };
    snprintf(info.platform_name, sizeof(info.platform_name), "%s", platform_name);
    snprintf(info.name, sizeof(info.name), "%s", name);
    snprintf(info.vendor, sizeof(info.vendor), "%s", vendor);
    ridge_device_rate(&info);
    return info;
}

enum { INTEGRATED, EMULATOR, SMALL_GPU, LARGE_GPU, OLD_CLOVER, POCL, LLVMPIPE, COUNT };

// Several platforms with several devices; neither the first platform nor the first device of the
// right one is best.
static void fill_machine(ridge_device_info list[COUNT])
{
    list[INTEGRATED] = device(0, 0, "Intel(R) OpenCL Graphics", "UHD Graphics 770",
                              "Intel(R) Corporation", RIDGE_DEVICE_GPU, true, 32, 1550);
    list[EMULATOR] = device(1, 0, "Intel(R) FPGA Emulation Platform", "FPGA Emulation Device",
                            "Intel(R) Corporation", RIDGE_DEVICE_ACCELERATOR, true, 64, 5000);
    list[SMALL_GPU] = device(2, 0, "AMD Accelerated Parallel Processing", "gfx803",
                             "Advanced Micro Devices, Inc.", RIDGE_DEVICE_GPU, false, 14, 1200);
    list[LARGE_GPU] = device(2, 1, "AMD Accelerated Parallel Processing", "gfx1030",
                             "Advanced Micro Devices, Inc.", RIDGE_DEVICE_GPU, false, 36, 2500);
    list[OLD_CLOVER] = device(3, 0, "Clover", "RX 6800", "AMD", RIDGE_DEVICE_GPU, false, 60, 2500);
    list[OLD_CLOVER].usable = false;
    snprintf(list[OLD_CLOVER].reason, sizeof(list[OLD_CLOVER].reason), "OpenCL 1.2 is needed");
    list[POCL] = device(4, 0, "Portable Computing Language", "pthread-alderlake", "GenuineIntel",
                        RIDGE_DEVICE_CPU, true, 24, 5200);
    list[LLVMPIPE] =
        device(5, 0, "rusticl", "llvmpipe", "Mesa/X.org", RIDGE_DEVICE_CPU, true, 24, 300);
}

static void expect(const char *selector, size_t expected)
{
    ridge_device_info list[COUNT];
    fill_machine(list);
    size_t index = COUNT;
    assert_ok(ridge_device_choose(selector, list, COUNT, &index));
    assert_int_equal(index, expected);
}

static void selectors(void **state)
{
    (void)state;
    expect(NULL, LARGE_GPU);
    expect("", LARGE_GPU);
    expect("gpu", LARGE_GPU);
    expect("GPU", LARGE_GPU);
    expect("cpu", POCL);
    expect("2:0", SMALL_GPU);
    expect("2:1", LARGE_GPU);
    expect("5:0", LLVMPIPE);
    expect("uhd", INTEGRATED);                 // name
    expect("intel", INTEGRATED);               // vendor; the emulator matches too
    expect("genuineintel", POCL);              // vendor
    expect("accelerated parallel", LARGE_GPU); // platform; the better of two
    expect("emulation", EMULATOR);
    expect("LLVMpipe", LLVMPIPE);
}

static void environment(void **state)
{
    (void)state;
    setenv("RIDGE_DEVICE", "cpu", 1);
    expect(NULL, POCL);
    expect("", POCL);
    expect("gpu", LARGE_GPU); // what the program says counts more
    setenv("RIDGE_DEVICE", "", 1);
    expect(NULL, LARGE_GPU);
    setenv("RIDGE_DEVICE", "no such thing", 1);
    ridge_device_info list[COUNT];
    fill_machine(list);
    size_t index = 99;
    assert_fails(ridge_device_choose(NULL, list, COUNT, &index), RIDGE_ERROR_NO_DEVICE,
                 "no such thing");
    assert_int_equal(index, 99);
    unsetenv("RIDGE_DEVICE");
}

// The order in which drivers are installed does not matter.
static void order_does_not_matter(void **state)
{
    (void)state;
    ridge_device_info list[COUNT], turned[COUNT];
    fill_machine(list);
    for (size_t by = 0; by < COUNT; by++) {
        for (size_t i = 0; i < COUNT; i++)
            turned[i] = list[(i + by) % COUNT];
        size_t index;
        assert_ok(ridge_device_choose(NULL, turned, COUNT, &index));
        assert_string_equal(turned[index].name, "gfx1030");
    }
    // Devices leave one after the other: what is best then?
    static const size_t order[] = {LARGE_GPU, SMALL_GPU, INTEGRATED, POCL, LLVMPIPE, EMULATOR};
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        size_t index;
        assert_ok(ridge_device_choose(NULL, list, COUNT, &index));
        assert_int_equal(index, order[i]);
        list[index].usable = false;
    }
    size_t index;
    assert_fails(ridge_device_choose(NULL, list, COUNT, &index), RIDGE_ERROR_NO_DEVICE, "'any'");
}

// Compute units mean different things: 512 of one vendor are less than 128 of another.
static void units_are_not_lanes(void **state)
{
    (void)state;
    ridge_device_info list[] = {
        device(0, 0, "Intel(R) OpenCL Graphics", "Arc A770", "Intel(R) Corporation",
               RIDGE_DEVICE_GPU, false, 512, 2400),
        device(1, 0, "NVIDIA CUDA", "RTX 4090", "NVIDIA Corporation", RIDGE_DEVICE_GPU, false, 128,
               2520),
        // a driver that tells neither units nor clock
        device(2, 0, "Other", "Mute", "Nobody", RIDGE_DEVICE_GPU, false, 0, 0),
    };
    size_t index;
    assert_ok(ridge_device_choose(NULL, list, 3, &index));
    assert_int_equal(index, 1);
    assert_ok(ridge_device_choose("gpu", list, 1, &index));
    assert_int_equal(index, 0);
    assert_ok(ridge_device_choose("mute", list, 3, &index));
    assert_int_equal(index, 2);
    assert_true(list[2].score > 0);
}

// Memory of its own counts fourfold, no more and no less.
static void integrated_or_discrete(void **state)
{
    (void)state;
    ridge_device_info list[] = {
        device(0, 0, "Intel(R) OpenCL Graphics", "Iris Xe", "Intel(R) Corporation",
               RIDGE_DEVICE_GPU, true, 96, 1400),
        device(1, 0, "NVIDIA CUDA", "GT 1030", "NVIDIA Corporation", RIDGE_DEVICE_GPU, false, 3,
               1468),
        device(2, 0, "AMD Accelerated Parallel Processing", "gfx1151", "AMD", RIDGE_DEVICE_GPU,
               true, 40, 2900),
        device(2, 1, "AMD Accelerated Parallel Processing", "gfx1030", "AMD", RIDGE_DEVICE_GPU,
               false, 36, 2500),
    };
    static const size_t best[] = {0, 1, 2, 3}; // of the first one, two, three, four
    for (size_t count = 1; count <= 4; count++) {
        size_t index;
        assert_ok(ridge_device_choose(NULL, list, count, &index));
        assert_int_equal(index, best[count - 1]);
    }
}

static void nothing_matches(void **state)
{
    (void)state;
    ridge_device_info list[COUNT];
    fill_machine(list);
    static const char *const wrong[] = {"9:0", "2:2", "3:0", "2:", "2:1x", "rx 6800", "nvidia"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        size_t index;
        assert_fails(ridge_device_choose(wrong[i], list, COUNT, &index), RIDGE_ERROR_NO_DEVICE,
                     wrong[i]);
        assert_non_null(strstr(ridge_error(), "0:0 UHD Graphics 770 (usable)"));
        assert_non_null(strstr(ridge_error(), "3:0 RX 6800 (OpenCL 1.2 is needed)"));
        assert_non_null(strstr(ridge_error(), "5:0 llvmpipe (usable)"));
    }
    size_t index;
    assert_fails(ridge_device_choose("gpu", NULL, 0, &index), RIDGE_ERROR_NO_DEVICE,
                 "install that of the GPU, or PoCL");
    assert_fails(ridge_device_choose("gpu", NULL, 1, &index), RIDGE_ERROR_ARGUMENT, "list");
    assert_fails(ridge_device_choose("gpu", list, COUNT, NULL), RIDGE_ERROR_ARGUMENT, "index");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(selectors),
        cmocka_unit_test(environment),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(units_are_not_lanes),
        cmocka_unit_test(integrated_or_discrete),
        cmocka_unit_test(nothing_matches),
    };
    unsetenv("RIDGE_DEVICE");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
