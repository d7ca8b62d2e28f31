/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks every payload completely with simdjson's On-Demand interface (3.0.1). The only file that includes the library.
 *
 * The library checks tokens, closed strings, raw control characters and UTF-8 of the whole payload, and commas, colons
 * and brackets as the walk passes them. This file checks what the library checks only when a value is read, or
 * differently from json.h: literals, numbers (it refuses 1e400), escapes (it unescapes into a buffer whose allocation
 * it does not check and which the next payload overwrites), duplicate keys, depth. The library never skips a string,
 * because its skipping accepts `["a":1]]`. No exceptions. A reader belongs to one thread at a time.
 */
extern "C" {
#include "base/arena.h"
#include "base/text.h"
}

#include "json/json.h"
#include "json/json_keys.h"
#include "json/json_token.h"

/* The library's own assertions, which allocate without a check: fuzzing enables them. */
#ifndef SIMDJSON_DEVELOPMENT_CHECKS
#define SIMDJSON_DEVELOPMENT_CHECKS 0
#endif
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <new>
#include <utility>

namespace ondemand = simdjson::ondemand;

namespace
{

/* Above the depth that the library counts for a payload within the limit of json.h. */
constexpr size_t library_depth_max = size_t{2} * GW_JSON_MAX_DEPTH;

constexpr size_t library_first_bytes = 4096;

} // namespace

struct gw_json_reader {
    ondemand::parser parser;
    size_t max_bytes;
    kept_array<json_key> keys; /* of the objects that are open, outermost first */
    kept_array<gw_json_member> members;
};

