/* SPDX-License-Identifier: Apache-2.0 */
/* The work of a relay on the outbox of a postgres_repository: it holds the lease of "events", looks, and settles. */
#ifndef GW_TEST_POSTGRES_RELAY_H
#define GW_TEST_POSTGRES_RELAY_H

#include "postgres_instance.h"

#include <stdbool.h>

enum { LOOK_MAX = 1000, LONGEST_WAIT_MS = 3600 * 1000 };

/* The result of one look. */
struct look {
    uint32_t count;
    int64_t due_in_ms;
    int64_t numbers[LOOK_MAX];
    int64_t stamps[LOOK_MAX];
    char ids[LOOK_MAX][32];
};

/* A row that SQL puts into the outbox of events; numbers come as an apply takes them. */
#define INSERT_EVENT(id, sku)                                                                            \
    "INSERT INTO outbox_blocks (destination, number, stamp, created_at, count, counters, events) VALUES" \
    " ('events', nextval('blocks'), 0, now(), 1, '{}', event_line(0, 'Allocated', '" sku "', '" id "', '', '', '{}'))"

struct gw_session *relay_open(struct instance *instance);
enum gw_status relay_lease(struct instance *instance, struct gw_session *session);

/* The next rows, at most so many; it must succeed. */
void relay_look(struct instance *instance, struct gw_session *session, uint32_t limit, struct look *ret_look);

/* The same, with numbers and stamps only. */
void relay_look_for_numbers(struct instance *instance, struct gw_session *session, uint32_t limit,
                            struct look *ret_look);

/* Settles all rows of a look in the same way: delivered, or failed and due in delay_ms. */
enum gw_status relay_delivered(struct instance *instance, struct gw_session *session, const struct look *look);
enum gw_status relay_failed(struct instance *instance, struct gw_session *session, const struct look *look,
                            int64_t delay_ms);

/* The ids of a look, separated by blanks. Valid until the next call. */
const char *look_ids(const struct look *look);

/* Asks for the lease until it is to be had: after how many milliseconds. It must be within so many. */
int64_t relay_await_lease(struct instance *instance, struct gw_session *session, int64_t within_ms);

#endif
