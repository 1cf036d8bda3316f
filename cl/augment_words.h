// SPDX-License-Identifier: Apache-2.0
// What the host, augment_draw.cl and augment.cl share: the tables of a pipeline and the programs
// of images, all of 32-bit words. Preprocessor only, since C includes it, too.
#ifndef RIDGE_CL_AUGMENT_WORDS_H
#define RIDGE_CL_AUGMENT_WORDS_H

// An operation of the pipeline. RANGES ranges of values to draw (low, high), then other values.
#define OPERATION_WORDS 26
#define OPERATION_CODE 0
#define OPERATION_CHANCE 1 // it happens where a random word is at most this
#define OPERATION_STREAM 2 // its random numbers are those of this stream (and the next one)
#define OPERATION_RANGES 3 // at most 8
#define OPERATION_TABLE 4  // where its table of numbers begins, in words from here
#define OPERATION_FIELD 5  // where in programs its field of displacements lies
#define OPERATION_VALUES 6 // float

// The program of an image: a header, then instructions, then fields of displacements. In a pipeline
// that mixes images each has a second one, its partner's, which is there where the last instruction
// mixes.
#define PROGRAM_ROW 0    // where the image is stored
#define PROGRAM_SAMPLE 1 // its number in the data set, for random numbers
#define PROGRAM_COUNT 2  // of instructions
#define PROGRAM_MATRIX                                                                             \
    3 // float [9]: from a place of the result to one of the stored image, as
      // projective coordinates; both count from their images' middles. Where there
      // are fields: to a place of the last one
#define PROGRAM_FIELD 12 // where in the program the last field lies that happens; 0: none does
#define PROGRAM_EDGE 13  // 1: places up to half a pixel beside the outermost pixels are those
#define PROGRAM_HEADER 16

// An instruction: what to do to pixels, and with what.
#define INSTRUCTION_WORDS 8
#define INSTRUCTION_CODE 0
#define INSTRUCTION_VALUES 1 // float [7]
#define NOISE_STREAM 6       // which of the values of noise is its stream, from the first one on

// A field of displacements: places that come to it are displaced, then go through its matrix to the
// field before it, or to the stored image.
#define FIELD_BEFORE 0           // where in the program that one lies; 0: there is none
#define FIELD_MATRIX 1           // float [9]
#define FIELD_COLUMNS 10         // of knots, at least 4
#define FIELD_ROWS 11            // likewise
#define FIELD_INVERSE_SPACING 12 // float: knots in a pixel; the knots' middle is the image's
#define FIELD_VALUES 13          // float [rows, columns, 2]: pixels to the right and down

// Operations. Those of geometry multiply the matrix; the others leave instructions of the same code
// whose values are what was drawn, then what was given.
#define AUGMENT_HORIZONTAL_FLIP 1
#define AUGMENT_VERTICAL_FLIP 2
#define AUGMENT_SHIFT 3
#define AUGMENT_ROTATION 4
#define AUGMENT_ZOOM 5
#define AUGMENT_SCALE 6
#define AUGMENT_SHEAR 7
#define AUGMENT_RANDOM_CROP 8
#define AUGMENT_CENTRE_CROP 9
#define AUGMENT_RANDOM_RESIZED_CROP 10
#define AUGMENT_RESIZE 11
#define AUGMENT_PERSPECTIVE 12
#define AUGMENT_ELASTIC 13    // leaves a field
#define AUGMENT_PIXELS 64     // from here on they leave instructions
#define AUGMENT_BRIGHTNESS 64 // these four in the order of jitter's fields
#define AUGMENT_CONTRAST 65
#define AUGMENT_SATURATION 66
#define AUGMENT_HUE 67
#define AUGMENT_JITTER 68 // leaves the four above
#define AUGMENT_GREYSCALE 69
#define AUGMENT_GAMMA 70
#define AUGMENT_INVERT 71
#define AUGMENT_POSTERIZE 72
#define AUGMENT_SOLARIZE 73
#define AUGMENT_AUTO_CONTRAST 74
#define AUGMENT_EQUALISE 75
#define AUGMENT_BLUR 76
#define AUGMENT_SHARPEN 77
#define AUGMENT_GAIN 78
#define AUGMENT_NOISE 96 // from here on they draw numbers for each element
#define AUGMENT_GAUSSIAN_NOISE 96
#define AUGMENT_UNIFORM_NOISE 97
#define AUGMENT_SALT_PEPPER 98
#define AUGMENT_NOISE_RATIO 99
#define AUGMENT_NOISE_END 112
#define AUGMENT_ERASING 112
#define AUGMENT_CUTOUT 113
#define AUGMENT_ERASE 114 // what those two leave, and with means of channels
#define AUGMENT_ERASE_MEAN 115
#define AUGMENT_RAND_AUGMENT 144
#define AUGMENT_MIXING 160 // from here on they mix two images; values: the image's own weight, ...
#define AUGMENT_MIXUP 160
#define AUGMENT_CUTMIX 161

// The table of choices that RandAugment draws from: in each a code, 0 for nothing, and five values
// of one sign and of the other.
#define CHOICES 14
#define CHOICE_SIZE 11
#define CHOICE_CODE 0
#define CHOICE_VALUES 1

// Cells of the table that stands for half of a Beta distribution.
#define BETA_CELLS 1024

// What an operation needs of the kernel that others can do without.
#define AUGMENT_USES_LEVELS 1
#define AUGMENT_USES_FILTERS 2
#define AUGMENT_USES_NOISE 4
#define AUGMENT_USES_ERASING 8
#define AUGMENT_USES_SIGHT 16  // it looks at the image before its turn
#define AUGMENT_USES_MIXING 32 // it takes another image

// Levels that equalise tells apart.
#define LEVELS 256

#endif
