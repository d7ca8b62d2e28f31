/* SPDX-License-Identifier: Apache-2.0 */
/* The routing key of an event. No state, any thread. */
#ifndef AMQP_PUBLISHER_ROUTING_H
#define AMQP_PUBLISHER_ROUTING_H

#include "publisher.h"

/* The key, which the core has rendered. PERMANENT: it is too long, is none of those that the file allows, or the
 * template does not fit the event. */
enum gw_status routing_key(const struct publisher_config *config, const struct gw_publication *event,
                           struct gw_text *ret_key, struct gw_error *reterr);

/* Whether every event has the same key. */
bool routing_is_fixed(const struct publisher_config *config);

/* Whether the file allows a key. */
bool routing_is_allowed(const struct publisher_config *config, struct gw_text key);

#endif
