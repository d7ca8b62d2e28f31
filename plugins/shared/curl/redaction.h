/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Redaction: the secrets of an instance, which are replaced in every text that people read. A server repeats in its
 * answer what it got: a page "not found" shows the path of the URL, an echo the headers. No state but the struct; the
 * thread of its owner.
 */
#ifndef CURL_REDACTION_H
#define CURL_REDACTION_H

#include <gangway/text.h>

#include <stdbool.h>
#include <stddef.h>

enum {
    REDACTION_SECRETS = 96,
    REDACTION_SHORTEST = 5 /* a shorter text is part of many words, and no secret */
};

struct redaction {
    char *secrets[REDACTION_SECRETS]; /* NUL-terminated, the longest first */
    size_t count;
};

/* Adds a copy of a secret. NULL and texts that are too short are ignored. False: no memory, or no room. */
bool redaction_add(struct redaction *redaction, struct gw_text secret);

/* Adds what is secret in a URL: its login, the segments of its path and the values of its query, as they are written
 * and decoded. Scheme, host and port are not secret. */
bool redaction_add_url(struct redaction *redaction, const char *url);

/* Writes the text with "***" in the place of each secret, on one line and fit for a database: white space becomes one
 * space, control characters and bytes that are not UTF-8 become \xNN. It ends with "..." if it does not fit. is_part:
 * the text is the beginning of a longer one, so its end may be a part of a secret and is left out. */
void redaction_write(const struct redaction *redaction, struct gw_text text, bool is_part, char *ret_line, size_t size);

/* Frees the copies, after overwriting them. */
void redaction_done(struct redaction *redaction);

#endif
