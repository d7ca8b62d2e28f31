/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8. Text is mostly ASCII, which is examined in steps of eight bytes. */
#include <gangway/sdk/utf8.h>

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

/* Row by row of the table: the range of the second byte excludes overlong forms, surrogates and what is too high. */
uint64_t gw_utf8_sequence(const char *bytes, uint64_t left)
{
    const unsigned char *byte = (const unsigned char *)bytes;
    unsigned char low = 0x80, high = 0xbf;
    uint64_t size, at;

    if (left == 0)
        return 0;
    if (byte[0] < 0x80)
        return 1;
    size = byte[0] < 0xe0 ? 2 : byte[0] < 0xf0 ? 3 : 4;
    if (!is_between(byte[0], 0xc2, 0xf4) || left < size)
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

uint64_t gw_utf8_valid_len(struct gw_text text)
{
    uint64_t at = 0;

    while (at < text.len) {
        uint64_t left = text.len - at;
        uint64_t size = 8;

        if (left < 8 || (load_64(text.ptr + at) & EACH_BYTE(0x80)) != 0)
            size = gw_utf8_sequence(text.ptr + at, left);
        if (size == 0)
            break;
        at += size;
    }
    return at;
}

/* Whether none of eight bytes is a control character or begins one. */
static bool is_plain_word(uint64_t word)
{
    uint64_t below_space = (word - EACH_BYTE(0x20)) & ~word;
    uint64_t without_del = word ^ EACH_BYTE(0x7f);
    uint64_t del = (without_del - EACH_BYTE(0x01)) & ~without_del;

    return ((word | below_space | del) & EACH_BYTE(0x80)) == 0;
}

static bool is_control(const unsigned char *byte, uint64_t len)
{
    if (byte[0] < 0x20 || byte[0] == 0x7f)
        return true;
    return byte[0] == 0xc2 && len > 1 && byte[1] < 0xa0;
}

bool gw_utf8_has_control(const char *bytes, uint64_t len)
{
    while (len > 0) {
        uint64_t size = len >= 8 && is_plain_word(load_64(bytes)) ? 8 : 1;

        if (size == 1 && is_control((const unsigned char *)bytes, len))
            return true;
        bytes += size;
        len -= size;
    }
    return false;
}

uint32_t gw_utf8_code_point(const char *bytes, uint64_t size)
{
    static const unsigned char of_first[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t code_point = (unsigned char)bytes[0] & of_first[size];

    for (uint64_t at = 1; at < size; at++)
        code_point = code_point << 6 | ((unsigned char)bytes[at] & 0x3f);
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
