/* SPDX-License-Identifier: Apache-2.0 */
/* What the verbs of `notify` share: the channel, its recipients and its usual event. Main thread. */
#ifndef GW_CLI_VERBS_NOTIFY_H
#define GW_CLI_VERBS_NOTIFY_H

#include "cli/command_line.h"
#include "config/bootstrap.h"

/* The notifier with this id. Returns GW_EXIT_DONE, or GW_EXIT_USAGE after a message with the nearest id. */
int gw_notify_find(const struct gw_command_line *line, const struct gw_bootstrap *bootstrap, const char *id,
                   const struct gw_component **ret_notifier);

/* The recipient of --recipient, otherwise the first one. Returns GW_EXIT_DONE, or GW_EXIT_USAGE after a message with
 * the nearest recipient. */
int gw_notify_recipient(const struct gw_command_line *line, const struct gw_component *notifier,
                        const char **ret_recipient);

/* The event that people are notified of most; if no route sends it to this notifier, the first one that a route does.
 */
const struct gw_event_spec *gw_notify_usual_event(const struct gw_bootstrap *bootstrap,
                                                  const struct gw_component *notifier);

#endif
