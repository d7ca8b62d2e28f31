/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The id of a notice: its idempotency key. It is a hash of the destination, the recipient and the id of the first
 * event, so every attempt has the same one, two recipients have different ones, and no repository stores it. No state,
 * any thread.
 */
#ifndef GW_RELAY_NOTICE_ID_H
#define GW_RELAY_NOTICE_ID_H

#include "base/arena.h"

#include <gangway/text.h>

enum { GW_NOTICE_ID_CHARS = 32 };

/* In the arena: 32 hexadecimal digits. The texts contain no NUL byte. Empty: no memory. */
struct gw_text gw_notice_id(struct gw_arena *arena, struct gw_text destination, struct gw_text recipient,
                            struct gw_text event_id);

/* The digest of some bytes as 32 hexadecimal digits in the arena. Empty: no memory. */
struct gw_text gw_digest_text(struct gw_arena *arena, struct gw_text bytes);

#endif
