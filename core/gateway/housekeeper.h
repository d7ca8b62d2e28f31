/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The housekeeper: a thread with a session of its own for the regular maintenance of the repository, so that no worker
 * and no relay waits for it. It expires message ids and sent notices, and reads the figures of outbox and dead letters.
 *
 * The main thread creates, starts and joins it.
 */
#ifndef GW_GATEWAY_HOUSEKEEPER_H
#define GW_GATEWAY_HOUSEKEEPER_H

#include "base/log.h"
#include "gateway/backlog.h"
#include "gateway/expiry.h"
#include "process/component_thread.h"

#include <gangway/plugin.h>

#include <stdbool.h>

/* The housekeeper borrows everything for its whole life. */
struct gw_housekeeper_plan {
    const char *service;
    const char *component; /* the repository's id */
    const struct gw_plugin *repository_plugin;
    void *repository_self;
    struct gw_expiry_keep keep;
    const struct gw_log *log;
    int stop;  /* a wake-up: end */
    int abort; /* a wake-up: cancel a call that is in progress */
    int ended; /* a wake-up that it raises when it ends */

    /* Called on its thread with each reading of the backlog; NULL: nobody is told. */
    void (*was_read)(void *context, const struct gw_backlog_figures *figures);
    void *was_read_context;
};

struct gw_housekeeper {
    struct gw_housekeeper_plan plan;
    struct gw_component_thread thread;
    struct gw_expiry expiry;
    int64_t expiry_due_ms;
    int64_t next_warning_ms;
    struct gw_backlog backlog;
    uint32_t failures;           /* so far */
    atomic_bool has_free_memory; /* gw_housekeeper_return_memory was called since the last pass */
    int64_t next_unread_ms;      /* when a further failure to read the backlog may be logged */
};

void gw_housekeeper_init(struct gw_housekeeper *housekeeper, const struct gw_housekeeper_plan *plan);

/* Starts the thread. If the repository has no message ids, outbox or dead letters, it returns OK without a thread.
 * NOMEM: the system cannot create a further thread. */
enum gw_status gw_housekeeper_start(struct gw_housekeeper *housekeeper, struct gw_error *reterr);
void gw_housekeeper_join(struct gw_housekeeper *housekeeper);

/*
 * Memory was freed that the process will not need soon: the next pass returns free pages to the system. An apply makes
 * and ends threads and instances, and the allocator would keep what they had in the arenas of threads that are gone.
 * The housekeeper is not woken for it. Any thread. Without a thread it does nothing.
 */
void gw_housekeeper_return_memory(struct gw_housekeeper *housekeeper);

/* Also true if it was never started. */
bool gw_housekeeper_has_ended(const struct gw_housekeeper *housekeeper);

/* Frees the figures. Its thread must have been joined. */
void gw_housekeeper_done(struct gw_housekeeper *housekeeper);

#endif
