/* SPDX-License-Identifier: Apache-2.0 */
/* Collects the lines of replies, and counts the replies of a mail. See replies.h. */
#include "replies.h"

#include <string.h>

enum { CODE_LEN = 3, READY = 220, LOGGED_IN = 235, START_MAIL = 354 };

void replies_begin(struct replies *replies, struct reply_offers *offers)
{
    *replies = (struct replies){.offers = offers};
}

void replies_connected(struct replies *replies)
{
    replies->phase = PHASE_SENDER;
    replies->code = 0;
    replies->text_len = 0;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* 0: the line has no code. */
static int code_of(struct gw_text line)
{
    if (line.len < CODE_LEN || !is_digit(line.ptr[0]) || !is_digit(line.ptr[1]) || !is_digit(line.ptr[2]))
        return 0;
    return (line.ptr[0] - '0') * 100 + (line.ptr[1] - '0') * 10 + (line.ptr[2] - '0');
}

static void add_text(struct replies *replies, struct gw_text text)
{
    size_t room = sizeof replies->text - replies->text_len;
    size_t len = text.len < room ? (size_t)text.len : room;

    memcpy(replies->text + replies->text_len, text.ptr, len);
    replies->text_len += len;
    replies->is_cut = replies->is_cut || len < text.len;
}

/* The second and later lines repeat the code. */
static void add_line(struct replies *replies, struct gw_text line, int code)
{
    if (replies->begun_code == 0) {
        replies->begun_code = code;
        replies->text_len = 0;
        replies->is_cut = false;
        add_text(replies, gw_text_span(line.ptr, CODE_LEN));
    }
    if (line.len <= CODE_LEN + 1)
        return;
    add_text(replies, gw_text_of(" "));
    add_text(replies, gw_text_span(line.ptr + CODE_LEN + 1, line.len - CODE_LEN - 1));
}

/* A greeting, or the answer to STARTTLS: what was offered before does not count. */
static void note_offer(struct replies *replies, struct gw_text line, int code)
{
    static const char extension[] = "SMTPUTF8";
    const size_t len = sizeof extension - 1;

    if (code == READY)
        *replies->offers = (struct reply_offers){0};
    if (code == LOGGED_IN)
        replies->offers->logged_in = true;
    if (code == 250 && line.len >= CODE_LEN + 1 + len && memcmp(line.ptr + CODE_LEN + 1, extension, len) == 0)
        replies->offers->utf8 = true;
}

static void end_reply(struct replies *replies)
{
    int code = replies->begun_code;

    replies->code = code;
    replies->begun_code = 0;
    if (replies->phase == PHASE_DATA && code == START_MAIL)
        replies->phase = PHASE_MAIL;
    else if ((replies->phase == PHASE_SENDER || replies->phase == PHASE_RECIPIENT || replies->phase == PHASE_MAIL) &&
             code / 100 == 2)
        replies->phase++;
    else
        return;
    if (replies->phase != PHASE_ACCEPTED)
        replies->code = 0; /* the next command has no answer yet */
}

/* The reply that decides is there; only that to QUIT may follow. */
static bool is_decided(const struct replies *replies)
{
    return replies->phase == PHASE_ACCEPTED || (replies->phase != PHASE_CONNECTION && replies->code >= 400);
}

bool replies_take(struct replies *replies, struct gw_text line)
{
    int code;
    bool is_last;

    replies->bytes += (size_t)line.len;
    if (is_decided(replies))
        return replies->bytes <= REPLIES_LIMIT;
    while (line.len > 0 && (line.ptr[line.len - 1] == '\n' || line.ptr[line.len - 1] == '\r'))
        line.len--;
    code = code_of(line);
    if (code == 0)
        return replies->bytes <= REPLIES_LIMIT;
    is_last = line.len == CODE_LEN || line.ptr[CODE_LEN] != '-';
    if (replies->phase == PHASE_CONNECTION)
        note_offer(replies, line, code);
    add_line(replies, line, code);
    if (is_last)
        end_reply(replies);
    return replies->bytes <= REPLIES_LIMIT;
}

struct gw_text replies_text(const struct replies *replies)
{
    return gw_text_span(replies->text, replies->text_len);
}

bool replies_has_detail(const struct replies *replies, const char *detail)
{
    struct gw_text text = replies_text(replies);
    size_t len = strlen(detail);
    size_t at = CODE_LEN + 1; /* `550 5.2.2 Mailbox full` */

    if (text.len < at + 1 + len || (text.ptr[at] != '4' && text.ptr[at] != '5'))
        return false;
    return memcmp(text.ptr + at + 1, detail, len) == 0 &&
           (text.len == at + 1 + len || !is_digit(text.ptr[at + 1 + len]));
}
