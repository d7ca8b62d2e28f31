/* SPDX-License-Identifier: Apache-2.0 */
/* Entrypoint for tests: it never has a message. In one of its slots it blocks until a file exists. */
#include "hang.h"

#include <gangway/plugin.h>
#include <gangway/port/entrypoint.h>

#include <stdlib.h>

enum { HANGS_NOWHERE = 0, HANGS_IN_POLL = 1, HANGS_IN_CLOSE = 2 };
enum { HANG_MS = 3600000 };

struct silent_config {
    const char *release;
    uint32_t hangs_in;
};

struct silent {
    const struct gw_host *host;
    const char *release;
    uint32_t hangs_in;
};

static const struct gw_option silent_options[] = {
    {.name = "hangs_in",
     .help = "Where it blocks.",
     .fallback = "nowhere",
     .choices = "nowhere|poll|close",
     .type = GW_OPTION_CHOICE,
     .offset = offsetof(struct silent_config, hangs_in)},
    {.name = "release",
     .help = "It blocks no longer once this file is there.",
     .type = GW_OPTION_PATH,
     .offset = offsetof(struct silent_config, release)},
};

static void hang(const struct silent *self, uint32_t place)
{
    if (self->hangs_in == place)
        hang_for(self->host, HANG_MS, self->release);
}

static enum gw_status silent_open(const struct gw_host *host, const void *config, void **ret_self,
                                  struct gw_error *reterr)
{
    const struct silent_config *options = config;
    struct silent *self = malloc(sizeof *self);

    if (self == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a silent reader");
    *self = (struct silent){.host = host, .release = options->release, .hangs_in = options->hangs_in};
    *ret_self = self;
    return GW_OK;
}

static void silent_close(void *self)
{
    if (self != NULL)
        hang(self, HANGS_IN_CLOSE);
    free(self);
}

static enum gw_status silent_check(void *self, const struct gw_report *report)
{
    (void)self;
    return gw_report_line(report, GW_OK, "nobody", "speaks");
}

static enum gw_status silent_poll(void *opaque, uint32_t max, int64_t timeout_ms, struct gw_entrypoint_sink *sink,
                                  struct gw_error *reterr)
{
    const struct silent *self = opaque;
    uint32_t ready;

    (void)max, (void)sink, (void)reterr;
    hang(self, HANGS_IN_POLL);
    return self->host->wait(self->host, -1, 0, self->host->monotonic_ms(self->host) + timeout_ms, &ready);
}

static enum gw_status silent_settle(void *self, const struct gw_settlement *settlements, uint32_t count,
                                    struct gw_error *reterr)
{
    (void)self, (void)settlements, (void)count, (void)reterr;
    return GW_OK;
}

static const struct gw_entrypoint_ops silent_ops = {
    .size = sizeof(struct gw_entrypoint_ops),
    .poll = silent_poll,
    .settle = silent_settle,
};

const struct gw_plugin gw_plugin_descriptor = {
    GW_PLUGIN(ENTRYPOINT), .name = "silent_reader",
    .version = "1.0.0",    .summary = "Never has a message",
    .ops = &silent_ops,    GW_PLUGIN_OPTIONS(silent_options, struct silent_config),
    .open = silent_open,   .close = silent_close,
    .check = silent_check,
};
