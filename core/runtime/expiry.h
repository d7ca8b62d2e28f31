/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expiry: message ids are forgotten when they are older than `inbox.keep`, a few at a time, so that the inbox does not
 * grow for ever. Belongs to one thread, which opens a session of its own when the first ids are due.
 */
#ifndef GW_RUNTIME_EXPIRY_H
#define GW_RUNTIME_EXPIRY_H

#include "runtime/thread_host.h"

#include <gangway/plugin.h>

#include <stdint.h>

struct gw_expiry {
    const struct gw_plugin *repository;
    void *repository_self;
    struct gw_thread_host *host; /* the thread's */
    int64_t keep_ms;
    void *session;
    int64_t next_ms; /* monotonic: when to look again */
};

/* Everything is borrowed until done. */
void gw_expiry_init(struct gw_expiry *expiry, const struct gw_plugin *repository, void *repository_self,
                    struct gw_thread_host *host, int64_t keep_ms);
void gw_expiry_done(struct gw_expiry *expiry);

/* Forgets what is due, if it is time to look. A failure is logged, and tried again the next time. */
void gw_expiry_run(struct gw_expiry *expiry);

#endif
