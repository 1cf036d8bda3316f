// SPDX-License-Identifier: Apache-2.0
// JPEG through libjpeg-turbo, which shrinks while it decodes where much smaller pictures are
// wanted.
#include "data/image.h"

#include "base/error.h"

#if RIDGE_HAVE_TURBOJPEG
#include <turbojpeg.h>

#define INKS 4 // channels: cyan, magenta, yellow, black

// Warnings are damage: a truncated file is one. Scans without end are refused.
#define FLAGS (TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS)

static ridge_status failed(const struct ridge_source *source, tjhandle handle)
{
    return ridge_fail(RIDGE_ERROR_FORMAT, "%s: damaged or truncated JPEG: libjpeg-turbo: %s",
                      source->name, tjGetErrorStr2(handle));
}

// A handle would keep tables, and some errors, of the file before, so each use has its own: half a
// microsecond.
static ridge_status open(tjhandle *handle)
{
    *handle = tjInitDecompress();
    if (!*handle)
        return ridge_fail(RIDGE_ERROR_MEMORY, "libjpeg-turbo: %s", tjGetErrorStr2(NULL));
    return RIDGE_OK;
}

static ridge_status read_header(tjhandle handle, const struct ridge_source *source,
                                struct ridge_image_shape *shape)
{
    int width = 0, height = 0, sampling = 0, colours = 0;
    if (tjDecompressHeader3(handle, source->data, source->size, &width, &height, &sampling,
                            &colours))
        return failed(source, handle);
    if (width < 1 || height < 1)
        return ridge_fail(RIDGE_ERROR_FORMAT, "%s: damaged or truncated JPEG: no picture in it",
                          source->name);
    bool inks = colours == TJCS_CMYK || colours == TJCS_YCCK;
    *shape = (struct ridge_image_shape){
        .channels = inks ? INKS : 3, .height = (size_t)height, .width = (size_t)width};
    return RIDGE_OK;
}

static ridge_status jpeg_size(const struct ridge_source *source, struct ridge_image_shape *shape)
{
    tjhandle handle;
    RIDGE_TRY(open(&handle));
    ridge_status status = read_header(handle, source, shape);
    tjDestroy(handle);
    return status;
}

// Four channels made one or three, in place. Files hold the inks inverted, as Adobe writes them.
static void mix_inks(unsigned char *pixels, size_t count, size_t channels)
{
    for (size_t i = 0; i < count; i++) {
        const unsigned char *p = pixels + 4 * i;
        unsigned rgb[3];
        for (int c = 0; c < 3; c++)
            rgb[c] = (p[c] * (unsigned)p[3] + 127) / 255;
        if (channels == 1)
            pixels[i] = (unsigned char)((299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2] + 500) / 1000);
        else
            for (int c = 0; c < 3; c++)
                pixels[3 * i + (size_t)c] = (unsigned char)rgb[c];
    }
}

static ridge_status decompress(struct ridge_image_decoder *decoder,
                               const struct ridge_source *source, int format)
{
    const struct ridge_image_shape *shape = &decoder->shape;
    tjhandle handle;
    RIDGE_TRY(open(&handle));
    ridge_status status = RIDGE_OK;
    if (tjDecompress2(handle, source->data, source->size, decoder->pixels, (int)shape->width, 0,
                      (int)shape->height, format, FLAGS))
        status = failed(source, handle);
    tjDestroy(handle);
    return status;
}

static ridge_status jpeg_decode(struct ridge_image_decoder *decoder,
                                const struct ridge_source *source,
                                const struct ridge_image_shape *wanted)
{
    struct ridge_image_shape *shape = &decoder->shape;
    for (int i = 0; i < 3; i++) {
        size_t height = (shape->height + 1) / 2, width = (shape->width + 1) / 2;
        if (height < wanted->height || width < wanted->width)
            break;
        shape->height = height;
        shape->width = width;
    }
    bool inks = shape->channels == INKS;
    shape->channels = inks ? INKS : wanted->channels;
    RIDGE_TRY(ridge_image_reserve(decoder));
    RIDGE_TRY(decompress(decoder, source,
                         inks                    ? TJPF_CMYK
                         : wanted->channels == 1 ? TJPF_GRAY
                                                 : TJPF_RGB));
    if (inks)
        mix_inks(decoder->pixels, shape->height * shape->width, wanted->channels);
    shape->channels = wanted->channels;
    return RIDGE_OK;
}
#else
#define jpeg_size NULL
#define jpeg_decode NULL
#endif

const struct ridge_image_codec ridge_image_jpeg = {
    .name = "JPEG",
    .library = "libjpeg-turbo",
    .signature = {0xff, 0xd8, 0xff},
    .signature_size = 3,
    .size = jpeg_size,
    .decode = jpeg_decode,
};
