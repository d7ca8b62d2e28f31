/* SPDX-License-Identifier: Apache-2.0 */
/* How a gateway gets its repository at the start. Main thread. */
#ifndef GW_GATEWAY_REPOSITORY_START_H
#define GW_GATEWAY_REPOSITORY_START_H

#include "config/bootstrap.h"
#include "process/thread_host.h"

#include <gangway/error.h>

/*
 * Opens an instance, claims it, and brings its schema up to date unless the file says not to. Each of the three is
 * tried again for as long as it fails in passing; the first failure, and every tenth, is logged. *ret_self is set as
 * soon as the instance is open, also when a later step fails: the caller closes it.
 *
 * CANCELLED: the host's waits were cancelled meanwhile. CONFIG: no time cures it. NOMEM.
 */
enum gw_status gw_repository_start(const struct gw_component *repository, struct gw_thread_host *host, void **ret_self,
                                   struct gw_error *reterr);

#endif
