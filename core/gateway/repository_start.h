/* SPDX-License-Identifier: Apache-2.0 */
/* How a gateway opens its repository at the start. Main thread. */
#ifndef GW_GATEWAY_REPOSITORY_START_H
#define GW_GATEWAY_REPOSITORY_START_H

#include "config/bootstrap.h"
#include "process/last_failure.h"
#include "process/thread_host.h"

#include <gangway/error.h>

/*
 * Opens an instance of the file's repository, claims it, migrates its schema unless the file says not to, and warns of
 * events that wait for a destination which the file does not name. Each of these steps is repeated while it fails with
 * a transient status; failures are logged as gw_backoff_failed_ms says, and last_failure has the current one. *ret_self
 * is set as soon as the instance is open, also when a later step fails: the caller closes it.
 *
 * OK; CANCELLED: the waits of the host were cancelled; CONFIG: an operator must act; NOMEM.
 */
enum gw_status gw_repository_start(const struct gw_bootstrap *bootstrap, struct gw_thread_host *host,
                                   struct gw_last_failure *last_failure, void **ret_self, struct gw_error *reterr);

#endif
