/* SPDX-License-Identifier: Apache-2.0 */
/* The beginning of a connection: version, login, limits, virtual host, channel. */
#ifndef RABBIT_LOGIN_H
#define RABBIT_LOGIN_H

#include "link.h"

/* Logs in on a link that is connected, agrees on the limits, and opens the channel. Statuses as rabbit_link_open. */
enum gw_status rabbit_login(struct rabbit_link *link, const struct rabbit_settings *settings, int64_t deadline_ms,
                            struct gw_error *reterr);

#endif
