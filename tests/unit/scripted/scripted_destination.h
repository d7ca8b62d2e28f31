/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests of relays: a publisher and a notifier that answer by a script and record what they accepted, the components
 * of a configuration with them, and rows for them. One test at a time.
 */
#ifndef GW_TEST_SCRIPTED_DESTINATION_H
#define GW_TEST_SCRIPTED_DESTINATION_H

#include "config/bootstrap.h"
#include "scripted.h"

#include <gangway/port/notifier.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct scripted_destination {
    enum gw_status verdicts[SCRIPT_MAX]; /* of the n-th message ever sent; past the end OK */
    uint32_t verdict_count;
    int32_t retry_after_ms[SCRIPT_MAX]; /* of the n-th message ever sent; 0: none */
    struct gw_noticed_event noticed;    /* the event of the last notice: its numbers; its texts are gone */
    char noticed_header[64];            /* and the value of its first header */
    int64_t sent_ms[SCRIPT_MAX];        /* monotonic: when the n-th message was sent */
    enum gw_status results[SCRIPT_MAX]; /* of the n-th call; past the end OK */
    uint32_t result_count;
    bool sends_behind_failures; /* of a group of a publisher: otherwise it sends nothing after a TRANSIENT verdict */
    void (*in_call)(void);      /* called in each call, on the relay's thread; NULL: nothing */
    const struct gw_host *host;
    atomic_uint calls;
    atomic_uint keepalives;
    uint32_t sent;
    char ids[SCRIPT_MAX][40];        /* of the n-th notice ever sent: its id */
    char recipients[SCRIPT_MAX][40]; /* and its recipient */
    char accepted[SCRIPT_MAX][160];  /* accepted messages in order: id and text */
    atomic_uint accepted_count;
};

extern struct scripted_destination scripted_destination;

/* A publisher `events` that takes three events together, and a notifier `console`; both try again after 1 or 2 ms. */
struct gw_component publisher_component(void);
struct gw_component notifier_component(int64_t give_up_ms);

/* Commits count events for this destination, with the ids e1, e2 ... Once in a test. */
void add_rows(struct gw_session *session, const char *id, uint32_t count);

void assert_accepted(uint32_t index, const char *expected);

/* Of the rows that add_rows made for `events` each was accepted once and in order, and is gone. */
void assert_all_published_in_order(struct gw_session *session, uint32_t count);

#endif
