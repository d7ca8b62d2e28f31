/* SPDX-License-Identifier: Apache-2.0 */
/* A repository, publisher or notifier with every slot except the one that -DMISSING names. */
#include <gangway/plugin.h>
#include <gangway/port/notifier.h>
#include <gangway/port/publisher.h>
#include <gangway/port/repository.h>

#include <stddef.h>

#include "empty_slots.h"

static void nothing(void)
{
}

/* The table as words, so that any one of its slots can be left out: size and reserved, then a function per slot. */
struct slots {
    uint32_t size;
    uint32_t reserved;
    void (*functions[(sizeof(OPS_STRUCT) - 8) / sizeof(void *)])(void);
};

/* The missing slot is taken out of a table in which all are there. */
#pragma GCC diagnostic ignored "-Woverride-init"

static const struct slots ops = {
    .size = sizeof(OPS_STRUCT),
    .functions = {[0 ...(sizeof(OPS_STRUCT) - 8) / sizeof(void *) - 1] = nothing,
#ifdef MISSING
                  [(offsetof(OPS_STRUCT, MISSING) - 8) / sizeof(void *)] = NULL
#endif
    },
};

/* GW_PLUGIN of what -DPLUGIN_PORT names. */
#define PLUGIN_OF(port) GW_PLUGIN(port)

GW_PLUGIN_EXPORT const struct gw_plugin gw_plugin_descriptor = {
    PLUGIN_OF(PLUGIN_PORT),
    .features = FEATURES,
    .name = PLUGIN_NAME,
    .version = "1",
    .summary = "A plugin of the loader's tests",
    .ops = &ops,
    .open = open,
    .close = close,
    .check = check,
};
