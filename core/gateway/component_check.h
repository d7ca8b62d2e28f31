/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the check of one component, whatever its port. Any thread. */
#ifndef GW_GATEWAY_COMPONENT_CHECK_H
#define GW_GATEWAY_COMPONENT_CHECK_H

#include "base/log.h"
#include "config/bootstrap.h"

#include <gangway/host.h>

/* Opens an instance, checks it and closes it. Every failure is a line of the report. Returns the status of the worst
 * finding. */
enum gw_status gw_component_check(const struct gw_bootstrap *bootstrap, const struct gw_component *component,
                                  const struct gw_log *log, const struct gw_report *report);

#endif
