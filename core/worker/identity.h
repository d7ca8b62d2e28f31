/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The identity of a message: derived from its position or its id. The inbox stores it, and the ids of its events derive
 * from it. The hash is BLAKE2b of libsodium. Any thread.
 */
#ifndef GW_WORKER_IDENTITY_H
#define GW_WORKER_IDENTITY_H

#include <gangway/message.h>
#include <gangway/port/repository.h>
#include <gangway/text.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GW_SOURCE_TAG_BYTES = 16, GW_IDENTITY_MAX = 56 };

/* Initialises the library. Call it once, before threads start. False: the system provides no randomness. */
bool gw_identity_init(void);

/* A digest of a source's name: 16 hexadecimal digits without a NUL byte. Operators choose these names, not senders. */
void gw_source_tag(struct gw_text source, char ret_tag[GW_SOURCE_TAG_BYTES]);

/* What the inbox stores of a message id: a hash of the entrypoint, of the kind of id (CloudEvents or protocol), of the
 * scope and of the id. */
void gw_message_id_hash(struct gw_text entrypoint, bool is_event, struct gw_text scope, struct gw_text id,
                        uint8_t ret_hash[GW_ID_BYTES]);

/* The same for a message that is identified by its content: a hash of the entrypoint, of count texts that say where it
 * was sent to, and of the digest of its body. */
void gw_message_content_hash(struct gw_text entrypoint, const struct gw_text *parts, size_t count,
                             const uint8_t body_digest[GW_DIGEST_BYTES], uint8_t ret_hash[GW_ID_BYTES]);

/* A random token for a message without an identity. */
void gw_message_token(uint8_t ret_token[GW_ID_BYTES]);

/* What the inbox keeps beside a message id: a hash of the command's name and of the digest of the whole body
 * (process/digest.h). */
void gw_message_fingerprint(struct gw_text command, const uint8_t body_digest[GW_DIGEST_BYTES],
                            uint8_t ret_fingerprint[GW_DIGEST_BYTES]);

/*
 * The identity of the message at a position: `tag-mark-offset`, with the source's tag, the mark in hexadecimal and the
 * offset in decimal; or the identity of a message id: 32 hexadecimal digits. Returns the length; there is no NUL byte.
 *
 * Two positions never have the same identity, whatever marks and offsets a sender chooses (a Kafka producer chooses its
 * timestamps). The mark is part of it because a recreated topic or a replaced file has other messages at the same
 * offsets.
 */
size_t gw_identity_of_position(const char tag[GW_SOURCE_TAG_BYTES], int64_t offset, uint64_t mark,
                               char ret_text[GW_IDENTITY_MAX]);
size_t gw_identity_of_id(const uint8_t id[GW_ID_BYTES], char ret_text[GW_IDENTITY_MAX]);

#endif
