/* SPDX-License-Identifier: Apache-2.0 */
/* BLAKE2b over both models, each text with its length. The key keeps the hash from telling anything about a secret to
 * those who see it. */
#include "gateway/plan_internal.h"

#include "config/bootstrap_values.h"
#include "gateway/config_hash.h"

#include <sodium.h>

_Static_assert(GW_PLAN_KEY_BYTES == crypto_generichash_KEYBYTES, "a key of the usual length");
_Static_assert(GW_PLAN_HASH_BYTES >= crypto_generichash_BYTES_MIN, "a hash that the library gives");

enum gw_status gw_plan_hash_make(const uint8_t key[GW_PLAN_KEY_BYTES], struct gw_plan *plan)
{
    crypto_generichash_state state;
    struct gw_bootstrap_visitor visitor = {.context = &state, .text = gw_config_hash_text};
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
