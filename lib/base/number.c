// SPDX-License-Identifier: Apache-2.0
// Numbers as text, independent of the program's locale.
#include "base/number.h"

#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __APPLE__
#include <xlocale.h>
#endif

static locale_t neutral;

static void make_neutral(void)
{
    neutral = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static locale_t neutral_locale(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_neutral);
    return neutral;
}

bool ridge_number_parse(const char *text, double *number)
{
    char *end;
    double value = strtod_l(text, &end, neutral_locale());
    if (end == text || *end)
        return false;
    *number = value;
    return true;
}

int ridge_number_print(float number, char *text, size_t size)
{
    locale_t before = uselocale(neutral_locale());
    int length = 0;
    // 9 digits always suffice for a float; fewer are nicer to read.
    for (int digits = 6; digits <= 9; digits++) {
        length = snprintf(text, size, "%.*g", digits, (double)number);
        double again;
        if (ridge_number_parse(text, &again) && (float)again == number)
            break;
    }
    uselocale(before);
    return length;
}
