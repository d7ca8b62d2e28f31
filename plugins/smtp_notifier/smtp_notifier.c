/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notifier: a mail for each notice and recipient, through one mail server. All slots run on the relay's thread, and so
 * do the callbacks of libcurl. The session owns the client's handles.
 */
#include "mailbox.h"
#include "message.h"
#include "session.h"

#include <gangway/plugin.h>
#include <gangway/port/notifier.h>
#include <gangway/scope.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHECK_MS = 10000,
    MAIL_MAX = 32 * 1024 * 1024, /* above what servers take */
    MAIL_KEPT = 1024 * 1024,     /* a larger buffer is freed after its mail */
    ID_MAX = 64
};

enum smtp_tls { TLS_REQUIRED = 0, TLS_OFF = 1 };

struct smtp_config {
    struct curl_options curl; /* first member, as CURL_OPTIONS requires */
    const char *url;
    uint32_t tls;
    struct login_options login;
    const char *from;
    struct gw_option_list to;
    const char *subject;
    const char *text;
    const char *html;
    struct gw_option_map headers;
};

struct smtp {
    const struct gw_host *host;
    const struct smtp_config *config;
    struct mailbox from;
    struct session session;
    struct gw_buffer mail;
};

static const struct gw_option smtp_options[] = {
    {.name = "url",
     .help = "The mail server: smtp://HOST:PORT, with STARTTLS, or smtps://HOST:PORT, encrypted from the beginning. "
             "`/NAME` behind it is the name of this machine in EHLO.",
     .type = GW_OPTION_TEXT,
     .flags = GW_OPTION_REQUIRED | GW_OPTION_IDENTITY,
     .offset = offsetof(struct smtp_config, url)},
    {.name = "tls",
     .help = "Whether to encrypt; off sends everything in clear text.",
     .type = GW_OPTION_CHOICE,
     .choices = "required|off",
     .fallback = "required",
     .offset = offsetof(struct smtp_config, tls)},
    {.name = "user",
     .help = "The user name of the login; without it none.",
     .type = GW_OPTION_TEXT,
     .min = 1,
     .max = 255,
     .offset = offsetof(struct smtp_config, login.user)},
    {.name = "password",
     .help = "The password of `user`.",
     .type = GW_OPTION_SECRET,
     .min = 1,
     .max = 255,
     .offset = offsetof(struct smtp_config, login.password)},
    {.name = "token_file",
     .help =
         "A file with an OAuth 2.0 access token, in place of `password`. It is read before each mail, because another "
         "program renews it.",
     .type = GW_OPTION_PATH,
     .offset = offsetof(struct smtp_config, login.token_file)},
    {.name = "mechanism",
     .help = "How to log in (SASL); auto: XOAUTH2 with `token_file`, else PLAIN or LOGIN, as the server offers.",
     .type = GW_OPTION_CHOICE,
     .choices = LOGIN_MECHANISMS,
     .fallback = "auto",
     .offset = offsetof(struct smtp_config, login.mechanism)},
    CURL_OPTIONS,
    {.name = "from",
     .help = "The sender, as ADDRESS or NAME <ADDRESS>. Refused mails return to this address.",
     .type = GW_OPTION_TEXT,
     .flags = GW_OPTION_REQUIRED,
     .min = 3,
     .max = 998,
     .offset = offsetof(struct smtp_config, from)},
    {.name = "to",
     .help = "Who is notified, each as ADDRESS or NAME <ADDRESS>. Each gets a mail of its own.",
     .type = GW_OPTION_LIST,
     .item_type = GW_OPTION_RECIPIENT,
     .flags = GW_OPTION_REQUIRED,
     .min = 1,
     .max = 1000,
     .offset = offsetof(struct smtp_config, to)},
    {.name = "subject",
     .help = "The subject; without it the first line of the text.",
     .type = GW_OPTION_TEMPLATE,
     .escape = GW_ESCAPE_HEADER,
     .offset = offsetof(struct smtp_config, subject)},
    {.name = "text",
     .help = "The text of the mail; without it the event's default text, such as `Out of stock for LAMP`.",
     .type = GW_OPTION_TEMPLATE,
     .offset = offsetof(struct smtp_config, text)},
    {.name = "html",
     .help = "The text as HTML, which programs that show HTML prefer; without it the mail has the text only.",
     .type = GW_OPTION_TEMPLATE,
     .escape = GW_ESCAPE_HTML,
     .offset = offsetof(struct smtp_config, html)},
    {.name = "headers",
     .help = "Further headers, such as Reply-To or X-Priority.",
     .type = GW_OPTION_MAP,
     .item_type = GW_OPTION_TEXT,
     .max = 32,
     .offset = offsetof(struct smtp_config, headers)},
};

