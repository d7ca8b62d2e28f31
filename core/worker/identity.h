/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What makes a message the same message: from its position or its id to what the inbox keeps and to what the ids of
 * its events derive from. BLAKE2b of libsodium. Any thread.
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

/* Prepares the library; once, before threads start. False: the system has no randomness to give. */
bool gw_identity_init(void);

/* A digest of a source's name, 16 hexadecimal digits, no NUL byte. Operators choose the names, not senders. */
void gw_source_tag(struct gw_text source, char ret_tag[GW_SOURCE_TAG_BYTES]);

/* What the inbox keeps of a message id: a hash of the entrypoint, whose id it is (a CloudEvent's, or the protocol's),
 * the scope and the id. */
void gw_message_id_hash(struct gw_text entrypoint, bool is_event, struct gw_text scope, struct gw_text id,
                        uint8_t ret_hash[GW_ID_BYTES]);

/* A token for a message without identity: by chance, never seen before. */
void gw_message_token(uint8_t ret_token[GW_ID_BYTES]);

/* What the inbox keeps beside a message id: a hash of the command's name and of the digest of the whole body
 * (process/digest.h). */
void gw_message_fingerprint(struct gw_text command, const uint8_t body_digest[GW_DIGEST_BYTES],
                            uint8_t ret_fingerprint[GW_DIGEST_BYTES]);

/*
 * The identity of the message at a position: `tag-mark-offset`, the source's tag, the mark in hexadecimal and the
 * offset in decimal. That of an id: 32 hexadecimal digits. Returns its length; no NUL byte. No two positions share one,
 * whatever mark (a Kafka producer chooses its timestamps) and offset a sender brings about. The mark is part of it
 * because a topic that was created again, or a file that was replaced, has other messages at the same offsets.
 */
size_t gw_identity_of_position(const char tag[GW_SOURCE_TAG_BYTES], int64_t offset, uint64_t mark,
                               char ret_text[GW_IDENTITY_MAX]);
size_t gw_identity_of_id(const uint8_t id[GW_ID_BYTES], char ret_text[GW_IDENTITY_MAX]);

#endif
