// SPDX-License-Identifier: Apache-2.0
// Text of programs changed on its way to the driver, so that a kernel is wrong in a known way.
#ifndef RIDGE_TESTS_REPLACE_H
#define RIDGE_TESTS_REPLACE_H

#include <stddef.h>

// The text with each `from` made `to`, and a zero behind it; free() it. *length is the text's and
// becomes that of the result, *count grows by the number of places. NULL without memory.
char *replace_text(const char *text, size_t *length, const char *from, const char *to,
                   size_t *count);

// The texts of a program, one, or its declarations and itself, of which the last is changed so.
// texts, sizes: `parts` of them, 1 or 2. Gives what is to be freed when they have been used.
char *replace_last(unsigned parts, const char *texts[2], size_t sizes[2], const char *from,
                   const char *to, size_t *count);

#endif
