/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notifier: posts each notice as JSON to one URL. All slots run on the relay's thread. The client (shared/curl) owns
 * the handles of libcurl; its callbacks run on the same thread, inside of send. A thread of libcurl's own resolves
 * names and knows nothing of this plugin.
 */
#include "request.h"
#include "settings.h"
#include "status_table.h"

#include "curl/client.h"
#include "curl/post.h"

#include <gangway/plugin.h>
#include <gangway/port/notifier.h>
#include <gangway/scope.h>

#include <sodium.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHECK_MS = 5000,
    DOING_MAX = 320,
};

struct webhook {
    const struct gw_host *host;
    const struct webhook_config *config;
    struct curl_client client;
    struct curl_address address;
    struct status_table statuses;
    struct signing signing;
    struct curl_answer answer;
    struct curl_pause pause;
    char doing[DOING_MAX]; /* "posting to HOST:PORT" */
};

static const struct gw_option webhook_options[] = {
    CURL_OPTIONS,
    {.name = "url",
     .help = "Where notices are posted to. Nothing of a notice can change it, and redirects are not followed.",
     .type = GW_OPTION_SECRET,
     .flags = GW_OPTION_REQUIRED | GW_OPTION_IDENTITY,
     .min = 1,
     .max = 4096,
     .offset = offsetof(struct webhook_config, url)},
    {.name = "tls",
     .help = "Whether the URL must begin with https://; `off`: with http://, and what is sent can be read on the "
             "network.",
     .fallback = "required",
     .choices = WEBHOOK_TLS,
     .type = GW_OPTION_CHOICE,
     .offset = offsetof(struct webhook_config, tls)},
    {.name = "body",
     .help =
         "The JSON that is posted; a brace of JSON is written twice. Without it an object with `type`, `timestamp`, "
         "`id`, `count` and `data`.",
     .type = GW_OPTION_TEMPLATE,
     .escape = GW_ESCAPE_JSON,
     .offset = offsetof(struct webhook_config, body)},
    {.name = "secret_fields",
     .help = "Fields that are added to the object of the body, such as a key that the receiver expects there.",
     .type = GW_OPTION_MAP,
     .item_type = GW_OPTION_SECRET,
     .max = FIELDS_MAX,
     .offset = offsetof(struct webhook_config, secret_fields)},
    {.name = "headers",
     .help = "Further headers of each request.",
     .type = GW_OPTION_MAP,
     .item_type = GW_OPTION_SECRET,
     .max = HEADERS_MAX,
     .offset = offsetof(struct webhook_config, headers)},
    {.name = "token",
     .help = "A token for the header `Authorization: Bearer`.",
     .type = GW_OPTION_SECRET,
     .min = 1,
     .max = 8192,
     .offset = offsetof(struct webhook_config, token)},
    {.name = "user",
     .help = "The user of a basic login, with `password`.",
     .type = GW_OPTION_TEXT,
     .min = 1,
     .max = 255,
     .offset = offsetof(struct webhook_config, user)},
    {.name = "password",
     .help = "The password of `user`.",
     .type = GW_OPTION_SECRET,
     .offset = offsetof(struct webhook_config, password)},
    {.name = "signing_secrets",
     .help = "Secrets for a signature by Standard Webhooks, as `whsec_...`; two while a secret is replaced.",
     .type = GW_OPTION_LIST,
     .item_type = GW_OPTION_SECRET,
     .max = SIGNING_KEYS_MAX,
     .offset = offsetof(struct webhook_config, signing_secrets)},
    {.name = "statuses",
     .help = "What a status code (`409`) or a class (`4xx`) means, where it is not the default: `sent`, `again`, "
             "`never` or `operator`.",
     .type = GW_OPTION_MAP,
     .item_type = GW_OPTION_TEXT,
     .max = STATUSES_MAX,
     .offset = offsetof(struct webhook_config, statuses)},
};

/* ---- open, close, check ---------------------------------------------------------------------------------------- */

static void webhook_close(void *opaque)
{
    struct webhook *self = opaque;

    if (self == NULL)
        return;
    curl_client_done(&self->client);
    curl_address_done(&self->address);
    for (size_t i = 0; i < self->signing.count; i++)
        signing_key_done(&self->signing.keys[i]);
    free(self);
}
GW_DEFINE_AUTO(void, webhook_close);

