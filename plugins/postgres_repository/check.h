/* SPDX-License-Identifier: Apache-2.0 */
/* The findings of `check` about the server and the database. It changes nothing. */
#ifndef POSTGRES_CHECK_H
#define POSTGRES_CHECK_H

#include "session.h"

/* sessions: how many the gateway would open. Returns OK, or the status of the worst finding. */
enum gw_status check_server(const struct repository *repository, const struct gw_report *report);

#endif
