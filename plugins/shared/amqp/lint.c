/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of the options that follow from the file alone. See options.h. */
#include "address.h"
#include "options.h"

static enum gw_status worse(enum gw_status one, enum gw_status other)
{
    return one != GW_OK ? one : other;
}

static enum gw_status lint_url(const struct rabbit_options *options, const struct gw_lint *lint)
{
    struct rabbit_address address;
    struct gw_error error = {0};
    const bool has_files = options->ca != NULL || options->cert != NULL || options->key != NULL;
    bool is_tls;

    if (!gw_lint_is_known(lint, "url"))
        return GW_OK;
    if (rabbit_address_read(options->url, &address, &error) != GW_OK)
        return gw_lint_line(lint, GW_CONFIG, "url", NULL, "url: %s", error.text);
    is_tls = address.is_tls;
    rabbit_address_done(&address);
    if (has_files && !is_tls)
        return gw_lint_line(lint, GW_CONFIG, "url", NULL, "url: ca, cert and key need amqps://");
    return GW_OK;
}

static enum gw_status lint_hosts(const struct rabbit_options *options, const struct gw_lint *lint)
{
    enum gw_status status = GW_OK;

    if (!gw_lint_is_known(lint, "hosts"))
        return GW_OK;
    for (uint64_t index = 0; index < options->hosts.count; index++) {
        struct rabbit_address address;
        struct gw_error error = {0};

        if (rabbit_address_read_host(options->hosts.items[index], false, &address, &error) == GW_OK)
            rabbit_address_done(&address);
        else
            status =
                gw_lint_line(lint, GW_CONFIG, "hosts", NULL, "hosts: %s %s", options->hosts.items[index], error.text);
    }
    return status;
}

static enum gw_status lint_key(const struct rabbit_options *options, const struct gw_lint *lint)
{
    if ((options->cert == NULL) == (options->key == NULL))
        return GW_OK;
    return gw_lint_line(lint, GW_CONFIG, options->cert == NULL ? "key" : "cert", NULL,
                        "cert and key are given together");
}

enum gw_status rabbit_options_lint(const struct rabbit_options *options, const struct gw_lint *lint)
{
    const enum gw_status url = lint_url(options, lint);
    const enum gw_status hosts = lint_hosts(options, lint);

    return worse(worse(url, hosts), lint_key(options, lint));
}
