// SPDX-License-Identifier: Apache-2.0
// The job stream: an epoch of JPEG files that are read while they are needed, beside threads that
// do nothing but read and decode them with libjpeg-turbo, as many as there are processors.
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"
#include "command.h"

#if RIDGE_HAVE_TURBOJPEG
#include <turbojpeg.h>

enum { SIDE = 64, FILES = 20000, CLASSES = 2, ROUNDS = 11, MOST_THREADS = 256 };

struct stream {
    char *folder;
    size_t count, threads;
    double bytes;                // of all files
    struct timing decode, epoch; // images a second
};

// Waves and noise, different in each picture; about 2 KB as JPEG of quality 85.
static void draw(size_t number, unsigned char *pixels)
{
    uint32_t state = 0x9e3779b9u + (uint32_t)number * 2654435761u;
    unsigned wave = 3 + (unsigned)(number % 11);
    for (unsigned i = 0; i < SIDE * SIDE * 3; i++) {
        unsigned y = i / 3 / SIDE, x = i / 3 % SIDE,
                 slope = (x * wave + y * (14 - wave) + i % 3 * 40);
        state = state * 1664525u + 1013904223u;
        unsigned level = slope % 256 < 128 ? slope % 128 : 127 - slope % 128;
        pixels[i] = (unsigned char)(50 + level + (state >> 24) % 24);
    }
}

static void name_file(const struct stream *stream, size_t number, char *path, size_t size)
{
    snprintf(path, size, "%s/%zu/%05zu.jpg", stream->folder, number % CLASSES, number / CLASSES);
}

static bool write_file(const struct stream *stream, size_t number, const void *data, size_t size)
{
    char path[256];
    name_file(stream, number, path, sizeof(path));
    FILE *output = fopen(path, "wb");
    bool written = output && fwrite(data, 1, size, output) == size;
    if (output && fclose(output))
        written = false;
    return written;
}

static bool make_files(struct stream *stream)
{
    unsigned char pixels[SIDE * SIDE * 3];
    tjhandle handle = tjInitCompress();
    bool made = handle != NULL;
    for (size_t i = 0; i < CLASSES && made; i++) {
        char *path = print_text("%s/%zu", stream->folder, i);
        made = mkdir(path, 0777) == 0;
        free(path);
    }
    for (size_t i = 0; i < stream->count && made; i++) {
        unsigned char *data = NULL;
        unsigned long size = 0;
        draw(i, pixels);
        made = !tjCompress2(handle, pixels, SIDE, 0, SIDE, TJPF_RGB, &data, &size, TJSAMP_420, 85,
                            0) &&
               write_file(stream, i, data, size);
        stream->bytes += (double)size;
        tjFree(data);
    }
    if (handle)
        tjDestroy(handle);
    if (!made)
        fail("cannot make JPEG files in %s", stream->folder);
    return made;
}

struct share {
    const struct stream *stream;
    size_t first;
    bool failed;
};

// Every so many files, from the system's cache of files, with one handle and the same memory.
static void *decode_share(void *context)
{
    struct share *share = context;
    const struct stream *stream = share->stream;
    // A quarter of a line off: where rows begin at multiples of 32 bytes libjpeg-turbo writes
    // around the cache, and small pictures take half as long again.
    _Alignas(64) static _Thread_local unsigned char block[16 + SIDE * SIDE * 3], file[1 << 16];
    tjhandle handle = tjInitDecompress();
    share->failed = !handle;
    for (size_t i = share->first; i < stream->count && !share->failed; i += stream->threads) {
        char path[256];
        name_file(stream, i, path, sizeof(path));
        int descriptor = open(path, O_RDONLY);
        ssize_t size = descriptor < 0 ? -1 : read(descriptor, file, sizeof(file));
        if (descriptor >= 0)
            close(descriptor);
        share->failed = size < 0 || tjDecompress2(handle, file, (unsigned long)size, block + 16,
                                                  SIDE, 0, SIDE, TJPF_RGB, 0) != 0;
    }
    if (handle)
        tjDestroy(handle);
    return NULL;
}

static bool decode_all(const struct stream *stream, double *seconds)
{
    pthread_t threads[MOST_THREADS];
    struct share shares[MOST_THREADS];
    bool failed = false;
    double start = seconds_now();
    size_t started = 0;
    for (; started < stream->threads && !failed; started++) {
        shares[started] = (struct share){.stream = stream, .first = started};
        failed = pthread_create(&threads[started], NULL, decode_share, &shares[started]) != 0;
        started -= failed;
    }
    for (size_t i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
        failed = failed || shares[i].failed;
    }
    *seconds = seconds_now() - start;
    if (failed)
        fail("libjpeg-turbo cannot decode what it has made");
    return !failed;
}

