/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The orphan watch: warns once when events wait for a destination that no gateway delivers any more, although this one
 * runs: another gateway, whose file named the destination, has ended. What waits at the start is reported by
 * unnamed_destinations.h.
 *
 * An id must be found by two readings in a row, because between two holders of a lease there is none. The housekeeper's
 * thread.
 */
#ifndef GW_GATEWAY_ORPHAN_WATCH_H
#define GW_GATEWAY_ORPHAN_WATCH_H

#include "base/log.h"
#include "config/bootstrap.h"
#include "gateway/backlog.h"

struct gw_orphan_sighting;

/* Memory set to zero is a watch that has seen nothing. */
struct gw_orphan_watch {
    struct gw_orphan_sighting *sightings;
    bool has_begun; /* the first reading belongs to the start */
};

/* Judges a new reading by the file that is in force. Only the reporter of a shared repository warns. Without memory it
 * warns at a later reading. */
void gw_orphan_watch_read(struct gw_orphan_watch *watch, const struct gw_backlog_figures *figures, uint32_t features,
                          const struct gw_bootstrap *bootstrap, const struct gw_log *log);

void gw_orphan_watch_done(struct gw_orphan_watch *watch);

#endif
