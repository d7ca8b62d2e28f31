/* SPDX-License-Identifier: Apache-2.0 */
/* BLAKE2b-128 over the values, each with its length. */
#include "gateway/config_hash.h"

#include "config/bootstrap_values.h"

#include <sodium.h>

enum { HASH_BYTES = (GW_CONFIG_HASH_TEXT - 1) / 2 };

/* A value that is not set has a length that none has. */
void gw_config_hash_text(void *context, struct gw_text text)
{
    uint64_t len = text.ptr != NULL ? text.len : UINT64_MAX;

    (void)crypto_generichash_update(context, (const unsigned char *)&len, sizeof len);
    if (text.ptr != NULL)
        (void)crypto_generichash_update(context, (const unsigned char *)text.ptr, text.len);
}

enum gw_status gw_config_hash(const struct gw_bootstrap *bootstrap, char ret_hash[GW_CONFIG_HASH_TEXT])
{
    crypto_generichash_state state;
    struct gw_bootstrap_visitor visitor = {.context = &state, .text = gw_config_hash_text, .skips_secrets = true};
    uint8_t hash[HASH_BYTES];
    enum gw_status status;

    (void)crypto_generichash_init(&state, NULL, 0, sizeof hash);
    status = gw_bootstrap_visit(bootstrap, &visitor);
    (void)crypto_generichash_final(&state, hash, sizeof hash);
    (void)sodium_bin2hex(ret_hash, GW_CONFIG_HASH_TEXT, hash, sizeof hash);
    return status;
}
