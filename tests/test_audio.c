// SPDX-License-Identifier: Apache-2.0
// Sounds: WAV files made byte by byte, FLAC by libsndfile; rates, lengths, and each kind of bad
// file. Without libsndfile only what the reader says then.
#include "data/resample.h"

#include <ridge/data.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "files.h"
#include "harness.h"

#if RIDGE_HAVE_SNDFILE
#include <sndfile.h>

enum { HEADER = 44, MOST_BYTES = 1 << 16 };

// A WAV file: `format` 1 integers, 3 floats. Returns its size.
static size_t make_wav(unsigned char *bytes, unsigned format, unsigned channels, unsigned rate,
                       unsigned bits, const void *data, size_t size)
{
    memcpy(bytes, "RIFF....WAVEfmt ", 16);
    ridge_store_le(bytes + 4, 4, 36 + size);
    ridge_store_le(bytes + 16, 4, 16);
    ridge_store_le(bytes + 20, 2, format);
    ridge_store_le(bytes + 22, 2, channels);
    ridge_store_le(bytes + 24, 4, rate);
    ridge_store_le(bytes + 28, 4, (uint64_t)rate * channels * bits / 8);
    ridge_store_le(bytes + 32, 2, channels * bits / 8);
    ridge_store_le(bytes + 34, 2, bits);
    memcpy(bytes + 36, "data", 4);
    ridge_store_le(bytes + 40, 4, size);
    memcpy(bytes + HEADER, data, size);
    return HEADER + size;
}

static const char *write_wav(const char *name, unsigned rate, const int16_t *samples, size_t count)
{
    static unsigned char bytes[MOST_BYTES];
    return test_write(name, bytes, make_wav(bytes, 1, 1, rate, 16, samples, 2 * count));
}

static ridge_status decode(const unsigned char *bytes, size_t size, size_t rate, float seconds,
                           struct ridge_sound *sound)
{
    struct ridge_source source = test_source("sound", bytes, size);
    struct ridge_sound_wish wish = {.rate = rate, .seconds = seconds};
    ridge_status status = ridge_sound_decode(&source, &wish, sound);
    ridge_source_free(&source);
    if (status)
        assert_true(!sound->samples && !sound->count);
    return status;
}

static void expect(struct ridge_sound *sound, size_t rate, const float *values, size_t count)
{
    assert_int_equal(sound->rate, rate);
    assert_int_equal(sound->count, count);
    for (size_t i = 0; i < count; i++)
        assert_true(sound->samples[i] == values[i]);
    free(sound->samples);
}

static void wav(void **state)
{
    (void)state;
    static unsigned char bytes[MOST_BYTES];
    struct ridge_sound sound;
    const int16_t pcm[] = {-32768, 16384, 0, 32767, 8192, -8192};
    const float mono[] = {-1, 0.5f, 0, 32767.0f / 32768, 0.25f, -0.25f};
    size_t size = make_wav(bytes, 1, 1, 8000, 16, pcm, sizeof(pcm));
    assert_ok(decode(bytes, size, 0, 0, &sound));
    expect(&sound, 8000, mono, 6);
    assert_ok(decode(bytes, size, 8000, 2.0f / 8000, &sound));
    expect(&sound, 8000, mono, 2);

    const float mixed[] = {-0.25f, (32767.0f / 32768) / 2, 0};
    size = make_wav(bytes, 1, 2, 44100, 16, pcm, sizeof(pcm));
    assert_ok(decode(bytes, size, 0, 0, &sound));
    expect(&sound, 44100, mixed, 3);

    const float loud[] = {1.5f, -7};
    size = make_wav(bytes, 3, 1, 8000, 32, loud, sizeof(loud));
    assert_ok(decode(bytes, size, 0, 0, &sound));
    expect(&sound, 8000, loud, 2);

    const unsigned char eight[] = {0, 128, 192};
    const float from_eight[] = {-1, 0, 0.5f};
    size = make_wav(bytes, 1, 1, 11025, 8, eight, sizeof(eight));
    assert_ok(decode(bytes, size, 0, 0, &sound));
    expect(&sound, 11025, from_eight, 3);
    // chunks of which libsndfile loses itself in the second
    static unsigned char chunks[MOST_BYTES];
    memcpy(chunks, bytes, 12);
    memcpy(chunks + 12, "odd \3\0\0\0ABC\0LIST\4\0\0\0\377\377\377\377", 24);
    memcpy(chunks + 36, bytes + 12, size - 12);
    assert_ok(decode(chunks, size + 24, 0, 0, &sound));
    expect(&sound, 11025, from_eight, 3);
    ridge_store_le(bytes + 40, 4, 0xFFFFFFFF); // as programs write to a pipe
    assert_ok(decode(bytes, size, 0, 0, &sound));
    expect(&sound, 11025, from_eight, 3);
}

