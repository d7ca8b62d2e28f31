/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes of lines. See mark.h. */
#include "mark.h"

void digest_begin(struct digest *digest)
{
    (void)crypto_generichash_init(&digest->state, NULL, 0, GW_DIGEST_BYTES);
}

void digest_add(struct digest *digest, const char *bytes, size_t len)
{
    (void)crypto_generichash_update(&digest->state, (const unsigned char *)bytes, len);
}

void digest_end(struct digest *digest, uint8_t ret_bytes[GW_DIGEST_BYTES])
{
    (void)crypto_generichash_final(&digest->state, ret_bytes, GW_DIGEST_BYTES);
}

void digest_of(struct gw_text text, uint8_t ret_bytes[GW_DIGEST_BYTES])
{
    (void)crypto_generichash(ret_bytes, GW_DIGEST_BYTES, (const unsigned char *)text.ptr, text.len, NULL, 0);
}

/* The same number on every machine, because one machine may store a position and another read it. */
static uint64_t little_endian(const uint8_t bytes[8])
{
    uint64_t number = 0;
    int index;

    for (index = 7; index >= 0; index--)
        number = number << 8 | bytes[index];
    return number;
}

uint64_t mark_of_digest(const uint8_t bytes[GW_DIGEST_BYTES])
{
    return little_endian(bytes);
}

uint64_t mark_of(struct gw_text line)
{
    /* not secret: a mark detects replaced files, and does not protect from people who can write them */
    static const unsigned char key[crypto_shorthash_KEYBYTES] = "gangway jsonl v";
    uint8_t bytes[GW_DIGEST_BYTES];

    if (line.len <= MARK_SHORT_MAX)
        (void)crypto_shorthash(bytes, (const unsigned char *)line.ptr, line.len, key);
    else
        digest_of(line, bytes);
    return little_endian(bytes);
}
