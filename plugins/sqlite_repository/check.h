/* SPDX-License-Identifier: Apache-2.0 */
/* What `check` reports about the database before anything runs on it. Changes nothing and leaves no trace. */
#ifndef SQLITE_CHECK_H
#define SQLITE_CHECK_H

#include <gangway/host.h>

enum gw_status check_database(const char *path, const struct gw_host *host, int64_t busy_timeout_ms,
                              const struct gw_report *report);

#endif
