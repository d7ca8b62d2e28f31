/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mailbox: an address of a mail, with the name that people see. Knows the grammar of addresses (RFC 5321, RFC 6531) and
 * no mail. No state, any thread.
 */
#ifndef SMTP_NOTIFIER_MAILBOX_H
#define SMTP_NOTIFIER_MAILBOX_H

#include <gangway/error.h>
#include <gangway/text.h>

#include <stdbool.h>

/* Of the address, with the NUL that terminates it: 64 bytes before the `@`, 255 behind it. */
enum { MAILBOX_LOCAL_MAX = 64, MAILBOX_DOMAIN_MAX = 255, MAILBOX_ADDRESS_SIZE = 321 };

struct mailbox {
    struct gw_text name;                /* what people see, without quotes; may be empty. Borrows the parsed text */
    char address[MAILBOX_ADDRESS_SIZE]; /* with the domain in ASCII; one `@`, no space, no control character */
    bool needs_utf8;                    /* the server must support SMTPUTF8: the part before the `@` is not ASCII */
};

/* Reads `buyer@example.com`, `Name <buyer@example.com>` or `"Name" <buyer@example.com>`. A domain with other letters
 * than ASCII is converted (IDNA). INVALID: this is no such text; the error says why. NOMEM. */
enum gw_status mailbox_parse(struct gw_text text, struct mailbox *ret_mailbox, struct gw_error *reterr);

/* The domain of the address. */
const char *mailbox_domain(const struct mailbox *mailbox);

/* Whether a text is a dot-atom of ASCII characters, which needs no quotes in a header. */
bool mailbox_is_dot_atom(struct gw_text text);

#endif
