/* SPDX-License-Identifier: Apache-2.0 */
/* The nearest name. No state, any thread. */
#include "base/text.h"

#include <string.h>

enum { EDITS_MAX = 2 };

size_t gw_utf8_cut(const char *ptr, size_t len, size_t max)
{
    if (len <= max)
        return len;
    while (max > 0 && ((unsigned char)ptr[max] & 0xc0) == 0x80)
        max--;
    return max;
}

static unsigned char lower(char byte)
{
    unsigned char value = (unsigned char)byte;

    return value >= 'A' && value <= 'Z' ? (unsigned char)(value + ('a' - 'A')) : value;
}

/* The number of edits between a and b if at most `most`, else most + 1. Equal leading bytes need no edit. At the first
 * difference there are four alternatives, so two edits need at most sixteen comparisons. */
static unsigned edits(const char *a, size_t a_len, const char *b, size_t b_len, unsigned most)
{
    unsigned best = most + 1;
    unsigned way;

    while (a_len > 0 && b_len > 0 && lower(*a) == lower(*b)) {
        a++, a_len--;
        b++, b_len--;
    }
    if (a_len == 0 && b_len == 0)
        return 0;
    if (most == 0)
        return 1;
    if (a_len > 0 && (way = 1 + edits(a + 1, a_len - 1, b, b_len, most - 1)) < best)
        best = way;
    if (b_len > 0 && (way = 1 + edits(a, a_len, b + 1, b_len - 1, most - 1)) < best)
        best = way;
    if (a_len > 0 && b_len > 0 && (way = 1 + edits(a + 1, a_len - 1, b + 1, b_len - 1, most - 1)) < best)
        best = way;
    if (a_len > 1 && b_len > 1 && lower(a[0]) == lower(b[1]) && lower(a[1]) == lower(b[0]) &&
        (way = 1 + edits(a + 2, a_len - 2, b + 2, b_len - 2, most - 1)) < best)
        best = way;
    return best;
}

const char *gw_text_nearest(const char *name, size_t len, const char *const *names, size_t count)
{
    const char *nearest = NULL;
    unsigned fewest = EDITS_MAX + 1;
    size_t i;

    for (i = 0; i < count && fewest > 0; i++) {
        unsigned distance = edits(name, len, names[i], strlen(names[i]), fewest - 1);

        if (distance < fewest && 2 * (size_t)distance < len) {
            fewest = distance;
            nearest = names[i];
        }
    }
    return nearest;
}
