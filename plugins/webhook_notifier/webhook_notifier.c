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
#include "curl/status.h"

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
    PAUSE_FIRST_MS = 1000, /* of a busy receiver that asks for no pause; doubles up to the second */
    PAUSE_LONGEST_MS = 60000,
};

struct webhook {
    const struct gw_host *host;
    const struct webhook_config *config;
    struct curl_client client;
    struct curl_address address;
    struct status_table statuses;
    struct signing signing;
    struct curl_answer answer;
    int32_t pause_ms;      /* the last one that this plugin chose; 0: the receiver is not busy */
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
    CURL *easy;
    enum gw_status status = curl_client_begin(&self->client, &easy, &error);

    (void)snprintf(subject, sizeof subject, "%s:%s", self->address.host, self->address.port);
    if (status == GW_OK && (curl_easy_setopt(easy, CURLOPT_URL, self->config->url) != CURLE_OK ||
                            curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L) != CURLE_OK))
        status = gw_error_set(&error, GW_NOMEM, "no memory for a connection");
    if (status == GW_OK)
        status = curl_client_perform(&self->client, NULL, self->host->monotonic_ms(self->host) + CHECK_MS, "connecting",
                                     &error);
    curl_client_close(&self->client);
    if (status != GW_OK)
        return gw_report_line(report, status, subject, "%s", error.text);
    return gw_report_line(report, GW_OK, subject, "%s",
                          self->config->tls == WEBHOOK_TLS_OFF
                              ? "accepts connections; NOT ENCRYPTED: what is sent can be read on the network"
                              : "accepts connections, and its certificate is valid");
}

/* ---- send ------------------------------------------------------------------------------------------------------ */

static CURLcode set_request(CURL *easy, const struct webhook_config *config, const struct request *request)
{
    CURLcode code = curl_easy_setopt(easy, CURLOPT_URL, config->url);

    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_POST, 1L);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.len > 0 ? request->body.ptr : "");
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->headers);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_USERAGENT, "gangway");
    /* One request at a time gains nothing from HTTP/2. */
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    if (code == CURLE_OK && config->user != NULL)
        code = curl_easy_setopt(easy, CURLOPT_USERNAME, config->user);
    if (code == CURLE_OK && config->user != NULL)
        code = curl_easy_setopt(easy, CURLOPT_PASSWORD, config->password);
    return code;
}

static enum gw_status post(struct webhook *self, const struct request *request, int64_t deadline_ms,
                           struct gw_error *reterr)
{
    CURL *easy;
    enum gw_status status = curl_client_begin(&self->client, &easy, reterr);
    CURLcode code;

    if (status != GW_OK)
        return status;
    curl_answer_receive(&self->answer, easy);
    code = set_request(easy, self->config, request);
    if (code != CURLE_OK)
        return gw_error_set(reterr, curl_status(code), "%s: %s", self->doing, curl_easy_strerror(code));
    return curl_client_perform(&self->client, &self->answer, deadline_ms, self->doing, reterr);
}

/* "HTTP 503: text of the answer", or where a redirect leads. */
static void write_answer(const struct webhook *self, long code, char *ret_text, size_t size)
{
    const struct curl_answer *answer = &self->answer;
    struct gw_text text = gw_text_span(answer->kept, answer->kept_len);
    bool is_part = self->client.code != CURLE_OK || answer->kept_len == sizeof answer->kept;
    struct curl_header *location;
    int used = snprintf(ret_text, size, "HTTP %ld", code);

    if (code / 100 == 3 && curl_easy_header(answer->easy, "Location", 0, CURLH_HEADER, -1, &location) == CURLHE_OK) {
        used += snprintf(ret_text + used, size - (size_t)used, ", redirects are not followed");
        text = gw_text_of(location->value);
        is_part = false;
    }
    if (text.len == 0)
        return;
    used += snprintf(ret_text + used, size - (size_t)used, ": ");
    redaction_write(&self->client.redaction, text, is_part, ret_text + used, size - (size_t)used);
}

/* These say that the receiver as a whole is busy or away, so that other notices had better wait, too. */
static bool is_busy(long code)
{
    return code == 429 || code == 502 || code == 503 || code == 504;
}

/* The pause that the receiver asks for. A busy one that asks for none gets one that doubles, so that a backlog does not
 * become a burst of requests. */
static int32_t pause_of(struct webhook *self, long code)
{
    int64_t asked_ms = curl_answer_retry_after_ms(&self->answer, self->host->unix_ms(self->host));

    if (asked_ms > 0)
        return (int32_t)asked_ms;
    if (!is_busy(code))
        return 0;
    self->pause_ms = self->pause_ms == 0                     ? PAUSE_FIRST_MS
                     : self->pause_ms * 2 < PAUSE_LONGEST_MS ? self->pause_ms * 2
                                                             : PAUSE_LONGEST_MS;
    return self->pause_ms;
}

/* A status that needs an operator concerns every notice, so it is the destination's, and no attempt of this one. */
static enum gw_status judge(struct webhook *self, struct gw_verdict *verdict, struct gw_error *reterr)
{
    long code = curl_answer_code(&self->answer);
    enum status_meaning meaning = status_table_meaning(&self->statuses, code);

    write_answer(self, code, verdict->answer, sizeof verdict->answer);
    if (!is_busy(code))
        self->pause_ms = 0;
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
        verdict->retry_after_ms = pause_of(self, code);
        return GW_OK;
    }
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
        status = post(self, &request, deadline_ms, reterr);
    if (status == GW_OK)
        status = judge(self, verdict, reterr);
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

const struct gw_plugin gw_plugin_descriptor = {
    GW_PLUGIN(NOTIFIER),    .name = "webhook_notifier",
    .version = "1.0.0",     .summary = "Posts each notice as JSON to a URL",
    .ops = &webhook_ops,    GW_PLUGIN_OPTIONS(webhook_options, struct webhook_config),
    .open = webhook_open,   .close = webhook_close,
    .check = webhook_check, .lint = webhook_lint,
};
