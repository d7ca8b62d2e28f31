/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notifier: posts each notice to a channel of Slack, by an incoming webhook or by the method chat.postMessage of the
 * Web API. All slots run on the relay's thread. The client (shared/curl) owns the handles of libcurl; its callbacks run
 * on the same thread, inside of send.
 */
#include "message.h"
#include "reply.h"
#include "settings.h"

#include "curl/client.h"
#include "curl/post.h"

#include <gangway/plugin.h>
#include <gangway/port/notifier.h>
#include <gangway/scope.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHECK_MS = 5000, DOING_MAX = 320, MESSAGE_MAX = 1024 * 1024, URL_MAX = 512, LOGIN_MAX = 600 };

struct slack {
    const struct gw_host *host;
    const struct slack_config *config;
    struct curl_client client;
    struct curl_address address;
    struct curl_answer answer;
    struct curl_pause pause;
    struct curl_slist *headers;  /* the same in each request */
    int64_t interval_ms;         /* between two messages */
    int64_t next_ms;             /* when the next message may be sent */
    char doing[DOING_MAX];       /* "posting to HOST:PORT" */
    char method[URL_MAX];        /* of the Web API, or empty */
    bool is_unthreaded;          /* Slack takes no reply in the thread of this message */
    char thread[REPLY_TIME_MAX]; /* of this message: the `ts` of the first one of its thread; empty: none */
};

static const struct gw_option slack_options[] = {
    CURL_OPTIONS,
    {.name = "webhook",
     .help = "The URL of an incoming webhook, which decides the channel. Either this or `token` and `channel`.",
     .type = GW_OPTION_SECRET,
     .flags = GW_OPTION_IDENTITY,
     .min = 1,
     .max = 4096,
     .offset = offsetof(struct slack_config, webhook)},
    {.name = "token",
     .help = "The token of a bot (xoxb-...) with the scope chat:write, which is a member of `channel`.",
     .type = GW_OPTION_SECRET,
     .min = 1,
     .max = 512,
     .offset = offsetof(struct slack_config, token)},
    {.name = "channel",
     .help = "The channel for `token`: its id, such as C0123456789, or its name.",
     .type = GW_OPTION_TEXT,
     .flags = GW_OPTION_IDENTITY,
     .min = 1,
     .max = 255,
     .offset = offsetof(struct slack_config, channel)},
    {.name = "api",
     .help = "The address of the Web API, for `token`.",
     .fallback = "https://slack.com/api",
     .type = GW_OPTION_TEXT,
     .min = 1,
     .max = 255,
     .offset = offsetof(struct slack_config, api)},
    {.name = "text",
     .help = "The message in Slack's mrkdwn; without it the event's default text, such as `Out of stock for LAMP`.",
     .type = GW_OPTION_TEMPLATE,
     .escape = GW_ESCAPE_SLACK,
     .offset = offsetof(struct slack_config, text)},
    {.name = "title",
     .help = "A headline above the message, which is also the text of the notification; without it there is none.",
     .type = GW_OPTION_TEMPLATE,
     .escape = GW_ESCAPE_SLACK,
     .offset = offsetof(struct slack_config, title)},
    {.name = "rate",
     .help = "How many messages are sent at most, as N/s. Slack takes about one a second for each channel.",
     .fallback = "1/s",
     .type = GW_OPTION_TEXT,
     .offset = offsetof(struct slack_config, rate)},
    {.name = "thread",
     .help = "With `token`: `group` posts a notice below the first one of its group, for a route with `group`.",
     .fallback = "none",
     .choices = "none|group",
     .type = GW_OPTION_CHOICE,
     .offset = offsetof(struct slack_config, thread)},
};

/* ---- open, close ----------------------------------------------------------------------------------------------- */

static void slack_close(void *opaque)
{
    struct slack *self = opaque;

    if (self == NULL)
        return;
    curl_client_done(&self->client);
    curl_address_done(&self->address);
    curl_slist_free_all(self->headers);
    free(self);
}
GW_DEFINE_AUTO(void, slack_close);

