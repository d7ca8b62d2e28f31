/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules beyond the option table. lint and open have the same rules: each is a function that judges one option, and
 * what differs is which options are known and where the finding goes.
 */
#include "settings.h"

#include "sample.h"
#include "signature.h"
#include "status_table.h"

#include <gangway/scope.h>

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* Where findings go: to lint, or the first one to an error. */
struct findings {
    const struct gw_lint *lint; /* NULL: everything is known */
    struct gw_error *reterr;
    enum gw_status status;
};

static bool is_known(const struct findings *findings, const char *option, const char *key)
{
    return findings->lint == NULL || findings->lint->is_known(findings->lint, gw_text_of(option), gw_text_of(key)) != 0;
}

GW_PRINTF(4, 5)
static void report(struct findings *findings, const char *option, const char *key, const char *format, ...)
{
    struct gw_error found = {.status = GW_CONFIG};
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(found.text, sizeof found.text, format, arguments);
    va_end(arguments);
    if (findings->lint != NULL)
        (void)gw_lint_line(findings->lint, GW_CONFIG, option, key, "%s", found.text);
    else if (findings->status == GW_OK)
        (void)gw_error_set(findings->reterr, GW_CONFIG, "%s", found.text);
    findings->status = GW_CONFIG;
}

/* ---- the address ----------------------------------------------------------------------------------------------- */

enum gw_status settings_address(const struct webhook_config *config, struct curl_address *ret_address,
                                struct gw_error *reterr)
{
    static const char *const encrypted[] = {"https", NULL};
    static const char *const plain[] = {"http", NULL};
    struct gw_error error = {0};
    enum gw_status status =
        curl_address_read(config->url, config->tls == WEBHOOK_TLS_OFF ? plain : encrypted, ret_address, &error);

    if (status == GW_NOMEM)
        return gw_error_set(reterr, GW_NOMEM, "%s", error.text);
    if (status == GW_INVALID && config->tls != WEBHOOK_TLS_OFF && ret_address->scheme != NULL &&
        strcmp(ret_address->scheme, "http") == 0)
        return gw_error_set(reterr, GW_CONFIG,
                            "url: is not encrypted; expected https://, or `tls: off` for a server without TLS");
    if (status != GW_OK)
        return gw_error_set(reterr, GW_CONFIG, "url: %s", error.text);
    if (ret_address->has_login)
        return gw_error_set(reterr, GW_CONFIG, "url: contains a login; expected it in `user` and `password`");
    if (ret_address->has_fragment)
        return gw_error_set(reterr, GW_CONFIG, "url: has a part behind `#`, which no server gets");
    return GW_OK;
}

static void judge_url(const struct webhook_config *config, struct findings *findings)
{
    struct curl_address address = {0};
    struct gw_error error = {0};
    enum gw_status status;

    if (!is_known(findings, "url", NULL) || !is_known(findings, "tls", NULL))
        return;
    status = settings_address(config, &address, &error);
    if (status == GW_CONFIG)
        report(findings, "url", NULL, "%s", error.text);
    else if (status != GW_OK)
        findings->status = status;
    curl_address_done(&address);
}

/* ---- login ----------------------------------------------------------------------------------------------------- */

/* RFC 9110, section 5.5: visible characters and spaces; a line break would begin another header. */
static bool is_header_value(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return false;
    return true;
}

static void judge_login(const struct webhook_config *config, struct findings *findings)
{
    if (config->token != NULL && config->user != NULL)
        report(findings, "user", NULL, "`user` and `token` exclude each other");
    if (config->user != NULL && config->password == NULL)
        report(findings, "user", NULL, "`user` without `password`");
    if (config->password != NULL && config->user == NULL)
        report(findings, "password", NULL, "`password` without `user`");
    if (config->user != NULL && is_known(findings, "user", NULL) && strchr(config->user, ':') != NULL)
        report(findings, "user", NULL, "user: contains a colon, which ends the name in a basic login");
    if (config->token != NULL && is_known(findings, "token", NULL) && !is_header_value(config->token))
        report(findings, "token", NULL, "token: contains a control character, such as a line break");
}

/* ---- headers --------------------------------------------------------------------------------------------------- */

/* RFC 9110, section 5.6.2. */
static bool is_token(const char *name)
{
    static const char allowed[] = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    return name[0] != '\0' && name[strspn(name, allowed)] == '\0';
}

