/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The base of every test of an entrypoint: a place with an empty input of its own, and the plugin under test, which the
 * test opens in a small core (reading.h).
 */
#ifndef GW_CONTRACT_FIXTURE_H
#define GW_CONTRACT_FIXTURE_H

#include "feed.h"
#include "reading.h"
#include "suite.h"

#include <gangway/port/entrypoint.h>

#include <check.h>

#include <stdbool.h>

/* The settings of the plugin under test from the command line. */
struct entrypoint_arguments {
    const char *feed;        /* see feed.h */
    bool is_finite;          /* the input is finite: END follows the messages that were fed before the open */
    const char *away;        /* key=value: with this setting the other side cannot be reached */
    const char *sources;     /* how many sources the feed can put messages into; else 1 */
    const char *max_message; /* the limit that the settings give, in bytes; 256 times as much is fed, too */
    const char *carries;     /* what comes with a message, of key, type, headers, id, received: words with commas */
    bool is_rewriting;       /* the plugin makes its payloads from another format, so bytes are not passed on */
    uint32_t features;
};
extern struct entrypoint_arguments entrypoint;

/* An instance, and the place whose input it reads. */
struct entry {
    struct suite_place place;
    struct reading reading;
};

/* Of the test that runs; `other` is there for tests with two. Not open yet. */
extern struct entry entry;
extern struct entry other;

enum { PATIENCE_MS = 30000 };

bool is_ordered(void);

/* A new place with an empty input. */
void entry_make(struct entry *made);

/* Opens an instance on it; the second form with a setting that takes the place of the command line's. */
void entry_open(struct entry *opened);
void entry_open_with(struct entry *opened, const char *instead);
void entry_close(struct entry *closed);

/* Turns, without and with settling them, until there were count messages since it was opened. */
void entry_take(struct entry *taken, size_t count);
void entry_read(struct entry *read, size_t count);

/* Turns until nothing can come any more: END of a finite input, else a wait without anything. */
void entry_expect_no_more(struct entry *read);

/* That the messages from index on are those of count numbers from first on. */
void entry_expect(const struct entry *read, size_t index, uint32_t first, uint32_t count);

#define ck_assert_status(found, expected, reading) suite_assert_status(found, expected, &(reading)->error)

/* A new test case, whose tests each have a place with an empty input, and close what they opened. */
TCase *entrypoint_case(const char *name);

/* The test cases, one per file. */
TCase *borrowing_case(void);
TCase *content_case(void);
TCase *ending_case(void);
TCase *ids_case(void);
TCase *opening_case(void);
TCase *polling_case(void);
TCase *sources_case(void);
TCase *starting_case(void);
TCase *waiting_case(void);

#endif
