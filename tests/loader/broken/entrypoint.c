/* SPDX-License-Identifier: Apache-2.0 */
/* An entrypoint that does nothing, of which any field can be made wrong (fields.h). Nobody calls its slots but open and
 * close. */
#include <gangway/plugin.h>
#include <gangway/port/entrypoint.h>

#include <stddef.h>

#include "empty_slots.h"
#include "fields.h"

struct config {
    int64_t first;
    int64_t spare;
    const char *second;
};

static const struct gw_option options[] = {
    {.name = O_NAME,
     .help = O_HELP,
     .fallback = O_FALLBACK,
     .choices = O_CHOICES,
     .min = O_MIN,
     .max = O_MAX,
     .type = O_TYPE,
     .item_type = O_ITEM_TYPE,
     .flags = O_FLAGS,
     .escape = O_ESCAPE,
     .offset = O_OFFSET,
     .written = O_WRITTEN},
    {.name = "second", .help = "The second option.", .type = GW_OPTION_TEXT, .offset = offsetof(struct config, second)},
};

static const struct gw_metric metrics[] = {
    {.name = M_FIRST, .help = "Whether it is connected.", .type = GW_METRIC_GAUGE},
    {.name = M_NAME, .help = M_HELP, .label = M_LABEL, .type = M_TYPE, .reserved = M_RESERVED},
};

static enum gw_status poll(void *self, uint32_t max, int64_t timeout_ms, struct gw_entrypoint_sink *sink,
                           struct gw_error *reterr)
{
    (void)self;
    (void)max;
    (void)timeout_ms;
    (void)sink;
    (void)reterr;
    return GW_END;
}

static enum gw_status settle(void *self, const struct gw_settlement *settlements, uint32_t count,
                             struct gw_error *reterr)
{
    (void)self;
    (void)settlements;
    (void)count;
    (void)reterr;
    return GW_OK;
}

static enum gw_status start(void *self, struct gw_start *starts, uint32_t count, struct gw_error *reterr)
{
    (void)self;
    (void)starts;
    (void)count;
    (void)reterr;
    return GW_OK;
}

static const struct gw_entrypoint_ops ops = {
    .size = OPS_SIZE,
    .poll = POLL,
    .settle = SETTLE,
    .start = START,
};

/* Prevents warnings about what a variant does not use. */
__attribute__((used)) static const void *const everything[] = {
    &ops, options, metrics, (void *)check, (void *)poll, (void *)settle, (void *)start, (void *)open, (void *)close,
};

GW_PLUGIN_EXPORT const struct gw_plugin gw_plugin_descriptor = {
    .magic = MAGIC,
    .struct_size = STRUCT_SIZE,
    .abi_major = ABI_MAJOR,
    .abi_minor = ABI_MINOR,
    .port_major = PORT_MAJOR,
    .port_minor = PORT_MINOR,
    .port = PORT,
    .features = FEATURES,
    .name = NAME,
    .version = VERSION,
    .summary = SUMMARY,
    .ops = OPS,
    .options = OPTIONS,
    .option_count = OPTION_COUNT,
    .option_size = OPTION_SIZE,
    .config_size = CONFIG_SIZE,
    .reserved = RESERVED,
    .metrics = METRICS,
    .metric_count = METRIC_COUNT,
    .metric_size = METRIC_SIZE,
    .open = OPEN,
    .close = CLOSE,
    .check = CHECK,
    .lint = LINT,
};
