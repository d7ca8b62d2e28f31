/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The base of every test of a repository: the plugin under test, opened on an empty repository of its own, with a
 * session.
 */
#ifndef GW_CONTRACT_FIXTURE_H
#define GW_CONTRACT_FIXTURE_H

#include "suite.h"
#include "test_host.h"

#include <gangway/port/repository.h>

#include <check.h>

#include <stdbool.h>
#include <stddef.h>

extern bool is_persistent; /* --persistent: an applied changeset survives close and open */

/* The repository of the test that runs. */
struct repository {
    struct test_plugin plugin;
    struct test_host host;
    const struct gw_repository_ops *ops;
    void *self;
    struct gw_session *session;
};
extern struct repository repo;

#define T(string)                         gw_text_of(string)

#define ck_assert_status(found, expected) suite_assert_status(found, expected, &last_error)
#define ck_assert_ok(found)               ck_assert_status(found, GW_OK)

/* The error of the last call; pass it to every slot. */
extern struct gw_error last_error;

bool repository_has(uint32_t feature);

/* A further session, with the same host. */
struct gw_session *repository_session(void);

/* Takes a destination's lease for the session of the test, where the plugin has leases. */
void repository_lease(const char *destination);

/* Moves the repository's clock so far from the true time: by the host, or, where a server has the clock, by the file of
 * a moved clock (support/moved_clock.py). False: the server's clock cannot be moved. */
bool repository_set_clock(int64_t offset_ms);

/* Closes everything and opens it again on the same settings. */
void repository_reopen(void);

/* A new test case whose tests each get an empty repository. */
TCase *repository_case(const char *name);

/* The test cases, one per file. */
TCase *apply_case(void);
TCase *blocks_case(void);
TCase *conflicts_case(void);
TCase *dead_letters_case(void);
TCase *inbox_case(void);
TCase *lease_case(void);
TCase *load_case(void);
TCase *notices_case(void);
TCase *outbox_case(void);
TCase *positions_case(void);
TCase *sessions_case(void);
TCase *values_case(void);
TCase *views_case(void);

#endif
