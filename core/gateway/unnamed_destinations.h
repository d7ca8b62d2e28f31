/* SPDX-License-Identifier: Apache-2.0 */
/* Warns of events that wait for a destination which the file does not name, as after an edit with a restart. */
#ifndef GW_GATEWAY_UNNAMED_DESTINATIONS_H
#define GW_GATEWAY_UNNAMED_DESTINATIONS_H

#include "config/bootstrap.h"
#include "process/thread_host.h"

#include <gangway/error.h>

/* The warning for one destination. file: the bootstrap file, for the commands that the text names. Any thread. */
void gw_unnamed_destination_log(const struct gw_log *log, const char *file, const char *id, uint64_t pending);

/*
 * Logs one warning per destination, with a session of its own. A repository without an outbox has nothing to warn of.
 * Main thread, before the threads of the gateway start.
 *
 * OK; TRANSIENT, UNKNOWN: the repository is away, so call it again; CANCELLED; NOMEM. Any other failure of the
 * repository is OK: the threads that need the repository report it and retry.
 */
enum gw_status gw_unnamed_destinations_report(const struct gw_bootstrap *bootstrap, void *repository_self,
                                              struct gw_thread_host *host, struct gw_error *reterr);

#endif
