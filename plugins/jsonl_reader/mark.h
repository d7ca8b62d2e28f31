/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hashes that distinguish one line from another. Knows nothing of files; no state except the structs, any thread.
 *
 * The mark of a line does not depend on any option, so changing an option never makes a stored position look wrong. It
 * is SipHash for a line up to 1 KiB, which takes some ten nanoseconds, and the beginning of the line's BLAKE2b digest
 * above.
 */
#ifndef JSONL_READER_MARK_H
#define JSONL_READER_MARK_H

#include <gangway/message.h>
#include <gangway/text.h>

#include <sodium.h>

#include <stddef.h>
#include <stdint.h>

enum { MARK_SHORT_MAX = 1024 };

/* BLAKE2b-128 of bytes that arrive in pieces. Aligned as libsodium requires. */
struct digest {
    crypto_generichash_state state;
};

void digest_begin(struct digest *digest);
void digest_add(struct digest *digest, const char *bytes, size_t len);
void digest_end(struct digest *digest, uint8_t ret_bytes[GW_DIGEST_BYTES]);

/* BLAKE2b-128 of bytes that are complete. */
void digest_of(struct gw_text text, uint8_t ret_bytes[GW_DIGEST_BYTES]);

/* The mark of a line without its newline. */
uint64_t mark_of(struct gw_text line);

/* The mark of a line longer than MARK_SHORT_MAX, by its digest. */
uint64_t mark_of_digest(const uint8_t bytes[GW_DIGEST_BYTES]);

#endif
