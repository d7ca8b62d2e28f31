/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the order line of a changeset that is already held, because the server's message names its product by a number
 * only. No state.
 */
#ifndef POSTGRES_TAKEN_LINE_H
#define POSTGRES_TAKEN_LINE_H

#include "session.h"

/* Whether a changeset was refused because of such a line. */
bool taken_line_is_cause(const PGresult *result);

/* Finds it in a round trip of its own, and names it in *reterr, whose status stays CONFLICT. If the line is no longer
 * held, *reterr is unchanged. */
void taken_line_describe(struct gw_session *session, const struct gw_changeset *set, struct gw_error *reterr);

#endif
