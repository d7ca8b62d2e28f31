/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many messages wait in each source, for the host. What the last fetch said of a partition's end counts the records
 * of transactions that are still open, which nobody may read yet: for a source that does not move the cluster is asked
 * how far it may be read. Worker's thread.
 */
#ifndef KAFKA_CONSUMER_LAG_H
#define KAFKA_CONSUMER_LAG_H

#include "consumer.h"

/* Tells the host. */
void lag_figures(struct consumer *self);

/* The source is ours no longer, or starts elsewhere. */
void lag_forget(struct consumer *self, struct source *source);

/* Asks about sources that do not move, when it is time to. May wait for a second where a broker does not answer; for
 * when nothing else is to be done. */
void lag_confirm(struct consumer *self);

#endif
