/* SPDX-License-Identifier: Apache-2.0 */
/* Event lines. The reader knows the order of the members, so it compares the text between two values, and parses only
 * values. */
#include <gangway/sdk/event_line.h>
#include <gangway/sdk/json_escape.h>
#include <gangway/sdk/utf8.h>

/* ---- writing */

/* Whether eight bytes at a time are ASCII and no control characters. */
static bool is_plain_word(const char *ptr)
{
    const uint64_t tops = UINT64_C(0x8080808080808080);
    uint64_t word;

    memcpy(&word, ptr, sizeof word);
    return ((word | (word - UINT64_C(0x2020202020202020))) & tops) == 0;
}

static bool has_control(struct gw_text text)
{
    for (uint64_t at = 0; at < text.len; at++)
        if ((unsigned char)text.ptr[at] < 0x20)
            return true;
    return false;
}

/* Whether the text is UTF-8 without control characters of ASCII. */
static bool is_on_one_line(struct gw_text text)
{
    uint64_t plain = 0;
    struct gw_text rest;

    while (text.len - plain >= sizeof(uint64_t) && is_plain_word(text.ptr + plain))
        plain += sizeof(uint64_t);
    rest = gw_text_span(text.ptr + plain, text.len - plain);
    return !has_control(rest) && gw_utf8_valid_len(rest) == rest.len;
}

static bool is_object(struct gw_text text)
{
    return text.len >= 2 && text.ptr[0] == '{' && text.ptr[text.len - 1] == '}' && is_on_one_line(text);
}

static void append_hex(struct gw_buffer *buffer, struct gw_text bytes)
{
    static const char digits[] = "0123456789abcdef";
    char *at = gw_buffer_reserve(buffer, 2 * (size_t)bytes.len);

    if (at == NULL)
        return;
    for (uint64_t i = 0; i < bytes.len; i++) {
        at[2 * i] = digits[(unsigned char)bytes.ptr[i] >> 4];
        at[2 * i + 1] = digits[(unsigned char)bytes.ptr[i] & 0xf];
    }
    gw_buffer_advance(buffer, 2 * (size_t)bytes.len);
}

/* The inside of a JSON string; bytes that are no UTF-8 stay. */
static void append_escaped(struct gw_buffer *buffer, struct gw_text text)
{
    for (uint64_t at = 0; at < text.len && !buffer->has_failed;) {
        size_t plain = gw_json_plain_run(text.ptr + at, (size_t)(text.len - at));
        uint64_t sequence = plain > 0 ? plain : gw_utf8_sequence(text.ptr + at, text.len - at);

        if (plain > 0 || sequence == 0)
            gw_buffer_append(buffer, text.ptr + at, plain > 0 ? plain : 1);
        else
            gw_json_escape_append(buffer, text.ptr + at, (size_t)sequence);
        at += sequence > 0 ? sequence : 1;
    }
}

static void append_member(struct gw_buffer *buffer, const char *name, struct gw_text value)
{
    gw_buffer_append_string(buffer, name);
    append_escaped(buffer, value);
    gw_buffer_append_byte(buffer, '"');
}

static void append_headers(struct gw_buffer *buffer, struct gw_text headers)
{
    if (headers.len == 0)
        return;
    if (gw_utf8_valid_len(headers) == headers.len) {
        append_member(buffer, ",\"headers\":\"", headers);
        return;
    }
    gw_buffer_append_string(buffer, ",\"header_bytes\":\"");
    append_hex(buffer, headers);
    gw_buffer_append_byte(buffer, '"');
}

static void append_payload(struct gw_buffer *buffer, struct gw_text payload)
{
    if (is_object(payload)) {
        gw_buffer_append_string(buffer, ",\"payload\":");
        gw_buffer_append(buffer, payload.ptr, (size_t)payload.len);
        gw_buffer_append_string(buffer, "}\n");
        return;
    }
    gw_buffer_append_string(buffer, ",\"bytes\":\"");
    append_hex(buffer, payload);
    gw_buffer_append_string(buffer, "\"}\n");
}

