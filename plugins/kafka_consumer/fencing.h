/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fencing: a static member (instance_id) was removed from its group because another one joined with the same id. It
 * joins again after a wait that doubles while this repeats, so that the two do not interrupt each other all the time.
 * Worker's thread.
 */
#ifndef KAFKA_CONSUMER_FENCING_H
#define KAFKA_CONSUMER_FENCING_H

#include "consumer.h"

/* The member was fenced and has no client any more. CONFIG, with what an operator can do. */
enum gw_status fencing_note(struct consumer *self, struct gw_error *reterr);

/* OK: the member may join; the CONFIG of fencing_note: not yet. */
enum gw_status fencing_check(const struct consumer *self, struct gw_error *reterr);

#endif
