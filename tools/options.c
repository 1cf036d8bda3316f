// SPDX-License-Identifier: Apache-2.0
// Option tables on top of getopt_long.
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "messages.h"

#define FIRST_CODE 256 // of the long options; above every character
#define MOST_OPTIONS 32

static void print_help(const struct usage *usage)
{
    printf("usage: %s [OPTION]...%s%s\n\n%s\n\n", usage->command, *usage->arguments ? " " : "",
           usage->arguments, usage->help);
    for (const struct option_row *row = usage->options; row && row->name; row++) {
        char left[64];
        snprintf(left, sizeof(left), "--%s%s%s", row->name, row->value ? " " : "",
                 row->value ? row->value : "");
        printf("  %-22s %s\n", left, row->help);
    }
    printf("  %-22s %s\n", "--help", "print this");
}

int options_refuse(const struct usage *usage, const char *text, ...)
{
    char reason[512];
    va_list arguments;
    va_start(arguments, text);
    vsnprintf(reason, sizeof(reason), text, arguments);
    va_end(arguments);
    fail("%s; see %s --help", reason, usage->command);
    return STATUS_USAGE;
}

static bool parse_count(const char *text, size_t *count)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (end == text || *end || strchr(text, '-') || errno || number < 1 || number > SIZE_MAX)
        return false;
    *count = (size_t)number;
    return true;
}

static bool parse_above(const char *text, float *number)
{
    char *end;
    float value = strtof(text, &end);
    if (end == text || *end || !(value > 0) || !isfinite(value))
        return false;
    *number = value;
    return true;
}

static bool take(const struct option_row *row, const char *value)
{
    if (row->kind == OPTION_FLAG)
        *(bool *)row->target = true;
    else if (row->kind == OPTION_TEXT)
        *(const char **)row->target = value;
    else if (row->kind == OPTION_COUNT)
        return parse_count(value, row->target);
    else if (row->kind == OPTION_ABOVE)
        return parse_above(value, row->target);
    else {
        struct text_list *list = row->target;
        const char **items = allocate(list->count + 1, sizeof(*items));
        if (list->count)
            memcpy(items, list->items, list->count * sizeof(*items));
        items[list->count++] = value;
        free(list->items);
        list->items = items;
    }
    return true;
}

static void fill_long_options(const struct usage *usage, struct option *options)
{
    size_t count = 0;
    for (const struct option_row *row = usage->options; row && row->name; row++) {
        options[count] =
            (struct option){row->name, row->kind != OPTION_FLAG, NULL, FIRST_CODE + (int)count};
        count++;
    }
    options[count] = (struct option){"help", no_argument, NULL, 'h'};
}

int options_parse(const struct usage *usage, int argc, char **argv, char ***arguments,
                  size_t *count)
{
    struct option options[MOST_OPTIONS + 2] = {0};
    fill_long_options(usage, options);
    opterr = 0;
    optind = 1;
    for (;;) {
        int code = getopt_long(argc, argv, ":h", options, NULL);
        if (code < 0)
            break;
        if (code == 'h') {
            print_help(usage);
            return STATUS_DONE;
        }
        if (code == ':')
            return options_refuse(usage, "%s needs a value", argv[optind - 1]);
        if (code == '?' && optopt && optopt < FIRST_CODE)
            return options_refuse(usage, "unknown option -%c", optopt);
        if (code == '?')
            return options_refuse(usage, "unknown option %s", argv[optind - 1]);
        const struct option_row *row = &usage->options[code - FIRST_CODE];
        if (!take(row, optarg))
            return options_refuse(
                usage, "--%s: expected a %s, got '%s'", row->name,
                row->kind == OPTION_COUNT ? "whole number from 1" : "number above 0", optarg);
    }
    *arguments = argv + optind;
    *count = (size_t)(argc - optind);
    if (*count < usage->least)
        return options_refuse(usage, "expected %s", usage->arguments);
    if (*count > usage->most)
        return options_refuse(usage, "unexpected argument '%s'", argv[optind + (int)usage->most]);
    return OPTIONS_PARSED;
}
