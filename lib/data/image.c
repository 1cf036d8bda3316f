// SPDX-License-Identifier: Apache-2.0
// Which format a picture has, by its first bytes, and the limits that hold for all of them.
#include "data/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

#define LINE 64 // of the cache

static const struct ridge_image_codec *const codecs[] = {&ridge_image_png, &ridge_image_jpeg, NULL};

static bool begins_with(const struct ridge_source *source, const struct ridge_image_codec *codec)
{
    return source->size >= codec->signature_size &&
           memcmp(source->data, codec->signature, codec->signature_size) == 0;
}

static ridge_status find_codec(const struct ridge_source *source,
                               const struct ridge_image_codec **codec)
{
    if (!source->size)
        return ridge_fail(RIDGE_ERROR_FORMAT, "%s: expected a PNG or JPEG image, the file is empty",
                          source->name);
    for (size_t i = 0; codecs[i]; i++) {
        *codec = codecs[i];
        if (!begins_with(source, *codec))
            continue;
        if ((*codec)->decode)
            return RIDGE_OK;
        return ridge_fail(RIDGE_ERROR_UNSUPPORTED, "%s: this is %s, and ridge was built without %s",
                          source->name, (*codec)->name, (*codec)->library);
    }
    char bytes[4 * 3 + 1] = "";
    for (size_t i = 0; i < 4 && i < source->size; i++)
        snprintf(bytes + 3 * i, 4, " %02x", source->data[i]);
    return ridge_fail(RIDGE_ERROR_FORMAT,
                      "%s: expected a PNG or JPEG image, the file begins with%s", source->name,
                      bytes);
}

static ridge_status check_size(const struct ridge_image_decoder *decoder,
                               const struct ridge_source *source,
                               const struct ridge_image_shape *shape)
{
    if (!shape->height || !shape->width)
        return ridge_fail(RIDGE_ERROR_FORMAT, "%s: the header announces %zu x %zu pixels",
                          source->name, shape->height, shape->width);
    if (shape->height > RIDGE_IMAGE_SIDE || shape->width > RIDGE_IMAGE_SIDE ||
        shape->height * shape->width > decoder->most_pixels)
        return ridge_fail(
            RIDGE_ERROR_FORMAT,
            "%s: too large: the header announces %zu x %zu pixels; at most %zu in all are read, "
            "and %d along a side",
            source->name, shape->height, shape->width, decoder->most_pixels, RIDGE_IMAGE_SIDE);
    return RIDGE_OK;
}

static ridge_status read_size(const struct ridge_image_decoder *decoder,
                              const struct ridge_source *source, struct ridge_image_shape *shape,
                              const struct ridge_image_codec **codec)
{
    RIDGE_TRY(find_codec(source, codec));
    RIDGE_TRY((*codec)->size(source, shape));
    return check_size(decoder, source, shape);
}

ridge_status ridge_image_size(const struct ridge_image_decoder *decoder,
                              const struct ridge_source *source, struct ridge_image_shape *shape)
{
    const struct ridge_image_codec *codec;
    return read_size(decoder, source, shape, &codec);
}

ridge_status ridge_image_decode(struct ridge_image_decoder *decoder,
                                const struct ridge_source *source,
                                const struct ridge_image_shape *wanted, unsigned char *planes)
{
    const struct ridge_image_codec *codec;
    RIDGE_TRY(read_size(decoder, source, &decoder->shape, &codec));
    RIDGE_TRY(codec->decode(decoder, source, wanted));
    return ridge_image_resize(decoder, wanted, planes);
}

ridge_status ridge_image_reserve(struct ridge_image_decoder *decoder)
{
    const struct ridge_image_shape *shape = &decoder->shape;
    size_t bytes = shape->height * shape->width * shape->channels;
    if (bytes <= decoder->capacity)
        return RIDGE_OK;
    // Not grown: what was there is of no use.
    free(decoder->block);
    decoder->block = ridge_allocate(bytes + 2 * LINE, 1);
    decoder->capacity = decoder->block ? bytes : 0;
    if (!decoder->block)
        return RIDGE_ERROR_MEMORY;
    // libjpeg-turbo writes rows that begin at a multiple of 32 bytes around the cache, which they
    // are read from next: a small picture then takes half as long again.
    size_t behind = (uintptr_t)decoder->block % LINE;
    decoder->pixels = decoder->block + (LINE - behind) + LINE / 4;
    return RIDGE_OK;
}

void ridge_image_decoder_clear(struct ridge_image_decoder *decoder)
{
    ridge_image_axis_clear(&decoder->across);
    ridge_image_axis_clear(&decoder->down);
    free(decoder->block);
    free(decoder->file);
    free(decoder->rows);
    *decoder = (struct ridge_image_decoder){.most_pixels = decoder->most_pixels};
}
