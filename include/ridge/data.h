// SPDX-License-Identifier: Apache-2.0
// Data sets: rows of features and their targets in host memory, from arrays or from files.
//
// Thread-safety: a data set does not change after it is made; any number of threads may read it.
#ifndef RIDGE_DATA_H
#define RIDGE_DATA_H

#include <ridge/base.h>
#include <ridge/tensor.h>

RIDGE_API_BEGIN

// Features x [count, shape...] and, where known, targets y: class labels (RIDGE_INT32, one a row)
// or values (RIDGE_FLOAT32, target_size a row). Slices share the storage of the set they came from.
typedef struct ridge_dataset ridge_dataset;

typedef struct ridge_dataset_params {
    const void *x;                // [count, shape...], row by row. Required.
    ridge_type x_type;            // RIDGE_FLOAT32 (default) or RIDGE_UINT8
    size_t count;                 // rows; required, at least 1
    size_t shape[RIDGE_MAX_RANK]; // of one row, e.g. {28, 28}; ends at the first zero. Required.
    const void *y;                // targets [count, target_size], or NULL for data without any
    ridge_type y_type;            // RIDGE_INT32: one label a row; RIDGE_FLOAT32 (default): values
    size_t target_size;           // values a row for RIDGE_FLOAT32; 0 means 1
    size_t classes;               // labels lie in [0, classes); 0: one more than the largest
                                  // label. Must be 0 for values.
    // What the network sees is x * scale + shift. scale 0 means 1/255 for RIDGE_UINT8, else 1.
    float scale, shift;
} ridge_dataset_params;

#define ridge_dataset_params(...) RIDGE_PARAMS(ridge_dataset_params, __VA_ARGS__)

// Copies the arrays into a new data set. The caller destroys *dataset; it is NULL on failure.
// Errors: RIDGE_ERROR_ARGUMENT for missing or contradicting fields; RIDGE_ERROR_DATA for NaN or
// infinite features or targets, for labels outside the classes, and for float32 targets that look
// like int32 ones, each named with its row; RIDGE_ERROR_MEMORY.
RIDGE_API ridge_status ridge_dataset_create(const ridge_dataset_params *params,
                                            ridge_dataset **dataset);

// What a reader does about one bad file among many.
typedef enum ridge_on_error {
    RIDGE_ON_ERROR_FAIL = 0, // stops with the file and what is wrong with it
    RIDGE_ON_ERROR_SKIP      // leaves the file out; each is a warning in the log, so is their count
} ridge_on_error;

// Where rows of many files are.
typedef enum ridge_where {
    RIDGE_WHERE_AUTO =
        0,              // in memory where they take a quarter of the host's or less, else streamed
    RIDGE_WHERE_MEMORY, // read at once
    RIDGE_WHERE_STREAM  // read from their files whenever they are needed, by threads that are two
                        // batches ahead of the training
} ridge_where;

// How far a reader of many files has come.
typedef struct ridge_read_progress {
    size_t done, total; // files
    size_t skipped;     // of those done
} ridge_read_progress;

typedef struct ridge_read_params {
    // idx, cifar10, cifar100: which files of the folder: "train" (default) or "test".
    // images, audio: a folder inside `path`; NULL: `path` itself.
    const char *part;
    // idx: the pair by name instead, relative to the folder `path`, or to the working folder where
    // `path` is NULL. Images alone make a data set without targets.
    const char *images, *labels;
    // csv, and audio from a CSV: the column that is the target, by header or by number from 0 on;
    // NULL: the last one. "none": there is no target; audio reads the files of one folder then.
    const char *label;
    // csv: is the target a class? 0: labels where every target is a whole number from 0 to 9999,
    // values otherwise; 1: labels; 2: values.
    int label_kind;
    // npy: file of the targets; NULL: NAME_labels.npy beside NAME.npy where it exists.
    const char *targets;
    // images: the rows' size; 0: that of the images, which all must have it then. Pictures of
    // another size are resized as a whole, without a crop: means of areas where they shrink,
    // between the nearest pixels where they grow.
    size_t channels, height, width; // channels: 1 (grey) or 3 (colour, the default)
    // images, audio: a file that cannot be decoded.
    ridge_on_error on_error;
    // images: rows in memory or streamed; threads that decode (0: one a processor).
    ridge_where where;
    size_t workers;
    // images in memory: called now and then while they are read; NULL: not.
    void (*on_progress)(void *context, const ridge_read_progress *progress);
    void *context;
    // audio: samples a second of all rows; 0: those of the first file.
    size_t sample_rate;
    // audio: length of all rows; longer files are cut, shorter ones end in zeros. 0: the longest
    // file's.
    float seconds;
} ridge_read_params;

#define ridge_read_params(...) RIDGE_PARAMS(ridge_read_params, __VA_ARGS__)