/* Headers that this plugin or libcurl writes, or that would change where a request ends. */
static bool is_own(const char *name)
{
    static const char *const own[] = {"connection",        "content-length",    "expect",  "host",
                                      "idempotency-key",   "transfer-encoding", "upgrade", "webhook-id",
                                      "webhook-signature", "webhook-timestamp"};

    for (size_t i = 0; i < gw_array_length(own); i++)
        if (strcasecmp(name, own[i]) == 0)
            return true;
    return false;
}

static void judge_header(const struct webhook_config *config, const struct gw_option_pair *header,
                         struct findings *findings)
{
    bool has_login = config->token != NULL || config->user != NULL;

    if (!is_token(header->key))
        report(findings, "headers", header->key, "headers: \"%.60s\" is no name of a header", header->key);
    else if (is_own(header->key))
        report(findings, "headers", header->key, "headers: \"%s\" is written by the plugin itself", header->key);
    else if (has_login && strcasecmp(header->key, "authorization") == 0)
        report(findings, "headers", header->key, "headers: \"%s\" is written for `token` or `user`", header->key);
    else if (!is_known(findings, "headers", header->key))
        return;
    else if (header->value[0] == '\0')
        report(findings, "headers", header->key, "headers: \"%s\" is empty", header->key);
    else if (!is_header_value(header->value))
        report(findings, "headers", header->key, "headers: \"%s\" contains a control character, such as a line break",
               header->key);
}

/* ---- the body -------------------------------------------------------------------------------------------------- */

static bool is_json(const struct webhook_config *config)
{
    for (uint64_t i = 0; i < config->headers.count; i++)
        if (strcasecmp(config->headers.items[i].key, "content-type") == 0)
            return strcasestr(config->headers.items[i].value, "json") != NULL;
    return true;
}

/* A mistake in the template would make the receiver refuse every notice. A field can be added to an object only. */
static void judge_body(const struct webhook_config *config, struct findings *findings)
{
    const char *body = config->body;
    struct gw_error error = {0};
    enum gw_status status = GW_OK;

    if (body == NULL || !is_known(findings, "body", NULL))
        return;
    if (is_known(findings, "headers", NULL) && is_json(config))
        status = sample_check(body, &error);
    if (status == GW_CONFIG)
        report(findings, "body", NULL, "body: %s", error.text);
    else if (status != GW_OK)
        findings->status = status;
    body += strspn(body, " \t\r\n");
    if (config->secret_fields.count > 0 && (body[0] != '{' || body[1] != '{'))
        report(findings, "body", NULL, "body: must be a JSON object, which begins with {{, for `secret_fields`");
}

static void judge_signing_secret(const char *secret, struct findings *findings)
{
    struct signing_key key;
    struct gw_error error = {0};

    if (signing_key_read(secret, &key, &error) != GW_OK)
        report(findings, "signing_secrets", NULL, "signing_secrets: %s", error.text);
    signing_key_done(&key);
}

static void judge_status(const struct gw_option_pair *pair, struct findings *findings)
{
    struct status_table table;
    struct gw_error error = {0};

    if (!is_known(findings, "statuses", pair->key))
        return;
    status_table_init(&table);
    if (status_table_set(&table, pair->key, pair->value, &error) != GW_OK)
        report(findings, "statuses", pair->key, "statuses: %s", error.text);
}

/* ---- all ------------------------------------------------------------------------------------------------------- */

static void judge(const struct webhook_config *config, struct findings *findings)
{
    judge_url(config, findings);
    judge_login(config, findings);
    judge_body(config, findings);
    for (uint64_t i = 0; i < config->headers.count; i++)
        judge_header(config, &config->headers.items[i], findings);
    for (uint64_t i = 0; i < config->signing_secrets.count && is_known(findings, "signing_secrets", NULL); i++)
        judge_signing_secret(config->signing_secrets.items[i], findings);
    for (uint64_t i = 0; i < config->statuses.count; i++)
        judge_status(&config->statuses.items[i], findings);
}

enum gw_status settings_lint(const struct webhook_config *config, const struct gw_lint *lint)
{
    struct findings findings = {.lint = lint};
    enum gw_status status = curl_options_lint(&config->curl, lint);

    judge(config, &findings);
    return findings.status != GW_OK ? findings.status : status;
}

enum gw_status settings_check(const struct webhook_config *config, struct gw_error *reterr)
{
    struct findings findings = {.reterr = reterr};

    judge(config, &findings);
    return findings.status;
}