namespace
{

/* The state of reading one payload. */
struct walk {
    gw_json_reader *reader;
    gw_arena *arena;
    gw_text text; /* our copy of the payload; padding follows it */
    ondemand::document document;
    gw_error *reterr;
};

gw_status walk_value(walk &w, ondemand::value value, size_t level, gw_json_member *ret_member);

__attribute__((format(printf, 3, 4))) gw_status refuse(const walk &w, const char *at, const char *format, ...)
{
    char reason[GW_ERROR_TEXT_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    return gw_error_set(w.reterr, GW_INVALID, "byte %zu: %s", static_cast<size_t>(at - w.text.ptr) + 1, reason);
}

gw_status out_of_memory(const walk &w)
{
    return gw_error_set(w.reterr, GW_NOMEM, "out of memory");
}

const char *text_end(gw_text text)
{
    return text.ptr + text.len;
}

bool is_white(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* Moves at back over the white space before it; begin is not white space. */
const char *skip_white_back(const char *at)
{
    while (is_white(at[-1]))
        at--;
    return at;
}

/* The library's position in the payload, or where it failed. */
const char *library_location(walk &w)
{
    const char *at = nullptr;

    return w.document.current_location().get(at) == simdjson::SUCCESS ? at : text_end(w.text);
}

/* Sets the error for what the library refused in a list or object. */
gw_status refuse_structure(walk &w, const char *expected)
{
    const char *at = library_location(w);

    if (at == text_end(w.text))
        return refuse(w, at, "the payload ends before all of its lists and objects are closed");
    return refuse(w, at, "expected %s", expected);
}

/* Unescapes written into the arena; without ret_text, only checks. */
gw_status unescape(const walk &w, gw_text written, gw_text *ret_text)
{
    const char *flaw = nullptr;
    const char *at_fault;
    char *to = nullptr;
    size_t len = 0;

    if (ret_text != nullptr) {
        to = static_cast<char *>(gw_arena_alloc(w.arena, written.len));
        if (to == nullptr)
            return out_of_memory(w);
    }
    at_fault = gw_json_unescape(written, to, &len, &flaw);
    if (at_fault != nullptr)
        return refuse(w, at_fault, "%s", flaw);
    if (ret_text != nullptr)
        *ret_text = gw_text_span(to, len);
    return GW_OK;
}

bool has_escape(gw_text written)
{
    return written.len > 0 && memchr(written.ptr, '\\', written.len) != nullptr;
}

/* A string between its quotes. It is only copied if it has escapes. */
gw_status read_string(const walk &w, gw_text written, gw_text *ret_text)
{
    if (has_escape(written))
        return unescape(w, written, ret_text);
    if (ret_text != nullptr)
        *ret_text = written;
    return GW_OK;
}

/* The key whose opening quote is before at; the library has checked that it is closed. */
gw_text key_span(const char *at)
{
    const char *end = at;

    while (*end != '"')
        end += *end == '\\' ? 2 : 1;
    return gw_text_span(at, static_cast<uint64_t>(end - at));
}

/* Why a token that begins with first is no valid value. */
const char *number_flaw(char first)
{
    if (strchr("+-.0123456789", first) != nullptr && first != '\0')
        return "not a number as JSON writes it, such as 0, -12, 3.5 or 1e9";
    return "expected a value";
}

gw_status read_number(const walk &w, gw_text token, gw_json_member *member)
{
    bool is_whole = false;

    if (!gw_json_is_number(token, &is_whole))
        return refuse(w, token.ptr, "%s", number_flaw(*token.ptr));
    member->kind = GW_JSON_NUMBER;
    if (is_whole && !gw_text_is(token, "-0") &&
        std::from_chars(token.ptr, text_end(token), member->integer).ec == std::errc())
        member->kind = GW_JSON_INTEGER;
    return GW_OK;
}

/* null, true, false or a number. */
gw_status read_scalar(const walk &w, gw_text token, gw_json_member *member)
{
    member->text = token;
    if (gw_text_is(token, "null")) {
        member->kind = GW_JSON_NULL;
        return GW_OK;
    }
    member->boolean = gw_text_is(token, "true") != 0;
    if (member->boolean || gw_text_is(token, "false")) {
        member->kind = GW_JSON_BOOL;
        return GW_OK;
    }
    return read_number(w, token, member);
}

/* How much of a key, as written, an error text shows. */
constexpr size_t excerpt_max_bytes = 60;

/* Removes the keys of the object that was closed. */
gw_status close_keys(walk &w, size_t first)
{
    json_key repeated;

    if (json_keys_are_unique(w.reader->keys, first, repeated))
        return GW_OK;
    return refuse(w, repeated.written.ptr - 1, "the key \"%.*s\" appears twice in its object",
                  static_cast<int>(gw_utf8_cut(repeated.written.ptr, repeated.written.len, excerpt_max_bytes)),
                  repeated.written.ptr);
}

/* Reads one key and its value; keeps members of the outermost object. */
gw_status walk_field(walk &w, ondemand::field &field, size_t level)
{
    gw_json_member member = {};
    json_key key = {{}, key_span(field.key().raw())};
    gw_status status = read_string(w, key.written, &key.name);

    if (status != GW_OK)
        return status;
    member.name = key.name;
    if (!w.reader->keys.push(key))
        return out_of_memory(w);
    status = walk_value(w, field.value(), level, level == 1 ? &member : nullptr);
    if (status == GW_OK && level == 1 && !w.reader->members.push(member))
        return out_of_memory(w);
    return status;
}

gw_status walk_object(walk &w, ondemand::object object, size_t level)
{
    size_t first_key = w.reader->keys.count;

    for (auto result : object) {
        ondemand::field field;
        simdjson::error_code error = std::move(result).get(field);
        gw_status status = error == simdjson::SUCCESS ? walk_field(w, field, level)
                                                      : refuse_structure(w, "\"key\": value, and ',' or '}' behind it");

        if (status != GW_OK)
            return status;
    }
    return close_keys(w, first_key);
}

gw_status walk_array(walk &w, ondemand::array array, size_t level)
{
    for (auto result : array) {
        ondemand::value value;
        simdjson::error_code error = std::move(result).get(value);
        gw_status status = error == simdjson::SUCCESS ? walk_value(w, value, level, nullptr)
                                                      : refuse_structure(w, "a value, and ',' or ']' behind it");

        if (status != GW_OK)
            return status;
    }
    return GW_OK;
}

/* Reads a list or object inside one of the level above. */
gw_status walk_nested(walk &w, ondemand::value value, const char *at, size_t level, gw_json_member *ret_member)
{
    gw_json_kind kind = *at == '{' ? GW_JSON_OBJECT : GW_JSON_ARRAY;
    simdjson::error_code error;
    ondemand::object object;
    ondemand::array array;
    gw_status status;

    if (level > GW_JSON_MAX_DEPTH)
        return refuse(w, at, "lists and objects are nested deeper than %d levels", GW_JSON_MAX_DEPTH);
    error = kind == GW_JSON_OBJECT ? value.get_object().get(object) : value.get_array().get(array);
    if (error != simdjson::SUCCESS)
        return refuse_structure(w, "a list or an object");
    status = kind == GW_JSON_OBJECT ? walk_object(w, object, level) : walk_array(w, array, level);
    if (status == GW_OK && ret_member != nullptr) {
        ret_member->kind = kind;
        ret_member->text = gw_text_span(at, static_cast<uint64_t>(skip_white_back(library_location(w)) - at));
    }
    return status;
}

gw_status walk_string(const walk &w, ondemand::value value, gw_text token, gw_json_member *ret_member)
{
    gw_text written = gw_text_span(token.ptr + 1, token.len - 2);
    ondemand::raw_json_string consumed;

    if (value.get_raw_json_string().get(consumed) != simdjson::SUCCESS)
        return refuse(w, token.ptr, "expected a string");
    if (ret_member == nullptr)
        return read_string(w, written, nullptr);
    ret_member->kind = GW_JSON_STRING;
    return read_string(w, written, &ret_member->text);
}

/* Reads a value in a list or object of level; only checks it if ret_member is NULL. */
gw_status walk_value(walk &w, ondemand::value value, size_t level, gw_json_member *ret_member)
{
    std::string_view raw = value.raw_json_token(); /* up to the next token: with the white space between */
    const char *end = skip_white_back(raw.data() + raw.size());
    gw_text token = gw_text_span(raw.data(), static_cast<uint64_t>(end - raw.data()));
    gw_json_member unread;

    if (*token.ptr == '{' || *token.ptr == '[')
        return walk_nested(w, value, token.ptr, level + 1, ret_member);
    if (*token.ptr == '"')
        return walk_string(w, value, token, ret_member);
    return read_scalar(w, token, ret_member != nullptr ? ret_member : &unread);
}

/* The place of an error for which the library gives none: invalid UTF-8, a raw control character, an open string. */
gw_status refuse_bytes(const walk &w)
{
    const char *end = text_end(w.text);
    const char *opened = nullptr;

    for (const char *at = w.text.ptr; at < end;) {
        size_t len = gw_utf8_sequence(at, static_cast<size_t>(end - at));

        if (len == 0)
            return refuse(w, at, "not UTF-8");
        if (opened != nullptr && static_cast<unsigned char>(*at) < ' ')
            return refuse(w, at, "a control character inside a string; it must be escaped");
        if (*at == '"')
            opened = opened == nullptr ? at : nullptr;
        if (*at == '\\' && end - at > 1 && (at[1] == '\\' || at[1] == '"'))
            len = 2;
        at += len;
    }
    return refuse(w, opened != nullptr ? opened : w.text.ptr, "a string that is not closed");
}

/* Refuses what cannot be an object before the library reads it, for a better error text. */
gw_status check_begin(const walk &w)
{
    const char *end = text_end(w.text);
    const char *at = w.text.ptr;

    while (at < end && is_white(*at))
        at++;
    if (at == end)
        return gw_error_set(w.reterr, GW_INVALID, "the payload is empty; expected a JSON object");
    if (w.text.len >= 3 && memcmp(w.text.ptr, "\xEF\xBB\xBF", 3) == 0)
        return refuse(w, w.text.ptr, "a byte order mark; JSON has none");
    if (*at != '{')
        return refuse(w, at, "expected a JSON object, which begins with '{'");
    return GW_OK;
}

/* Finds the tokens of the payload; does not read the object yet. */
gw_status find_tokens(walk &w)
{
    simdjson::error_code error =
        w.reader->parser.iterate(w.text.ptr, w.text.len, w.text.len + simdjson::SIMDJSON_PADDING).get(w.document);

    if (error == simdjson::SUCCESS)
        return GW_OK;
    return error == simdjson::MEMALLOC ? out_of_memory(w) : refuse_bytes(w);
}

gw_status walk_payload(walk &w)
{
    ondemand::object object;
    simdjson::error_code error;
    gw_status status = check_begin(w);

    if (status == GW_OK)
        status = find_tokens(w);
    if (status != GW_OK)
        return status;
    error = w.document.get_object().get(object);
    if (error != simdjson::SUCCESS)
        return refuse(w, skip_white_back(text_end(w.text)) - 1, "expected the '}' of the payload's object at its end");
    status = walk_object(w, object, 1);
    if (status == GW_OK && library_location(w) != text_end(w.text))
        return refuse(w, library_location(w), "expected nothing behind the object");
    return status;
}

/* On its first use in a process the library allocates a few objects of less than a page in total. If such an allocation
 * fails, the library terminates the process, which no caller can prevent. So check that the heap has room for them. */
bool has_heap_room()
{
    void *reserve = malloc(library_first_bytes);

    free(reserve);
    return reserve != nullptr;
}

/* Copies the payload into the arena, with the padding that the library requires. */
gw_status copy_payload(walk &w, gw_text payload)
{
    char *copy;

    if (payload.len > w.reader->max_bytes)
        return gw_error_set(w.reterr, GW_INVALID, "the payload has %zu bytes, more than the limit of %zu",
                            static_cast<size_t>(payload.len), w.reader->max_bytes);
    copy = static_cast<char *>(gw_arena_alloc(w.arena, payload.len + simdjson::SIMDJSON_PADDING));
    if (copy == nullptr)
        return out_of_memory(w);
    if (payload.len > 0)
        memcpy(copy, payload.ptr, payload.len);
    memset(copy + payload.len, 0, simdjson::SIMDJSON_PADDING);
    w.text = gw_text_span(copy, payload.len);
    return GW_OK;
}

} // namespace

extern "C" gw_json_reader *gw_json_reader_new(size_t max_bytes)
{
    gw_json_reader *reader = has_heap_room() ? new (std::nothrow) gw_json_reader() : nullptr;

    if (reader == nullptr)
        return nullptr;
    reader->max_bytes = max_bytes;
    if (reader->parser.allocate(max_bytes, library_depth_max) == simdjson::SUCCESS)
        return reader;
    gw_json_reader_free(reader);
    return nullptr;
}

extern "C" void gw_json_reader_free(gw_json_reader *reader)
{
    if (reader == nullptr)
        return;
    reader->keys.done();
    reader->members.done();
    delete reader;
}

extern "C" gw_status gw_json_read_object(gw_json_reader *reader, gw_arena *arena, gw_text payload,
                                         gw_json_object *ret_object, gw_error *reterr)
{
    const kept_array<gw_json_member> &members = reader->members;
    walk w = {reader, arena, {}, {}, reterr};
    gw_json_member *copy;
    gw_status status;

    reader->keys.count = 0;
    reader->members.count = 0;
    status = copy_payload(w, payload);
    if (status == GW_OK)
        status = walk_payload(w);
    if (status != GW_OK)
        return status;
    copy = static_cast<gw_json_member *>(gw_arena_alloc(arena, members.count * sizeof *copy));
    if (copy == nullptr)
        return out_of_memory(w);
    std::copy_n(members.items, members.count, copy);
    *ret_object = {copy, members.count};
    return GW_OK;
}

extern "C" const gw_json_member *gw_json_find(const gw_json_object *object, const char *name)
{
    gw_text wanted = gw_text_of(name);

    for (size_t i = 0; i < object->count; i++)
        if (gw_text_equal(object->members[i].name, wanted))
            return &object->members[i];
    return nullptr;
}
