/* SPDX-License-Identifier: Apache-2.0 */
/* The meaning of SMTP's replies. See outcome.h. */
#include "outcome.h"

enum {
    CLOSING = 421,
    SYSTEM_FULL = 452,
    AUTH_REQUIRED = 530,
    AUTH_TOO_WEAK = 534,
    AUTH_FAILED = 535,
    AUTH_NEEDS_TLS = 538,
    MAILBOX_FULL = 552,
    BAD_PARAMETER = 555
};

static struct outcome destination(enum gw_status status)
{
    return (struct outcome){.status = status, .verdict = GW_OK};
}

static struct outcome notice(enum gw_status verdict)
{
    return (struct outcome){.status = GW_OK, .verdict = verdict};
}

/* 552 is for full mailboxes and for mails that are too long; the enhanced code tells them apart where there is one. A
 * mailbox may be emptied, so a quota is no reason to give up. */
static bool is_quota(const struct replies *replies)
{
    if (replies_has_detail(replies, ".3.4") || replies_has_detail(replies, ".2.3"))
        return false;
    return replies->code == MAILBOX_FULL || replies->code == SYSTEM_FULL || replies_has_detail(replies, ".2.2");
}

static bool is_about_login(int code)
{
    return code == AUTH_REQUIRED || code == AUTH_TOO_WEAK || code == AUTH_FAILED || code == AUTH_NEEDS_TLS;
}

/* The server refuses this client, its login or its encryption (554, 535, 530): an operator has to act. It refuses for
 * now (421, 454): it may take the next attempt. */
static struct outcome of_connection(const struct replies *replies, enum gw_status fallback)
{
    if (replies->code >= 500)
        return destination(GW_CONFIG);
    if (replies->code >= 400)
        return destination(GW_TRANSIENT);
    return destination(fallback);
}

/* The sender is the same for all notices. Only the size, which MAIL announces, and a parameter that an address needs
 * are about one mail. */
static struct outcome of_sender(const struct replies *replies)
{
    if (replies->code < 500 || replies_has_detail(replies, ".2.2"))
        return destination(GW_TRANSIENT);
    if (replies->code == MAILBOX_FULL || replies->code == BAD_PARAMETER || replies_has_detail(replies, ".3.4"))
        return notice(GW_PERMANENT);
    return destination(GW_CONFIG);
}

/* The server refuses this mail. */
static struct outcome of_mail(const struct replies *replies)
{
    if (replies->code == CLOSING)
        return destination(GW_TRANSIENT);
    if (is_about_login(replies->code))
        return destination(GW_CONFIG);
    if (replies->code < 500 || is_quota(replies))
        return notice(GW_TRANSIENT);
    return notice(GW_PERMANENT);
}

/*
 * Without a reply: before the mail was sent, nothing happened, and the destination waits. Afterwards the server may
 * have accepted it. The notice is sent again, with the same Message-ID, and this counts as an attempt, so that a mail
 * that breaks a server is given up one day and does not hold up others.
 */
struct outcome smtp_status(const struct replies *replies, enum gw_status fallback)
{
    if (fallback == GW_CANCELLED || fallback == GW_NOMEM)
        return destination(fallback);
    if (replies->phase == PHASE_CONNECTION)
        return of_connection(replies, fallback);
    if (replies->code < 400)
        return replies->phase == PHASE_MAIL ? notice(GW_TRANSIENT) : destination(GW_TRANSIENT);
    if (replies->phase == PHASE_SENDER)
        return of_sender(replies);
    return of_mail(replies);
}
