/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of a member's client. Worker's thread. */
#ifndef KAFKA_CONSUMER_SETTINGS_H
#define KAFKA_CONSUMER_SETTINGS_H

#include "consumer.h"

/* Makes a configuration without the callbacks of a member; instance_number distinguishes the members of one entrypoint.
 * lint passes no watch (NULL). Returns the statuses of kafka_conf. */
enum gw_status settings_conf(const struct consumer_config *config, uint32_t instance_number, struct kafka_watch *watch,
                             rd_kafka_conf_t **ret_conf, struct gw_error *reterr);

#endif
