/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A keyed hash for tables in memory. Senders choose the identifiers, so each process draws a random key: nobody outside
 * can choose names that collide. It is never stored or sent, and is no digest: 32 bits collide by chance. Any thread.
 */
#ifndef GW_BASE_HASH_H
#define GW_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint32_t gw_hash_bytes(const void *bytes, size_t len);

/* Combines a hash with a number. */
uint32_t gw_hash_with(uint32_t hash, uint64_t number);

/* Draws another key and thereby invalidates all hashes. Called at the start of the process; afterwards only by tests,
 * on one thread and while no table exists. */
void gw_hash_draw_key(void);

#endif