void gw_event_line_append(struct gw_buffer *buffer, const struct gw_event_line *line)
{
    gw_buffer_append_byte(buffer, '{');
    if (line->product > 0) {
        gw_buffer_append_string(buffer, "\"product\":");
        gw_buffer_append_int(buffer, line->product);
        gw_buffer_append_byte(buffer, ',');
    }
    gw_buffer_append_string(buffer, "\"event\":");
    gw_buffer_append_int(buffer, line->event);
    append_member(buffer, ",\"type\":\"", line->type);
    append_member(buffer, ",\"sku\":\"", line->sku);
    append_member(buffer, ",\"id\":\"", line->id);
    if (line->recipient.len > 0)
        append_member(buffer, ",\"recipient\":\"", line->recipient);
    append_headers(buffer, line->headers);
    append_payload(buffer, line->payload);
}

/* ---- reading */

/* What is left of a line, and where texts with escapes are written: `out` has room for the whole line. */
struct reading {
    const char *at;
    const char *end;
    char *out;
};

static bool take(struct reading *reading, const char *literal)
{
    size_t len = strlen(literal);

    if ((size_t)(reading->end - reading->at) < len || memcmp(reading->at, literal, len) != 0)
        return false;
    reading->at += len;
    return true;
}

static bool take_number(struct reading *reading, int64_t *ret_value)
{
    const char *begin = reading->at;
    int64_t value = 0;

    for (; reading->at < reading->end && *reading->at >= '0' && *reading->at <= '9'; reading->at++)
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, *reading->at - '0', &value))
            return false;
    *ret_value = value;
    return reading->at > begin;
}

static bool digit_of(char byte, uint32_t *ret_digit)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    const char *found = byte != '\0' ? strchr(digits, byte) : NULL;

    if (found == NULL)
        return false;
    *ret_digit = (uint32_t)(found - digits < 16 ? found - digits : found - digits - 6);
    return true;
}

/* So many hexadecimal digits, or nothing. */
static bool take_hex(struct reading *reading, int count, uint32_t *ret_value)
{
    uint32_t digit;

    *ret_value = 0;
    if (reading->end - reading->at < count)
        return false;
    for (int i = 0; i < count; i++) {
        if (!digit_of(reading->at[i], &digit))
            return false;
        *ret_value = *ret_value << 4 | digit;
    }
    reading->at += count;
    return true;
}

static void put_code_point(struct reading *reading, uint32_t code_point)
{
    int following = code_point < 0x80 ? 0 : code_point < 0x800 ? 1 : code_point < 0x10000 ? 2 : 3;
    static const unsigned char leads[] = {0x00, 0xc0, 0xe0, 0xf0};

    *reading->out++ = (char)(leads[following] | code_point >> (6 * following));
    while (following-- > 0)
        *reading->out++ = (char)(0x80 | (code_point >> (6 * following) & 0x3f));
}

/* After "\u". Two escapes may be one character. */
static bool take_unit(struct reading *reading)
{
    uint32_t unit, low;

    if (!take_hex(reading, 4, &unit))
        return false;
    if (unit >= 0xd800 && unit < 0xdc00) {
        if (!take(reading, "\\u") || !take_hex(reading, 4, &low) || low < 0xdc00 || low > 0xdfff)
            return false;
        unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    } else if (unit >= 0xdc00 && unit <= 0xdfff) {
        return false;
    }
    put_code_point(reading, unit);
    return true;
}

/* After a backslash. */
static bool take_escape(struct reading *reading)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    const char *found;

    if (reading->at == reading->end)
        return false;
    if (*reading->at == 'u') {
        reading->at++;
        return take_unit(reading);
    }
    found = *reading->at != '\0' ? strchr(letters, *reading->at) : NULL;
    if (found == NULL)
        return false;
    *reading->out++ = meanings[found - letters];
    reading->at++;
    return true;
}

/* From the first backslash on. */
static bool take_escaped(struct reading *reading, struct gw_text *ret_text)
{
    char *begin = reading->out;

    for (;;) {
        if (reading->at == reading->end)
            return false;
        if (*reading->at == '"')
            break;
        if (*reading->at != '\\')
            *reading->out++ = *reading->at++;
        else if (reading->at++, !take_escape(reading))
            return false;
    }
    reading->at++;
    *ret_text = gw_text_span(begin, (uint64_t)(reading->out - begin));
    return true;
}

/* The rest of a JSON string, with the quote behind it. */
static bool take_string(struct reading *reading, struct gw_text *ret_text)
{
    const char *quote = memchr(reading->at, '"', (size_t)(reading->end - reading->at));

    if (quote == NULL)
        return false;
    if (memchr(reading->at, '\\', (size_t)(quote - reading->at)) != NULL)
        return take_escaped(reading, ret_text);
    *ret_text = gw_text_span(reading->at, (uint64_t)(quote - reading->at));
    reading->at = quote + 1;
    return true;
}

