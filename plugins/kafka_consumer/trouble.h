/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources with an error in their queue. Nothing more is taken from such a source until it was fetched or started again.
 * This is tried at growing intervals, and logged at the pace of gw_log_pace. Worker's thread.
 */
#ifndef KAFKA_CONSUMER_TROUBLE_H
#define KAFKA_CONSUMER_TROUBLE_H

#include "consumer.h"

/* The trouble that an error of a partition means for its source. */
enum source_trouble trouble_of(rd_kafka_resp_err_t code);

/* Records the trouble; an equal or lesser one changes nothing. May be called while messages are handed over. */
void trouble_note(struct consumer *self, struct source *source, enum source_trouble kind, const char *reason);

/* Whether the core must start the source again now. */
bool trouble_is_due(const struct consumer *self, const struct source *source);

/* Does what is due: stops fetching, fetches again, or requests a start. Do not call it while messages are handed over.
 * Statuses of membership_fetch. */
enum gw_status trouble_serve(struct consumer *self, struct gw_error *reterr);

#endif
