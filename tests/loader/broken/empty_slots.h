/* SPDX-License-Identifier: Apache-2.0 */
/* Slots of a descriptor that do nothing: a plugin of the loader's tests is loaded, and seldom used. */
#ifndef GW_TEST_EMPTY_SLOTS_H
#define GW_TEST_EMPTY_SLOTS_H

#include <gangway/plugin.h>

static enum gw_status check(void *self, const struct gw_report *report)
{
    (void)self;
    (void)report;
    return GW_OK;
}

static enum gw_status open(const struct gw_host *host, const void *config, void **ret_self, struct gw_error *reterr)
{
    (void)host;
    (void)config;
    (void)reterr;
    *ret_self = NULL;
    return GW_OK;
}

static void close(void *self)
{
    (void)self;
}

#endif