static bool take_bytes(struct reading *reading, struct gw_text *ret_text)
{
    char *begin = reading->out;
    uint32_t byte;

    while (take_hex(reading, 2, &byte))
        *reading->out++ = (char)byte;
    *ret_text = gw_text_span(begin, (uint64_t)(reading->out - begin));
    return take(reading, "\"");
}

/* The first of two members may be left out. Returns what was expected; NULL: it was there. */
static const char *take_counted(struct reading *reading, struct gw_event_line *line)
{
    int64_t product = 0;

    if (!take(reading, "{"))
        return "an object";
    if (take(reading, "\"product\":") &&
        (!take_number(reading, &product) || product < 1 || product > UINT32_MAX || !take(reading, ",")))
        return "a number of a product";
    line->product = (uint32_t)product;
    return take(reading, "\"event\":") && take_number(reading, &line->event) ? NULL : "the number of the event";
}

static const char *take_names(struct reading *reading, struct gw_event_line *line)
{
    if (!take(reading, ",\"type\":\"") || !take_string(reading, &line->type))
        return "the type";
    if (!take(reading, ",\"sku\":\"") || !take_string(reading, &line->sku))
        return "the SKU";
    if (!take(reading, ",\"id\":\"") || !take_string(reading, &line->id))
        return "the id";
    if (take(reading, ",\"recipient\":\"") && !take_string(reading, &line->recipient))
        return "a recipient";
    if (take(reading, ",\"headers\":\"") && !take_string(reading, &line->headers))
        return "headers";
    if (take(reading, ",\"header_bytes\":\"") && !take_bytes(reading, &line->headers))
        return "headers in hexadecimal digits";
    return NULL;
}

static const char *take_payload(struct reading *reading, struct gw_event_line *line)
{
    if (take(reading, ",\"bytes\":\""))
        return take_bytes(reading, &line->payload) && take(reading, "}") && reading->at == reading->end
                   ? NULL
                   : "a payload in hexadecimal digits";
    if (!take(reading, ",\"payload\":") || reading->end - reading->at < 3 || reading->at[0] != '{' ||
        reading->end[-1] != '}' || reading->end[-2] != '}')
        return "the payload";
    line->payload = gw_text_span(reading->at, (uint64_t)(reading->end - reading->at - 1));
    return NULL;
}

static const char *read_members(struct reading *reading, struct gw_event_line *line)
{
    const char *expected = take_counted(reading, line);

    if (expected == NULL)
        expected = take_names(reading, line);
    return expected == NULL ? take_payload(reading, line) : expected;
}

enum gw_status gw_event_line_read(struct gw_text *rest, struct gw_buffer *scratch, struct gw_event_line *ret_line,
                                  struct gw_error *reterr)
{
    const char *feed = rest->len > 0 ? memchr(rest->ptr, '\n', (size_t)rest->len) : NULL;
    uint64_t len = feed != NULL ? (uint64_t)(feed - rest->ptr) : rest->len;
    struct reading reading = {.at = rest->ptr, .end = rest->ptr + len};
    const char *expected;

    if (rest->len == 0)
        return GW_END;
    gw_buffer_reset(scratch);
    reading.out = gw_buffer_reserve(scratch, (size_t)len); /* what was escaped is shorter */
    if (reading.out == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for an event of %llu bytes", (unsigned long long)len);
    *ret_line = (struct gw_event_line){0};
    expected = read_members(&reading, ret_line);
    if (expected != NULL)
        return gw_error_set(reterr, GW_INVALID, "expected %s in byte %llu of the line", expected,
                            (unsigned long long)(reading.at - rest->ptr) + 1);
    len += feed != NULL;
    *rest = gw_text_span(rest->ptr + len, rest->len - len);
    return GW_OK;
}

bool gw_event_lines_skip(struct gw_text *rest, uint32_t count)
{
    for (; count > 0; count--) {
        const char *feed = rest->len > 0 ? memchr(rest->ptr, '\n', (size_t)rest->len) : NULL;
        uint64_t len = feed != NULL ? (uint64_t)(feed - rest->ptr) + 1 : rest->len;

        if (rest->len == 0)
            return false;
        *rest = gw_text_span(rest->ptr + len, rest->len - len);
    }
    return true;
}