static bool make_headers(struct slack *self)
{
    char login[LOGIN_MAX];
    bool is_made = curl_post_header(&self->headers, "Content-Type", "application/json; charset=utf-8") &&
                   curl_post_header(&self->headers, "Expect", "");

    if (!is_made || self->config->token == NULL)
        return is_made;
    (void)snprintf(login, sizeof login, "Bearer %s", self->config->token);
    return curl_post_header(&self->headers, "Authorization", login);
}

static enum gw_status slack_open(const struct gw_host *host, const void *config, void **ret_self,
                                 struct gw_error *reterr)
{
    gw_auto(slack_close) void *opened = calloc(1, sizeof(struct slack));
    struct slack *self = opened;
    enum gw_status status;

    if (self == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a Slack notifier");
    self->host = host;
    self->config = config;
    status = settings_read(self->config, &self->address, &self->interval_ms, reterr);
    if (status == GW_OK)
        status = curl_client_init(&self->client, host, &self->config->curl, "https", reterr);
    if (status == GW_OK &&
        (!redaction_add_url(&self->client.redaction, self->config->webhook) ||
         !redaction_add(&self->client.redaction, gw_text_of(self->config->token)) || !make_headers(self)))
        status = gw_error_set(reterr, GW_NOMEM, "no memory for a Slack notifier");
    if (status != GW_OK)
        return status;
    (void)snprintf(self->doing, sizeof self->doing, "posting to %s:%s", self->address.host, self->address.port);
    if (self->config->token != NULL)
        (void)snprintf(self->method, sizeof self->method, "%s/chat.postMessage", self->config->api);
    *ret_self = gw_take(opened);
    return GW_OK;
}

static enum gw_status slack_lint(const void *config, const struct gw_lint *lint)
{
    return settings_lint(config, lint);
}

/* ---- check ----------------------------------------------------------------------------------------------------- */

/* A webhook has no request that posts nothing, so it is only connected to. */
static enum gw_status check_webhook(struct slack *self, struct gw_error *reterr)
{
    return curl_client_connect(&self->client, self->config->webhook, self->host->monotonic_ms(self->host) + CHECK_MS,
                               reterr);
}

/* The method auth.test looks at the token and changes nothing. */
static enum gw_status check_token(struct slack *self, struct gw_error *reterr)
{
    char url[URL_MAX];
    const struct curl_post post = {.url = url, .headers = self->headers, .body = gw_text_of("{}")};
    enum gw_status status;
    struct reply reply;

    (void)snprintf(url, sizeof url, "%s/auth.test", self->config->api);
    status = curl_post(&self->client, &post, &self->answer, self->host->monotonic_ms(self->host) + CHECK_MS,
                       "calling auth.test", reterr);
    if (status != GW_OK)
        return status;
    reply = reply_of_api(curl_answer_code(&self->answer), gw_text_span(self->answer.kept, self->answer.kept_len));
    if (reply.meaning == REPLY_SENT)
        return GW_OK;
    return gw_error_set(reterr, reply.meaning == REPLY_AGAIN || reply.meaning == REPLY_BUSY ? GW_TRANSIENT : GW_CONFIG,
                        "calling auth.test: HTTP %ld %s", curl_answer_code(&self->answer), reply.word);
}

static enum gw_status slack_check(void *opaque, const struct gw_report *report)
{
    struct slack *self = opaque;
    struct gw_error error = {0};
    char subject[DOING_MAX];
    enum gw_status status = self->config->token != NULL ? check_token(self, &error) : check_webhook(self, &error);

