// SPDX-License-Identifier: Apache-2.0
// Pictures in memory: what PNG and JPEG files decode to, resizing against double precision, and
// each way in which a file can be wrong.
#include "data/image.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "files.h"
#include "harness.h"
#include "pictures.h"

static struct ridge_image_decoder decoder = {.most_pixels = RIDGE_IMAGE_PIXELS};

// Into a block with guards around it.
static ridge_status decode(const unsigned char *file, size_t size, struct ridge_image_shape wanted,
                           unsigned char *planes)
{
    size_t count = wanted.channels * wanted.height * wanted.width;
    unsigned char *guarded = malloc(count + 32);
    assert_non_null(guarded);
    memset(guarded, 0xa5, count + 32);
    struct ridge_source source = test_source("picture", file, size);
    ridge_status status = ridge_image_decode(&decoder, &source, &wanted, guarded + 16);
    ridge_source_free(&source);
    for (size_t i = 0; i < 16; i++)
        assert_true(guarded[i] == 0xa5 && guarded[count + 16 + i] == 0xa5);
    memcpy(planes, guarded + 16, count);
    free(guarded);
    return status;
}

static void png_is_exact(void **state)
{
    (void)state;
    enum { HEIGHT = 5, WIDTH = 7, COUNT = HEIGHT * WIDTH };
    unsigned char planes[3 * COUNT];
    for (size_t channels = 1; channels <= 4; channels++) {
        size_t size, colours = channels < 3 ? 1 : 3;
        unsigned char *pixels = test_pixels(3, HEIGHT, WIDTH, channels);
        unsigned char *file = test_png(pixels, HEIGHT, WIDTH, channels, &size);
        assert_ok(decode(file, size, (struct ridge_image_shape){3, HEIGHT, WIDTH}, planes));
        for (size_t i = 0; i < COUNT; i++)
            for (size_t c = 0; c < 3; c++)
                assert_int_equal(planes[c * COUNT + i], pixels[i * channels + c % colours]);
        assert_ok(decode(file, size, (struct ridge_image_shape){1, HEIGHT, WIDTH}, planes));
        for (size_t i = 0; i < COUNT; i++) {
            const unsigned char *p = pixels + i * channels;
            double grey = colours == 1 ? p[0] : 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2];
            assert_true(fabs(planes[i] - grey) <= 0.5 + 1e-9);
        }
        free(pixels);
        free(file);
    }
}

// Quality 95 rounds each of 64 coefficients to a multiple of at most 12 of them; on a smooth
// picture few of them are more than rounding, so that a pixel is a few levels off.
static void jpeg_is_close(void **state)
{
    (void)state;
    enum { HEIGHT = 33, WIDTH = 20, COUNT = HEIGHT * WIDTH };
    unsigned char pixels[3 * COUNT], planes[3 * COUNT];
    for (size_t channels = 1; channels <= 3; channels += 2) {
        size_t size;
        for (size_t i = 0; i < COUNT * channels; i++)
            pixels[i] = (unsigned char)(40 + 5 * (i / channels / WIDTH) +
                                        (i % channels + 1) * (i / channels % WIDTH));
        unsigned char *file = test_jpeg(pixels, HEIGHT, WIDTH, channels, &size);
        if (!file)
            skip();
        assert_ok(decode(file, size, (struct ridge_image_shape){3, HEIGHT, WIDTH}, planes));
        for (size_t i = 0; i < 3 * COUNT; i++)
            assert_in_range(planes[i] + 6 - pixels[i % COUNT * channels + i / COUNT % channels], 0,
                            12);
        // Grey of an image of 3 channels is its luma.
        assert_ok(decode(file, size, (struct ridge_image_shape){1, HEIGHT, WIDTH}, planes));
        for (size_t i = 0; i < COUNT; i++) {
            const unsigned char *p = pixels + i * channels;
            double grey = channels == 1 ? p[0] : 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2];
            assert_true(fabs(planes[i] - grey) <= 6.5);
        }
        // Much smaller: the library decodes a half or a quarter, which is a mean of the whole.
        assert_ok(decode(file, size, (struct ridge_image_shape){1, 4, 3}, planes));
        for (size_t y = 0; y < 4; y++)
            assert_in_range(planes[3 * y], 40, 255);
        free(file);
    }
}

// The share of result pixel i, of `to`, that pixel k, of `from`, makes along an axis.
static double share(size_t i, size_t to, size_t k, size_t from)
{
    double ratio = (double)from / (double)to;
    if (from > to) {
        double low = fmax((double)i * ratio, (double)k);
        double high = fmin((double)(i + 1) * ratio, (double)(k + 1));
        return high > low ? (high - low) / ratio : 0;
    }
    double centre = ((double)i + 0.5) * ratio - 0.5;
    centre = fmin(fmax(centre, 0), (double)(from - 1));
    return fmax(0, 1 - fabs(centre - (double)k));
}

static void check_resize(struct ridge_image_shape from, struct ridge_image_shape to)
{
    size_t count = to.height * to.width, channels = from.channels;
    unsigned char *planes = malloc(count * channels);
    unsigned char *pixels = test_pixels(5, from.height, from.width, channels);
    assert_true(planes && pixels);
    decoder.shape = from;
    assert_ok(ridge_image_reserve(&decoder));
    memcpy(decoder.pixels, pixels, from.height * from.width * channels);
    assert_ok(ridge_image_resize(&decoder, &to, planes));
    for (size_t at = 0; at < count * channels; at++) {
        size_t c = at / count, y = at % count / to.width, x = at % to.width;
        double sum = 0;
        for (size_t k = 0; k < from.height; k++) {
            double down = share(y, to.height, k, from.height);
            for (size_t l = 0; down > 0 && l < from.width; l++)
                sum += down * share(x, to.width, l, from.width) *
                       pixels[(k * from.width + l) * channels + c];
        }
        // Weights are multiples of 2^-24, up to 60 along an axis here.
        if (fabs(planes[at] - sum) > 0.5 + 2 * 60 * 255 * 0x1p-24)
            fail_msg("%zu x %zu to %zu x %zu, channel %zu at %zu, %zu: %d, expected %g",
                     from.height, from.width, to.height, to.width, c, y, x, planes[at], sum);
    }
    free(planes);
    free(pixels);
}