// Two units that see the four pixels in the middle: what is measured is how rows come to the
// device.
static bool add_crop(const struct bench *bench, ridge_network *network)
{
    ridge_augment *augment = NULL;
    bool added = !ridge_augment_create(bench->device,
                                       ridge_augment_params(.shape = {3, SIDE, SIDE}), &augment) &&
                 !ridge_augment_centre_crop(
                     augment, ridge_augment_centre_crop_params(.height = 2, .width = 2)) &&
                 !ridge_network_augment(network, augment);
    ridge_augment_destroy(&augment);
    return added;
}

static ridge_network *make_network(const struct bench *bench)
{
    ridge_network *network = ridge_network_create(bench->device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {3, 2, 2}));
    x = ridge_dense(network, x, ridge_dense_params(.units = CLASSES));
    if (!ridge_network_compile(network, x, ridge_compile_params(.batch = 128)) &&
        add_crop(bench, network))
        return network;
    fail_library();
    ridge_network_destroy(&network);
    return NULL;
}

// Images a second at the quartiles: the slower quarter first.
static struct timing rate(const struct stream *stream, struct timing seconds)
{
    double count = (double)stream->count;
    return (struct timing){count / seconds.upper, count / seconds.median, count / seconds.lower};
}

// Rounds of the one and of the other in turn, so that both have the same machine.
static bool measure(struct stream *stream, ridge_network *network, const ridge_dataset *data)
{
    double decoding[ROUNDS], epochs[ROUNDS];
    for (int round = -1; round < ROUNDS; round++) {
        int at = round < 0 ? 0 : round; // the first one fills the file cache and builds kernels
        ridge_metrics metrics;
        if (!decode_all(stream, &decoding[at]))
            return false;
        double start = seconds_now();
        if (ridge_network_evaluate(network, data, &metrics)) {
            fail_library();
            return false;
        }
        epochs[at] = seconds_now() - start;
    }
    stream->decode = rate(stream, bench_quartiles(decoding, ROUNDS));
    stream->epoch = rate(stream, bench_quartiles(epochs, ROUNDS));
    return true;
}

static bool run(struct bench *bench, struct stream *stream)
{
    ridge_dataset *data = NULL;
    ridge_network *network = NULL;
    ridge_read_params read = {.height = SIDE, .width = SIDE, .where = RIDGE_WHERE_STREAM};
    bool done = make_files(stream) && (network = make_network(bench));
    if (done && ridge_dataset_read("images", stream->folder, &read, &data)) {
        fail_library();
        done = false;
    }
    done = done && measure(stream, network, data);
    ridge_dataset_destroy(&data);
    ridge_network_destroy(&network);
    return done;
}

static void print(const struct bench *bench, const struct stream *stream)
{
    double size = stream->bytes / (double)stream->count;
    const struct timing *decode = &stream->decode, *epoch = &stream->epoch;
    double share = epoch->median / decode->median;
    if (!bench->json) {
        printf("stream, %zu JPEG files of %d x %d, %.0f bytes each\n"
               "  libjpeg-turbo, %zu threads %8.0f images/s (%.0f to %.0f)\n"
               "  an epoch of them, streamed  %8.0f images/s (%.0f to %.0f), %.2f of it\n",
               stream->count, SIDE, SIDE, size, stream->threads, decode->median, decode->lower,
               decode->upper, epoch->median, epoch->lower, epoch->upper, share);
        return;
    }
    cJSON *object = bench_object(bench, "stream");
    cJSON_AddNumberToObject(object, "files", (double)stream->count);
    cJSON_AddNumberToObject(object, "threads", (double)stream->threads);
    bench_add_timing(object, "decoded_per_second", decode, 1);
    bench_add_timing(object, "streamed_per_second", epoch, 1);
    cJSON_AddNumberToObject(object, "share", share);
    print_json(object);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status, (void)type, (void)walk;
    return remove(path);
}

bool bench_stream(struct bench *bench)
{
    const char *parent = getenv("TMPDIR");
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    struct stream stream = {.count = FILES};
    stream.threads = processors < 1              ? 1
                     : processors > MOST_THREADS ? MOST_THREADS
                                                 : (size_t)processors;
    stream.folder = print_text("%s/ridge-stream-XXXXXX", parent && *parent ? parent : "/tmp");
    if (!mkdtemp(stream.folder)) {
        fail("%s: %s", stream.folder, strerror(errno));
        free(stream.folder);
        return false;
    }
    bool done = run(bench, &stream);
    if (done)
        print(bench, &stream);
    nftw(stream.folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(stream.folder);
    return done;
}
#else
bool bench_stream(struct bench *bench)
{
    (void)bench;
    say("stream: ridge was built without libjpeg-turbo, nothing to compare with");
    return true;
}
#endif
