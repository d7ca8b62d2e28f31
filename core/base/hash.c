/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sixteen bytes per step: two words, each XORed with a word of the key, are multiplied, and the halves of the product
 * are folded. Without the key nobody can compute which products are equal, or which word makes a product zero.
 */
#include "base/hash.h"

#include <string.h>
#include <sys/random.h>

enum { STEP = 16 };

/* Digits of pi until the random key is drawn, which happens before main. */
static uint64_t key[4] = {UINT64_C(0x243f6a8885a308d3), UINT64_C(0x13198a2e03707344), UINT64_C(0xa4093822299f31d0),
                          UINT64_C(0x082efa98ec4e6c89)};

/* Fails only on a kernel without randomness, where libsodium does not start either; the key is then the digits of pi.
 */
void gw_hash_draw_key(void)
{
    uint64_t drawn[4];

    if (getentropy(drawn, sizeof drawn) == 0)
        memcpy(key, drawn, sizeof key);
}

__attribute__((constructor)) static void draw_key_at_start(void)
{
    gw_hash_draw_key();
}

static uint64_t mix(uint64_t a, uint64_t b)
{
    __extension__ unsigned __int128 product = (unsigned __int128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t load_64(const unsigned char *ptr)
{
    uint64_t word;

    memcpy(&word, ptr, sizeof word);
    return word;
}

static uint64_t load_32(const unsigned char *ptr)
{
    uint32_t word;

    memcpy(&word, ptr, sizeof word);
    return word;
}

/* Fewer than eight bytes as one word. */
static uint64_t load_short(const unsigned char *ptr, size_t len)
{
    if (len >= 4)
        return load_32(ptr) | load_32(ptr + len - 4) << 32;
    if (len > 0)
        return (uint64_t)ptr[0] | (uint64_t)ptr[len / 2] << 8 | (uint64_t)ptr[len - 1] << 16;
    return 0;
}

static uint64_t step(uint64_t state, uint64_t first, uint64_t second)
{
    return mix(first ^ key[1], second ^ state);
}

/* A hash of 32 bits of which each depends on all of state. */
static uint32_t finish(uint64_t state)
{
    return (uint32_t)mix(state ^ key[2], key[3] | 1);
}

/* The last step overlaps the previous one unless len is a multiple of the step. */
uint32_t gw_hash_bytes(const void *bytes, size_t len)
{
    const unsigned char *ptr = bytes;
    uint64_t state = key[0] ^ (uint64_t)len;

    if (len < 8)
        return finish(step(state, load_short(ptr, len), 0));
    for (size_t at = 0; at + STEP < len; at += STEP)
        state = step(state, load_64(ptr + at), load_64(ptr + at + 8));
    return finish(step(state, load_64(len < STEP ? ptr : ptr + len - STEP), load_64(ptr + len - 8)));
}

uint32_t gw_hash_with(uint32_t hash, uint64_t number)
{
    return finish(step(key[0], number, hash));
}
