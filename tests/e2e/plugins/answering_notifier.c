/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notifier for tests: answers every notice as its options say, and appends what it got to a file, as JSON lines. It has
 * a template of each kind that a channel may have.
 */
#include <gangway/host.h>
#include <gangway/plugin.h>
#include <gangway/port/notifier.h>
#include <gangway/sdk/buffer.h>
#include <gangway/sdk/json_escape.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

enum { ANSWER_OK, ANSWER_AGAIN, ANSWER_NEVER, ANSWER_AWAY, ANSWER_OPERATOR, ANSWER_LATE, ANSWER_CLOSED };
enum { LINE_MAX_BYTES = 1024 * 1024 };

struct answering_config {
    struct gw_option_list to;
    const char *password;
    const char *record;
    const char *subject;
    const char *text;
    const char *body;
    const char *link;
    int64_t takes_ms;
    uint32_t answer;
};

struct answering {
    const struct gw_host *host;
    const struct answering_config *config;
};

#define TEMPLATE(option, escapes, help_text)                                               \
    {                                                                                      \
        .name = #option, .help = help_text, .type = GW_OPTION_TEMPLATE, .escape = escapes, \
        .offset = offsetof(struct answering_config, option)                                \
    }

static const struct gw_option answering_options[] = {
    {.name = "to",
     .help = "Who is notified.",
     .type = GW_OPTION_LIST,
     .item_type = GW_OPTION_RECIPIENT,
     .offset = offsetof(struct answering_config, to)},
    {.name = "password",
     .help = "Is recorded.",
     .type = GW_OPTION_SECRET,
     .offset = offsetof(struct answering_config, password)},
    {.name = "record",
     .help = "The file for what it got.",
     .type = GW_OPTION_PATH,
     .offset = offsetof(struct answering_config, record)},
    {.name = "answer",
     .help = "The answer to each notice; closed: it does not open.",
     .fallback = "ok",
     .choices = "ok|again|never|away|operator|late|closed",
     .type = GW_OPTION_CHOICE,
     .offset = offsetof(struct answering_config, answer)},
    {.name = "takes",
     .help = "How long each notice takes.",
     .fallback = "0ms",
     .type = GW_OPTION_DURATION,
     .offset = offsetof(struct answering_config, takes_ms)},
    TEMPLATE(subject, GW_ESCAPE_HEADER, "The subject."),
    TEMPLATE(text, GW_ESCAPE_NONE, "The text."),
    TEMPLATE(body, GW_ESCAPE_JSON, "The body, as JSON."),
    TEMPLATE(link, GW_ESCAPE_URL, "A link."),
};

static enum gw_status answering_open(const struct gw_host *host, const void *config, void **ret_self,
                                     struct gw_error *reterr)
{
    struct answering *self = malloc(sizeof *self);

    if (self == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for an answering notifier");
    *self = (struct answering){host, config};
    if (self->config->answer != ANSWER_CLOSED) {
        *ret_self = self;
        return GW_OK;
    }
    free(self);
    return gw_error_set(reterr, GW_CONFIG, "it is closed");
}

static void answering_close(void *self)
{
    free(self);
}

static enum gw_status answering_check(void *self, const struct gw_report *report)
{
    (void)self;
    return gw_report_line(report, GW_OK, "nobody", "is asked");
}

static void add(struct gw_buffer *line, const char *name, struct gw_text value)
{
    gw_buffer_append_format(line, "%s\"%s\": \"", line->len > 1 ? ", " : "", name);
    gw_json_escape_append(line, value.ptr, value.len);
    gw_buffer_append_byte(line, '"');
}

static void record(const struct answering *self, const struct gw_notice *notice)
{
    FILE *file = fopen(self->config->record, "a");
    struct gw_buffer line;
    uint32_t index;

    gw_buffer_init(&line, LINE_MAX_BYTES);
    gw_buffer_append_byte(&line, '{');
    add(&line, "id", notice->id);
    add(&line, "recipient", notice->recipient);
    add(&line, "type", gw_notice_event(notice)->type);
    add(&line, "sku", gw_notice_event(notice)->sku);
    add(&line, "payload", gw_notice_event(notice)->payload);
    add(&line, "password", gw_text_of(self->config->password));
    for (index = 0; index < notice->rendered.count; index++) {
        const struct gw_rendered *rendered = gw_array_at(&notice->rendered, index);

        add(&line, rendered->name.ptr, rendered->text);
    }
    gw_buffer_append_string(&line, "}\n");
    if (file != NULL && !line.has_failed)
        (void)fwrite(line.ptr, 1, line.len, file);
    if (file != NULL)
        (void)fclose(file);
    gw_buffer_done(&line);
}

static enum gw_status decide(const struct answering *self, struct gw_verdict *verdict, int64_t deadline_ms,
                             struct gw_error *reterr)
{
    static const int32_t statuses[] = {
        [ANSWER_OK] = GW_OK, [ANSWER_AGAIN] = GW_TRANSIENT, [ANSWER_NEVER] = GW_PERMANENT};
    uint32_t answer = self->config->answer;
    uint32_t ready;

    if (answer == ANSWER_LATE) {
        (void)self->host->wait(self->host, -1, 0, deadline_ms, &ready);
        return gw_error_set(reterr, GW_TRANSIENT, "no answer in time");
    }
    if (answer == ANSWER_AWAY)
        return gw_error_set(reterr, GW_TRANSIENT, "connection refused");
    if (answer == ANSWER_OPERATOR)
        return gw_error_set(reterr, GW_CONFIG, "535 authentication failed");
    verdict->status = statuses[answer];
    verdict->retry_after_ms = answer == ANSWER_AGAIN ? 7000 : 0;
    (void)snprintf(verdict->answer, sizeof verdict->answer, "answer %u\x1b[2J", (unsigned)answer);
    return GW_OK;
}

static enum gw_status answering_send(void *opaque, const struct gw_notice *notice, struct gw_verdict *verdict,
                                     int64_t deadline_ms, struct gw_error *reterr)
{
    const struct answering *self = opaque;
    uint32_t ready;

    if (self->config->record != NULL)
        record(self, notice);
    if (self->config->takes_ms > 0)
        (void)self->host->wait(self->host, -1, 0, self->host->monotonic_ms(self->host) + self->config->takes_ms,
                               &ready);
    return decide(self, verdict, deadline_ms, reterr);
}

static const struct gw_notifier_ops answering_ops = {
    .size = sizeof(struct gw_notifier_ops),
    .send = answering_send,
};

const struct gw_plugin gw_plugin_descriptor = {
    GW_PLUGIN(NOTIFIER),      .name = "answering_notifier",
    .version = "1.0.0",       .summary = "Answers as its options say",
    .ops = &answering_ops,    GW_PLUGIN_OPTIONS(answering_options, struct answering_config),
    .open = answering_open,   .close = answering_close,
    .check = answering_check,
};
