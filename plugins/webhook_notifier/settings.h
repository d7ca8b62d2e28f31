/* SPDX-License-Identifier: Apache-2.0 */
/* Settings: the options of the plugin, and what lint and open refuse about them. No finding shows a value of a secret
 * option. */
#ifndef WEBHOOK_NOTIFIER_SETTINGS_H
#define WEBHOOK_NOTIFIER_SETTINGS_H

#include "curl/address.h"
#include "curl/options.h"

#include <gangway/lint.h>
#include <gangway/option.h>

#include <stdint.h>

/* The order of the words of `tls`. */
enum webhook_tls { WEBHOOK_TLS_REQUIRED = 0, WEBHOOK_TLS_OFF = 1 };
#define WEBHOOK_TLS "required|off"

enum { HEADERS_MAX = 16, FIELDS_MAX = 8, STATUSES_MAX = 64 };

struct webhook_config {
    struct curl_options curl; /* first member, as CURL_OPTIONS requires */
    const char *url;
    uint32_t tls;
    const char *body;
    struct gw_option_map secret_fields;
    struct gw_option_map headers;
    const char *token;
    const char *user;
    const char *password;
    struct gw_option_list signing_secrets;
    struct gw_option_map statuses;
};

/* For lint: reports everything that is wrong with the options as far as they are known. OK, CONFIG, NOMEM. */
enum gw_status settings_lint(const struct webhook_config *config, const struct gw_lint *lint);

/* For open: the same, when all values are known; the first finding only. OK, CONFIG, NOMEM. */
enum gw_status settings_check(const struct webhook_config *config, struct gw_error *reterr);

/* The URL's parts, which the caller frees with curl_address_done. OK; CONFIG: it is no URL that this plugin posts to;
 * NOMEM. */
enum gw_status settings_address(const struct webhook_config *config, struct curl_address *ret_address,
                                struct gw_error *reterr);

#endif