/* ---- lint ------------------------------------------------------------------------------------------------------ */

static enum gw_status lint_url(const struct smtp_config *options, const struct gw_lint *lint)
{
    struct gw_error error = {0};
    enum gw_status status;

    if (!gw_lint_is_known(lint, "url"))
        return GW_OK;
    status = session_url_check(options->url, &error);
    if (status == GW_INVALID)
        return gw_lint_line(lint, GW_CONFIG, "url", NULL, "url: %s", error.text);
    if (status == GW_OK && options->tls == TLS_OFF && strncmp(options->url, "smtps:", 6) == 0)
        return gw_lint_line(lint, GW_CONFIG, "tls", NULL, "`tls: off` contradicts smtps://; expected smtp://");
    if (status == GW_OK && options->tls == TLS_OFF && options->login.user != NULL)
        (void)gw_lint_line(lint, GW_OK, "tls", NULL, "`tls: off` sends the login in clear text");
    return status;
}

static enum gw_status lint_address(const char *option, const char *text, const struct gw_lint *lint)
{
    struct mailbox unused;
    struct gw_error error = {0};
    enum gw_status status = mailbox_parse(gw_text_of(text), &unused, &error);

    if (status != GW_INVALID)
        return status;
    return gw_lint_line(lint, GW_CONFIG, option, NULL, "%s: \"%s\" is no address: %s", option, text, error.text);
}

static enum gw_status lint_addresses(const struct smtp_config *options, const struct gw_lint *lint)
{
    enum gw_status status = GW_OK;

    if (gw_lint_is_known(lint, "from"))
        status = lint_address("from", options->from, lint);
    if (!gw_lint_is_known(lint, "to"))
        return status;
    for (uint64_t index = 0; index < options->to.count; index++) {
        enum gw_status found = lint_address("to", options->to.items[index], lint);

        status = status == GW_OK ? found : status;
    }
    return status;
}

static enum gw_status smtp_lint(const void *config, const struct gw_lint *lint)
{
    const struct smtp_config *options = config;
    const enum gw_status found[] = {
        lint_url(options, lint),
        login_lint(&options->login, lint),
        lint_addresses(options, lint),
        message_lint(&options->headers, lint),
        curl_options_lint(&options->curl, lint),
    };

    for (size_t index = 0; index < gw_array_length(found); index++)
        if (found[index] != GW_OK)
            return found[index];
    return GW_OK;
}

/* ---- open, close, check ---------------------------------------------------------------------------------------- */

static void smtp_close(void *opaque)
{
    struct smtp *self = opaque;

    if (self == NULL)
        return;
    session_done(&self->session);
    gw_buffer_done(&self->mail);
    free(self);
}

GW_DEFINE_AUTO(struct smtp, smtp_close);

static enum gw_status smtp_open(const struct gw_host *host, const void *config, void **ret_self,
                                struct gw_error *reterr)
{
    const struct smtp_config *options = config;
    gw_auto(smtp_close) struct smtp *self = calloc(1, sizeof *self);
    struct gw_error error = {0};
    enum gw_status status;

    if (self == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a mail notifier");
    self->host = host;
    self->config = options;
    gw_buffer_init(&self->mail, MAIL_MAX);
    self->session.url = options->url;
    self->session.is_plain = options->tls == TLS_OFF;
    self->session.login = &options->login;
    status = mailbox_parse(gw_text_of(options->from), &self->from, &error);
    if (status == GW_OK)
        status = session_init(&self->session, host, &options->curl, &error);
    if (status != GW_OK) /* what lint has not seen, because it came from a secret file */
        return gw_error_set(reterr, status == GW_INVALID ? GW_CONFIG : status, "%s", error.text);
    *ret_self = gw_take(self);
    return GW_OK;
}

static enum gw_status smtp_check(void *opaque, const struct gw_report *report)
{
    struct smtp *self = opaque;
    const struct login_options *login = &self->config->login;
    struct gw_error error = {0};
    enum gw_status status = session_look(&self->session, self->host->monotonic_ms(self->host) + CHECK_MS, &error);

