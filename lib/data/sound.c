// SPDX-License-Identifier: Apache-2.0
// Decoding of sounds from memory.
#include "data/sound.h"

#include "base/error.h"

#if RIDGE_HAVE_SNDFILE
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/size.h"
#include "data/resample.h"
#include "data/wav.h"

#define CHUNK 4096             // samples of all channels that are decoded at a time, about
#define HIGHEST_RATE (1 << 22) // Hz

// The memory that libsndfile takes for a file: two runs of bytes, one behind the other.
struct place {
    struct run {
        const unsigned char *data;
        sf_count_t size;
    } runs[2];
    sf_count_t position;
};

static sf_count_t place_size(void *user)
{
    const struct place *place = user;
    return place->runs[0].size + place->runs[1].size;
}

static sf_count_t place_seek(sf_count_t offset, int whence, void *user)
{
    struct place *place = user;
    sf_count_t size = place_size(user);
    sf_count_t from = whence == SEEK_SET ? 0 : whence == SEEK_END ? size : place->position;
    if (offset < -from || offset > size - from)
        return -1;
    return place->position = from + offset;
}

static sf_count_t place_read(void *to, sf_count_t count, void *user)
{
    struct place *place = user;
    sf_count_t done = 0, start = 0;
    for (int i = 0; i < 2; start += place->runs[i++].size) {
        sf_count_t at = place->position - start, left = place->runs[i].size - at;
        sf_count_t some = count - done < left ? count - done : left;
        if (at < 0 || some <= 0)
            continue;
        memcpy((char *)to + done, place->runs[i].data + at, (size_t)some);
        place->position += some;
        done += some;
    }
    return done;
}

static sf_count_t place_write(const void *from, sf_count_t count, void *user)
{
    (void)from, (void)count, (void)user;
    return 0;
}

static sf_count_t place_tell(void *user)
{
    return ((struct place *)user)->position;
}

static ridge_status check_header(const struct ridge_source *source, const SF_INFO *info)
{
    if (info->channels < 1 || info->frames < 1)
        return ridge_fail(RIDGE_ERROR_FORMAT, "%s: expected samples, it has %lld of %d channels",
                          source->name, (long long)info->frames, info->channels);
    if (info->samplerate < 1 || info->samplerate > HIGHEST_RATE)
        return ridge_fail(RIDGE_ERROR_FORMAT, "%s: expected 1 to %d samples a second, got %d",
                          source->name, HIGHEST_RATE, info->samplerate);
    return RIDGE_OK;
}

// How many samples of the file are wanted: a few more than the seconds where the rate changes,
// since each sample of the result depends on its neighbours. 0: all, within the limit.
static ridge_status count_wanted(const struct ridge_source *source, const SF_INFO *info,
                                 const struct ridge_sound_wish *wish, size_t *wanted)
{
    double rate = info->samplerate;
    double seconds = (double)wish->seconds;
    if (wish->rate)
        seconds += RIDGE_RESAMPLE_REACH / fmin(rate, (double)wish->rate);
    *wanted = wish->seconds > 0 ? (size_t)fmin(ceil(seconds * rate), 1e15) : 0;
    bool known = info->frames < SF_COUNT_MAX;
    size_t there = known ? (size_t)info->frames : 0;
    size_t taken = *wanted && (!known || *wanted < there) ? *wanted : there;
    if (taken <= RIDGE_SOUND_LIMIT)
        return RIDGE_OK;
    return ridge_fail(RIDGE_ERROR_DATA,
                      "%s: expected at most %zu samples, its header tells of %zu; %s", source->name,
                      RIDGE_SOUND_LIMIT, there,
                      *wanted ? "fewer seconds would fit" : "`seconds` would read its beginning");
}

static void mix(const float *frames, size_t count, size_t channels, float *mono)
{
    for (size_t i = 0; i < count; i++) {
        float sum = 0;
        for (size_t c = 0; c < channels; c++)
            sum += frames[i * channels + c];
        mono[i] = sum / (float)channels;
    }
}

static ridge_status fail_beyond(const struct ridge_source *source)
{
    return ridge_fail(RIDGE_ERROR_DATA,
                      "%s: expected at most %zu samples, it has more; `seconds` would read its "
                      "beginning",
                      source->name, RIDGE_SOUND_LIMIT);
}

// Until enough is there (wanted above 0) or the file ends. Memory grows with what was decoded, not
// with what the header says.
static ridge_status read_all(const struct ridge_source *source, SNDFILE *file, size_t channels,
                             size_t wanted, struct ridge_sound *sound)
{
    size_t rows = ridge_larger(CHUNK / channels, 1), capacity = 0;
    float *frames = ridge_allocate(rows * channels, sizeof(*frames));
    ridge_status status = frames ? RIDGE_OK : RIDGE_ERROR_MEMORY;
    while (!status && (!wanted || sound->count < wanted)) {
        size_t some = wanted ? ridge_smaller(rows, wanted - sound->count) : rows;
        sf_count_t got = sf_readf_float(file, frames, (sf_count_t)some);
        if (got <= 0)
            break;
        status = ridge_grow(&sound->samples, &capacity, sound->count + (size_t)got, sizeof(float));
        if (!status)
            mix(frames, (size_t)got, channels, sound->samples + sound->count);
        sound->count += status ? 0 : (size_t)got;
        if (!status && sound->count > RIDGE_SOUND_LIMIT)
            status = fail_beyond(source);
    }
    free(frames);
    return status;
}

