/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a list of names into an error text; core/base finds the nearest name. */
#include "options/hint.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

enum { QUESTION_MAX_BYTES = 200 }; /* reserved at the end of the text for the nearest name */

/* Returns false and writes "..." if the text does not fit below limit. */
__attribute__((format(printf, 4, 5))) static int append(char *text, size_t *used, size_t limit, const char *format, ...)
{
    va_list arguments;
    int written;

    va_start(arguments, format);
    written = vsnprintf(text + *used, limit - *used, format, arguments);
    va_end(arguments);
    if (written < 0 || (size_t)written >= limit - *used) {
        *used += (size_t)snprintf(text + *used, limit - *used + sizeof ", ...", ", ...");
        return 0;
    }
    *used += (size_t)written;
    return 1;
}

const char *gw_hint(char text[GW_HINT_MAX_BYTES], struct gw_text wrong, const char *const *names, size_t count)
{
    const char *nearest = gw_text_nearest(wrong.ptr, (size_t)wrong.len, names, count);
    size_t limit = GW_HINT_MAX_BYTES - QUESTION_MAX_BYTES;
    size_t used = 0;

    if (count == 0) {
        (void)snprintf(text, GW_HINT_MAX_BYTES, "there is none");
        return text;
    }
    (void)append(text, &used, limit, count == 1 ? "expected " : "expected one of ");
    for (size_t i = 0; i < count; i++)
        if (!append(text, &used, limit, "%s%s", i == 0 ? "" : ", ", names[i]))
            break;
    if (nearest != NULL)
        (void)snprintf(text + used, GW_HINT_MAX_BYTES - used, "; did you mean '%.150s'?", nearest);
    return text;
}
