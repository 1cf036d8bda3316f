// SPDX-License-Identifier: Apache-2.0
// Status codes, error text, logging: what every other header of ridge stands on.
#ifndef RIDGE_BASE_H
#define RIDGE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define RIDGE_API __attribute__((visibility("default")))
#else
#define RIDGE_API
#endif

#ifdef __cplusplus
#define RIDGE_API_BEGIN extern "C" {
#define RIDGE_API_END }
#else
#define RIDGE_API_BEGIN
#define RIDGE_API_END
#endif

// Parameters are structs in which zero means the default. RIDGE_PARAMS makes one in place and gives
// its address, good until the end of the enclosing block (in C++ of the full expression);
// RIDGE_VALUE gives the struct itself. The macros of each struct stand beside it, for example
// ridge_dropout_params(.rate = 0.5f). In C++ (20) fields are named in the order of the struct, and
// g++ -Wextra wants -Wno-missing-field-initializers beside it.
#ifdef __cplusplus
template <typename T> const T *ridge_address_of(const T &temporary)
{
    return &temporary;
}
#define RIDGE_PARAMS(type, ...) (ridge_address_of(type{__VA_ARGS__}))
#define RIDGE_VALUE(type, ...) (type{__VA_ARGS__})
#else
#define RIDGE_PARAMS(type, ...) (&(type){__VA_ARGS__})
#define RIDGE_VALUE(type, ...) ((type){__VA_ARGS__})
#endif

RIDGE_API_BEGIN

#define RIDGE_VERSION_MAJOR 0
#define RIDGE_VERSION_MINOR 1
#define RIDGE_VERSION_PATCH 0

// The version of the library that is linked, as "major.minor.patch". The string is static.
RIDGE_API const char *ridge_version(void);

// What every function that can fail returns. RIDGE_OK is zero, so `if (ridge_...(...))` reads as
// "if it failed". The text that belongs to a failure: ridge_error().
typedef enum ridge_status {
    RIDGE_OK = 0,
    RIDGE_ERROR_ARGUMENT,      // a value outside its range, a missing pointer, an unknown name
    RIDGE_ERROR_SHAPE,         // tensors or layers whose shapes do not fit together
    RIDGE_ERROR_MEMORY,        // host memory ran out
    RIDGE_ERROR_NO_DEVICE,     // no OpenCL platform or no device that fits the request
    RIDGE_ERROR_DEVICE,        // an OpenCL call failed; the message carries its name and code
    RIDGE_ERROR_DEVICE_MEMORY, // the device's memory or its limit for one buffer is exceeded
    RIDGE_ERROR_BUILD,         // a kernel did not build; the message carries the compiler's log
    RIDGE_ERROR_FILE,          // a file could not be opened, read, written or renamed
    RIDGE_ERROR_FORMAT,        // a file's content is not what its format demands
    RIDGE_ERROR_DATA,          // data that cannot be trained on: NaN, labels outside the classes
    RIDGE_ERROR_UNSUPPORTED,   // valid, but not offered by this build or device
    RIDGE_ERROR_STATE          // a call at the wrong time, e.g. fit before compile
} ridge_status;

// The name of a status, e.g. "argument". Static; "unknown" for a value outside the enum.
RIDGE_API const char *ridge_status_name(ridge_status status);

// The message of the last failure on the calling thread: it names the argument, what was expected
// and what came. Empty before the first failure; valid until the next failure on this thread.
RIDGE_API const char *ridge_error(void);

typedef enum ridge_log_level {
    RIDGE_LOG_WARNING = 1, // something was skipped or replaced, work goes on
    RIDGE_LOG_INFO,        // decisions: which device, which cache entry was rebuilt
    RIDGE_LOG_DEBUG        // each program build and each plan
} ridge_log_level;

// Called with one line of text without a newline. It may be called from any thread that calls
// ridge.
typedef void (*ridge_log_callback)(void *context, ridge_log_level level, const char *message);

// Sends messages up to `level` to `callback`. NULL (the state at start) is silence: the library
// never prints. Not to be called while another thread is inside ridge.
RIDGE_API void ridge_set_log(ridge_log_callback callback, void *context, ridge_log_level level);

RIDGE_API_END

#endif
