// SPDX-License-Identifier: Apache-2.0
// One message per thread, and one log callback per process.
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// Long enough for the head of a compiler's log; longer messages are cut.
#define MESSAGE_SIZE 8192

static _Thread_local char message[MESSAGE_SIZE];

static struct {
    ridge_log_callback callback;
    void *context;
    ridge_log_level level;
} sink;

static const char *const status_names[] = {
    [RIDGE_OK] = "ok",
    [RIDGE_ERROR_ARGUMENT] = "argument",
    [RIDGE_ERROR_SHAPE] = "shape",
    [RIDGE_ERROR_MEMORY] = "memory",
    [RIDGE_ERROR_NO_DEVICE] = "no device",
    [RIDGE_ERROR_DEVICE] = "device",
    [RIDGE_ERROR_DEVICE_MEMORY] = "device memory",
    [RIDGE_ERROR_BUILD] = "build",
    [RIDGE_ERROR_FILE] = "file",
    [RIDGE_ERROR_FORMAT] = "format",
    [RIDGE_ERROR_DATA] = "data",
    [RIDGE_ERROR_UNSUPPORTED] = "unsupported",
    [RIDGE_ERROR_STATE] = "state",
};

#define TEXT_OF(x) TEXT_OF_(x)
#define TEXT_OF_(x) #x

const char *ridge_version(void)
{
    return TEXT_OF(RIDGE_VERSION_MAJOR) "." TEXT_OF(RIDGE_VERSION_MINOR) "." TEXT_OF(
        RIDGE_VERSION_PATCH);
}

const char *ridge_status_name(ridge_status status)
{
    size_t count = sizeof(status_names) / sizeof(status_names[0]);
    return (size_t)status < count ? status_names[status] : "unknown";
}

const char *ridge_error(void)
{
    return message;
}

void ridge_error_set(const char *text, ...)
{
    // Formatted aside first: an argument may be the present message.
    char formatted[MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, text);
    vsnprintf(formatted, sizeof(formatted), text, arguments);
    va_end(arguments);
    memcpy(message, formatted, sizeof(message));
}

void ridge_error_prefix(const char *text, ...)
{
    char prefix[512];
    va_list arguments;
    va_start(arguments, text);
    vsnprintf(prefix, sizeof(prefix), text, arguments);
    va_end(arguments);
    ridge_error_set("%s: %s", prefix, message);
}

void ridge_set_log(ridge_log_callback callback, void *context, ridge_log_level level)
{
    sink.callback = callback;
    sink.context = context;
    sink.level = level;
}

void ridge_log(ridge_log_level level, const char *format, ...)
{
    if (!sink.callback || level > sink.level)
        return;
    char text[MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    sink.callback(sink.context, level, text);
}
