/* SPDX-License-Identifier: Apache-2.0 */
/* A hash of a run of bytes, for tables in memory: not kept, not sent, no defence against an attacker. Any thread. */
#ifndef GW_BASE_HASH_H
#define GW_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint32_t gw_hash_bytes(const void *bytes, size_t len);

/* The hash of what `hash` is the hash of, together with a number. */
uint32_t gw_hash_with(uint32_t hash, uint64_t number);

#endif
