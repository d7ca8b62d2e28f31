/* SPDX-License-Identifier: Apache-2.0 */
/* The findings of `check` about the database. It changes nothing and creates no file. */
#ifndef SQLITE_CHECK_H
#define SQLITE_CHECK_H

#include <gangway/host.h>

enum gw_status check_database(const char *path, const struct gw_host *host, int64_t busy_timeout_ms,
                              const struct gw_report *report);

#endif