    curl_client_close(&self->session.client);
    if (status != GW_OK)
        return gw_report_line(report, status, self->session.name, "%s", error.text);
    return gw_report_line(
        report, GW_OK, self->session.name, "answers%s, %s%s", self->session.is_plain ? " in clear text" : ", encrypted",
        login->user != NULL ? "logged in as " : "without a login", login->user != NULL ? login->user : "");
}

/* ---- sending --------------------------------------------------------------------------------------------------- */

static struct gw_text first_line(struct gw_text text)
{
    uint64_t len = 0;

    while (len < text.len && text.ptr[len] != '\n' && text.ptr[len] != '\r')
        len++;
    return gw_text_span(text.ptr, len);
}

/* The part of Message-ID before the `@`. A key that is no dot-atom, or long, is replaced by its digest. */
static struct gw_text message_id(const struct smtp *self, struct gw_text id, char hex[2 * GW_DIGEST_BYTES + 1])
{
    uint8_t digest[GW_DIGEST_BYTES];

    if (id.len <= ID_MAX && mailbox_is_dot_atom(id))
        return id;
    self->host->digest(self->host, id, digest);
    for (size_t index = 0; index < sizeof digest; index++)
        (void)snprintf(hex + 2 * index, 3, "%02x", digest[index]);
    return gw_text_of(hex);
}

/* The first one that is not empty. */
static struct gw_text either(struct gw_text text, struct gw_text other)
{
    return text.len > 0 ? text : other;
}

static void write_mail(struct smtp *self, const struct gw_notice *notice, const struct mailbox *to)
{
    char hex[2 * GW_DIGEST_BYTES + 1];
    struct gw_text type = gw_notice_event(notice)->type;
    struct gw_text text = gw_notice_text(notice, "text");
    struct message message = {
        .from = &self->from,
        .to = to,
        .headers = &self->config->headers,
        .id = message_id(self, notice->id, hex),
        .subject = either(gw_notice_text(notice, "subject"), either(first_line(text), type)),
        .text = either(text, type),
        .html = self->config->html != NULL ? gw_notice_text(notice, "html") : gw_text_of(NULL),
        .unix_ms = self->host->unix_ms(self->host),
    };

    gw_buffer_reset(&self->mail);
    message_write(&message, &self->mail);
}

static enum gw_status refuse(struct gw_verdict *verdict, const char *answer)
{
    verdict->status = GW_PERMANENT;
    (void)snprintf(verdict->answer, sizeof verdict->answer, "%.*s", (int)sizeof verdict->answer - 1, answer);
    return GW_OK;
}

static enum gw_status smtp_send(void *opaque, const struct gw_notice *notice, struct gw_verdict *verdict,
                                int64_t deadline_ms, struct gw_error *reterr)
{
    struct smtp *self = opaque;
    struct mailbox to;
    struct gw_error error = {0};
    enum gw_status status = mailbox_parse(notice->recipient, &to, &error);

    if (status == GW_INVALID) /* of an older file */
        return refuse(verdict, error.text);
    if (status != GW_OK)
        return gw_error_wrap(reterr, &error, "the recipient of a notice");
    write_mail(self, notice, &to);
    if (self->mail.has_failed && !self->mail.is_too_long)
        status = gw_error_set(reterr, GW_NOMEM, "no memory for a mail");
    else if (self->mail.has_failed)
        status = refuse(verdict, "the mail is longer than 32 MiB");
    else
        status = session_send(&self->session, &(struct envelope){&self->from, &to, gw_buffer_text(&self->mail)},
                              deadline_ms, verdict, reterr);
    if (self->mail.capacity > MAIL_KEPT)
        gw_buffer_done(&self->mail);
    return status;
}

static void smtp_keepalive(void *opaque)
{
    struct smtp *self = opaque;

    curl_client_rest(&self->session.client);
}

static const struct gw_notifier_ops smtp_ops = {
    .size = sizeof(struct gw_notifier_ops),
    .send = smtp_send,
    .keepalive = smtp_keepalive,
};

static const struct gw_metric smtp_metrics[] = {CURL_METRICS};

const struct gw_plugin gw_plugin_descriptor = {
    GW_PLUGIN(NOTIFIER),
    .name = "smtp_notifier",
    .version = "1.0.0",
    .summary = "Sends a mail for each notice and recipient",
    .ops = &smtp_ops,
    GW_PLUGIN_OPTIONS(smtp_options, struct smtp_config),
    GW_PLUGIN_METRICS(smtp_metrics),
    .open = smtp_open,
    .close = smtp_close,
    .check = smtp_check,
    .lint = smtp_lint,
};
