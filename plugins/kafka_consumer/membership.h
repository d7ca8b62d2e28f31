/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The membership in the consumer group: the client and rebalances. librdkafka calls back on the worker's
 * thread only, inside the calls that take messages. The callback records the rebalance, and poll handles it.
 */
#ifndef KAFKA_CONSUMER_MEMBERSHIP_H
#define KAFKA_CONSUMER_MEMBERSHIP_H

#include "consumer.h"

/* Makes the client and joins the group, unless that was done. It connects in the background. OK; CONFIG: librdkafka
 * refuses an option; NOMEM. */
enum gw_status membership_join(struct consumer *self, struct gw_error *reterr);

/* Handles rebalances: reports revoked and assigned sources to the sink, and answers the group. Assigned sources run
 * only after the core has started them, but the group does not wait for that. *ret_is_busy: something was reported to
 * the sink. OK; NOMEM: the sink has no memory; the rest follows with the next call. */
enum gw_status membership_serve(struct consumer *self, struct gw_entrypoint_sink *sink, bool *ret_is_busy,
                                struct gw_error *reterr);

/* Fetches these sources from their `given` on, whether they were fetched before or not. */
enum gw_status membership_fetch(struct consumer *self, struct source *const *sources, uint32_t count,
                                struct gw_error *reterr);

/* Stops fetching a source. */
void membership_halt(struct consumer *self, struct source *source);

/* Stops fetching all of them. */
void membership_halt_all(struct consumer *self);

/* Closes all sources and ends the client after a fatal error. No message may be borrowed. */
enum gw_status membership_end(struct consumer *self, struct gw_entrypoint_sink *sink, struct gw_error *reterr);

/* Ends the client, without leaving the group. */
void membership_client_end(struct consumer *self);

#endif