// Reads a data set from a file or folder; every file may be packed with gzip. `format` is the name
// of a reader:
//   idx  a folder with train-images-idx3-ubyte[.gz] and its kin, as MNIST is distributed, the test
//        files named t10k-* or test-*; or one file of images without targets. Elements uint8 or
//        float32, labels uint8.
//   cifar10, cifar100
//        a folder with data_batch_1.bin[.gz] to data_batch_5 and test_batch, or train.bin and
//        test.bin, of which one must be there; or one such file. Rows [3, 32, 32] of uint8;
//        cifar100 takes the fine labels.
//   csv  numbers separated by commas, semicolons or tabs, with a decimal point in any locale. The
//        first row is a header if any of its fields is not a number. Fields may be quoted.
//   images
//        PNG and JPEG files, which of the two by their first bytes, as rows [channels, height,
//        width] of uint8: a folder with a folder for each class, classes numbered by their names;
//        or a CSV of paths and labels; label "none" reads a folder of files without classes. The
//        classes of a folder are dealt evenly, so that rows held out from the end have all of them;
//        rows of a CSV keep its order. Either way a row has the same number everywhere. Pictures of
//        more than 2^26 pixels are refused by their header; transparency is left out. An image that
//        is broken, cut off or something else is a failure or left out, as on_error says. While a
//        streamed set is used, another row takes its place.
//   npy  features [count, shape...] of type <f4, <f8 (rounded to float32) or |u1, in C order;
//        targets are labels when of an integer type, values [count] or [count, size] otherwise.
//   audio
//        WAV and FLAC files: a folder for each class (classes are numbered in the order of their
//        names, and dealt, so that the last rows, too, have each of them in its share), or a CSV of
//        paths, relative to its folder, and labels: names, or numbers from 0 to 9999. Rows [1,
//        samples] of float32, PCM as [-1, 1): the mean of the channels, at one sample_rate (by
//        libsamplerate), cut or padded with zeros to one length.
// NULL params: all defaults. The caller destroys *dataset; it is NULL on failure.
// Errors: RIDGE_ERROR_ARGUMENT for an unknown format, part or column; RIDGE_ERROR_FILE;
// RIDGE_ERROR_FORMAT with file, place and reason; RIDGE_ERROR_UNSUPPORTED for element types and
// layouts other than these, and where ridge was built without a library, named, that they need;
// RIDGE_ERROR_DATA for what ridge_dataset_create refuses.
RIDGE_API ridge_status ridge_dataset_read(const char *format, const char *path,
                                          const ridge_read_params *params, ridge_dataset **dataset);

// The readers' names and one line of help each, for i = 0, 1, ...; false behind the last.
RIDGE_API bool ridge_dataset_format(size_t index, const char **name, const char **help);

// Rows [first, first + count) as a data set of its own that shares the storage and keeps the number
// of classes. Errors: RIDGE_ERROR_ARGUMENT for rows that are not there or a count of 0.
RIDGE_API ridge_status ridge_dataset_slice(const ridge_dataset *dataset, size_t first, size_t count,
                                           ridge_dataset **slice);

// The rows of these numbers, in this order, as a data set of its own; a row may come several times.
// It copies the rows and keeps the number of classes. Errors: RIDGE_ERROR_ARGUMENT for a row that
// is not there or a count of 0; RIDGE_ERROR_MEMORY.
RIDGE_API ridge_status ridge_dataset_select(const ridge_dataset *dataset, const size_t *rows,
                                            size_t count, ridge_dataset **selection);

// Copies rows of these numbers to x, in this order and in their stored type; those of a streamed
// set are read. Errors: RIDGE_ERROR_ARGUMENT; what reading a file can fail with.
RIDGE_API ridge_status ridge_dataset_rows(const ridge_dataset *dataset, const size_t *rows,
                                          size_t count, void *x);

// The calls below expect a data set, not NULL; so do their outputs, except that `type` may be NULL.
RIDGE_API size_t ridge_dataset_count(const ridge_dataset *dataset);
// Shape of one row: writes up to RIDGE_MAX_RANK sizes, returns how many.
RIDGE_API size_t ridge_dataset_shape(const ridge_dataset *dataset, size_t shape[RIDGE_MAX_RANK]);
// Number of classes; 0 when the targets are values or absent.
RIDGE_API size_t ridge_dataset_classes(const ridge_dataset *dataset);
// Values of a row's target (1 for labels); 0 when there are none.
RIDGE_API size_t ridge_dataset_target_size(const ridge_dataset *dataset);
// The stored arrays, owned by the data set, with their types; x is NULL where rows are streamed, y
// where there is none.
RIDGE_API const void *ridge_dataset_x(const ridge_dataset *dataset, ridge_type *type);
RIDGE_API const void *ridge_dataset_y(const ridge_dataset *dataset, ridge_type *type);
// What the network sees is x * scale + shift.
RIDGE_API void ridge_dataset_scale(const ridge_dataset *dataset, float *scale, float *shift);
// Whether rows are read from their files whenever they are needed.
RIDGE_API bool ridge_dataset_streams(const ridge_dataset *dataset);
// The name of a class, owned by the data set; NULL where classes have none.
RIDGE_API const char *ridge_dataset_class_name(const ridge_dataset *dataset, size_t label);
// Files that could not be read and were left out; of a streamed set, those found so far.
RIDGE_API size_t ridge_dataset_skipped(const ridge_dataset *dataset);

// Releases the data set and sets *dataset to NULL. NULL and a NULL handle are fine. Storage that
// a slice still uses stays until the slice goes.
RIDGE_API void ridge_dataset_destroy(ridge_dataset **dataset);

RIDGE_API_END

#endif
