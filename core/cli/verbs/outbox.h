/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the verb `outbox`. Main thread. */
#ifndef GW_CLI_VERBS_OUTBOX_H
#define GW_CLI_VERBS_OUTBOX_H

#include "cli/offline.h"

/*
 * Turns the events that wait for a destination into dead letters. It refuses a destination that the file names, because
 * a gateway with this file delivers what waits for it. It also refuses while another process may deliver to the
 * destination: it takes the destination's lease, or claims a repository that has no leases.
 *
 * Returns the exit status; result or error was printed.
 */
int gw_outbox_bury(struct gw_offline *offline, const char *destination);

#endif
