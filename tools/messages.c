// SPDX-License-Identifier: Apache-2.0
// Messages on stderr that do not get mixed up with a progress line that stands there.
#include "messages.h"

#include <errno.h>
#include <ridge/base.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *program_name = "ridge";
static bool line_stands; // a progress line is on the terminal

void set_program_name(const char *name)
{
    program_name = name;
}

void end_progress(void)
{
    if (line_stands)
        fputs("\r\033[K", stderr);
    line_stands = false;
}

void say(const char *text, ...)
{
    va_list arguments;
    va_start(arguments, text);
    end_progress();
    vfprintf(stderr, text, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

int fail(const char *text, ...)
{
    va_list arguments;
    va_start(arguments, text);
    end_progress();
    fprintf(stderr, "%s: ", program_name);
    vfprintf(stderr, text, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return STATUS_FAILED;
}

int fail_library(void)
{
    return fail("%s", ridge_error());
}

bool progress_is_shown(void)
{
    return isatty(STDERR_FILENO);
}

void say_progress(const char *text, ...)
{
    if (!progress_is_shown())
        return;
    va_list arguments;
    va_start(arguments, text);
    fputs("\r\033[K", stderr);
    vfprintf(stderr, text, arguments);
    fflush(stderr);
    line_stands = true;
    va_end(arguments);
}

static void log_message(void *context, ridge_log_level level, const char *message)
{
    (void)context;
    if (level == RIDGE_LOG_WARNING)
        fail("warning: %s", message);
    else
        say("%s", message);
}

void show_log(bool verbose)
{
    ridge_set_log(log_message, NULL, verbose ? RIDGE_LOG_DEBUG : RIDGE_LOG_WARNING);
}

bool output_is_complete(void)
{
    errno = 0;
    bool failed = fflush(stdout) != 0 || ferror(stdout);
    if (failed)
        fail("cannot write to standard output: %s", errno ? strerror(errno) : "it was closed");
    return !failed;
}

static void *checked(void *memory)
{
    if (!memory) {
        fail("out of memory");
        exit(STATUS_FAILED);
    }
    return memory;
}

void *allocate(size_t count, size_t size)
{
    return checked(calloc(count ? count : 1, size));
}

char *duplicate(const char *text)
{
    return checked(strdup(text));
}

char *print_text(const char *text, ...)
{
    va_list arguments;
    va_start(arguments, text);
    char *printed = NULL;
    if (vasprintf(&printed, text, arguments) < 0)
        printed = NULL;
    va_end(arguments);
    return checked(printed);
}

double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
