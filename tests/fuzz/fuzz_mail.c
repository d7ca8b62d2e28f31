/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mail of smtp_notifier, and what a server answers. Any bytes are a subject, a text and a name: the mail has short
 * lines of ASCII, no line begins with a dot, and there is one body. Any bytes are an address or none, and replies.
 */
#include "fuzz.h"

#include "message.h"
#include "replies.h"

#include <stdbool.h>
#include <string.h>

enum { MAIL_MAX = 16 * 1024 * 1024, LINE_MAX_BYTES = 78 };

static const char *line_end(const char *at, const char *end)
{
    return memchr(at, '\n', (size_t)(end - at));
}

/* With short addresses. */
static void check_lines(struct gw_text mail)
{
    const char *at = mail.ptr;
    const char *end = mail.ptr + mail.len;

    while (at < end) {
        const char *newline = line_end(at, end);

        fuzz_promise(newline != NULL && newline > at && newline[-1] == '\r');
        fuzz_promise(newline - at - 1 <= LINE_MAX_BYTES && *at != '.');
        for (; at < newline - 1; at++)
            fuzz_promise(*at == '\t' || (*at >= ' ' && *at <= '~'));
        at = newline + 1;
    }
}

/* Each header of a mail is there once and in order, and every other line continues one. */
static void check_headers(struct gw_text mail)
{
    static const char *const names[] = {"Date: ", "From: ",       "To: ",        "Subject: ",      "Message-ID: ",
                                        "Auto-",  "MIME-Version", "X-Comment: ", "Content-Type: ", "Content-Transfer"};
    const char *at = mail.ptr;
    const char *end = mail.ptr + mail.len;
    size_t next = 0;

    while (at < end && *at != '\r') {
        if (*at != ' ') {
            fuzz_promise(next < sizeof names / sizeof names[0] && strncmp(at, names[next], strlen(names[next])) == 0);
            next++;
        }
        at = line_end(at, end) + 1;
    }
    fuzz_promise(next == sizeof names / sizeof names[0]);
}

static void check_mail(struct gw_text bytes, const struct gw_option_map *headers)
{
    struct mailbox from = {.address = "shop@example.com"};
    struct mailbox to = {.address = "buyer@example.com", .name = gw_text_of("Buyer")};
    const struct message message = {
        .from = &from, .to = &to, .headers = headers, .id = gw_text_of("id"), .subject = bytes, .text = bytes};
    struct gw_buffer mail;

    gw_buffer_init(&mail, MAIL_MAX);
    message_write(&message, &mail);
    fuzz_promise(!mail.has_failed);
    check_lines(gw_buffer_text(&mail));
    check_headers(gw_buffer_text(&mail));
    gw_buffer_done(&mail);
}

/* An address that is accepted cannot end the command that it is part of. */
static void check_address(struct gw_text bytes)
{
    struct mailbox mailbox;

    if (mailbox_parse(bytes, &mailbox, NULL) != GW_OK)
        return;
    fuzz_promise(strchr(mailbox.address, '@') == strrchr(mailbox.address, '@') && mailbox_domain(&mailbox)[0] != '\0');
    fuzz_promise(strpbrk(mailbox.address, " <>\"\t\r\n,;:()[]\\") == NULL);
}

static void check_replies(struct gw_text bytes)
{
    struct reply_offers offers = {0};
    struct replies replies;
    bool is_connected = false;
    bool is_within = true;

    replies_begin(&replies, &offers);
    while (bytes.len > 0 && is_within) {
        const char *newline = memchr(bytes.ptr, '\n', (size_t)bytes.len);
        uint64_t len = newline != NULL ? (uint64_t)(newline + 1 - bytes.ptr) : bytes.len;

        is_within = replies_take(&replies, gw_text_span(bytes.ptr, len));
        fuzz_promise(replies.code >= 0 && replies.code <= 999 && replies_text(&replies).len <= REPLY_TEXT_MAX);
        fuzz_promise(is_connected || replies.phase == PHASE_CONNECTION);
        (void)replies_has_detail(&replies, ".2.2");
        if (!is_connected && replies.code == 250) {
            replies_connected(&replies);
            is_connected = true;
        }
        bytes.ptr += len;
        bytes.len -= len;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct gw_text text = gw_text_span((const char *)bytes, len);
    char *comment = strndup((const char *)bytes, len < 200 ? len : 200);
    const struct gw_option_pair pair = {"X-Comment", comment};
    const struct gw_option_map headers = {&pair, 1};

    fuzz_promise(comment != NULL);
    check_mail(text, &headers);
    check_address(text);
    check_replies(text);
    free(comment);
    return 0;
}