static ridge_status check_end(const struct ridge_source *source, SNDFILE *file, const SF_INFO *info,
                              size_t wanted, const struct ridge_sound *sound)
{
    if (wanted && sound->count == wanted)
        return RIDGE_OK;
    bool known = info->frames < SF_COUNT_MAX;
    if (known && sound->count < (size_t)info->frames)
        return ridge_fail(
            RIDGE_ERROR_FORMAT,
            "%s: truncated or damaged: its header tells of %lld samples, %zu could be "
            "read%s%s",
            source->name, (long long)info->frames, sound->count, sf_error(file) ? ": " : "",
            sf_error(file) ? sf_strerror(file) : "");
    if (sf_error(file))
        return ridge_fail(RIDGE_ERROR_FORMAT, "%s: damaged: %s", source->name, sf_strerror(file));
    if (!sound->count)
        return ridge_fail(RIDGE_ERROR_FORMAT, "%s: expected samples, it has none", source->name);
    return RIDGE_OK;
}

static ridge_status check_finite(const struct ridge_source *source, const struct ridge_sound *sound)
{
    for (size_t i = 0; i < sound->count; i++)
        if (!isfinite(sound->samples[i]))
            return ridge_fail(RIDGE_ERROR_DATA, "%s: sample %zu: expected a finite number, got %g",
                              source->name, i, (double)sound->samples[i]);
    return RIDGE_OK;
}

static ridge_status decode(const struct ridge_source *source, SNDFILE *file, const SF_INFO *info,
                           const struct ridge_sound_wish *wish, struct ridge_sound *sound)
{
    size_t wanted;
    RIDGE_TRY(check_header(source, info));
    RIDGE_TRY(count_wanted(source, info, wish, &wanted));
    RIDGE_TRY(read_all(source, file, (size_t)info->channels, wanted, sound));
    RIDGE_TRY(check_end(source, file, info, wanted, sound));
    sound->rate = (size_t)info->samplerate;
    RIDGE_TRY(check_finite(source, sound));
    if (wish->rate && wish->rate != sound->rate) {
        RIDGE_TRY(ridge_resample(source->name, wish->rate, sound));
        RIDGE_TRY(check_finite(source, sound));
    }
    if (wish->seconds > 0)
        sound->count = ridge_smaller(sound->count, ridge_sound_length(wish->seconds, sound->rate));
    return RIDGE_OK;
}

ridge_status ridge_sound_decode(const struct ridge_source *source,
                                const struct ridge_sound_wish *wish, struct ridge_sound *sound)
{
    SF_VIRTUAL_IO from_memory = {place_size, place_seek, place_read, place_write, place_tell};
    struct place place = {.runs = {{source->data, (sf_count_t)source->size}}};
    struct ridge_wav wav;
    SF_INFO info = {0};
    *sound = (struct ridge_sound){0};
    if (ridge_is_wav(source)) {
        RIDGE_TRY(ridge_wav_parse(source, &wav));
        place.runs[0] = (struct run){wav.head, (sf_count_t)wav.head_size};
        place.runs[1] = (struct run){wav.data, (sf_count_t)wav.size};
    } else if (source->size < 4 || memcmp(source->data, "fLaC", 4) != 0) {
        return ridge_fail(RIDGE_ERROR_FORMAT,
                          "%s: expected a WAV or FLAC file, its %zu bytes do not begin as one",
                          source->name, source->size);
    }
    SNDFILE *file = sf_open_virtual(&from_memory, SFM_READ, &info, &place);
    if (!file)
        return ridge_fail(RIDGE_ERROR_FORMAT, "%s: %s", source->name, sf_strerror(NULL));
    ridge_status status = decode(source, file, &info, wish, sound);
    sf_close(file);
    if (status) {
        free(sound->samples);
        *sound = (struct ridge_sound){0};
    }
    return status;
}

ridge_status ridge_sound_check(void)
{
    return RIDGE_OK;
}

#else

ridge_status ridge_sound_check(void)
{
    return ridge_fail(RIDGE_ERROR_UNSUPPORTED,
                      "audio: this build of ridge lacks libsndfile, which reads WAV and FLAC");
}

ridge_status ridge_sound_decode(const struct ridge_source *source,
                                const struct ridge_sound_wish *wish, struct ridge_sound *sound)
{
    (void)source, (void)wish;
    *sound = (struct ridge_sound){0};
    return ridge_sound_check();
}

#endif
