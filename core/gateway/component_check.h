/* SPDX-License-Identifier: Apache-2.0 */
/* Lets one component connect and look, whatever its port. Any thread. */
#ifndef GW_GATEWAY_COMPONENT_CHECK_H
#define GW_GATEWAY_COMPONENT_CHECK_H

#include "base/log.h"
#include "config/bootstrap.h"

#include <gangway/host.h>

/* Opens an instance, has it checked, closes it. Whatever fails is in a line of the report. The status of the worst. */
enum gw_status gw_component_check(const struct gw_bootstrap *bootstrap, const struct gw_component *component,
                                  const struct gw_log *log, const struct gw_report *report);

#endif
