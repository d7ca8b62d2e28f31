/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every test of a notifier has: a place of its own, the plugin under test, which the test opens, and notices by
 * number, whose texts hold the number as `<N>`. What host->console leads to is the file `console` of the place.
 *
 * --fetch COMMAND prints what arrived at the channel, in order: a line for each notice, which holds its text. Without
 * it nothing can be expected of what arrives.
 */
#ifndef GW_CONTRACT_FIXTURE_H
#define GW_CONTRACT_FIXTURE_H

#include "suite.h"
#include "test_host.h"

#include <gangway/port/notifier.h>

#include <check.h>

#include <stdint.h>

/* The settings of the plugin under test from the command line. */
struct notifier_arguments {
    const char *fetch;
    const char *recipient; /* the recipient of the notices; NULL: none, for a plugin without recipients */
    const char *away;      /* key=value: with this setting the other side cannot be reached */
};
extern struct notifier_arguments notifier;

enum { DEADLINE_MS = 20000 };

/* An instance, and the place at which people see its notices. */
struct channel {
    struct suite_place place;
    struct test_host host;
    int console;
    struct test_plugin plugin;
    const struct gw_notifier_ops *ops;
    void *self;
    struct gw_error error;
    struct gw_verdict verdict; /* of the last send */
};

/* Of the test that runs; `other` is there for tests with two. Not open yet. */
extern struct channel channel;
extern struct channel other;

/* Opens an instance at the channel's place; the second form with a setting that takes the place of the command line's.
 */
void channel_open(struct channel *opened);
void channel_open_with(struct channel *opened, const char *instead);
void channel_close(struct channel *closed);

/* Sends the notice of this number, about so many events, of which two at most are listed, with a deadline in so many
 * milliseconds. A verdict must be one of OK, TRANSIENT and PERMANENT, and its answer a string. */
enum gw_status channel_send(struct channel *used, uint32_t number, uint32_t events, int64_t within_ms);

/* The same about one event, and the verdict must be OK. */
void channel_deliver(struct channel *used, uint32_t number);

/* The numbers of the notices that arrived at the place, in order: free them. */
uint32_t *channel_arrived(const struct channel *at, size_t *ret_count);

/* Exactly the notices from 0 to count - 1 arrived, in order. Expects nothing without --fetch. */
void expect_arrived(const struct channel *at, uint32_t count);

/* A new test case, whose tests each have a place at which nothing has arrived, and close what they opened. */
TCase *notifier_case(const char *name);

/* The test cases, one per file. */
TCase *opening_case(void);
TCase *sending_case(void);

#endif
