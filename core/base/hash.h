/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A keyed hash of a run of bytes, for tables in memory. Identifiers are chosen by strangers, so the key is drawn at
 * random when the process starts: nobody outside can choose names that collide. Not kept, not sent, no digest: 32 bits
 * meet by chance. Any thread.
 */
#ifndef GW_BASE_HASH_H
#define GW_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint32_t gw_hash_bytes(const void *bytes, size_t len);

/* The hash of what `hash` is the hash of, together with a number. */
uint32_t gw_hash_with(uint32_t hash, uint64_t number);

/* Draws another key: every hash from before is worthless then. Called at the process's start; else by tests only, on
 * one thread and with no table alive. */
void gw_hash_draw_key(void);

#endif