    (void)snprintf(subject, sizeof subject, "%s:%s", self->address.host, self->address.port);
    curl_client_close(&self->client);
    if (status != GW_OK)
        return gw_report_line(report, status, subject, "%s", error.text);
    return gw_report_line(report, GW_OK, subject, "%s",
                          self->config->token != NULL ? "accepts the token"
                                                      : "accepts connections, and its certificate is valid");
}

/* ---- send ------------------------------------------------------------------------------------------------------ */

/* One message for each interval. A wait renews the lease and ends at a shutdown. */
static enum gw_status wait_for_turn(struct slack *self, int64_t deadline_ms, struct gw_error *reterr)
{
    const struct gw_host *host = self->host;
    int64_t now_ms = host->monotonic_ms(host);
    uint32_t ready;

    if (self->next_ms > deadline_ms)
        return gw_error_set(reterr, GW_TRANSIENT, "%s: no time is left after the pause between two messages",
                            self->doing);
    if (self->next_ms > now_ms) {
        if (host->wait(host, -1, 0, self->next_ms, &ready) != GW_OK)
            return gw_error_set(reterr, GW_CANCELLED, "%s: a shutdown was requested", self->doing);
        now_ms = self->next_ms;
    }
    self->next_ms = now_ms + self->interval_ms;
    return GW_OK;
}

/* ---- threads: the answer that is kept with a sent notice names its thread, so that the next one finds it there ----
 */

static const char in_thread[] = ", thread ", in_channel[] = " in ";

/* The text behind a mark, up to the next mark; empty: there is no such mark. */
static struct gw_text text_behind(struct gw_text text, const char *mark, const char *next)
{
    const char *at = text.len > 0 ? memmem(text.ptr, (size_t)text.len, mark, strlen(mark)) : NULL;
    const char *begin = at != NULL ? at + strlen(mark) : NULL;
    size_t len = at != NULL ? (size_t)(text.ptr + text.len - begin) : 0;
    const char *end = next != NULL && len > 0 ? memmem(begin, len, next, strlen(next)) : NULL;

    return gw_text_span(begin, end != NULL ? (uint64_t)(end - begin) : len);
}

/* A thread of another channel is not continued. */
static void find_thread(struct slack *self, struct gw_text answer)
{
    struct gw_text place = text_behind(answer, in_thread, NULL);
    struct gw_text time = text_behind(answer, in_thread, in_channel);
    bool is_here = self->config->thread == SLACK_THREAD_GROUP && reply_is_time(time) &&
                   gw_text_is(text_behind(place, in_channel, NULL), self->config->channel);

    (void)snprintf(self->thread, sizeof self->thread, "%.*s", is_here ? (int)time.len : 0, is_here ? time.ptr : "");
}

static void write_answer(const struct slack *self, const struct reply *reply, struct gw_verdict *verdict)
{
    const char *thread = self->thread[0] != '\0' ? self->thread : reply->time;

    if (self->config->thread == SLACK_THREAD_GROUP && reply->meaning == REPLY_SENT && thread[0] != '\0')
        (void)snprintf(verdict->answer, sizeof verdict->answer, "HTTP %ld: %s%s%s%s%s", curl_answer_code(&self->answer),
                       reply->word, in_thread, thread, in_channel, self->config->channel);
    else if (reply->word[0] != '\0')
        (void)snprintf(verdict->answer, sizeof verdict->answer, "HTTP %ld: %s", curl_answer_code(&self->answer),
                       reply->word);
    else
        curl_post_describe(&self->client, &self->answer, verdict->answer, sizeof verdict->answer);
}

static enum gw_status judge(struct slack *self, struct gw_verdict *verdict, struct gw_error *reterr)
{
    long code = curl_answer_code(&self->answer);
    struct gw_text body = gw_text_span(self->answer.kept, self->answer.kept_len);
    struct reply reply = self->config->token != NULL ? reply_of_api(code, body) : reply_of_webhook(code, body);

