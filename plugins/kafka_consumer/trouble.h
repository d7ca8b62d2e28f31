/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources of which something came that cannot be taken as it is. Nothing more is taken of such a source until it was
 * fetched or started again, which is tried less and less often, and logged as gw_log_pace has it. Worker's thread.
 */
#ifndef KAFKA_CONSUMER_TROUBLE_H
#define KAFKA_CONSUMER_TROUBLE_H

#include "consumer.h"

/* What an error of a partition means for its source. */
enum source_trouble trouble_of(rd_kafka_resp_err_t code);

/* Notes it; for what is known already nothing changes. Safe while messages are handed over. */
void trouble_note(struct consumer *self, struct source *source, enum source_trouble kind, const char *reason);

/* Whether the core is to start it again now. */
bool trouble_is_due(const struct consumer *self, const struct source *source);

/* Does what is due: stops to fetch, fetches again, or asks for a start. Not while messages are handed over. Statuses of
 * membership_fetch. */
enum gw_status trouble_serve(struct consumer *self, struct gw_error *reterr);

#endif
