/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plugin as the headers of abi 1.0 made it. It includes none of them and never changes: their contents at that time
 * are written out here. It must load with every later minor version of the core.
 */
#include <stddef.h>
#include <stdint.h>

struct option_1_0 {
    const char *name;
    const char *help;
    const char *fallback;
    const char *choices;
    int64_t min;
    int64_t max;
    uint32_t type;
    uint32_t item_type;
    uint32_t flags;
    uint32_t escape;
    uint32_t offset;
    uint32_t written;
};

struct metric_1_0 {
    const char *name;
    const char *help;
    const char *label;
    uint32_t type;
    uint32_t reserved;
};

struct notifier_ops_1_0 {
    uint32_t size;
    uint32_t reserved;
    int (*send)(void *self, const void *notice, void *verdict, int64_t deadline_ms, void *reterr);
    void (*keepalive)(void *self);
};

struct plugin_1_0 {
    uint32_t magic;
    uint32_t struct_size;
    uint16_t abi_major;
    uint16_t abi_minor;
    uint16_t port_major;
    uint16_t port_minor;
    uint32_t port;
    uint32_t features;
    const char *name;
    const char *version;
    const char *summary;
    const void *ops;
    const struct option_1_0 *options;
    uint32_t option_count;
    uint32_t option_size;
    uint32_t config_size;
    uint32_t reserved;
    const struct metric_1_0 *metrics;
    uint32_t metric_count;
    uint32_t metric_size;
    int (*open)(const void *host, const void *config, void **ret_self, void *reterr);
    void (*close)(void *self);
    int (*check)(void *self, const void *report);
    int (*lint)(const void *config, const void *lint);
};

struct config {
    const char *prefix;
};

static int check(void *self, const void *report)
{
    (void)self;
    (void)report;
    return 0;
}

static int send(void *self, const void *notice, void *verdict, int64_t deadline_ms, void *reterr)
{
    (void)self;
    (void)notice;
    (void)verdict;
    (void)deadline_ms;
    (void)reterr;
    return 0;
}

static int open(const void *host, const void *config, void **ret_self, void *reterr)
{
    (void)host;
    (void)config;
    (void)reterr;
    *ret_self = NULL;
    return 0;
}

static void close(void *self)
{
    (void)self;
}

static const struct notifier_ops_1_0 ops = {.size = 24, .send = send};

static const struct option_1_0 options[] = {
    {.name = "prefix", .help = "What stands before each notice.", .fallback = "", .type = 6, .offset = 0},
};

static const struct metric_1_0 metrics[] = {{"waiting_notices", "Notices that wait.", "recipient", 1, 0}};

extern __attribute__((visibility("default"))) const struct plugin_1_0 gw_plugin_descriptor;

const struct plugin_1_0 gw_plugin_descriptor = {
    .magic = 0x47574159,
    .struct_size = 128,
    .abi_major = 1,
    .abi_minor = 0,
    .port_major = 1,
    .port_minor = 0,
    .port = 4,
    .name = "frozen_1_0",
    .version = "1.0",
    .summary = "Built with the first headers",
    .ops = &ops,
    .options = options,
    .option_count = 1,
    .option_size = 72,
    .config_size = sizeof(struct config),
    .metrics = metrics,
    .metric_count = 1,
    .metric_size = 32,
    .open = open,
    .close = close,
    .check = check,
};
