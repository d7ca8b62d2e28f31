/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A relay: one thread that delivers the outbox rows of one destination, a publisher's or a notifier's, and records
 * what it delivered. A destination that is down delays its own rows and nothing else.
 *
 * The main thread makes, starts, joins and frees it; wake and offer may be called on any thread.
 */
#ifndef GW_RELAY_RELAY_H
#define GW_RELAY_RELAY_H

#include "base/log.h"
#include "config/bootstrap.h"
#include "outbox/outbox_memory.h"

#include <gangway/error.h>
#include <gangway/port/repository.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct gw_relay;

struct gw_relay_figures {
    atomic_uint_fast64_t sent;
    atomic_uint_fast64_t retried; /* attempts that failed in passing */
    atomic_uint_fast64_t dead;    /* refused for good */
};

/* Everything is borrowed for the relay's life. */
struct gw_relay_plan {
    const struct gw_component *component; /* a publisher or a notifier */
    const struct gw_bootstrap *bootstrap; /* whose routes say who gets what a notifier gives up */
    const struct gw_plugin *repository_plugin;
    void *repository_self;
    const struct gw_log *log;
    int console; /* gw_host.console */
    int stop;    /* a wake-up: begin nothing more */
    int abort;   /* a wake-up: give up what is in progress */
    int ended;   /* a wake-up that the relay raises when it ends, or has found nothing left */

    /* Called on the relay's thread after a commit that may have made rows for other relays, which are then to look
     * again. It counts handovers, which all relays share and read before they look. */
    void (*handed_over)(void *context);
    void *handed_over_context;
    const atomic_uint_fast64_t *handovers;
    atomic_uint_fast64_t *epoch; /* which all relays share; outbox_memory.h */
};

/* Opens the plugin's instance. Statuses of its open, NOMEM. */
enum gw_status gw_relay_new(const struct gw_relay_plan *plan, struct gw_relay **ret_relay, struct gw_error *reterr);

/* Ends the instance. The thread must have been joined. */
void gw_relay_free(struct gw_relay *relay);

/* NOMEM: the system gives no further thread. */
enum gw_status gw_relay_start(struct gw_relay *relay, struct gw_error *reterr);
void gw_relay_join(struct gw_relay *relay);

/* There may be new rows. */
void gw_relay_wake(struct gw_relay *relay);

/* A worker has committed: takes over what the relay may remember of it, and wakes it when there are rows for it. */
void gw_relay_offer(struct gw_relay *relay, const struct gw_outbox_commit *commit);

/* No further rows will come but from other relays: it is to say when there is none left. It ends only at `stop`. */
void gw_relay_finish(struct gw_relay *relay);

/* Whether, since it is to finish, it has found nothing left in a look that began after so many handovers. */
bool gw_relay_is_empty(const struct gw_relay *relay, uint_fast64_t handovers);

bool gw_relay_has_ended(const struct gw_relay *relay);

const struct gw_relay_figures *gw_relay_figures(const struct gw_relay *relay);

#endif
