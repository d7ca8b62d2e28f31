/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the headers and the one or two bodies of a mail. See message.h. */
#include "message.h"

#include "encoding.h"

#include <gangway/sdk/calendar.h>
#include <gangway/sdk/utf8.h>

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Neither quoted-printable nor base64 contains `=_`, so no body contains the boundary. */
#define BOUNDARY "=_gangway_alternative"

/* Headers that this file writes, or that a server adds. */
static const char *const reserved[] = {
    "auto-submitted", "bcc",      "cc",         "date",    "from",        "in-reply-to", "message-id",
    "mime-version",   "received", "references", "subject", "return-path", "sender",      "to",
};

static bool has_prefix(const char *name, const char *prefix)
{
    return strncasecmp(name, prefix, strlen(prefix)) == 0;
}

static bool is_reserved(const char *name)
{
    for (size_t index = 0; index < sizeof reserved / sizeof reserved[0]; index++)
        if (strcasecmp(name, reserved[index]) == 0)
            return true;
    return has_prefix(name, "content-") || has_prefix(name, "resent-");
}

/* Its value is an address, in which a whole encoded text would hide that address. */
static bool is_address(const char *name)
{
    return strcasecmp(name, "reply-to") == 0;
}

/* ---- headers --------------------------------------------------------------------------------------------------- */

/* The column behind the name. */
static size_t begin(struct gw_buffer *out, const char *name)
{
    gw_buffer_append_string(out, name);
    gw_buffer_append_string(out, ": ");
    return strlen(name) + 2;
}

static void end(struct gw_buffer *out)
{
    gw_buffer_append_string(out, "\r\n");
}

/* A header of free text. */
static void write_text(struct gw_buffer *out, const char *name, struct gw_text value)
{
    size_t column = begin(out, name);
    struct gw_buffer clean;

    gw_buffer_init(&clean, out->max);
    encoding_clean_line(&clean, value);
    if (clean.has_failed)
        out->has_failed = true;
    else if (encoding_is_plain(gw_buffer_text(&clean)))
        encoding_fold(out, gw_buffer_text(&clean), column);
    else
        encoding_words(out, gw_buffer_text(&clean), column);
    gw_buffer_done(&clean);
    end(out);
}

static void write_quoted(struct gw_buffer *out, struct gw_text name)
{
    gw_buffer_append_byte(out, '"');
    for (uint64_t at = 0; at < name.len; at++) {
        if (name.ptr[at] == '"' || name.ptr[at] == '\\')
            gw_buffer_append_byte(out, '\\');
        gw_buffer_append_byte(out, name.ptr[at]);
    }
    gw_buffer_append_byte(out, '"');
}

/* The address is on a line of its own where both do not fit. */
static void write_mailbox(struct gw_buffer *out, const char *name, const struct mailbox *mailbox)
{
    size_t column = begin(out, name);
    size_t quoted = mailbox->name.len + sizeof "\"\"";
    bool is_plain = encoding_is_plain(mailbox->name) && column + quoted <= ENCODING_LINE_MAX;

    if (mailbox->name.len == 0) {
        gw_buffer_append_string(out, mailbox->address);
    } else if (is_plain) {
        write_quoted(out, mailbox->name);
        if (column + quoted + strlen(mailbox->address) + 2 > ENCODING_LINE_MAX)
            gw_buffer_append_string(out, "\r\n");
        gw_buffer_append_format(out, " <%s>", mailbox->address);
    } else {
        encoding_words(out, mailbox->name, column);
        gw_buffer_append_format(out, "\r\n <%s>", mailbox->address);
    }
    end(out);
}

static void write_date(struct gw_buffer *out, int64_t unix_ms)
{
    static const char *const days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"}; /* from 1970-01-01 */
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t seconds = unix_ms / 1000;
    int64_t day = seconds / 86400;
    int32_t date = gw_date_of_days(day);
    int second = (int)(seconds % 86400);

    if (unix_ms < 0)
        return;
    (void)begin(out, "Date");
    gw_buffer_append_format(out, "%s, %02d %s %04d %02d:%02d:%02d +0000", days[day % 7], date % 100,
                            months[date / 100 % 100 - 1], date / 10000, second / 3600, second / 60 % 60, second % 60);
    end(out);
}

static void write_subject(struct gw_buffer *out, struct gw_text subject)
{
    char cut[MESSAGE_SUBJECT_MAX + sizeof "..."];
    size_t len = 0;

    if (subject.len <= MESSAGE_SUBJECT_MAX) {
        write_text(out, "Subject", subject);
        return;
    }
    while (len < MESSAGE_SUBJECT_MAX) {
        uint64_t size = gw_utf8_sequence(subject.ptr + len, subject.len - len);

        size = size > 0 ? size : 1;
        if (len + size > MESSAGE_SUBJECT_MAX)
            break;
        len += (size_t)size;
    }
    memcpy(cut, subject.ptr, len);
    memcpy(cut + len, "...", 3);
    write_text(out, "Subject", gw_text_span(cut, len + 3));
}

