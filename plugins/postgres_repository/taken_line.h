/* SPDX-License-Identifier: Apache-2.0 */
/* Which order line of a changeset is held already: the server's message names its product by a number only. No state.
 */
#ifndef POSTGRES_TAKEN_LINE_H
#define POSTGRES_TAKEN_LINE_H

#include "session.h"

/* Whether a changeset was refused because of one. */
bool taken_line_is_cause(const PGresult *result);

/* Looks for it, in a round trip of its own, and names it in *reterr, whose status stays CONFLICT. Where it is gone by
 * now, *reterr stays as it is. */
void taken_line_describe(struct gw_session *session, const struct gw_changeset *set, struct gw_error *reterr);

#endif
