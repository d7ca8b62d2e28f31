/* SPDX-License-Identifier: Apache-2.0 */
/* Settles rows as a relay does, with the dead letter of a refused row made of what the outbox reported. */
#ifndef GW_CONTRACT_SETTLING_H
#define GW_CONTRACT_SETTLING_H

#include <gangway/port/repository.h>

#include <stdint.h>

enum way { DELIVERED, FAILED, REFUSED };

/* The first row that is made for a target gets this stamp. */
enum { SETTLE_STAMP = 700 };

struct settling {
    const char *id; /* of the event, which is pending; NULL: the first of the block with this number */
    int64_t number;
    enum way way;
    int64_t delay_ms;   /* FAILED; its attempts are one more than the row has */
    const char *answer; /* FAILED, REFUSED */
    const struct gw_outbox_target *targets;
    uint32_t target_count;
    int64_t stamp;        /* 0: that of the row */
    uint32_t from;        /* the index of the block's first pending event, as the test claims */
    uint32_t is_rerouted; /* REFUSED */
    const char *payload;  /* REFUSED; NULL: that of the row */
};

/* Takes the lease where there are leases, and settles: OK. */
void settle_rows(const char *destination, const struct settling *items, uint32_t count);
void settle_row(const char *destination, int64_t number, enum way way, int64_t delay_ms, const char *answer);

/* The same for the event with this id. */
void settle_id(const char *destination, const char *id, enum way way);

/* Calls the slot in this session, without acquiring the lease. Returns its status. */
enum gw_status settle_in(struct gw_session *session, const char *destination, const struct settling *items,
                         uint32_t count);

#endif
