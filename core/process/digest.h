/* SPDX-License-Identifier: Apache-2.0 */
/* The digest with which the core compares contents: BLAKE2b-128 of libsodium, without a key. No state, any thread. */
#ifndef GW_PROCESS_DIGEST_H
#define GW_PROCESS_DIGEST_H

#include <gangway/message.h>

#include <stdint.h>

void gw_digest(struct gw_text bytes, uint8_t ret_digest[GW_DIGEST_BYTES]);

#endif
