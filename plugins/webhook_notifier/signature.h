/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signature: that of Standard Webhooks 1.0 with a shared secret (`v1`): HMAC-SHA256 over the id, the time of the
 * attempt and the body, joined by dots. No state, any thread.
 */
#ifndef WEBHOOK_NOTIFIER_SIGNATURE_H
#define WEBHOOK_NOTIFIER_SIGNATURE_H

#include <gangway/error.h>
#include <gangway/text.h>

#include <stddef.h>
#include <stdint.h>

enum {
    SIGNING_KEYS_MAX = 2, /* a receiver accepts the old one and the new one while a secret is replaced */
    SIGNING_KEY_MIN = 24, /* the lengths that Standard Webhooks asks for */
    SIGNING_KEY_MAX = 64,
    SIGNATURE_MAX = 48 /* "v1," and 32 bytes in base64, with its NUL byte */
};

struct signing_key {
    uint8_t bytes[SIGNING_KEY_MAX];
    size_t len;
};

/* Reads a secret: base64, behind `whsec_` or not. CONFIG: it is none, or too short or too long; the error does not show
 * it. */
enum gw_status signing_key_read(const char *secret, struct signing_key *ret_key, struct gw_error *reterr);

/* Overwrites the key. */
void signing_key_done(struct signing_key *key);

/* Writes `v1,BASE64` for a message that is sent now. */
void signature_write(const struct signing_key *key, struct gw_text id, int64_t unix_seconds, struct gw_text body,
                     char ret_signature[SIGNATURE_MAX]);

#endif
