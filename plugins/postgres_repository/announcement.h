/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Announcements: a process that has committed rows informs the holder of their destination's lease, so that it need not
 * look often. NOTIFY is no part of `apply`, because commits that notify wait for each other on the whole server.
 */
#ifndef POSTGRES_ANNOUNCEMENT_H
#define POSTGRES_ANNOUNCEMENT_H

#include "session.h"

/* Slots of the port. */
enum gw_status announcement_send(struct gw_session *session, struct gw_text destination, struct gw_error *reterr);
enum gw_status announcement_await(struct gw_session *session, int32_t *ret_fd);

/* Takes what libpq has received with other answers. */
void announcement_note(struct gw_session *session);

/* What arrived so far is answered by the look that follows. */
void announcement_forget(struct gw_session *session);

#endif
