/* SPDX-License-Identifier: Apache-2.0 */
/* How the client of a member is set. Worker's thread. */
#ifndef KAFKA_CONSUMER_SETTINGS_H
#define KAFKA_CONSUMER_SETTINGS_H

#include "consumer.h"

/* A configuration without callbacks of a member's own; instance_number tells the members of one entrypoint apart. For
 * lint without a watch (NULL).
 * Statuses of kafka_conf. */
enum gw_status settings_conf(const struct consumer_config *config, uint32_t instance_number, struct kafka_watch *watch,
                             rd_kafka_conf_t **ret_conf, struct gw_error *reterr);

#endif
