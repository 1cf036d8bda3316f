// SPDX-License-Identifier: Apache-2.0
// Numbers as text with a decimal point, whatever the locale says.
#ifndef RIDGE_BASE_NUMBER_H
#define RIDGE_BASE_NUMBER_H

#include <ridge/base.h>

// The whole text as a number, also nan and inf; false when it is anything else.
bool ridge_number_parse(const char *text, double *number);

// The shortest text that gives the same float again. Returns the length, as snprintf does.
int ridge_number_print(float number, char *text, size_t size);

#endif
