/* SPDX-License-Identifier: Apache-2.0 */
/* Settings: the options of the plugin, and what lint and open refuse about them. No finding shows a secret. */
#ifndef SLACK_NOTIFIER_SETTINGS_H
#define SLACK_NOTIFIER_SETTINGS_H

#include "curl/address.h"
#include "curl/options.h"

#include <gangway/lint.h>

#include <stdint.h>

struct slack_config {
    struct curl_options curl; /* first member, as CURL_OPTIONS requires */
    const char *webhook;      /* one of these two */
    const char *token;
    const char *channel; /* with token */
    const char *api;
    const char *text;
    const char *title;
    const char *rate;
    uint32_t thread;
};

enum slack_thread { SLACK_THREAD_NONE = 0, SLACK_THREAD_GROUP = 1 };

/* For lint: reports everything that is wrong with the options as far as they are known. OK, CONFIG, NOMEM. */
enum gw_status settings_lint(const struct slack_config *config, const struct gw_lint *lint);

/* For open: the URL that is posted to, taken apart, and the time between two messages. The caller frees the address
 * with curl_address_done. OK; CONFIG: something is wrong that lint could not know; NOMEM. */
enum gw_status settings_read(const struct slack_config *config, struct curl_address *ret_address,
                             int64_t *ret_interval_ms, struct gw_error *reterr);

#endif