static void resizing(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 2, 7, 12, 41, 60};
    const size_t count = sizeof(sizes) / sizeof(sizes[0]);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            for (size_t channels = 1; channels <= 3; channels += 2)
                check_resize(
                    (struct ridge_image_shape){channels, sizes[i], sizes[(i + 2) % count]},
                    (struct ridge_image_shape){channels, sizes[j], sizes[(j + 3) % count]});
}

// A plain picture stays plain, however large the ratio.
static void plain_stays_plain(void **state)
{
    (void)state;
    const struct ridge_image_shape from = {1, 3, 60000}, to = {1, 2, 7};
    unsigned char planes[14];
    for (int value = 0; value <= 255; value += 51) {
        decoder.shape = from;
        assert_ok(ridge_image_reserve(&decoder));
        memset(decoder.pixels, value, 180000);
        assert_ok(ridge_image_resize(&decoder, &to, planes));
        for (int i = 0; i < 14; i++)
            assert_int_equal(planes[i], value);
    }
}

static void cut_files(void **state)
{
    (void)state;
    const struct ridge_image_shape wanted = {3, 9, 11};
    unsigned char planes[3 * 9 * 11];
    unsigned char *pixels = test_pixels(1, 9, 11, 3);
    size_t sizes[2];
    unsigned char *files[2] = {test_png(pixels, 9, 11, 3, &sizes[0]),
                               test_jpeg(pixels, 9, 11, 3, &sizes[1])};
    for (int i = 0; i < 2; i++) {
        // A PNG has all its pixels before its last 12 bytes, 4 of the last chunk's checksum and 4
        // of the stream's, which is not looked at.
        size_t whole = i == 0 ? sizes[0] - 12 - 8 : sizes[1];
        for (size_t size = 0; files[i] && size < whole; size++)
            assert_fails(decode(files[i], size, wanted, planes), RIDGE_ERROR_FORMAT, "picture: ");
        if (files[i])
            assert_ok(decode(files[i], sizes[i], wanted, planes));
        free(files[i]);
    }
    free(pixels);
}

static void check_bad(const void *file, size_t size, const char *text)
{
    unsigned char planes[3];
    assert_fails(decode(file, size, (struct ridge_image_shape){3, 1, 1}, planes),
                 RIDGE_ERROR_FORMAT, text);
}

static void bad_files(void **state)
{
    (void)state;
    size_t size;
    check_bad("", 0, "picture: expected a PNG or JPEG image, the file is empty");
    check_bad("GIF89a", 6, "picture: expected a PNG or JPEG image, the file begins with 47 49 46");
    check_bad("hi", 2, "the file begins with 68 69");
    ridge_image_decoder_clear(&decoder);
    static const size_t large[][2] = {{65535, 65535}, {8193, 8192}, {1, 65536}, {2147483647, 1}};
    for (size_t i = 0; i < sizeof(large) / sizeof(large[0]); i++) {
        unsigned char *file = test_png_header(large[i][0], large[i][1], &size);
        check_bad(file, size, "picture: too large: the header announces ");
        assert_int_equal(decoder.capacity, 0);
        free(file);
    }
    unsigned char *file = test_png_header(0, 4, &size);
    check_bad(file, size, "picture: damaged PNG");
    free(file);
    unsigned char pixel[3] = {1, 2, 3};
    file = test_png(pixel, 1, 1, 3, &size);
    file[50] ^= 1; // in the pixels
    check_bad(file, size, "picture: damaged PNG: libspng: ");
    free(file);
    file = test_jpeg(pixel, 1, 1, 3, &size);
    if (file) {
        file[3] = 0xd9; // ends behind its first marker
        check_bad(file, size, "picture: damaged or truncated JPEG: no picture in it");
    }
    free(file);
}

// A JPEG without tables of its own (DQT) must not be read with those of the one before.
static void files_stand_alone(void **state)
{
    (void)state;
    static const unsigned char tables[] = {0xff, 0xdb, 0x00, 0x43};
    unsigned char planes[3 * 64];
    size_t size, at = 0;
    unsigned char *pixels = test_pixels(1, 8, 8, 3), *file = test_jpeg(pixels, 8, 8, 3, &size);
    if (!file)
        skip();
    assert_ok(decode(file, size, (struct ridge_image_shape){3, 8, 8}, planes));
    while (memcmp(file + at, tables, 4) != 0)
        at++;
    memmove(file + at, file + at + 69, size - at - 69);
    assert_fails(decode(file, size - 69, (struct ridge_image_shape){3, 8, 8}, planes),
                 RIDGE_ERROR_FORMAT, "picture: damaged or truncated JPEG: libjpeg-turbo: ");
    free(pixels);
    free(file);
}

static int clear(void **state)
{
    (void)state;
    ridge_image_decoder_clear(&decoder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(png_is_exact),      cmocka_unit_test(jpeg_is_close),
        cmocka_unit_test(resizing),          cmocka_unit_test(plain_stays_plain),
        cmocka_unit_test(cut_files),         cmocka_unit_test(bad_files),
        cmocka_unit_test(files_stand_alone),
    };
#if !RIDGE_HAVE_SPNG
    return 77;
#endif
    return cmocka_run_group_tests(tests, NULL, clear);
}
