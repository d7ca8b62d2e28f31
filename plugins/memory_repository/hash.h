/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes of bytes for the tables of this repository: fast, well spread, not secret. No state. */
#ifndef MEMORY_HASH_H
#define MEMORY_HASH_H

#include <gangway/text.h>

#include <stdint.h>
#include <string.h>

/* The two halves of the product of a and b, folded: each bit of the result depends on every bit of both. */
static inline uint64_t hash_mix(uint64_t a, uint64_t b)
{
    __extension__ unsigned __int128 product = (unsigned __int128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t hash_word(const char *ptr)
{
    uint64_t word;

    memcpy(&word, ptr, sizeof word);
    return word;
}

/* At most eight bytes as one word, without a call of memcpy for an unknown length. */
static inline uint64_t hash_tail(const char *ptr, uint64_t len)
{
    uint32_t low, high;

    if (len >= sizeof low) {
        memcpy(&low, ptr, sizeof low);
        memcpy(&high, ptr + len - sizeof high, sizeof high);
        return (uint64_t)high << 32 | low;
    }
    if (len == 0)
        return 0;
    return (uint64_t)(unsigned char)ptr[0] << 16 | (uint64_t)(unsigned char)ptr[len / 2] << 8 |
           (unsigned char)ptr[len - 1];
}

static inline uint64_t hash_step(uint64_t hash, uint64_t word)
{
    return hash_mix(hash ^ UINT64_C(0xe7037ed1a0b428db), word ^ UINT64_C(0x8ebc6af09c88c6e3));
}

static inline uint64_t hash_text(struct gw_text text)
{
    uint64_t hash = text.len ^ UINT64_C(0xa0761d6478bd642f);
    uint64_t at = 0;

    for (; text.len - at > sizeof(uint64_t); at += sizeof(uint64_t))
        hash = hash_step(hash, hash_word(text.ptr + at));
    return hash_step(hash, hash_tail(text.ptr + at, text.len - at));
}

/* One hash of two values that have been hashed, or are spread already. */
static inline uint64_t hash_join(uint64_t a, uint64_t b)
{
    return hash_mix(a ^ UINT64_C(0x589965cc75374cc3), b ^ UINT64_C(0x1d8e4e27c47d124f));
}

#endif
