// SPDX-License-Identifier: Apache-2.0
// What the programs tell people: messages and progress on stderr, so that stdout holds results
// only. Also the few things that every program here needs: an exit status and checked memory.
#ifndef RIDGE_TOOLS_MESSAGES_H
#define RIDGE_TOOLS_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>

enum { STATUS_DONE = 0, STATUS_FAILED = 1, STATUS_USAGE = 2 };

#if defined(__GNUC__)
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#else
#define PRINTF_LIKE(text, first)
#endif

// The name in front of error messages; "ridge" at first. Static text.
void set_program_name(const char *name);

// One line on stderr.
void say(const char *text, ...) PRINTF_LIKE(1, 2);
// One line on stderr behind the program's name. Returns STATUS_FAILED.
int fail(const char *text, ...) PRINTF_LIKE(1, 2);
// What the library last complained of. Returns STATUS_FAILED.
int fail_library(void);

// A line on a terminal that the next one replaces; nothing where stderr is not a terminal.
void say_progress(const char *text, ...) PRINTF_LIKE(1, 2);
void end_progress(void); // removes it, before something goes to stdout
bool progress_is_shown(void);

// The library's warnings, and with `verbose` all it logs, become messages.
void show_log(bool verbose);

// Whether all that was written to stdout has arrived; says what went wrong otherwise.
bool output_is_complete(void);

// Zeroed memory and copies of text; the program ends with a message when there is none left.
void *allocate(size_t count, size_t size);
char *duplicate(const char *text);
char *print_text(const char *text, ...) PRINTF_LIKE(1, 2); // as asprintf

// Seconds of a clock that only goes forward.
double seconds_now(void);

#endif
