/* SPDX-License-Identifier: Apache-2.0 */
/* HMAC-SHA256 by libsodium. See signature.h. */
#include "signature.h"

#include <sodium.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char prefix[] = "whsec_";

static bool decode(const char *text, int variant, struct signing_key *ret_key)
{
    const char *end = NULL;

    return sodium_base642bin(ret_key->bytes, sizeof ret_key->bytes, text, strlen(text), NULL, &ret_key->len, &end,
                             variant) == 0 &&
           *end == '\0' && ret_key->len >= SIGNING_KEY_MIN;
}

enum gw_status signing_key_read(const char *secret, struct signing_key *ret_key, struct gw_error *reterr)
{
    *ret_key = (struct signing_key){0};
    if (strncmp(secret, prefix, sizeof prefix - 1) == 0)
        secret += sizeof prefix - 1;
    if (decode(secret, sodium_base64_VARIANT_ORIGINAL, ret_key) ||
        decode(secret, sodium_base64_VARIANT_ORIGINAL_NO_PADDING, ret_key))
        return GW_OK;
    signing_key_done(ret_key);
    return gw_error_set(reterr, GW_CONFIG, "expected whsec_ and %d to %d bytes in base64", SIGNING_KEY_MIN,
                        SIGNING_KEY_MAX);
}

void signing_key_done(struct signing_key *key)
{
    sodium_memzero(key, sizeof *key);
}

static void add(crypto_auth_hmacsha256_state *state, struct gw_text text)
{
    (void)crypto_auth_hmacsha256_update(state, (const unsigned char *)text.ptr, text.len);
}

void signature_write(const struct signing_key *key, struct gw_text id, int64_t unix_seconds, struct gw_text body,
                     char ret_signature[SIGNATURE_MAX])
{
    unsigned char hash[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    char time[32];

    (void)snprintf(time, sizeof time, ".%lld.", (long long)unix_seconds);
    (void)crypto_auth_hmacsha256_init(&state, key->bytes, key->len);
    add(&state, id);
    add(&state, gw_text_of(time));
    add(&state, body);
    (void)crypto_auth_hmacsha256_final(&state, hash);
    sodium_memzero(&state, sizeof state);
    memcpy(ret_signature, "v1,", 3);
    (void)sodium_bin2base64(ret_signature + 3, SIGNATURE_MAX - 3, hash, sizeof hash, sodium_base64_VARIANT_ORIGINAL);
}
