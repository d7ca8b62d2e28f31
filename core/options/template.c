/* SPDX-License-Identifier: Apache-2.0 */
/* Parses, checks and renders a template. No state, any thread. */
#include "options/template.h"

#include "base/json_escape.h"
#include "base/percent.h"
#include "options/hint.h"

struct parser {
    struct gw_arena *arena;
    struct gw_text text;
    uint64_t at;
    struct gw_template_piece *pieces;
    size_t count;
    struct gw_error *reterr;
};

/* The upper limit of a text's pieces: each begins or ends at a brace, plus one. */
static size_t count_pieces(struct gw_text text)
{
    size_t count = 1;

    for (uint64_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '{' || text.ptr[i] == '}')
            count++;
    return count;
}

/* The number of characters, not bytes, for people. */
static unsigned character_number(struct gw_text text, uint64_t at)
{
    unsigned number = 1;

    for (uint64_t i = 0; i < at; i++)
        if (((unsigned char)text.ptr[i] & 0xC0) != 0x80)
            number++;
    return number;
}

static void parser_add(struct parser *parser, uint64_t start, uint64_t end, bool is_field)
{
    if (end > start)
        parser->pieces[parser->count++] =
            (struct gw_template_piece){gw_text_span(parser->text.ptr + start, end - start), is_field};
}

static bool is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '_';
}

/* Reads the placeholder whose brace is at parser->at. */
static enum gw_status parse_place(struct parser *parser)
{
    uint64_t start = parser->at + 1;
    uint64_t end = start;

    while (end < parser->text.len && is_name_byte(parser->text.ptr[end]))
        end++;
    if (end == start || end == parser->text.len || parser->text.ptr[end] != '}')
        return gw_error_set(parser->reterr, GW_INVALID,
                            "'{' at character %u begins no place; expected {field}, or {{ for a brace",
                            character_number(parser->text, parser->at));
    parser_add(parser, start, end, true);
    parser->at = end + 1;
    return GW_OK;
}

/* Reads a doubled brace as a literal one, or a single one as the start of a placeholder. */
static enum gw_status parse_brace(struct parser *parser)
{
    char brace = parser->text.ptr[parser->at];

    if (parser->at + 1 < parser->text.len && parser->text.ptr[parser->at + 1] == brace) {
        parser_add(parser, parser->at, parser->at + 1, false);
        parser->at += 2;
        return GW_OK;
    }
    if (brace == '{')
        return parse_place(parser);
    return gw_error_set(parser->reterr, GW_INVALID, "'}' at character %u closes nothing; expected }} for a brace",
                        character_number(parser->text, parser->at));
}

static void parse_literal(struct parser *parser)
{
    uint64_t start = parser->at;

    while (parser->at < parser->text.len && parser->text.ptr[parser->at] != '{' && parser->text.ptr[parser->at] != '}')
        parser->at++;
    parser_add(parser, start, parser->at, false);
}

enum gw_status gw_template_parse(struct gw_arena *arena, struct gw_text text, struct gw_template *ret_template,
                                 struct gw_error *reterr)
{
    struct parser parser = {.arena = arena, .text = text, .reterr = reterr};
    enum gw_status status = GW_OK;

    if (text.len > GW_TEMPLATE_MAX_BYTES)
        return gw_error_set(reterr, GW_INVALID, "is longer than %d bytes, which is the limit", GW_TEMPLATE_MAX_BYTES);
    parser.pieces = gw_arena_alloc(arena, count_pieces(text) * sizeof *parser.pieces);
    if (parser.pieces == NULL)
        return gw_error_set(reterr, GW_NOMEM, "out of memory");
    while (status == GW_OK && parser.at < text.len) {
        parse_literal(&parser);
        if (parser.at < text.len)
            status = parse_brace(&parser);
    }
    if (status == GW_OK)
        *ret_template = (struct gw_template){parser.pieces, parser.count};
    return status;
}

static bool is_one_of(struct gw_text name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (gw_text_is(name, names[i]))
            return true;
    return false;
}

