/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Being a member of the group: the client, what the group gives and takes away, and leaving. librdkafka calls back on
 * the worker's thread only, from within the calls that take messages; the callback notes what the group wants, and
 * poll does it.
 */
#ifndef KAFKA_CONSUMER_MEMBERSHIP_H
#define KAFKA_CONSUMER_MEMBERSHIP_H

#include "consumer.h"

/* Makes the client and joins, unless it has. Connects in the background. CONFIG: librdkafka refuses an option; NOMEM.
 */
enum gw_status membership_join(struct consumer *self, struct gw_error *reterr);

/* Does what the group decided: tells the sink of sources taken away and given, and answers the group. Sources that are
 * given run only when the core has started them, but the group is not kept waiting for that. *ret_is_busy: the sink was
 * told something. NOMEM: the sink has no memory; the rest is done the next time. */
enum gw_status membership_serve(struct consumer *self, struct gw_entrypoint_sink *sink, bool *ret_is_busy,
                                struct gw_error *reterr);

/* Fetches these sources from their `given` on, whether they were fetched before or not. */
enum gw_status membership_fetch(struct consumer *self, struct source *const *sources, uint32_t count,
                                struct gw_error *reterr);

/* Fetches a source no more. */
void membership_halt(struct consumer *self, struct source *source);

/* Takes all sources away and ends the client, after one that is beyond repair. Nothing may be lent. */
enum gw_status membership_end(struct consumer *self, struct gw_entrypoint_sink *sink, struct gw_error *reterr);

/* Gives everything back, leaves the group and ends the client; takes no more than two seconds. For close. False: the
 * client could not be ended, and uses self until the process ends. */
bool membership_leave(struct consumer *self);

#endif
