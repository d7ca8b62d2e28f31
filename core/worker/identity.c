/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes, and how they are written as text. No state. */
#include "worker/identity.h"

#include <sodium.h>
#include <string.h>

bool gw_identity_init(void)
{
    return sodium_init() >= 0;
}

static const char hexadecimal[] = "0123456789abcdef";

static void spell(const uint8_t *bytes, size_t count, char *ret_text)
{
    for (size_t index = 0; index < count; index++) {
        ret_text[2 * index] = hexadecimal[bytes[index] >> 4];
        ret_text[2 * index + 1] = hexadecimal[bytes[index] & 15];
    }
}

void gw_source_tag(struct gw_text source, char ret_tag[GW_SOURCE_TAG_BYTES])
{
    uint8_t hash[GW_SOURCE_TAG_BYTES / 2];

    (void)crypto_generichash(hash, sizeof hash, (const unsigned char *)source.ptr, source.len, NULL, 0);
    spell(hash, sizeof hash, ret_tag);
}

/* Hashes the length of a part before its bytes, so that two different lists of parts never give the same input. */
static void hash_part(crypto_generichash_state *state, struct gw_text part)
{
    (void)crypto_generichash_update(state, (const unsigned char *)&part.len, sizeof part.len);
    (void)crypto_generichash_update(state, (const unsigned char *)part.ptr, part.len);
}

void gw_message_id_hash(struct gw_text entrypoint, bool is_event, struct gw_text scope, struct gw_text id,
                        uint8_t ret_hash[GW_ID_BYTES])
{
    crypto_generichash_state state;

    (void)crypto_generichash_init(&state, NULL, 0, GW_ID_BYTES);
    hash_part(&state, entrypoint);
    hash_part(&state, gw_text_of(is_event ? "event" : "protocol"));
    hash_part(&state, scope);
    hash_part(&state, id);
    (void)crypto_generichash_final(&state, ret_hash, GW_ID_BYTES);
}

void gw_message_content_hash(struct gw_text entrypoint, const struct gw_text *parts, size_t count,
                             const uint8_t body_digest[GW_DIGEST_BYTES], uint8_t ret_hash[GW_ID_BYTES])
{
    crypto_generichash_state state;

    (void)crypto_generichash_init(&state, NULL, 0, GW_ID_BYTES);
    hash_part(&state, entrypoint);
    hash_part(&state, gw_text_of("content"));
    for (size_t index = 0; index < count; index++)
        hash_part(&state, parts[index]);
    (void)crypto_generichash_update(&state, body_digest, GW_DIGEST_BYTES);
    (void)crypto_generichash_final(&state, ret_hash, GW_ID_BYTES);
}

void gw_message_token(uint8_t ret_token[GW_ID_BYTES])
{
    randombytes_buf(ret_token, GW_ID_BYTES);
}

void gw_message_fingerprint(struct gw_text command, const uint8_t body_digest[GW_DIGEST_BYTES],
                            uint8_t ret_fingerprint[GW_DIGEST_BYTES])
{
    crypto_generichash_state state;

    (void)crypto_generichash_init(&state, NULL, 0, GW_DIGEST_BYTES);
    hash_part(&state, command);
    (void)crypto_generichash_update(&state, body_digest, GW_DIGEST_BYTES);
    (void)crypto_generichash_final(&state, ret_fingerprint, GW_DIGEST_BYTES);
}

static size_t spell_number(uint64_t number, unsigned base, char *ret_text)
{
    char reversed[20];
    size_t len = 0;

    do {
        reversed[len++] = hexadecimal[number % base];
        number /= base;
    } while (number > 0);
    for (size_t index = 0; index < len; index++)
        ret_text[index] = reversed[len - 1 - index];
    return len;
}

size_t gw_identity_of_position(const char tag[GW_SOURCE_TAG_BYTES], int64_t offset, uint64_t mark,
                               char ret_text[GW_IDENTITY_MAX])
{
    size_t len = GW_SOURCE_TAG_BYTES;

    memcpy(ret_text, tag, GW_SOURCE_TAG_BYTES);
    ret_text[len++] = '-';
    len += spell_number(mark, 16, ret_text + len);
    ret_text[len++] = '-';
    return len + spell_number((uint64_t)offset, 10, ret_text + len);
}

size_t gw_identity_of_id(const uint8_t id[GW_ID_BYTES], char ret_text[GW_IDENTITY_MAX])
{
    spell(id, GW_ID_BYTES, ret_text);
    return 2 * (size_t)GW_ID_BYTES;
}