static void write_added(struct gw_buffer *out, const struct gw_option_map *headers)
{
    for (uint64_t index = 0; index < headers->count; index++) {
        const struct gw_option_pair *pair = &headers->items[index];
        struct mailbox mailbox;

        if (is_address(pair->key) && mailbox_parse(gw_text_of(pair->value), &mailbox, NULL) == GW_OK)
            write_mailbox(out, pair->key, &mailbox);
        else
            write_text(out, pair->key, gw_text_of(pair->value));
    }
}

/* ---- bodies ---------------------------------------------------------------------------------------------------- */

static void write_body(struct gw_buffer *out, const char *type, struct gw_text text)
{
    struct gw_buffer clean;
    bool is_base64;

    gw_buffer_init(&clean, out->max);
    encoding_clean_text(&clean, text);
    if (clean.has_failed) {
        out->has_failed = true;
        out->is_too_long = out->is_too_long || clean.is_too_long;
    } else {
        is_base64 = encoding_prefers_base64(gw_buffer_text(&clean));
        gw_buffer_append_format(out, "Content-Type: %s; charset=UTF-8\r\nContent-Transfer-Encoding: %s\r\n\r\n", type,
                                is_base64 ? "base64" : "quoted-printable");
        (is_base64 ? encoding_base64 : encoding_quoted_printable)(out, gw_buffer_text(&clean));
    }
    gw_buffer_done(&clean);
}

/* Readers show the last alternative that they can, so the text comes first. */
static void write_alternatives(struct gw_buffer *out, const struct message *message)
{
    gw_buffer_append_string(out, "Content-Type: multipart/alternative;\r\n boundary=\"" BOUNDARY "\"\r\n\r\n");
    gw_buffer_append_string(out, "--" BOUNDARY "\r\n");
    write_body(out, "text/plain", message->text);
    gw_buffer_append_string(out, "\r\n--" BOUNDARY "\r\n");
    write_body(out, "text/html", message->html);
    gw_buffer_append_string(out, "\r\n--" BOUNDARY "--\r\n");
}

void message_write(const struct message *message, struct gw_buffer *out)
{
    write_date(out, message->unix_ms);
    write_mailbox(out, "From", message->from);
    write_mailbox(out, "To", message->to);
    write_subject(out, message->subject);
    gw_buffer_append_format(out, "Message-ID: <%.*s@%s>\r\n", (int)message->id.len, message->id.ptr,
                            mailbox_domain(message->from));
    gw_buffer_append_string(out, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n");
    write_added(out, message->headers);
    if (message->html.len > 0)
        write_alternatives(out, message);
    else
        write_body(out, "text/plain", message->text);
}

/* ---- lint ------------------------------------------------------------------------------------------------------ */

static bool is_header_name(const char *name)
{
    if (*name == '\0' || strlen(name) > ENCODING_LINE_MAX / 2)
        return false;
    for (; *name != '\0'; name++)
        if (*name <= ' ' || *name > '~' || *name == ':')
            return false;
    return true;
}

static enum gw_status lint_header(const struct gw_option_pair *pair, const struct gw_lint *lint)
{
    struct gw_text value = gw_text_of(pair->value);
    struct gw_error error = {0};
    struct mailbox mailbox;

    if (!is_header_name(pair->key))
        return gw_lint_line(lint, GW_CONFIG, "headers", pair->key,
                            "headers: a name has at most %d letters, digits and hyphens", ENCODING_LINE_MAX / 2);
    if (is_reserved(pair->key))
        return gw_lint_line(lint, GW_CONFIG, "headers", pair->key, "headers: %s cannot be set here", pair->key);
    if (lint->is_known(lint, gw_text_of("headers"), gw_text_of(pair->key)) == 0)
        return GW_OK;
    if (gw_utf8_valid_len(value) != value.len || gw_utf8_has_control(value.ptr, value.len))
        return gw_lint_line(lint, GW_CONFIG, "headers", pair->key,
                            "headers: the value of %s contains a line break or another control character", pair->key);
    if (!is_address(pair->key))
        return GW_OK;
    if (mailbox_parse(value, &mailbox, &error) != GW_OK)
        return gw_lint_line(lint, GW_CONFIG, "headers", pair->key, "headers: %s: %s", pair->key, error.text);
    if (mailbox.needs_utf8) /* which would depend on each server on the way */
        return gw_lint_line(lint, GW_CONFIG, "headers", pair->key, "headers: %s: not ASCII before the @", pair->key);
    return GW_OK;
}

enum gw_status message_lint(const struct gw_option_map *headers, const struct gw_lint *lint)
{
    enum gw_status status = GW_OK;

    for (uint64_t index = 0; index < headers->count; index++)
        if (lint_header(&headers->items[index], lint) != GW_OK)
            status = GW_CONFIG;
    return status;
}
