// SPDX-License-Identifier: Apache-2.0
// Sounds of four kinds (a tone, a chord, a chirp, noise) that the program makes, told apart by a
// small convolutional network over their log-mel spectrograms. Training moves the sounds in time,
// makes them louder or softer, adds noise, and masks stripes of the spectrograms.
//
// usage: tones [FOLDER]
// With FOLDER the sounds are written there as WAV files, FOLDER/train/CLASS/N.wav and
// FOLDER/test/..., and read from there; tones.yaml beside this file does the same from the command
// line. Without it they stay in memory.
#include <math.h>
#include <ridge/ridge.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { RATE = 8000, SAMPLES = RATE / 2, CLASSES = 4, TRAIN = 320, TEST = 160 };

static const char *const names[CLASSES] = {"chirp", "chord", "noise", "tone"};

// Uniform in [low, high): a function of its number alone.
static double draw(uint64_t number, double low, double high)
{
    const ridge_random random = {.seed = 7};
    return low + (high - low) * ridge_random_uniform(&random, number);
}

// One sound: half a second with a beginning and an end of its own, and noise over all of it.
static void make_sound(size_t number, size_t class, float *samples)
{
    static const double steps[CLASSES][3] = {{1}, {1, 1.26, 1.5}, {0}, {1}};
    const uint64_t draws = (uint64_t)number * 65536;
    double hertz = draw(draws, 200, 1200), loud = draw(draws + 1, 0.05, 0.5);
    double begin = draw(draws + 2, 0, 0.2), end = draw(draws + 3, 0.3, 0.5);
    double rise = class == 0 ? draw(draws + 4, 1500, 4000) : 0; // Hz a second
    for (size_t i = 0; i < SAMPLES; i++) {
        double t = (double)i / RATE, value = 0;
        for (int k = 0; k < 3; k++) // the phase of a frequency that rises from `hertz` on
            if (steps[class][k] > 0)
                value +=
                    sin(2 * 3.14159265358979 * steps[class][k] * t * (hertz + rise * t / 2)) / 3;
        if (class == 2)
            value = draw(draws + 100 + i, -1, 1);
        value = t < begin || t > end ? 0 : loud * value;
        samples[i] = (float)(value + draw(draws + 10000 + i, -0.01, 0.01));
    }
}

static ridge_status make_rows(size_t first, size_t count, ridge_dataset **data)
{
    static float x[TRAIN][SAMPLES];
    static int32_t y[TRAIN];
    for (size_t i = 0; i < count; i++) {
        y[i] = (int32_t)(i % CLASSES);
        make_sound(first + i, i % CLASSES, x[i]);
    }
    return ridge_dataset_create(ridge_dataset_params(.x = x, .count = count, .shape = {1, SAMPLES},
                                                     .y = y, .y_type = RIDGE_INT32),
                                data);
}

static void put(unsigned char *bytes, int count, unsigned long value)
{
    for (int i = 0; i < count; i++)
        bytes[i] = (unsigned char)(value >> 8 * i);
}

// 16-bit PCM of one channel.
static bool write_wav(const char *path, const float *samples)
{
    static unsigned char bytes[44 + 2 * SAMPLES];
    memcpy(bytes, "RIFF....WAVEfmt \x10\0\0\0\x01\0\x01\0", 24);
    put(bytes + 4, 4, sizeof(bytes) - 8);
    put(bytes + 24, 4, RATE);
    put(bytes + 28, 4, 2 * RATE);
    put(bytes + 32, 2, 2); // bytes of a sample
    put(bytes + 34, 2, 16);
    memcpy(bytes + 36, "data", 4);
    put(bytes + 40, 4, 2 * SAMPLES);
    for (size_t i = 0; i < SAMPLES; i++)
        put(bytes + 44 + 2 * i, 2, (unsigned long)lrintf(samples[i] * 32767));
    FILE *file = fopen(path, "wb");
    bool written = file && fwrite(bytes, sizeof(bytes), 1, file) == 1;
    return file && !fclose(file) && written;
}

static bool write_part(const char *folder, const char *part, size_t first, size_t count)
{
    char path[1024];
    float samples[SAMPLES];
    mkdir(folder, 0777); // where it is there already, so much the better
    snprintf(path, sizeof(path), "%s/%s", folder, part);
    mkdir(path, 0777);
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof(path), "%s/%s/%s", folder, part, names[i % CLASSES]);
        mkdir(path, 0777);
        snprintf(path, sizeof(path), "%s/%s/%s/%zu.wav", folder, part, names[i % CLASSES], i);
        make_sound(first + i, i % CLASSES, samples);
        if (!write_wav(path, samples)) {
            perror(path);
            return false;
        }
    }
    return true;
}

