/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The housekeeper: a thread with a session of its own for what the repository needs now and then, so that no worker and
 * no relay waits for it. Today that is the expiry of message ids.
 *
 * The main thread makes, starts and joins it.
 */
#ifndef GW_GATEWAY_HOUSEKEEPER_H
#define GW_GATEWAY_HOUSEKEEPER_H

#include "base/log.h"
#include "gateway/expiry.h"
#include "process/component_thread.h"

#include <gangway/plugin.h>

#include <stdbool.h>

/* Everything is borrowed for the housekeeper's life. */
struct gw_housekeeper_plan {
    const char *service;
    const char *component; /* the repository's id */
    const struct gw_plugin *repository_plugin;
    void *repository_self;
    int64_t keep_ms; /* inbox.keep */
    const struct gw_log *log;
    int stop;  /* a wake-up: end */
    int abort; /* a wake-up: give up a call that is in progress */
    int ended; /* a wake-up that it raises when it ends */
};

struct gw_housekeeper {
    struct gw_housekeeper_plan plan;
    struct gw_component_thread thread;
    struct gw_expiry expiry;
    int64_t next_warning_ms;
};

void gw_housekeeper_init(struct gw_housekeeper *housekeeper, const struct gw_housekeeper_plan *plan);

/* Without a thread, and OK, where the repository keeps no message ids. NOMEM: the system gives no further thread. */
enum gw_status gw_housekeeper_start(struct gw_housekeeper *housekeeper, struct gw_error *reterr);
void gw_housekeeper_join(struct gw_housekeeper *housekeeper);

/* Or was never started. */
bool gw_housekeeper_has_ended(const struct gw_housekeeper *housekeeper);

#endif