// Many channels and more samples than one chunk.
static void long_wav(void **state)
{
    (void)state;
    static unsigned char bytes[MOST_BYTES];
    static int16_t pcm[3 * 9001];
    for (size_t i = 0; i < 9001; i++)
        for (size_t c = 0; c < 3; c++)
            pcm[3 * i + c] = (int16_t)(3 * (i % 8192) + c - 1);
    struct ridge_sound sound;
    size_t size = make_wav(bytes, 1, 3, 8000, 16, pcm, sizeof(pcm));
    assert_ok(decode(bytes, size, 0, 0, &sound));
    assert_int_equal(sound.count, 9001);
    for (size_t i = 0; i < 9001; i++)
        assert_true(sound.samples[i] == (float)(3 * (i % 8192)) / 32768);
    free(sound.samples);
}

static void bad_wav(void **state)
{
    (void)state;
    static unsigned char bytes[MOST_BYTES];
    const int16_t pcm[64] = {1, 2, 3};
    const float infinite[] = {0, 0, INFINITY};
    struct ridge_sound sound;
    size_t size = make_wav(bytes, 1, 1, 8000, 16, pcm, sizeof(pcm));
    assert_fails(decode(bytes, size - 3, 0, 0, &sound), RIDGE_ERROR_FORMAT,
                 "sound: truncated: its header tells of 128 bytes of samples, 125 are there");
    assert_fails(decode(bytes, 20, 0, 0, &sound), RIDGE_ERROR_FORMAT, "sound: ");
    assert_fails(decode(bytes, 3, 0, 0, &sound), RIDGE_ERROR_FORMAT,
                 "sound: expected a WAV or FLAC file, its 3 bytes do not begin as one");
    assert_fails(decode((const unsigned char *)"OggS............", 16, 0, 0, &sound),
                 RIDGE_ERROR_FORMAT, "sound: expected a WAV or FLAC file");
    ridge_store_le(bytes + 40, 4, 0xFFFFFFF0);
    assert_fails(decode(bytes, size, 0, 0, &sound), RIDGE_ERROR_FORMAT, "sound: truncated");
    ridge_store_le(bytes + 20, 2, 0x11);
    assert_fails(decode(bytes, size, 0, 0, &sound), RIDGE_ERROR_UNSUPPORTED,
                 "sound: expected samples as PCM, floats, A-law or mu-law, got format 0x11");
    ridge_store_le(bytes + 16, 4, 14);
    assert_fails(decode(bytes, size, 0, 0, &sound), RIDGE_ERROR_FORMAT,
                 "sound: expected a chunk \"fmt \" of 16 to 64 bytes, got 14");
    ridge_store_le(bytes + 16, 4, 1000);
    assert_fails(decode(bytes, size, 0, 0, &sound), RIDGE_ERROR_FORMAT,
                 "sound: truncated: the chunk at byte 12 tells of 1000 bytes, 152 are there");
    memcpy(bytes + 12, "data", 4);
    assert_fails(decode(bytes, size, 0, 0, &sound), RIDGE_ERROR_FORMAT,
                 "sound: expected a chunk \"fmt \" before \"data\"");
    assert_fails(decode(bytes, 15, 0, 0, &sound), RIDGE_ERROR_FORMAT,
                 "sound: expected a chunk \"data\", found none");
    size = make_wav(bytes, 1, 1, 8000, 16, pcm, 0);
    assert_fails(decode(bytes, size, 0, 0, &sound), RIDGE_ERROR_FORMAT, "sound: expected samples");
    size = make_wav(bytes, 1, 1, 1u << 30, 16, pcm, sizeof(pcm));
    assert_fails(decode(bytes, size, 0, 0, &sound), RIDGE_ERROR_FORMAT,
                 "sound: expected 1 to 4194304 samples a second, got 1073741824");
    size = make_wav(bytes, 1, 0, 8000, 16, pcm, sizeof(pcm));
    assert_fails(decode(bytes, size, 0, 0, &sound), RIDGE_ERROR_FORMAT, "sound: ");
    size = make_wav(bytes, 3, 1, 8000, 32, infinite, sizeof(infinite));
    assert_fails(decode(bytes, size, 0, 0, &sound), RIDGE_ERROR_DATA,
                 "sound: sample 2: expected a finite number, got inf");
}

