/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Message: a mail (RFC 5322, MIME) to one recipient. Knows no server. No state, any thread.
 */
#ifndef SMTP_NOTIFIER_MESSAGE_H
#define SMTP_NOTIFIER_MESSAGE_H

#include "mailbox.h"

#include <gangway/error.h>
#include <gangway/lint.h>
#include <gangway/option.h>
#include <gangway/sdk/buffer.h>
#include <gangway/text.h>

#include <stdint.h>

/* A subject above this many bytes is cut at a character and ends with "...". */
enum { MESSAGE_SUBJECT_MAX = 500 };

/* The parts of a mail. Texts may contain any bytes (encoding.h). */
struct message {
    const struct mailbox *from;
    const struct mailbox *to;
    const struct gw_option_map *headers; /* that the operator adds; message_lint has accepted them */
    struct gw_text id;                   /* of Message-ID, before the domain of `from`; a dot-atom */
    struct gw_text subject;
    struct gw_text text;
    struct gw_text html; /* the alternative to the text; empty: none */
    int64_t unix_ms;     /* when the mail is written */
};

/* Appends the mail, with CRLF at the end of each line. Failures are the buffer's (has_failed, is_too_long). */
void message_write(const struct message *message, struct gw_buffer *out);

/* Reports names and values of `headers` that cannot be added. OK, CONFIG. */
enum gw_status message_lint(const struct gw_option_map *headers, const struct gw_lint *lint);

#endif
