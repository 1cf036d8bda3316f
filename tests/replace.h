// SPDX-License-Identifier: Apache-2.0
// Text of programs changed on its way to the driver, so that a kernel is wrong in a known way.
#ifndef RIDGE_TESTS_REPLACE_H
#define RIDGE_TESTS_REPLACE_H

#include <stddef.h>

// The text with each `from` made `to`, and a zero behind it; free() it. *length is the text's and
// becomes that of the result, *count grows by the number of places. NULL without memory.
char *replace_text(const char *text, size_t *length, const char *from, const char *to,
                   size_t *count);

#endif
