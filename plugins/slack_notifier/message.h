/* SPDX-License-Identifier: Apache-2.0 */
/* Message: a notice as Slack's JSON, within Slack's limits. No state, any thread. */
#ifndef SLACK_NOTIFIER_MESSAGE_H
#define SLACK_NOTIFIER_MESSAGE_H

#include "settings.h"

#include <gangway/port/notifier.h>
#include <gangway/sdk/buffer.h>

enum {
    MESSAGE_TEXT_MAX = 3000, /* characters of a text, of a section and of a notification */
    MESSAGE_TITLE_MAX = 150, /* of a header */
    /* Slack takes 50 blocks, but refuses a message whose blocks are longer than about 13,000 characters together. */
    MESSAGE_SECTIONS_MAX = 4
};

/* Appends the message. The rendered texts have Slack's escapes already. A text that is too long is cut between two
 * characters, and says so. thread: the `ts` of the first message of the thread; empty: none. */
void message_write(const struct slack_config *config, const struct gw_notice *notice, struct gw_text thread,
                   struct gw_buffer *buffer);

/* The number of leading bytes that have at most so many characters, as Slack counts them: in units of UTF-16. It splits
 * neither a character nor an entity such as &amp;. */
size_t message_cut(struct gw_text text, size_t characters);

#endif
