/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Marks a notice as a test, where a person sees it first.
 *
 * The mark, `[TEST] `, begins the rendered `subject` or `title`. A notifier without such a text gets it at the
 * beginning of each text for people; headers and URLs stay as they are, because programs read them. In a JSON document
 * it begins a string, so that the document stays valid: the first of a member called title, subject, summary, text,
 * content, message, body or description, otherwise the first of several words.
 */
#ifndef GW_CLI_NOTICE_MARK_H
#define GW_CLI_NOTICE_MARK_H

#include "base/arena.h"
#include "config/bootstrap.h"

#include <gangway/port/notifier.h>

/* Marks the rendered templates of a notifier, one for each of its templates, in their order; a marked text is in the
 * arena. Adds the number of marked texts to *ret_marked: 0 means that no text has a place for the mark. OK, NOMEM. */
enum gw_status gw_notice_mark(struct gw_arena *arena, const struct gw_component *notifier, struct gw_rendered *rendered,
                              size_t *ret_marked);

#endif