enum gw_status gw_template_check(const struct gw_template *parsed, const char *const *fields, size_t field_count,
                                 struct gw_error *reterr)
{
    char hint[GW_HINT_MAX_BYTES];

    for (size_t i = 0; i < parsed->count; i++) {
        struct gw_text name = parsed->pieces[i].text;

        if (parsed->pieces[i].is_field && !is_one_of(name, fields, field_count))
            return gw_error_set(reterr, GW_INVALID, "unknown field '%.*s'; %s", name.len > 60 ? 60 : (int)name.len,
                                name.ptr, gw_hint(hint, name, fields, field_count));
    }
    return GW_OK;
}

/* Slack's three characters: https://api.slack.com/reference/surfaces/formatting#escaping; HTML has two more, for
 * attributes in quotes. */
static const char *entity_of(char byte, enum gw_escape escape)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return escape == GW_ESCAPE_HTML ? "&quot;" : NULL;
    case '\'':
        return escape == GW_ESCAPE_HTML ? "&#39;" : NULL;
    default:
        return NULL;
    }
}

static void append_entities(struct gw_buffer *buffer, enum gw_escape escape, struct gw_text value)
{
    for (uint64_t i = 0; i < value.len; i++) {
        const char *entity = entity_of(value.ptr[i], escape);

        if (entity != NULL)
            gw_buffer_append_string(buffer, entity);
        else
            gw_buffer_append_byte(buffer, value.ptr[i]);
    }
}

/* RFC 5322, section 2.2, and RFC 9110, section 5.5: a value with a line break would be read as two headers. */
static void append_header(struct gw_buffer *buffer, struct gw_text value)
{
    for (uint64_t i = 0; i < value.len; i++) {
        char byte = value.ptr[i];

        gw_buffer_append_byte(buffer, (char)(byte == '\r' || byte == '\n' || byte == '\0' ? ' ' : byte));
    }
}

static void append_url(struct gw_buffer *buffer, struct gw_text value)
{
    char encoded[GW_PERCENT_MAX];

    for (uint64_t i = 0; i < value.len; i++)
        gw_buffer_append(buffer, encoded, gw_percent_encode(value.ptr[i], encoded));
}

static void append_value(struct gw_buffer *buffer, enum gw_escape escape, struct gw_text value)
{
    switch (escape) {
    case GW_ESCAPE_NONE:
        gw_buffer_append(buffer, value.ptr, (size_t)value.len);
        break;
    case GW_ESCAPE_JSON:
        gw_json_escape_append(buffer, value.ptr, (size_t)value.len);
        break;
    case GW_ESCAPE_SLACK:
    case GW_ESCAPE_HTML:
        append_entities(buffer, escape, value);
        break;
    case GW_ESCAPE_HEADER:
        append_header(buffer, value);
        break;
    case GW_ESCAPE_URL:
        append_url(buffer, value);
        break;
    case GW_ESCAPE_TERMINAL:
        gw_buffer_append_terminal(buffer, value.ptr, (size_t)value.len);
        break;
    }
}

enum gw_status gw_template_render(const struct gw_template *parsed, enum gw_escape escape,
                                  gw_template_lookup_fn *lookup, void *context, struct gw_buffer *buffer,
                                  struct gw_error *reterr)
{
    for (size_t i = 0; i < parsed->count; i++) {
        struct gw_text text = parsed->pieces[i].text;
        struct gw_text value = {NULL, 0};

        if (!parsed->pieces[i].is_field)
            gw_buffer_append(buffer, text.ptr, (size_t)text.len);
        else if (lookup(context, text, &value))
            append_value(buffer, escape, value);
        else
            return gw_error_set(reterr, GW_NOT_FOUND, "the event has no field '%.*s'",
                                text.len > 60 ? 60 : (int)text.len, text.ptr);
    }
    if (buffer->has_failed && buffer->is_too_long)
        return gw_error_set(reterr, GW_INVALID, "the text is longer than %zu bytes", buffer->max);
    return buffer->has_failed ? gw_error_set(reterr, GW_NOMEM, "out of memory") : GW_OK;
}
