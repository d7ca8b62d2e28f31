/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What delays the notices of a channel: its settings in the file, and with --socket the state, the failure and the
 * backlog that a running gateway reports. Main thread.
 */
#ifndef GW_CLI_VERBS_NOTIFY_DELAY_H
#define GW_CLI_VERBS_NOTIFY_DELAY_H

#include "base/buffer.h"
#include "cli/command_line.h"
#include "config/bootstrap.h"

struct gw_notify_delays;

/* Asks the gateway if --socket names one. Returns GW_EXIT_DONE, or the exit status after a message. */
int gw_notify_delays_new(const struct gw_command_line *line, struct gw_notify_delays **ret_delays);

/* NULL is allowed. */
void gw_notify_delays_free(struct gw_notify_delays *delays);

/* Appends every cause, joined by `; `. False: nothing delays this notifier, as far as is known. */
bool gw_notify_delays_append(struct gw_notify_delays *delays, const struct gw_component *notifier,
                             struct gw_buffer *buffer);

#endif