/* The login as it is sent, which an echo would show. */
static bool hide_login(struct redaction *redaction, const struct webhook_config *config)
{
    size_t plain_max = config->user != NULL ? strlen(config->user) + strlen(config->password) + 2 : 0;
    size_t coded_max = sodium_base64_ENCODED_LEN(plain_max, sodium_base64_VARIANT_ORIGINAL);
    char *plain = plain_max > 0 ? malloc(plain_max + coded_max) : NULL;
    bool is_hidden = false;

    if (plain_max == 0)
        return true;
    if (plain == NULL)
        return false;
    (void)snprintf(plain, plain_max, "%s:%s", config->user, config->password);
    (void)sodium_bin2base64(plain + plain_max, coded_max, (const unsigned char *)plain, strlen(plain),
                            sodium_base64_VARIANT_ORIGINAL);
    is_hidden = redaction_add(redaction, gw_text_of(plain + plain_max));
    sodium_memzero(plain, plain_max + coded_max);
    free(plain);
    return is_hidden;
}

static bool hide_values(struct redaction *redaction, const struct gw_option_map *map)
{
    bool is_hidden = true;

    for (uint64_t i = 0; i < map->count && is_hidden; i++)
        is_hidden = redaction_add(redaction, gw_text_of(map->items[i].value));
    return is_hidden;
}

static bool hide_secrets(struct redaction *redaction, const struct webhook_config *config)
{
    bool is_hidden = redaction_add_url(redaction, config->url) && redaction_add(redaction, gw_text_of(config->token)) &&
                     redaction_add(redaction, gw_text_of(config->password)) && hide_login(redaction, config) &&
                     hide_values(redaction, &config->headers) && hide_values(redaction, &config->secret_fields);

    for (uint64_t i = 0; i < config->signing_secrets.count && is_hidden; i++)
        is_hidden = redaction_add(redaction, gw_text_of(config->signing_secrets.items[i]));
    return is_hidden;
}

static enum gw_status read_options(struct webhook *self, struct gw_error *reterr)
{
    const struct webhook_config *config = self->config;
    enum gw_status status = settings_address(config, &self->address, reterr);

    status_table_init(&self->statuses);
    for (uint64_t i = 0; i < config->statuses.count && status == GW_OK; i++)
        status =
            status_table_set(&self->statuses, config->statuses.items[i].key, config->statuses.items[i].value, reterr);
    for (uint64_t i = 0; i < config->signing_secrets.count && status == GW_OK; i++) {
        status = signing_key_read(config->signing_secrets.items[i], &self->signing.keys[i], reterr);
        self->signing.count += status == GW_OK;
    }
    if (status == GW_OK)
        (void)snprintf(self->doing, sizeof self->doing, "posting to %s:%s", self->address.host, self->address.port);
    return status;
}

static enum gw_status webhook_open(const struct gw_host *host, const void *config, void **ret_self,
                                   struct gw_error *reterr)
{
    gw_auto(webhook_close) void *opened = calloc(1, sizeof(struct webhook));
    struct webhook *self = opened;
    enum gw_status status;

    if (self == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a webhook notifier");
    self->host = host;
    self->config = config;
    status = settings_check(self->config, reterr);
    if (status == GW_OK)
        status = read_options(self, reterr);
    if (status == GW_OK)
        status = curl_client_init(&self->client, host, &self->config->curl, self->address.scheme, reterr);
    if (status == GW_OK && !hide_secrets(&self->client.redaction, self->config))
        status = gw_error_set(reterr, GW_NOMEM, "no memory for a webhook notifier");
    if (status == GW_OK)
        *ret_self = gw_take(opened);
    return status;
}

static enum gw_status webhook_lint(const void *config, const struct gw_lint *lint)
{
    return settings_lint(config, lint);
}

/* Connects, and sends no request. */
static enum gw_status webhook_check(void *opaque, const struct gw_report *report)
{
    struct webhook *self = opaque;
    struct gw_error error = {0};
    char subject[DOING_MAX];
    enum gw_status status =
        curl_client_connect(&self->client, self->config->url, self->host->monotonic_ms(self->host) + CHECK_MS, &error);