static ridge_status load(const char *folder, const char *part, size_t first, size_t count,
                         ridge_dataset **data)
{
    if (!folder)
        return make_rows(first, count, data);
    if (!write_part(folder, part, first, count))
        return RIDGE_ERROR_FILE;
    return ridge_dataset_read("audio", folder,
                              ridge_read_params(.part = part, .sample_rate = RATE, .seconds = 0.5f),
                              data);
}

static ridge_network *build(ridge_device *device)
{
    ridge_network *net = ridge_network_create(device);
    ridge_node x = ridge_input(net, ridge_input_params(.shape = {1, SAMPLES}));
    x = ridge_log_mel(
        net, x, ridge_log_mel_params(.sample_rate = RATE, .window = 256, .hop = 128, .bands = 32));
    x = ridge_batch_norm(net, x, ridge_batch_norm_params(.momentum = 0.9f));
    x = ridge_spectrogram_mask(net, x,
                               ridge_spectrogram_mask_params(.time_masks = 1, .time_width = 4,
                                                             .frequency_masks = 1,
                                                             .frequency_width = 4));
    for (size_t filters = 16; filters <= 64; filters *= 2) {
        x = ridge_conv2d(net, x,
                         ridge_conv2d_params(.filters = filters, .kernel = {3}, .stride = {2},
                                             .padding = RIDGE_PADDING_SAME, .no_bias = true));
        x = ridge_batch_norm(net, x,
                             ridge_batch_norm_params(.momentum = 0.9f, .activation = RIDGE_RELU));
    }
    x = ridge_global_average_pool(net, x, NULL);
    x = ridge_dense(net, x, ridge_dense_params(.units = CLASSES));
    if (ridge_network_compile(net, x,
                              ridge_compile_params(.loss = RIDGE_SOFTMAX_CROSS_ENTROPY,
                                                   .optimizer = ridge_adam(.rate = 0.01f),
                                                   .seed = 1, .batch = 32)))
        ridge_network_destroy(&net);
    return net;
}

static ridge_status augment(ridge_device *device, ridge_network *net)
{
    ridge_augment *pipeline = NULL;
    ridge_status status = ridge_augment_create(
        device, ridge_augment_params(.shape = {1, SAMPLES}, .values = {-1, 1}), &pipeline);
    if (status == RIDGE_OK)
        status = ridge_augment_time_shift(pipeline,
                                          ridge_augment_time_shift_params(.share = {-0.2f, 0.2f}));
    if (status == RIDGE_OK)
        status = ridge_augment_gain(pipeline, ridge_augment_gain_params(.decibels = {-6, 6}));
    if (status == RIDGE_OK)
        status = ridge_augment_noise_ratio(
            pipeline, ridge_augment_noise_ratio_params(.decibels = {10, 30}, .probability = 0.5f));
    if (status == RIDGE_OK)
        status = ridge_network_augment(net, pipeline);
    ridge_augment_destroy(&pipeline);
    return status;
}

static void show_epoch(void *context, const ridge_epoch *epoch)
{
    (void)context;
    printf("%2zu  loss %.4f  accuracy %.2f %%  %.2f s\n", epoch->epoch, epoch->loss,
           100 * epoch->accuracy, epoch->seconds);
}

static ridge_status train(ridge_device *device, const char *folder)
{
    ridge_dataset *data = NULL, *test = NULL;
    ridge_network *net = NULL;
    ridge_metrics result;
    ridge_status status = load(folder, "train", 0, TRAIN, &data);
    if (status == RIDGE_OK)
        status = load(folder, "test", TRAIN, TEST, &test);
    if (status == RIDGE_OK && !(net = build(device)))
        status = RIDGE_ERROR_STATE; // ridge_error() has the reason
    if (status == RIDGE_OK)
        status = augment(device, net);
    if (status == RIDGE_OK)
        status = ridge_fit(net, data,
                           ridge_fit_params(.epochs = 20, .on_report = show_epoch,
                                            .schedule = {.kind = RIDGE_RATE_COSINE}),
                           NULL);
    if (status == RIDGE_OK)
        status = ridge_network_evaluate(net, test, &result);
    if (status == RIDGE_OK)
        printf("test: loss %.4f, accuracy %.2f %%\n", result.loss, 100 * result.accuracy);
    ridge_network_destroy(&net);
    ridge_dataset_destroy(&test);
    ridge_dataset_destroy(&data);
    return status;
}

int main(int argc, char **argv)
{
    ridge_device *device = NULL;
    ridge_status status = ridge_device_open(NULL, &device);
    if (status == RIDGE_OK) {
        printf("training on %s\n", ridge_device_get_info(device)->name);
        status = train(device, argc > 1 ? argv[1] : NULL);
    }
    if (status != RIDGE_OK)
        fprintf(stderr, "tones: %s\n", ridge_error());
    ridge_device_close(&device);
    return status == RIDGE_OK ? 0 : 1;
}
