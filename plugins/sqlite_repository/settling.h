/* SPDX-License-Identifier: Apache-2.0 */
/* What settling events and settling notices have in common: one transaction, and what a refusal leaves behind. */
#ifndef SQLITE_SETTLING_H
#define SQLITE_SETTLING_H

#include "session.h"

struct settling {
    struct gw_session *session;
    struct gw_text destination;
    int64_t now_ms;
    int64_t next_stamp;        /* of the next row for a target */
    int64_t next_notice_stamp; /* of the next notice */
};

/* Records the settlement at *at, which was checked, and with it those behind it that belong together with it. Sets *at
 * to the next one. */
typedef enum gw_status settle_fn(struct settling *settling, const struct gw_array *settlements, uint32_t *at,
                                 struct gw_error *reterr);

/* Records settlements in their order, in one transaction. stamp: of the first row that they make. */
enum gw_status settling_run(struct gw_session *session, struct gw_text destination, const struct gw_array *settlements,
                            int64_t stamp, settle_fn *settle, struct gw_error *reterr);

/* Stores the dead letter of a refusal, unless it is rerouted, and a row for each of its targets. */
enum gw_status settling_refuse(struct settling *settling, const struct gw_outbox_refusal *refusal,
                               struct gw_error *reterr);

#endif
