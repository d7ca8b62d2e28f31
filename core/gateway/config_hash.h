/* SPDX-License-Identifier: Apache-2.0 */
/* A hash of a configuration, by which operators see that two gateways run by the same one. Any thread. */
#ifndef GW_GATEWAY_CONFIG_HASH_H
#define GW_GATEWAY_CONFIG_HASH_H

#include "config/bootstrap.h"

#include <gangway/error.h>

enum { GW_CONFIG_HASH_TEXT = 33 };

/* The hash in hexadecimal digits: of everything but secrets, so that it tells nothing about them. It is the same on
 * every machine and in every process. NOMEM. */
enum gw_status gw_config_hash(const struct gw_bootstrap *bootstrap, char ret_hash[GW_CONFIG_HASH_TEXT]);

/* As gw_bootstrap_visitor.text: adds a text to a crypto_generichash_state, so that no two lists of texts are alike. */
void gw_config_hash_text(void *state, struct gw_text text);

#endif
