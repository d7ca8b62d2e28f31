/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A relay: one thread that delivers the outbox rows of one destination, a publisher or a notifier, and records what it
 * delivered. A destination that is down delays only its own rows.
 *
 * The main thread creates, starts, joins and frees it; any thread may call wake and offer.
 */
#ifndef GW_RELAY_RELAY_H
#define GW_RELAY_RELAY_H

#include "base/log.h"
#include "config/configuration.h"
#include "outbox/outbox_memory.h"
#include "process/rate.h"

#include <gangway/error.h>
#include <gangway/port/repository.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct gw_component_thread;
struct gw_metrics;
struct gw_relay;

struct gw_relay_figures {
    atomic_uint_fast64_t sent;
    struct gw_rate sending;        /* of sent; noted when deliveries are recorded */
    atomic_uint_fast64_t retried;  /* attempts that failed and are repeated */
    atomic_uint_fast64_t dead;     /* refused permanently */
    atomic_uint_fast64_t rerouted; /* not sent, because others are notified instead of a removed notifier */
    /* Sent, and pending still: sent again with the same key, by this gateway or another. What this process knows: of
     * its own crash it cannot know. */
    atomic_uint_fast64_t repeated;
};

/* Everything is borrowed for the relay's life, except parts of the configuration, which the relay holds as long as it
 * needs it. */
struct gw_relay_plan {
    const char *service;
    const struct gw_component *component;   /* a publisher or a notifier */
    const struct gw_bootstrap *bootstrap;   /* its routes name the fallback of a notifier */
    struct gw_configuration *configuration; /* that both live in; NULL: they outlive the relay */
    const struct gw_plugin *repository_plugin;
    void *repository_self;
    const struct gw_log *log;
    int console; /* gw_host.console */
    int stop;    /* a wake-up: begin no new work */
    int abort;   /* a wake-up: cancel what is in progress */
    int ended;   /* a wake-up that the relay raises when it ends, or when nothing is left */

    /* Called on the relay's thread after a commit that may have created rows for other relays, which must then look
     * again. It counts handovers. All relays share that count and read it before they look. */
    void (*handed_over)(void *context);
    void *handed_over_context;
    const atomic_uint_fast64_t *handovers;
    atomic_uint_fast64_t *epoch; /* shared by all relays; outbox_memory.h */
};

/* Opens the plugin's instance. OK, what its open returns, NOMEM. */
enum gw_status gw_relay_new(const struct gw_relay_plan *plan, struct gw_relay **ret_relay, struct gw_error *reterr);

/* Closes the instance. The thread must have been joined. */
void gw_relay_free(struct gw_relay *relay);

/* OK; NOMEM: the system cannot create a further thread. */
enum gw_status gw_relay_start(struct gw_relay *relay, struct gw_error *reterr);
void gw_relay_join(struct gw_relay *relay);

/* Makes the relay look for new rows. */
void gw_relay_wake(struct gw_relay *relay);

/* A worker has committed: caches its rows for this destination where there is room, and wakes the relay if there are
 * any. */
void gw_relay_offer(struct gw_relay *relay, const struct gw_outbox_commit *commit);

/* The workers have ended, so only relays can create further rows. From now on the relay reports when it has none left.
 * It ends at `stop` only. */
void gw_relay_finish(struct gw_relay *relay);

/* Takes gw_relay_finish back: the destination gets rows again. */
void gw_relay_resume(struct gw_relay *relay);

/* Whether the relay has, since gw_relay_finish, found nothing left in a look that began after this number of handovers.
 */
bool gw_relay_is_empty(const struct gw_relay *relay, uint_fast64_t handovers);

/* Whether the relay has, since gw_relay_finish, found rows that it does not deliver, because it is paused. */
bool gw_relay_keeps_rows(const struct gw_relay *relay);

bool gw_relay_has_ended(const struct gw_relay *relay);

/* ---- changing a relay that runs ---- */

struct gw_relay_channel;
struct gw_relay_routes;

/* An instance of a plugin that gw_relay_exchange gives to a relay of this plan's id: opened on the calling thread.
 * Statuses of its open, NOMEM. */
enum gw_status gw_relay_channel_new(const struct gw_relay_plan *plan, struct gw_relay_channel **ret_channel,
                                    struct gw_error *reterr);

/* Closes the instance. NULL is allowed. */
void gw_relay_channel_free(struct gw_relay_channel *channel);

/* The plugin's instance, for its check. */
void *gw_relay_channel_self(const struct gw_relay_channel *channel);

struct gw_relay_routes_plan {
    const char *id; /* of the destination */
    const struct gw_bootstrap *now;
    struct gw_configuration *configuration; /* of `now`; NULL: it outlives the relay */
    /* NULL: `now` names the destination. Otherwise it is removed: its events go to those notifiers that their routes
     * name now and did not name before. Where there are none they are still delivered. */
    const struct gw_bootstrap *before;
};

/* NULL: no memory. */
struct gw_relay_routes *gw_relay_routes_new(const struct gw_relay_routes_plan *plan);
void gw_relay_routes_free(struct gw_relay_routes *routes);

/* From its next round on the relay uses these, which it owns from now on; NULL: it keeps what it has. What they replace
 * ends on the relay's thread. Returns the channel of an earlier exchange that the relay has not taken yet and now never
 * will, which is the caller's; NULL: there is none. Any thread. */
struct gw_relay_channel *gw_relay_exchange(struct gw_relay *relay, struct gw_relay_channel *channel,
                                           struct gw_relay_routes *routes);

/* Whether its thread was stopped and has closed its session: it delivers nothing any more, and at most its plugin has
 * still to close. Any thread. */
bool gw_relay_has_left(const struct gw_relay *relay);

/* The destination's id, for the relay's life. Any thread. */
const char *gw_relay_id(const struct gw_relay *relay);

/* The plugin's instance that it was made with, for its check before start. */
void *gw_relay_self(const struct gw_relay *relay);

/* Whether free has an instance to close. Before start, and after join. NULL is allowed: it has none. */
bool gw_relay_has_instance(const struct gw_relay *relay);

/* Whether it has read its rows, or somebody else delivers them, since it last took an exchange. Any thread. */
bool gw_relay_is_up(const struct gw_relay *relay);

/* How many exchanges it has taken. */
unsigned gw_relay_exchanges(const struct gw_relay *relay);

/* Its thread, for what any thread may read of it. */
struct gw_component_thread *gw_relay_thread(struct gw_relay *relay);

/* Calls visit with the plugin of its instance, and what that has reported. Nothing, when the instance has ended. visit
 * must not call the relay. Any thread. */
typedef void gw_relay_visit_fn(void *context, const struct gw_component *component, struct gw_metrics *metrics);
void gw_relay_visit_instance(struct gw_relay *relay, gw_relay_visit_fn *visit, void *context);

/* Whether this process delivers the destination's rows, and not another one that holds its lease. Any thread. */
bool gw_relay_delivers(const struct gw_relay *relay);

/* The event code of the failures of its session since the last success; NULL: none. Any thread. */
const char *gw_relay_repository_code(const struct gw_relay *relay);

const struct gw_relay_figures *gw_relay_figures(const struct gw_relay *relay);

#endif
