// SPDX-License-Identifier: Apache-2.0
// Changed texts.
#include "replace.h"

#include <stdlib.h>
#include <string.h>

char *replace_text(const char *text, size_t *length, const char *from, const char *to,
                   size_t *count)
{
    size_t old = strlen(from), new = strlen(to), places = 0;
    const char *end = text + *length, *found;
    for (const char *at = text; (found = memmem(at, (size_t)(end - at), from, old));
         at = found + old)
        places++;
    char *result = malloc(*length + places * new + 1), *out = result;
    if (!result)
        return NULL;
    for (const char *at = text; at < end;) {
        found = memmem(at, (size_t)(end - at), from, old);
        size_t kept = (size_t)((found ? found : end) - at);
        memcpy(out, at, kept);
        memcpy(out + kept, to, found ? new : 0);
        out += kept + (found ? new : 0);
        at += kept + (found ? old : 0);
    }
    *out = 0;
    *length = (size_t)(out - result);
    *count += places;
    return result;
}

char *replace_last(unsigned parts, const char *texts[2], size_t sizes[2], const char *from,
                   const char *to, size_t *count)
{
    char *changed = replace_text(texts[parts - 1], &sizes[parts - 1], from, to, count);
    texts[parts - 1] = changed;
    return changed;
}
