/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keyed hashes of bytes for the tables of this repository. Senders choose the identifiers, so each instance draws a
 * random key: nobody outside can choose names that collide, or references that make a tree deep. No state.
 */
#ifndef MEMORY_HASH_H
#define MEMORY_HASH_H

#include <gangway/text.h>

#include <stdint.h>
#include <string.h>
#include <sys/random.h>

struct hash_key {
    uint64_t words[4];
};

/* Draws a random key. It fails only on a kernel without randomness, on which the gateway does not start either. */
static inline struct hash_key hash_key_draw(void)
{
    static const struct hash_key fixed = {{UINT64_C(0xa0761d6478bd642f), UINT64_C(0xe7037ed1a0b428db),
                                           UINT64_C(0x8ebc6af09c88c6e3), UINT64_C(0x589965cc75374cc3)}};
    struct hash_key key;

    return getentropy(&key, sizeof key) == 0 ? key : fixed;
}

/* Folds the two halves of the product of a and b. Each bit of the result depends on every bit of both. */
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

/* At most eight bytes as one word, without calling memcpy for a variable length. */
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

static inline uint64_t hash_step(const struct hash_key *key, uint64_t hash, uint64_t first, uint64_t second)
{
    return hash_mix(first ^ key->words[1], second ^ hash);
}

/* Sixteen bytes per step. The last step overlaps the one before, unless the length is a multiple of sixteen. */
static inline uint64_t hash_text(const struct hash_key *key, struct gw_text text)
{
    const char *end = text.ptr + text.len;
    uint64_t hash = text.len ^ key->words[0];

    if (text.len <= 8)
        return hash_step(key, hash, hash_tail(text.ptr, text.len), 0);
    for (; end - text.ptr > 16; text.ptr += 16)
        hash = hash_step(key, hash, hash_word(text.ptr), hash_word(text.ptr + 8));
    return hash_step(key, hash, hash_word(text.len < 16 ? text.ptr : end - 16), hash_word(end - 8));
}

/* One hash of two values that are already hashed or well distributed. */
static inline uint64_t hash_join(const struct hash_key *key, uint64_t a, uint64_t b)
{
    return hash_mix(a ^ key->words[2], b ^ key->words[3]);
}

#endif