    write_answer(self, &reply, verdict);
    if (reply.meaning != REPLY_BUSY)
        self->pause = (struct curl_pause){0};
    switch (reply.meaning) {
    case REPLY_OPERATOR:
        return gw_error_set(reterr, GW_CONFIG, "%s: %s", self->doing, verdict->answer);
    case REPLY_SENT:
        verdict->status = GW_OK;
        return GW_OK;
    case REPLY_NEVER:
        verdict->status = GW_PERMANENT;
        return GW_OK;
    case REPLY_UNTHREADED: /* without a thread it is what Slack says of the message */
        verdict->status = GW_PERMANENT;
        self->is_unthreaded = self->thread[0] != '\0';
        return GW_OK;
    case REPLY_AGAIN:
    case REPLY_BUSY:
        verdict->status = GW_TRANSIENT;
        verdict->retry_after_ms =
            curl_pause_ms(&self->pause, &self->answer, reply.meaning == REPLY_BUSY, self->host->unix_ms(self->host));
        return GW_OK;
    }
    return GW_OK;
}

static enum gw_status post(struct slack *self, struct gw_text message, struct gw_verdict *verdict, int64_t deadline_ms,
                           struct gw_error *reterr)
{
    const struct curl_post post = {.url = self->config->token != NULL ? self->method : self->config->webhook,
                                   .headers = self->headers,
                                   .body = message};
    struct gw_error error = {0};
    enum gw_status status = curl_post(&self->client, &post, &self->answer, deadline_ms, self->doing, &error);

    if (status == GW_OK)
        return judge(self, verdict, reterr);
    if (!curl_post_is_unanswered(&self->client, status))
        return gw_error_set(reterr, status, "%s", error.text);
    curl_post_judge_unanswered(&self->client, &self->pause, &error, verdict);
    return GW_OK;
}

static enum gw_status send_message(struct slack *self, const struct gw_notice *notice, struct gw_verdict *verdict,
                                   int64_t deadline_ms, struct gw_error *reterr)
{
    struct gw_buffer message;
    enum gw_status status = GW_OK;

    gw_buffer_init(&message, MESSAGE_MAX);
    message_write(self->config, notice, gw_text_of(self->thread), &message);
    if (message.has_failed)
        status = gw_error_set(reterr, GW_NOMEM, "no memory for a message");
    if (status == GW_OK)
        status = wait_for_turn(self, deadline_ms, reterr);
    if (status == GW_OK)
        status = post(self, gw_buffer_text(&message), verdict, deadline_ms, reterr);
    gw_buffer_done(&message);
    return status;
}

/* A notice whose thread takes no reply begins another one. */
static enum gw_status slack_send(void *opaque, const struct gw_notice *notice, struct gw_verdict *verdict,
                                 int64_t deadline_ms, struct gw_error *reterr)
{
    struct slack *self = opaque;
    enum gw_status status;

    find_thread(self, notice->last_answer);
    self->is_unthreaded = false;
    status = send_message(self, notice, verdict, deadline_ms, reterr);
    if (status != GW_OK || !self->is_unthreaded)
        return status;
    self->thread[0] = '\0';
    memset(verdict, 0, sizeof *verdict);
    return send_message(self, notice, verdict, deadline_ms, reterr);
}

static void slack_keepalive(void *opaque)
{
    struct slack *self = opaque;

    curl_client_rest(&self->client);
}

/* ---------------------------------------------------------------------------------------------------------------- */

static const struct gw_notifier_ops slack_ops = {
    .size = sizeof(struct gw_notifier_ops),
    .send = slack_send,
    .keepalive = slack_keepalive,
};

static const struct gw_metric slack_metrics[] = {CURL_METRICS};

const struct gw_plugin gw_plugin_descriptor = {
    GW_PLUGIN(NOTIFIER),
    .features = GW_NOTIFIER_THREADS,
    .name = "slack_notifier",
    .version = "1.0.0",
    .summary = "Posts each notice to a channel of Slack",
    .ops = &slack_ops,
    GW_PLUGIN_OPTIONS(slack_options, struct slack_config),
    GW_PLUGIN_METRICS(slack_metrics),
    .open = slack_open,
    .close = slack_close,
    .check = slack_check,
    .lint = slack_lint,
};
