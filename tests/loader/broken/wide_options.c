/* SPDX-License-Identifier: Apache-2.0 */
/* A notifier whose options are longer than the core's: only the stride finds the next one. */
#include <gangway/plugin.h>
#include <gangway/port/notifier.h>

#include <stddef.h>

#include "empty_slots.h"

struct wide_option {
    struct gw_option option;
    uint64_t more[2];
};

struct config {
    int64_t attempts;
    const char *prefix;
};

static const struct wide_option options[] = {
    {.option =
         {.name = "attempts", .help = "How often.", .type = GW_OPTION_INT, .offset = offsetof(struct config, attempts)},
     .more = {1, 2}},
    {.option = {.name = "prefix",
                .help = "What stands before each notice.",
                .type = GW_OPTION_TEXT,
                .offset = offsetof(struct config, prefix)},
     .more = {3, 4}},
};

static enum gw_status send(void *self, const struct gw_notice *notice, struct gw_verdict *verdict, int64_t deadline_ms,
                           struct gw_error *reterr)
{
    (void)self;
    (void)notice;
    (void)verdict;
    (void)deadline_ms;
    (void)reterr;
    return GW_OK;
}

static const struct gw_notifier_ops ops = {.size = sizeof ops, .send = send};

const struct gw_plugin gw_plugin_descriptor = {
    GW_PLUGIN(NOTIFIER),
    .name = "wide_options",
    .version = "1",
    .summary = "A plugin of the loader's tests",
    .ops = &ops,
    .options = &options[0].option,
    .option_count = 2,
    .option_size = sizeof(struct wide_option),
    .config_size = sizeof(struct config),
    .open = open,
    .close = close,
    .check = check,
};