static const char *write_flac(const char *name, size_t rate, const short *samples, size_t count)
{
    SF_INFO info = {
        .samplerate = (int)rate, .channels = 1, .format = SF_FORMAT_FLAC | SF_FORMAT_PCM_16};
    const char *path = test_path(name);
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    assert_non_null(file);
    assert_int_equal(sf_write_short(file, samples, (sf_count_t)count), count);
    sf_close(file);
    return path;
}

static void flac(void **state)
{
    (void)state;
    static short pcm[20000];
    for (size_t i = 0; i < 20000; i++)
        pcm[i] = (short)(20000 * test_random(5, i, -1, 1));
    struct ridge_source source;
    struct ridge_sound sound;
    assert_ok(ridge_source_read(write_flac("noise.flac", 22050, pcm, 20000), &source));
    assert_ok(decode(source.data, source.size, 0, 0, &sound));
    assert_int_equal(sound.count, 20000);
    for (size_t i = 0; i < 20000; i++)
        assert_true(sound.samples[i] == (float)pcm[i] / 32768);
    free(sound.samples);
    assert_fails(decode(source.data, source.size / 2, 0, 0, &sound), RIDGE_ERROR_FORMAT,
                 "sound: truncated or damaged: its header tells of 20000 samples");
    assert_ok(decode(source.data, source.size / 2, 0, 0.1f, &sound)); // its beginning is there
    assert_int_equal(sound.count, 2205);
    free(sound.samples);
    // 2^35 samples: the size that a header claims allocates nothing, and is more than is read
    unsigned char *bytes = (unsigned char *)source.data;
    bytes[21] |= 0x08;
    assert_fails(decode(bytes, source.size, 0, 0, &sound), RIDGE_ERROR_DATA,
                 "sound: expected at most 134217728 samples, its header tells of 34359758368; "
                 "`seconds` would read its beginning");
    ridge_source_free(&source);
}

static void folder(void **state)
{
    (void)state;
    const int16_t one[] = {16384, 16384, 16384}, two[] = {-16384, 0, 0, 8192, 8192};
    assert_int_equal(mkdir(test_path("set"), 0777), 0);
    assert_int_equal(mkdir(test_path("set/a"), 0777), 0);
    assert_int_equal(mkdir(test_path("set/b"), 0777), 0);
    write_wav("set/a/one.wav", 8000, one, 3);
    write_wav("set/b/two.WAV", 8000, two, 5);
    write_flac("set/a/three.flac", 8000, two, 2);
    ridge_dataset *set = NULL;
    size_t shape[RIDGE_MAX_RANK];
    assert_ok(ridge_dataset_read("audio", test_path("set"), NULL, &set));
    assert_int_equal(ridge_dataset_shape(set, shape), 2);
    assert_true(shape[0] == 1 && shape[1] == 5 && ridge_dataset_count(set) == 3);
    assert_int_equal(ridge_dataset_classes(set), 2);
    // places: one.wav 1/4, two.WAV 1/2, three.flac 3/4
    const float rows[] = {.5f, .5f, .5f, 0, 0, -.5f, 0, 0, .25f, .25f, -.5f, 0, 0, 0, 0};
    const int32_t labels[] = {0, 1, 0};
    assert_memory_equal(ridge_dataset_x(set, NULL), rows, sizeof(rows));
    assert_memory_equal(ridge_dataset_y(set, NULL), labels, sizeof(labels));
    ridge_dataset_destroy(&set);

    assert_ok(ridge_dataset_read("audio", test_path("set"),
                                 ridge_read_params(.seconds = 2.0f / 8000), &set));
    assert_int_equal(ridge_dataset_shape(set, shape), 2);
    assert_int_equal(shape[1], 2);
    ridge_dataset_destroy(&set);

    test_write("set/list.csv", "b/two.WAV,7\na/one.wav,2\n", 24);
    assert_ok(ridge_dataset_read("audio", test_path("set/list.csv"), NULL, &set));
    assert_int_equal(((const int32_t *)ridge_dataset_y(set, NULL))[0], 7);
    assert_int_equal(ridge_dataset_classes(set), 8);
    ridge_dataset_destroy(&set);
    assert_ok(
        ridge_dataset_read("audio", test_path("set/a"), ridge_read_params(.label = "none"), &set));
    assert_null(ridge_dataset_y(set, NULL));
    ridge_dataset_destroy(&set);
}

static char log_text[4096];

static void take_log(void *context, ridge_log_level level, const char *text)
{
    (void)context;
    if (level <= RIDGE_LOG_WARNING)
        snprintf(log_text + strlen(log_text), sizeof(log_text) - strlen(log_text), "%s\n", text);
}