    (void)snprintf(subject, sizeof subject, "%s:%s", self->address.host, self->address.port);
    curl_client_close(&self->client);
    if (status != GW_OK)
        return gw_report_line(report, status, subject, "%s", error.text);
    return gw_report_line(report, GW_OK, subject, "%s",
                          self->config->tls == WEBHOOK_TLS_OFF
                              ? "accepts connections; NOT ENCRYPTED: what is sent can be read on the network"
                              : "accepts connections, and its certificate is valid");
}

/* ---- send ------------------------------------------------------------------------------------------------------ */

/* A status that needs an operator concerns every notice, so it is the destination's, and no attempt of this one. */
static enum gw_status judge(struct webhook *self, struct gw_verdict *verdict, struct gw_error *reterr)
{
    long code = curl_answer_code(&self->answer);
    enum status_meaning meaning = status_table_meaning(&self->statuses, code);

    curl_post_describe(&self->client, &self->answer, verdict->answer, sizeof verdict->answer);
    if (!curl_pause_is_busy(code))
        self->pause = (struct curl_pause){0};
    switch (meaning) {
    case STATUS_OPERATOR:
        return gw_error_set(reterr, GW_CONFIG, "%s: %s", self->doing, verdict->answer);
    case STATUS_SENT:
        verdict->status = GW_OK;
        return GW_OK;
    case STATUS_NEVER:
        verdict->status = GW_PERMANENT;
        return GW_OK;
    case STATUS_AGAIN:
        verdict->status = GW_TRANSIENT;
        verdict->retry_after_ms =
            curl_pause_ms(&self->pause, &self->answer, curl_pause_is_busy(code), self->host->unix_ms(self->host));
        return GW_OK;
    }
    return GW_OK;
}

static enum gw_status post(struct webhook *self, const struct request *request, struct gw_verdict *verdict,
                           int64_t deadline_ms, struct gw_error *reterr)
{
    const struct webhook_config *config = self->config;
    const struct curl_post post = {.url = config->url,
                                   .headers = request->headers,
                                   .body = request->body,
                                   .user = config->user,
                                   .password = config->password};
    struct gw_error error = {0};
    enum gw_status status = curl_post(&self->client, &post, &self->answer, deadline_ms, self->doing, &error);

    if (status == GW_OK)
        return judge(self, verdict, reterr);
    if (!curl_post_is_unanswered(&self->client, status))
        return gw_error_set(reterr, status, "%s", error.text);
    curl_post_judge_unanswered(&self->client, &self->pause, &error, verdict);
    return GW_OK;
}

static enum gw_status webhook_send(void *opaque, const struct gw_notice *notice, struct gw_verdict *verdict,
                                   int64_t deadline_ms, struct gw_error *reterr)
{
    struct webhook *self = opaque;
    struct request request;
    enum gw_status status =
        request_make(&request, self->config, &self->signing, notice, self->host->unix_ms(self->host), reterr);

    if (status == GW_OK)
        status = post(self, &request, verdict, deadline_ms, reterr);
    request_done(&request);
    return status;
}

static void webhook_keepalive(void *opaque)
{
    struct webhook *self = opaque;

    curl_client_rest(&self->client);
}

/* ---------------------------------------------------------------------------------------------------------------- */

static const struct gw_notifier_ops webhook_ops = {
    .size = sizeof(struct gw_notifier_ops),
    .send = webhook_send,
    .keepalive = webhook_keepalive,
};

static const struct gw_metric webhook_metrics[] = {CURL_METRICS};

const struct gw_plugin gw_plugin_descriptor = {
    GW_PLUGIN(NOTIFIER),
    .name = "webhook_notifier",
    .version = "1.0.0",
    .summary = "Posts each notice as JSON to a URL",
    .ops = &webhook_ops,
    GW_PLUGIN_OPTIONS(webhook_options, struct webhook_config),
    GW_PLUGIN_METRICS(webhook_metrics),
    .open = webhook_open,
    .close = webhook_close,
    .check = webhook_check,
    .lint = webhook_lint,
};
