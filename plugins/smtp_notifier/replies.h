/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replies: what an SMTP server answers during one transfer, line by line as libcurl passes it on, and which command
 * each reply is for. Knows the protocol's replies (RFC 5321, RFC 2034), no settings and no decision. One thread.
 */
#ifndef SMTP_NOTIFIER_REPLIES_H
#define SMTP_NOTIFIER_REPLIES_H

#include <gangway/text.h>

#include <stdbool.h>
#include <stddef.h>

/* What is answered next. */
enum reply_phase {
    PHASE_CONNECTION, /* greeting, EHLO, STARTTLS, AUTH */
    PHASE_SENDER,     /* MAIL FROM */
    PHASE_RECIPIENT,  /* RCPT TO */
    PHASE_DATA,       /* DATA, before the mail itself */
    PHASE_MAIL,       /* the mail: the server may have it */
    PHASE_ACCEPTED
};

/* REPLIES_LIMIT: of one transfer. A server that sends more is not answering. */
enum { REPLY_TEXT_MAX = 512, REPLIES_LIMIT = 64 * 1024 };

/* What the server said when the connection was made. It outlives a transfer, as the connection does. */
struct reply_offers {
    bool utf8;      /* SMTPUTF8 */
    bool logged_in; /* a login succeeded */
};

struct replies {
    struct reply_offers *offers;
    enum reply_phase phase;
    int code;       /* of the last reply; 0: there was none, or it is not complete */
    int begun_code; /* of the reply whose lines come now; 0: none */
    char text[REPLY_TEXT_MAX];
    size_t text_len; /* of the last reply, with its codes, on one line; may be cut */
    bool is_cut;
    size_t bytes; /* of all replies */
};

/* Before a transfer. */
void replies_begin(struct replies *replies, struct reply_offers *offers);

/* The connection is made, and MAIL is next. */
void replies_connected(struct replies *replies);

/* Takes a line, with its line break. False: the server does not stop. */
bool replies_take(struct replies *replies, struct gw_text line);

/* The last reply. */
struct gw_text replies_text(const struct replies *replies);

/* Whether the last reply has an enhanced status code (RFC 3463) with this subject and detail: `5.2.2` has ".2.2". */
bool replies_has_detail(const struct replies *replies, const char *detail);

#endif
