// SPDX-License-Identifier: Apache-2.0
// Pictures out of PNG and JPEG files in memory, decoded and brought to one size.
#ifndef RIDGE_DATA_IMAGE_H
#define RIDGE_DATA_IMAGE_H

#include "data/gzip.h"

// A header that announces more is refused before anything is allocated: a few bytes of PNG could
// otherwise fill the memory. The first is that of a picture, 192 MiB of colours.
#define RIDGE_IMAGE_PIXELS ((size_t)1 << 26)
#define RIDGE_IMAGE_SIDE 65535
#define RIDGE_IMAGE_BYTES ((size_t)1 << 28) // of a file

struct ridge_image_shape {
    size_t channels; // 1 (grey) or 3 (red, green, blue)
    size_t height, width;
};

// Weights by which the pixels along one axis are brought to another length; see image_resize.c.
struct ridge_image_axis {
    size_t from, to; // lengths
    uint32_t *first; // [to] the first pixel that counts
    uint32_t *start; // [to + 1] where its weights begin
    uint32_t *weight;
    size_t capacity[3];
};

// What a thread needs to decode one file after the other. Zero-initialise, set `most_pixels`,
// release with ridge_image_decoder_clear.
struct ridge_image_decoder {
    size_t most_pixels;             // of a picture, at most RIDGE_IMAGE_PIXELS
    struct ridge_image_shape shape; // of what lies in `pixels`
    unsigned char *pixels;          // [height, width, channels], inside `block`
    unsigned char *block, *file;    // file: as it was read, for those who read files
    size_t capacity, file_capacity;
    struct ridge_image_axis across, down;
    uint32_t *rows; // two, resized across
    size_t rows_capacity;
};

// A file format. Sources begin with its signature. `size` reads the header and checks no limits.
// `decode` finds in the decoder's shape what `size` has found, and fills `pixels`; it leaves there
// the wanted channels, and a size that may be smaller by 2, 4 or 8 as long as it is no smaller than
// the wanted one. NULL: built without the library.
struct ridge_image_codec {
    const char *name, *library;
    unsigned char signature[8];
    size_t signature_size;
    ridge_status (*size)(const struct ridge_source *source, struct ridge_image_shape *shape);
    ridge_status (*decode)(struct ridge_image_decoder *decoder, const struct ridge_source *source,
                           const struct ridge_image_shape *wanted);
};
extern const struct ridge_image_codec ridge_image_png, ridge_image_jpeg;

// Height and width of a picture, from its header. Errors: RIDGE_ERROR_FORMAT, with the source's
// name, for what is neither PNG nor JPEG, damaged, or larger than the limits;
// RIDGE_ERROR_UNSUPPORTED where the library for it is not there.
ridge_status ridge_image_size(const struct ridge_image_decoder *decoder,
                              const struct ridge_source *source, struct ridge_image_shape *shape);

// The whole picture as planes [channels, height, width], whatever its size was: every pixel of the
// result is the mean of the area that it covers where the picture shrinks, and lies between its
// neighbours where it grows, along each axis by itself. Grey is 0.299 R + 0.587 G + 0.114 B;
// transparency is left out, of 16 bits the upper 8 count. Errors as ridge_image_size.
ridge_status ridge_image_decode(struct ridge_image_decoder *decoder,
                                const struct ridge_source *source,
                                const struct ridge_image_shape *wanted, unsigned char *planes);

void ridge_image_decoder_clear(struct ridge_image_decoder *decoder);

// Makes room for decoder->shape in decoder->pixels.
ridge_status ridge_image_reserve(struct ridge_image_decoder *decoder);
// The pixels brought to the size that is wanted, as planes. Their channels are the wanted ones.
ridge_status ridge_image_resize(struct ridge_image_decoder *decoder,
                                const struct ridge_image_shape *wanted, unsigned char *planes);
void ridge_image_axis_clear(struct ridge_image_axis *axis);

#endif
