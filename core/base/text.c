/* SPDX-License-Identifier: Apache-2.0 */
/* Properties of text. Text is mostly ASCII, which is examined in steps of eight bytes. No state, any thread.
 */
#include "base/text.h"

#include <stdint.h>
#include <string.h>

enum { EDITS_MAX = 2 };

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

static uint64_t load_64(const char *ptr)
{
    uint64_t word;

    memcpy(&word, ptr, sizeof word);
    return word;
}

static bool is_between(unsigned char byte, unsigned char low, unsigned char high)
{
    return byte >= low && byte <= high;
}

/* Unicode 15, table 3-7, row by row. */
size_t gw_utf8_sequence(const char *ptr, size_t len)
{
    const unsigned char *byte = (const unsigned char *)ptr;
    unsigned char low = 0x80, high = 0xbf;
    size_t size, at;

    if (len == 0)
        return 0;
    if (byte[0] < 0x80)
        return 1;
    size = byte[0] < 0xe0 ? 2 : byte[0] < 0xf0 ? 3 : 4;
    if (!is_between(byte[0], 0xc2, 0xf4) || len < size)
        return 0;
    if (byte[0] == 0xe0)
        low = 0xa0;
    else if (byte[0] == 0xed)
        high = 0x9f;
    else if (byte[0] == 0xf0)
        low = 0x90;
    else if (byte[0] == 0xf4)
        high = 0x8f;
    if (!is_between(byte[1], low, high))
        return 0;
    for (at = 2; at < size; at++)
        if (!is_between(byte[at], 0x80, 0xbf))
            return 0;
    return size;
}

bool gw_utf8_is_valid(const char *ptr, size_t len)
{
    while (len > 0) {
        size_t size;

        if (len >= 8 && (load_64(ptr) & EACH_BYTE(0x80)) == 0)
            size = 8;
        else
            size = gw_utf8_sequence(ptr, len);
        if (size == 0)
            return false;
        ptr += size;
        len -= size;
    }
    return true;
}

/* Whether none of eight bytes is a control character or begins one. */
static bool is_plain_word(uint64_t word)
{
    uint64_t below_space = (word - EACH_BYTE(0x20)) & ~word;
    uint64_t without_del = word ^ EACH_BYTE(0x7f);
    uint64_t del = (without_del - EACH_BYTE(0x01)) & ~without_del;

    return ((word | below_space | del) & EACH_BYTE(0x80)) == 0;
}

static bool is_control(const unsigned char *byte, size_t len)
{
    if (byte[0] < 0x20 || byte[0] == 0x7f)
        return true;
    return byte[0] == 0xc2 && len > 1 && byte[1] < 0xa0;
}

bool gw_utf8_has_control(const char *ptr, size_t len)
{
    while (len > 0) {
        size_t size = len >= 8 && is_plain_word(load_64(ptr)) ? 8 : 1;

        if (size == 1 && is_control((const unsigned char *)ptr, len))
            return true;
        ptr += size;
        len -= size;
    }
    return false;
}

uint32_t gw_utf8_code_point(const char *ptr, size_t size)
{
    static const unsigned char of_first[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t code_point = (unsigned char)ptr[0] & of_first[size];

    for (size_t at = 1; at < size; at++)
        code_point = code_point << 6 | ((unsigned char)ptr[at] & 0x3f);
    return code_point;
}

/* Unicode 15: Default_Ignorable_Code_Point and Bidi_Control, with the separators of lines and paragraphs and the
 * interlinear annotations; in their order. */
bool gw_code_point_is_invisible(uint32_t code_point)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x00ad, 0x00ad},   {0x034f, 0x034f},   {0x061c, 0x061c}, {0x115f, 0x1160}, {0x17b4, 0x17b5},
        {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164},
        {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3},
        {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
    };

    for (size_t at = 0; at < sizeof ranges / sizeof *ranges && code_point >= ranges[at].first; at++)
        if (code_point <= ranges[at].last)
            return true;
    return false;
}

static unsigned char lower(char byte)
{
    unsigned char value = (unsigned char)byte;

    return is_between(value, 'A', 'Z') ? (unsigned char)(value + ('a' - 'A')) : value;
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
