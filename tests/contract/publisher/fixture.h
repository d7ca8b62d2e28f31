/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The base of every test of a publisher: a place with a destination of its own, the plugin under test, which the test
 * opens, and numbered events, each with an id, a type, a SKU, a payload and headers that depend on the number only.
 */
#ifndef GW_CONTRACT_FIXTURE_H
#define GW_CONTRACT_FIXTURE_H

#include "suite.h"
#include "test_host.h"

#include <gangway/port/publisher.h>

#include <check.h>

#include <stdbool.h>

/* The settings of the plugin under test from the command line. */
struct publisher_arguments {
    const char *fetch;    /* see arrival.h */
    const char *prepare;  /* a command that makes the destination, before a test */
    const char *away;     /* key=value: with this setting the other side cannot be reached */
    const char *obstruct; /* a command that makes the destination unwritable */
    const char *clear;    /* and one that makes it writable again, with all that is in it */
    const char *carries;  /* which of sku, headers arrive beside the payload: words with commas */
    bool is_one_order;    /* the destination keeps one order over all SKUs */
};
extern struct publisher_arguments publisher;

enum { GROUP_MAX = 2048, DEADLINE_MS = 20000 };

/* An instance, and the place where it publishes. */
struct outlet {
    struct suite_place place;
    struct test_host host;
    struct test_plugin plugin;
    const struct gw_publisher_ops *ops;
    void *self;
    struct gw_error error;
    struct gw_verdict verdicts[GROUP_MAX]; /* of the last publish */
};

/* Of the test that runs; `other` is there for tests with two. Not open yet. */
extern struct outlet outlet;
extern struct outlet other;

/* A new place, prepared. */
void outlet_make(struct outlet *made);

/* Opens an instance on it; the second form with a setting that takes the place of the command line's. */
void outlet_open(struct outlet *opened);
void outlet_open_with(struct outlet *opened, const char *instead);
void outlet_close(struct outlet *closed);

/* Runs --obstruct or --clear. */
void outlet_run(const struct outlet *at, const char *command);

/* Publishes the events of these numbers as one group, with a deadline in so many milliseconds. */
enum gw_status outlet_publish(struct outlet *used, uint32_t first, uint32_t count, int64_t within_ms);

/* The same, and every verdict must be OK. */
void outlet_deliver(struct outlet *used, uint32_t first, uint32_t count);

/* Events by number: ten thousand make a block, whose SKUs no other block has. Numbers from LARGE on have a payload of
 * 100 KiB. */
enum { BLOCK = 10000, SKUS = 3, LARGE = 900000 };

/* How often each of count events from first on arrived: at least once, and exactly once except for repeats; in the
 * order of their numbers per SKU, each unchanged. Nothing else of their block may have arrived. */
enum repeats { ONCE, REPEATED };
void expect_arrived(const struct outlet *at, uint32_t first, uint32_t count, enum repeats repeats);

/* That nothing is there at all. */
void expect_nothing(const struct outlet *at);

/* How many arrivals of these events are there, each as it was given, none cut short. */
size_t count_arrived(const struct outlet *at, uint32_t first, uint32_t count);

/* A new test case, whose tests each have a destination with nothing in it, and close what they opened. */
TCase *publisher_case(const char *name);

/* The test cases, one per file. */
TCase *failing_case(void);
TCase *opening_case(void);
TCase *publishing_case(void);

#endif
