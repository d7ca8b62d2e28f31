/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of the common options beyond the option table. No finding shows a value, because a proxy may contain a
 * password. */
#include "options.h"

#include "address.h"

static const char *const proxy_schemes[] = {"http", "https", "socks5", "socks5h", NULL};

static enum gw_status lint_certificates(const struct curl_options *options, const struct gw_lint *lint)
{
    if (options->cert != NULL && options->key == NULL)
        return gw_lint_line(lint, GW_CONFIG, "cert", NULL, "`cert` without `key`; expected both or neither");
    if (options->key != NULL && options->cert == NULL)
        return gw_lint_line(lint, GW_CONFIG, "key", NULL, "`key` without `cert`; expected both or neither");
    if (options->key_password != NULL && options->key == NULL)
        return gw_lint_line(lint, GW_CONFIG, "key_password", NULL, "`key_password` without `key`");
    return GW_OK;
}

enum gw_status curl_options_check(const struct curl_options *options, struct gw_error *reterr)
{
    struct curl_address address = {0};
    struct gw_error error = {0};
    enum gw_status status;

    if (options->proxy == NULL)
        return GW_OK;
    status = curl_address_read(options->proxy, proxy_schemes, &address, &error);
    curl_address_done(&address);
    if (status == GW_OK)
        return GW_OK;
    return gw_error_set(reterr, status == GW_NOMEM ? GW_NOMEM : GW_CONFIG, "proxy: %s", error.text);
}

static enum gw_status lint_proxy(const struct curl_options *options, const struct gw_lint *lint)
{
    struct gw_error error = {0};
    enum gw_status status = GW_OK;

    if (gw_lint_is_known(lint, "proxy"))
        status = curl_options_check(options, &error);
    return status == GW_CONFIG ? gw_lint_line(lint, status, "proxy", NULL, "%s", error.text) : status;
}

enum gw_status curl_options_lint(const struct curl_options *options, const struct gw_lint *lint)
{
    enum gw_status certificates = lint_certificates(options, lint);
    enum gw_status proxy = lint_proxy(options, lint);

    return certificates != GW_OK ? certificates : proxy;
}
