/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Session: the connection to one mail server, and the mails that are sent through it, one at a time and to one
 * recipient each. It connects for the first mail and stays open for the next ones; a connection that the server has
 * closed in the meantime is replaced. One thread, that of the slots.
 */
#ifndef SMTP_NOTIFIER_SESSION_H
#define SMTP_NOTIFIER_SESSION_H

#include "login.h"
#include "mailbox.h"
#include "replies.h"

#include "curl/client.h"

#include <gangway/error.h>
#include <gangway/host.h>
#include <gangway/port/publisher.h>

#include <stdbool.h>

enum { SESSION_NAME_MAX = 300 };

struct session {
    struct curl_client client;
    const char *url;
    bool is_plain; /* no TLS */
    const struct login_options *login;
    struct redaction secrets;    /* of the login */
    struct reply_offers offers;  /* of the open connection */
    char name[SESSION_NAME_MAX]; /* host:port, for people */
};

/* A mail and its addresses, borrowed until session_send returns. */
struct envelope {
    const struct mailbox *from;
    const struct mailbox *to;
    struct gw_text mail;
};

/* Statuses of curl_client_init; INVALID: the URL. */
enum gw_status session_init(struct session *session, const struct gw_host *host, const struct curl_options *options,
                            struct gw_error *reterr);

/* A session that is all zeros is allowed. */
void session_done(struct session *session);

/* Sends the mail. Returns as the slot `send` does. */
enum gw_status session_send(struct session *session, const struct envelope *envelope, int64_t deadline_ms,
                            struct gw_verdict *verdict, struct gw_error *reterr);

/* Connects and logs in without sending anything. OK, TRANSIENT, CONFIG, NOMEM, CANCELLED. */
enum gw_status session_look(struct session *session, int64_t deadline_ms, struct gw_error *reterr);

/* For lint: whether a URL is one of a mail server; INVALID otherwise, NOMEM. */
enum gw_status session_url_check(const char *url, struct gw_error *reterr);

#endif
