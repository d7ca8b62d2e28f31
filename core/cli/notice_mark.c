/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the places for the mark. A JSON document is valid already, so a scan for quotes finds its strings. */
#include "cli/notice_mark.h"

#include "config/notice_text.h"

#include <gangway/scope.h>

#include <string.h>

static const char mark[] = "[TEST] ";

static const char *const headlines[] = {"title", "subject"};
static const char *const members[] = {"title",   "subject", "summary", "text",
                                      "content", "message", "body",    "description"};

static bool is_one_of(struct gw_text name, const char *const *names, size_t count)
{
    for (size_t index = 0; index < count; index++)
        if (gw_text_is(name, names[index]))
            return true;
    return false;
}

/* ---- a JSON document -------------------------------------------------------------------------------------------- */

/* The next string from *at on, without its quotes; *at is behind it then. False: there is none. */
static bool next_string(struct gw_text text, uint64_t *at, struct gw_text *ret_string)
{
    uint64_t begin;

    while (*at < text.len && text.ptr[*at] != '"')
        (*at)++;
    if (*at == text.len)
        return false;
    begin = ++*at;
    while (*at < text.len && text.ptr[*at] != '"')
        *at += text.ptr[*at] == '\\' ? 2 : 1;
    if (*at >= text.len)
        return false;
    *ret_string = gw_text_span(text.ptr + begin, *at - begin);
    (*at)++;
    return true;
}

/* The first byte from at on that is no white space; NUL: there is none. */
static char next_byte(struct gw_text text, uint64_t at)
{
    while (at < text.len && strchr(" \t\r\n", text.ptr[at]) != NULL)
        at++;
    return (char)(at < text.len ? text.ptr[at] : '\0');
}

/* Whether the string that ends at `at` is the name of a member whose value is a string. */
static bool names_string(struct gw_text text, uint64_t at)
{
    const char *colon = memchr(text.ptr + at, ':', (size_t)(text.len - at));

    return next_byte(text, at) == ':' && next_byte(text, (uint64_t)(colon - text.ptr) + 1) == '"';
}

/* Where the mark goes. False: nowhere. */
static bool find_in_document(struct gw_text text, uint64_t *ret_at)
{
    struct gw_text name = gw_text_of(NULL);
    struct gw_text string;
    bool is_found = false;

    for (uint64_t at = 0; next_string(text, &at, &string);) {
        if (next_byte(text, at) == ':') {
            name = names_string(text, at) ? string : gw_text_of(NULL);
            continue;
        }
        if (is_one_of(name, members, gw_array_length(members))) {
            *ret_at = (uint64_t)(string.ptr - text.ptr);
            return true;
        }
        if (!is_found && string.len > 0 && memchr(string.ptr, ' ', (size_t)string.len) != NULL) {
            *ret_at = (uint64_t)(string.ptr - text.ptr);
            is_found = true;
        }
        name = gw_text_of(NULL);
    }
    return is_found;
}

/* ---- a text ----------------------------------------------------------------------------------------------------- */

static enum gw_status insert(struct gw_arena *arena, struct gw_text *text, uint64_t at)
{
    size_t len = sizeof mark - 1;
    char *copy = gw_arena_alloc(arena, (size_t)text->len + len + 1);

    if (copy == NULL)
        return GW_NOMEM;
    memcpy(copy, text->ptr, (size_t)at);
    memcpy(copy + at, mark, len);
    memcpy(copy + at + len, text->ptr + at, (size_t)(text->len - at));
    copy[text->len + len] = '\0';
    *text = gw_text_span(copy, text->len + len);
    return GW_OK;
}

static enum gw_status mark_text(struct gw_arena *arena, const struct gw_notifier_template *template_option,
                                struct gw_text *text, size_t *ret_marked)
{
    uint64_t at = 0;

    if (text->len == 0 || (gw_notice_text_is_document(template_option, *text) && !find_in_document(*text, &at)))
        return GW_OK;
    (*ret_marked)++;
    return insert(arena, text, at);
}

static bool is_headline(const struct gw_notifier_template *template_option)
{
    return is_one_of(gw_text_of(template_option->name), headlines, gw_array_length(headlines));
}

static bool is_for_people(const struct gw_notifier_template *template_option)
{
    return template_option->escape != GW_ESCAPE_URL && template_option->escape != GW_ESCAPE_HEADER;
}

static enum gw_status mark_those(struct gw_arena *arena, const struct gw_component *notifier,
                                 struct gw_rendered *rendered, bool is_wanted(const struct gw_notifier_template *),
                                 size_t *ret_marked)
{
    enum gw_status status = GW_OK;

    for (size_t index = 0; index < notifier->template_count && status == GW_OK; index++)
        if (is_wanted(&notifier->templates[index]))
            status = mark_text(arena, &notifier->templates[index], &rendered[index].text, ret_marked);
    return status;
}

enum gw_status gw_notice_mark(struct gw_arena *arena, const struct gw_component *notifier, struct gw_rendered *rendered,
                              size_t *ret_marked)
{
    size_t marked = 0;
    enum gw_status status = mark_those(arena, notifier, rendered, is_headline, &marked);

    if (status == GW_OK && marked == 0)
        status = mark_those(arena, notifier, rendered, is_for_people, &marked);
    *ret_marked += marked;
    return status;
}
