/* SPDX-License-Identifier: Apache-2.0 */
/* The rules beyond the option table. See settings.h. */
#include "settings.h"

#include <stdlib.h>
#include <string.h>

enum { RATE_MAX = 100 };

static const char *const schemes[] = {"https", NULL};

static enum gw_status read_url(const char *option, const char *url, struct curl_address *ret_address,
                               struct gw_error *reterr)
{
    struct gw_error error = {0};
    enum gw_status status = curl_address_read(url, schemes, ret_address, &error);

    if (status == GW_OK)
        return GW_OK;
    return gw_error_set(reterr, status == GW_NOMEM ? GW_NOMEM : GW_CONFIG, "%s: %s", option, error.text);
}

/* `N/s`, as a time between two messages. */
static enum gw_status read_rate(const char *rate, int64_t *ret_interval_ms, struct gw_error *reterr)
{
    char *end;
    long number = strtol(rate, &end, 10);

    if (rate[0] < '0' || rate[0] > '9' || number < 1 || number > RATE_MAX || strcmp(end, "/s") != 0)
        return gw_error_set(reterr, GW_CONFIG, "rate: \"%.20s\"; expected 1/s to %d/s", rate, RATE_MAX);
    *ret_interval_ms = 1000 / number;
    return GW_OK;
}

/* It becomes a header. */
static enum gw_status check_token(const char *token, struct gw_error *reterr)
{
    for (; *token != '\0'; token++)
        if (*token <= ' ' || *token > '~')
            return gw_error_set(reterr, GW_CONFIG, "token: contains a blank or a control character");
    return GW_OK;
}

enum gw_status settings_read(const struct slack_config *config, struct curl_address *ret_address,
                             int64_t *ret_interval_ms, struct gw_error *reterr)
{
    enum gw_status status = read_rate(config->rate, ret_interval_ms, reterr);

    if (config->token == NULL && config->webhook == NULL)
        return gw_error_set(reterr, GW_CONFIG, "expected `webhook`, or `token` and `channel`");
    if (status == GW_OK && config->token != NULL)
        status = check_token(config->token, reterr);
    if (status == GW_OK)
        status = config->token != NULL ? read_url("api", config->api, ret_address, reterr)
                                       : read_url("webhook", config->webhook, ret_address, reterr);
    return status;
}

/* ---- lint ------------------------------------------------------------------------------------------------------ */

/* Which options are there is known, whatever their values. */
static enum gw_status lint_choice(const struct slack_config *config, const struct gw_lint *lint)
{
    if (config->webhook == NULL && config->token == NULL)
        return gw_lint_line(lint, GW_CONFIG, "", NULL, "expected `webhook`, or `token` and `channel`");
    if (config->webhook != NULL && config->token != NULL)
        return gw_lint_line(lint, GW_CONFIG, "token", NULL, "`webhook` and `token` exclude each other");
    if (config->token != NULL && config->channel == NULL)
        return gw_lint_line(lint, GW_CONFIG, "token", NULL, "`token` without `channel`");
    if (config->thread != SLACK_THREAD_NONE && config->token == NULL)
        return gw_lint_line(lint, GW_CONFIG, "thread", NULL,
                            "`thread` without `token`: a webhook does not say where its message is");
    if (config->channel != NULL && config->token == NULL)
        return gw_lint_line(lint, GW_CONFIG, "channel", NULL,
                            "`channel` without `token`: a webhook has its own channel");
    return GW_OK;
}

static enum gw_status lint_value(const char *option, enum gw_status status, const struct gw_error *error,
                                 const struct gw_lint *lint)
{
    return status == GW_CONFIG ? gw_lint_line(lint, GW_CONFIG, option, NULL, "%s", error->text) : status;
}

static enum gw_status lint_url(const char *option, const char *url, const struct gw_lint *lint)
{
    struct curl_address address = {0};
    struct gw_error error = {0};
    enum gw_status status = GW_OK;

    if (url != NULL && gw_lint_is_known(lint, option))
        status = read_url(option, url, &address, &error);
    curl_address_done(&address);
    return lint_value(option, status, &error, lint);
}

static enum gw_status lint_token(const struct slack_config *config, const struct gw_lint *lint)
{
    struct gw_error error = {0};
    enum gw_status status = GW_OK;

    if (config->token != NULL && gw_lint_is_known(lint, "token"))
        status = check_token(config->token, &error);
    return lint_value("token", status, &error, lint);
}

static enum gw_status lint_rate(const struct slack_config *config, const struct gw_lint *lint)
{
    struct gw_error error = {0};
    enum gw_status status = GW_OK;
    int64_t interval_ms;

    if (gw_lint_is_known(lint, "rate"))
        status = read_rate(config->rate, &interval_ms, &error);
    return lint_value("rate", status, &error, lint);
}

enum gw_status settings_lint(const struct slack_config *config, const struct gw_lint *lint)
{
    enum gw_status found[] = {
        curl_options_lint(&config->curl, lint), lint_choice(config, lint), lint_url("webhook", config->webhook, lint),
        lint_url("api", config->api, lint),     lint_token(config, lint),  lint_rate(config, lint),
    };
    enum gw_status worst = GW_OK;

    for (size_t i = 0; i < sizeof found / sizeof *found; i++)
        worst = found[i] != GW_OK ? found[i] : worst;
    return worst;
}
