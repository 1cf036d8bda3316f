// SPDX-License-Identifier: Apache-2.0
// What of a WAV file matters: the chunk that says what its samples are, and the samples. libsndfile
// sees nothing else: in its other chunks it can lose itself for hours (1.2.0, LIST), and it takes a
// file that ends too early without a word.
#ifndef RIDGE_DATA_WAV_H
#define RIDGE_DATA_WAV_H

#include "data/gzip.h"

// The same sounds as a file of two chunks: `head`, and behind it `data`, bytes of the source.
struct ridge_wav {
    unsigned char head[96];
    size_t head_size;
    const unsigned char *data;
    size_t size;
};

bool ridge_is_wav(const struct ridge_source *source);

// Errors: RIDGE_ERROR_FORMAT for a file that lacks a chunk or is truncated; RIDGE_ERROR_UNSUPPORTED
// for samples that are neither PCM, floats, A-law nor mu-law.
ridge_status ridge_wav_parse(const struct ridge_source *source, struct ridge_wav *wav);

#endif