static void bad_files(void **state)
{
    (void)state;
    const int16_t one[] = {1, 2, 3};
    const ridge_read_params *skip = ridge_read_params(.on_error = RIDGE_ON_ERROR_SKIP);
    ridge_dataset *set = NULL;
    assert_int_equal(mkdir(test_path("bad"), 0777), 0);
    assert_int_equal(mkdir(test_path("bad/x"), 0777), 0);
    test_write("bad/x/1.wav", "nothing", 7);
    assert_fails(ridge_dataset_read("audio", test_path("bad"), skip, &set), RIDGE_ERROR_DATA,
                 "none of 1 files could be read; the last one: ");
    write_wav("bad/x/2.wav", 8000, one, 3);
    assert_fails(ridge_dataset_read("audio", test_path("bad"), NULL, &set), RIDGE_ERROR_FORMAT,
                 "bad/x/1.wav: expected a WAV or FLAC file");
    assert_null(set);
    ridge_set_log(take_log, NULL, RIDGE_LOG_WARNING);
    assert_ok(ridge_dataset_read("audio", test_path("bad"), skip, &set));
    ridge_set_log(NULL, NULL, RIDGE_LOG_WARNING);
    assert_int_equal(ridge_dataset_count(set), 1);
    assert_non_null(strstr(log_text, "bad/x/1.wav: expected a WAV or FLAC file"));
    assert_non_null(strstr(log_text, "1 of 2 files left out"));
    ridge_dataset_destroy(&set);
    assert_fails(
        ridge_dataset_read("audio", test_path("bad"), ridge_read_params(.seconds = -1), &set),
        RIDGE_ERROR_ARGUMENT, "seconds: expected a finite number from 0, got -1");
}

#if RIDGE_HAVE_SAMPLERATE
// A tone of a tenth of the lower rate keeps its amplitude and phase; one above half of the new rate
// is gone. The filter keeps 90 % of the band and damps by 97 dB or more: within 2e-3, with room.
static void resampling(void **state)
{
    (void)state;
    static const struct {
        size_t from, to;
        double tone, amplitude;
    } cases[] = {{8000, 16000, 800, 0.5},
                 {44100, 16000, 1600, 0.5},
                 {22050, 22051, 2000, 0.5},
                 {44100, 16000, 12000, 0}};
    const double pi = 3.14159265358979323846;
    static unsigned char bytes[MOST_BYTES];
    static int16_t pcm[20000];
    for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
        double from = (double)cases[c].from, to = (double)cases[c].to;
        for (size_t i = 0; i < 20000; i++)
            pcm[i] = (int16_t)lround(16384 * sin(2 * pi * cases[c].tone * (double)i / from));
        size_t size = make_wav(bytes, 1, 1, (unsigned)from, 16, pcm, sizeof(pcm));
        struct ridge_sound sound;
        assert_ok(decode(bytes, size, cases[c].to, 0, &sound));
        assert_int_equal(sound.count, (size_t)round(20000 * to / from));
        assert_int_equal(sound.rate, cases[c].to);
        for (size_t i = 200; i < sound.count - 200; i++) {
            double expected = cases[c].amplitude * sin(2 * pi * cases[c].tone * (double)i / to);
            assert_true(fabs((double)sound.samples[i] - expected) < 2e-3);
        }
        struct ridge_sound part; // only its beginning is decoded, and comes out the same
        assert_ok(decode(bytes, size, cases[c].to, 0.05f, &part));
        assert_int_equal(part.count, ridge_sound_length(0.05f, cases[c].to));
        for (size_t i = 0; i < part.count; i++)
            assert_true(fabs((double)part.samples[i] - (double)sound.samples[i]) < 1e-6);
        free(sound.samples);
        free(part.samples);
        assert_fails(decode(bytes, size, 20000000, 0, &sound), RIDGE_ERROR_DATA,
                     "sound: cannot turn 20000 samples at");
    }
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wav),
        cmocka_unit_test(long_wav),
        cmocka_unit_test(bad_wav),
        cmocka_unit_test(flac),
        cmocka_unit_test(folder),
        cmocka_unit_test(bad_files),
#if RIDGE_HAVE_SAMPLERATE
        cmocka_unit_test(resampling),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void says_what_it_lacks(void **state)
{
    (void)state;
    ridge_dataset *set = NULL;
    assert_fails(ridge_dataset_read("audio", test_path("set"), NULL, &set), RIDGE_ERROR_UNSUPPORTED,
                 "audio: this build of ridge lacks libsndfile");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(says_what_it_lacks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
