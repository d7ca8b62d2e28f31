/* SPDX-License-Identifier: Apache-2.0 */
/* Eight bytes a step, each folded in by one wide multiplication, as in wyhash. */
#include "base/hash.h"

#include <string.h>

static uint64_t mix(uint64_t state, uint64_t word)
{
    __extension__ unsigned __int128 product =
        (unsigned __int128)(state ^ word ^ UINT64_C(0xa0761d6478bd642f)) * UINT64_C(0xe7037ed1a0b428db);

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

static uint32_t fold(uint64_t state)
{
    return (uint32_t)(state ^ state >> 32);
}

uint32_t gw_hash_bytes(const void *bytes, size_t len)
{
    const unsigned char *ptr = bytes;
    uint64_t state = (uint64_t)len * UINT64_C(0x9e3779b97f4a7c15);
    size_t at;

    if (len < 8)
        return fold(mix(state, load_short(ptr, len)));
    for (at = 0; at + 8 < len; at += 8)
        state = mix(state, load_64(ptr + at));
    return fold(mix(state, load_64(ptr + len - 8))); /* overlaps the word before, unless len is a multiple of 8 */
}

uint32_t gw_hash_with(uint32_t hash, uint64_t number)
{
    return fold(mix(hash, number));
}
