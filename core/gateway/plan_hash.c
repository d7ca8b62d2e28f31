/* SPDX-License-Identifier: Apache-2.0 */
/* BLAKE2b over both models, each text with its length. The key keeps the hash from telling anything about a secret to
 * those who see it. */
#include "gateway/plan_internal.h"

#include "config/bootstrap_values.h"

#include <sodium.h>

_Static_assert(GW_PLAN_KEY_BYTES == crypto_generichash_KEYBYTES, "a key of the usual length");
_Static_assert(GW_PLAN_HASH_BYTES >= crypto_generichash_BYTES_MIN, "a hash that the library gives");

/* A value that is not set has a length that none has. */
static void hash_text(void *context, struct gw_text text)
{
    crypto_generichash_state *state = context;
    uint64_t len = text.ptr != NULL ? text.len : UINT64_MAX;

    (void)crypto_generichash_update(state, (const unsigned char *)&len, sizeof len);
    if (text.ptr != NULL)
        (void)crypto_generichash_update(state, (const unsigned char *)text.ptr, text.len);
}

enum gw_status gw_plan_hash_make(const uint8_t key[GW_PLAN_KEY_BYTES], struct gw_plan *plan)
{
    crypto_generichash_state state;
    struct gw_bootstrap_visitor visitor = {&state, hash_text};
    uint8_t hash[GW_PLAN_HASH_BYTES];
    enum gw_status status;

    (void)crypto_generichash_init(&state, key, GW_PLAN_KEY_BYTES, sizeof hash);
    status = gw_bootstrap_visit(plan->running, &visitor);
    if (status == GW_OK)
        status = gw_bootstrap_visit(plan->wanted, &visitor);
    (void)crypto_generichash_final(&state, hash, sizeof hash);
    (void)sodium_bin2hex(plan->hash, sizeof plan->hash, hash, sizeof hash);
    sodium_memzero(&state, sizeof state);
    return status;
}
