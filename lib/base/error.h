// SPDX-License-Identifier: Apache-2.0
// How a failure gets its text, and the log.
#ifndef RIDGE_BASE_ERROR_H
#define RIDGE_BASE_ERROR_H

#include <ridge/base.h>

#if defined(__GNUC__)
#define RIDGE_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define RIDGE_PRINTF(text, first)
#endif

// Stores the message for ridge_error().
void ridge_error_set(const char *text, ...) RIDGE_PRINTF(1, 2);

// Puts "prefix: " before the present message, for a caller that knows more of the context
// (which file, which layer).
void ridge_error_prefix(const char *text, ...) RIDGE_PRINTF(1, 2);

// Both give `status`, so that failing is one line:
//     return ridge_fail(RIDGE_ERROR_ARGUMENT, "rate: expected [0, 1), got %g", rate);
// They are macros so that the compiler sees which status it is.
#define ridge_fail(status, ...) (ridge_error_set(__VA_ARGS__), (status))
#define ridge_fail_within(status, ...) (ridge_error_prefix(__VA_ARGS__), (status))

void ridge_log(ridge_log_level level, const char *format, ...) RIDGE_PRINTF(2, 3);

// Returns from the calling function when `expression` is a failure.
#define RIDGE_TRY(expression)                                                                      \
    do {                                                                                           \
        ridge_status ridge_try_status = (expression);                                              \
        if (ridge_try_status != RIDGE_OK)                                                          \
            return ridge_try_status;                                                               \
    } while (0)

#endif
