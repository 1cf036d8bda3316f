// SPDX-License-Identifier: Apache-2.0
// PNG through libspng.
#include "data/image.h"

#include "base/error.h"

#if RIDGE_HAVE_SPNG
#include <spng.h>

#define LARGEST_CHUNK ((size_t)1 << 20) // of text, colour profiles and the like, packed or not
#define LARGEST_CHUNKS ((size_t)1 << 22)

static ridge_status failed(const struct ridge_source *source, int code)
{
    if (code == SPNG_EMEM)
        return ridge_fail(RIDGE_ERROR_MEMORY, "%s: libspng: %s", source->name, spng_strerror(code));
    if (code == SPNG_IO_EOF)
        return ridge_fail(RIDGE_ERROR_FORMAT, "%s: truncated PNG: it ends after %zu bytes",
                          source->name, source->size);
    return ridge_fail(RIDGE_ERROR_FORMAT, "%s: damaged PNG: libspng: %s", source->name,
                      spng_strerror(code));
}

// The caller frees the context, also after a failure.
static int open(const struct ridge_source *source, spng_ctx **context, struct spng_ihdr *header)
{
    *context = spng_ctx_new(0);
    if (!*context)
        return SPNG_EMEM;
    int code = spng_set_chunk_limits(*context, LARGEST_CHUNK, LARGEST_CHUNKS);
    if (!code)
        code = spng_set_png_buffer(*context, source->data, source->size);
    return code ? code : spng_get_ihdr(*context, header);
}

static ridge_status png_size(const struct ridge_source *source, struct ridge_image_shape *shape)
{
    spng_ctx *context;
    struct spng_ihdr header;
    int code = open(source, &context, &header);
    spng_ctx_free(context);
    if (code)
        return failed(source, code);
    *shape = (struct ridge_image_shape){3, header.height, header.width};
    return RIDGE_OK;
}

// Three channels made one, in place. A grey picture comes through as it is.
static void make_grey(unsigned char *pixels, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const unsigned char *p = pixels + 3 * i;
        pixels[i] = (unsigned char)((299u * p[0] + 587u * p[1] + 114u * p[2] + 500) / 1000);
    }
}

static ridge_status png_decode(struct ridge_image_decoder *decoder,
                               const struct ridge_source *source,
                               const struct ridge_image_shape *wanted)
{
    struct ridge_image_shape *shape = &decoder->shape;
    size_t count = shape->height * shape->width;
    shape->channels = 3; // libspng makes grey only of what is grey
    RIDGE_TRY(ridge_image_reserve(decoder));
    spng_ctx *context;
    struct spng_ihdr header;
    int code = open(source, &context, &header);
    if (!code)
        code = spng_decode_image(context, decoder->pixels, 3 * count, SPNG_FMT_RGB8, 0);
    spng_ctx_free(context);
    if (code)
        return failed(source, code);
    if (wanted->channels == 1)
        make_grey(decoder->pixels, count);
    shape->channels = wanted->channels;
    return RIDGE_OK;
}
#else
#define png_size NULL
#define png_decode NULL
#endif

const struct ridge_image_codec ridge_image_png = {
    .name = "PNG",
    .library = "libspng",
    .signature = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'},
    .signature_size = 8,
    .size = png_size,
    .decode = png_decode,
};
