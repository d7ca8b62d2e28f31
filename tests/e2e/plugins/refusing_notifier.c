/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notifier for tests: tells nobody anything. It refuses every notice for good, or fails in passing as often as it is
 * tried, or until a file is there. In one of its slots it can block, crash or end the process.
 */
#include "hang.h"

#include <gangway/host.h>
#include <gangway/plugin.h>
#include <gangway/port/notifier.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ANSWER_REFUSE = 0, ANSWER_FAIL = 1 };
enum { HANGS_NOWHERE = 0, HANGS_IN_OPEN = 1, HANGS_IN_CHECK = 2, HANGS_IN_SEND = 3, HANGS_IN_CLOSE = 4 };
enum { BY_BLOCKING = 0, BY_CRASHING = 1, BY_EXITING = 2 };

struct refusing_config {
    struct gw_option_list to;
    const char *until;
    const char *release;
    int64_t hang_ms;
    uint32_t answer;
    uint32_t hangs_in;
    uint32_t hangs_by;
};

struct refusing {
    const char *until;   /* NULL: for ever */
    const char *release; /* NULL: only its time ends a hang */
    const struct gw_host *host;
    int64_t hang_ms;
    uint32_t answer;
    uint32_t hangs_in;
    uint32_t hangs_by;
};

static const struct gw_option refusing_options[] = {
    {.name = "to",
     .help = "Who would be told.",
     .type = GW_OPTION_LIST,
     .item_type = GW_OPTION_RECIPIENT,
     .offset = offsetof(struct refusing_config, to)},
    {.name = "answer",
     .help = "refuse: for good; fail: in passing.",
     .fallback = "refuse",
     .choices = "refuse|fail",
     .type = GW_OPTION_CHOICE,
     .offset = offsetof(struct refusing_config, answer)},
    {.name = "until",
     .help = "While this file is there, every notice is accepted.",
     .type = GW_OPTION_PATH,
     .offset = offsetof(struct refusing_config, until)},
    {.name = "hangs_in",
     .help = "Where it blocks like a foreign library that does not know the host.",
     .fallback = "nowhere",
     .choices = "nowhere|open|check|send|close",
     .type = GW_OPTION_CHOICE,
     .offset = offsetof(struct refusing_config, hangs_in)},
    {.name = "hangs_by",
     .help = "What it does there instead of blocking.",
     .fallback = "blocking",
     .choices = "blocking|crashing|exiting",
     .type = GW_OPTION_CHOICE,
     .offset = offsetof(struct refusing_config, hangs_by)},
    {.name = "release",
     .help = "It blocks no longer once this file is there.",
     .type = GW_OPTION_PATH,
     .offset = offsetof(struct refusing_config, release)},
    {.name = "hang",
     .help = "For how long.",
     .fallback = "1s",
     .min = 1,
     .max = 3600000,
     .type = GW_OPTION_DURATION,
     .offset = offsetof(struct refusing_config, hang_ms)},
};

/* The process ends as it does when a foreign library gives up. */
static void end_process(const struct refusing *self)
{
    if (self->hangs_by == BY_CRASHING)
        abort();
    if (self->hangs_by == BY_EXITING)
        exit(EXIT_FAILURE);
}

static void hang(const struct refusing *self, uint32_t place)
{
    if (self->hangs_in != place)
        return;
    end_process(self);
    hang_for(self->host, self->hang_ms, self->release);
}

static enum gw_status refusing_open(const struct gw_host *host, const void *config, void **ret_self,
                                    struct gw_error *reterr)
{
    const struct refusing_config *options = config;
    struct refusing *self = malloc(sizeof *self);

    if (self == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a refusing notifier");
    *self = (struct refusing){.until = options->until,
                              .release = options->release,
                              .host = host,
                              .hang_ms = options->hang_ms,
                              .answer = options->answer,
                              .hangs_in = options->hangs_in,
                              .hangs_by = options->hangs_by};
    hang(self, HANGS_IN_OPEN);
    *ret_self = self;
    return GW_OK;
}

static void refusing_close(void *self)
{
    if (self != NULL)
        hang(self, HANGS_IN_CLOSE);
    free(self);
}

static enum gw_status refusing_check(void *self, const struct gw_report *report)
{
    hang(self, HANGS_IN_CHECK);
    return gw_report_line(report, GW_OK, "nobody", "listens");
}

static enum gw_status refusing_send(void *opaque, const struct gw_notice *notice, struct gw_verdict *verdict,
                                    int64_t deadline_ms, struct gw_error *reterr)
{
    const struct refusing *self = opaque;

    (void)deadline_ms;
    (void)reterr;
    hang(self, HANGS_IN_SEND);
    if (self->until != NULL && access(self->until, F_OK) == 0) {
        verdict->status = GW_OK;
        return GW_OK;
    }
    verdict->status = self->answer == ANSWER_REFUSE ? GW_PERMANENT : GW_TRANSIENT;
    (void)snprintf(verdict->answer, sizeof verdict->answer, "nobody to tell %.*s to, attempt %u",
                   (int)gw_notice_event(notice)->type.len, gw_notice_event(notice)->type.ptr, notice->attempt);
    return GW_OK;
}

static const struct gw_notifier_ops refusing_ops = {
    .size = sizeof(struct gw_notifier_ops),
    .send = refusing_send,
};

const struct gw_plugin gw_plugin_descriptor = {
    GW_PLUGIN(NOTIFIER),     .name = "refusing_notifier",
    .version = "1.0.0",      .summary = "Tells nobody anything",
    .ops = &refusing_ops,    GW_PLUGIN_OPTIONS(refusing_options, struct refusing_config),
    .open = refusing_open,   .close = refusing_close,
    .check = refusing_check,
};
