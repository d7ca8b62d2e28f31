/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The number of messages that wait in each source, for the host. The end of a partition in the last fetch includes
 * records of open transactions, which cannot be read yet. So for a source that does not move, the cluster is asked up
 * to where it can be read. Worker's thread.
 */
#ifndef KAFKA_CONSUMER_LAG_H
#define KAFKA_CONSUMER_LAG_H

#include "consumer.h"

/* Reports the lag of each source to the host. */
void lag_figures(struct consumer *self);

/* Forgets a source that this member no longer has, or that starts at another offset. */
void lag_forget(struct consumer *self, struct source *source);

/* Asks about sources that do not move, if that is due. It may wait for a second if a broker does not answer, so call it
 * when there is nothing else to do. */
void lag_confirm(struct consumer *self);

#endif
