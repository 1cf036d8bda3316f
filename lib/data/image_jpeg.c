// SPDX-License-Identifier: Apache-2.0
// JPEG through libjpeg-turbo, which shrinks while it decodes where much smaller pictures are
// wanted.
#include "data/image.h"

#include "base/error.h"

#if RIDGE_HAVE_TURBOJPEG
#include <turbojpeg.h>

// Warnings are damage: a truncated file is one. Scans without end are refused.
#define FLAGS (TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS)

// After an error in a header the handle takes no other file (libjpeg-turbo 2.1), so it goes.
static ridge_status failed(struct ridge_image_decoder *decoder, const struct ridge_source *source)
{
    ridge_error_set("%s: damaged or truncated JPEG: libjpeg-turbo: %s", source->name,
                    tjGetErrorStr2(decoder->jpeg));
    ridge_image_jpeg_close(decoder);
    return RIDGE_ERROR_FORMAT;
}

static ridge_status read_header(struct ridge_image_decoder *decoder,
                                const struct ridge_source *source, struct ridge_image_shape *shape,
                                int *colours)
{
    int width = 0, height = 0, sampling = 0;
    if (!decoder->jpeg)
        decoder->jpeg = tjInitDecompress();
    if (!decoder->jpeg)
        return ridge_fail(RIDGE_ERROR_MEMORY, "libjpeg-turbo: %s", tjGetErrorStr2(NULL));
    if (tjDecompressHeader3(decoder->jpeg, source->data, source->size, &width, &height, &sampling,
                            colours))
        return failed(decoder, source);
    if (width < 1 || height < 1)
        return ridge_fail(RIDGE_ERROR_FORMAT, "%s: damaged or truncated JPEG: no picture in it",
                          source->name);
    shape->height = (size_t)height;
    shape->width = (size_t)width;
    return RIDGE_OK;
}

static ridge_status jpeg_size(struct ridge_image_decoder *decoder,
                              const struct ridge_source *source, struct ridge_image_shape *shape)
{
    int colours;
    return read_header(decoder, source, shape, &colours);
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

static ridge_status jpeg_decode(struct ridge_image_decoder *decoder,
                                const struct ridge_source *source,
                                const struct ridge_image_shape *wanted)
{
    struct ridge_image_shape *shape = &decoder->shape;
    size_t channels = shape->channels;
    int colours;
    RIDGE_TRY(read_header(decoder, source, shape, &colours));
    for (int i = 0; i < 3; i++) {
        size_t height = (shape->height + 1) / 2, width = (shape->width + 1) / 2;
        if (height < wanted->height || width < wanted->width)
            break;
        shape->height = height;
        shape->width = width;
    }
    bool inks = colours == TJCS_CMYK || colours == TJCS_YCCK;
    int format = inks ? TJPF_CMYK : channels == 1 ? TJPF_GRAY : TJPF_RGB;
    shape->channels = inks ? 4 : channels;
    RIDGE_TRY(ridge_image_reserve(decoder));
    if (tjDecompress2(decoder->jpeg, source->data, source->size, decoder->pixels, (int)shape->width,
                      0, (int)shape->height, format, FLAGS))
        return failed(decoder, source);
    if (inks)
        mix_inks(decoder->pixels, shape->height * shape->width, channels);
    shape->channels = channels;
    return RIDGE_OK;
}

void ridge_image_jpeg_close(struct ridge_image_decoder *decoder)
{
    if (decoder->jpeg)
        tjDestroy(decoder->jpeg);
    decoder->jpeg = NULL;
}
#else
#define jpeg_size NULL
#define jpeg_decode NULL
void ridge_image_jpeg_close(struct ridge_image_decoder *decoder)
{
    (void)decoder;
}
#endif

const struct ridge_image_codec ridge_image_jpeg = {
    .name = "JPEG",
    .library = "libjpeg-turbo",
    .signature = {0xff, 0xd8, 0xff},
    .signature_size = 3,
    .size = jpeg_size,
    .decode = jpeg_decode,
};
