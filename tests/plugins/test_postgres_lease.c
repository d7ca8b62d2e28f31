/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who holds a lease of postgres_repository, and who no longer does: a holder that is killed, stopped, or cut off. The
 * holder is a process of its own, which renews as a relay does.
 */
#include "check_main.h"
#include "postgres_relay.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* The longest time until a lease is free, as guaranteed. */
enum { KILLED_MS = 5000, STOPPED_MS = 15000 };
enum { TIMEOUT_MS = 60000, LEASE_TIMEOUT_MS = 10000, RENEW_MS = 500, TEST_SECONDS = 120 };
enum { SETTLED_WITHOUT_LEASE = 3, WAS_REFUSED = 4 };

static struct instance instance;
static struct look look;
static PGconn *pg;
static pid_t holder;

static void set_up(void)
{
    instance_open(&instance, TIMEOUT_MS);
    pg = sql_open(&instance);
    (void)sql_value(pg, INSERT_EVENT("one", "LAMP"));
    (void)sql_value(pg, INSERT_EVENT("two", "LAMP"));
}

static void tear_down(void)
{
    PQfinish(pg);
    instance_close(&instance);
}

static void wait_ms(int64_t ms)
{
    const struct gw_host *host = &instance.host.host;
    uint32_t ready;

    ck_assert_int_eq(host->wait(host, -1, 0, host->monotonic_ms(host) + ms, &ready), GW_OK);
}

static void assert_pending(const char *expected)
{
    ck_assert_str_eq(sql_value(pg, "SELECT coalesce(string_agg(id, ' ' ORDER BY number), '') FROM outbox_events"),
                     expected);
}

/* ---- another process ------------------------------------------------------------------------------------------- */

typedef void holder_fn(struct gw_session *session);

/* Holds the lease as long as it may, then tries to settle all that it has seen. */
static void hold(struct gw_session *session)
{
    while (relay_lease(&instance, session) == GW_OK)
        wait_ms(RENEW_MS);
    _exit(relay_delivered(&instance, session, &look) == GW_OK ? SETTLED_WITHOUT_LEASE : WAS_REFUSED);
}

static enum gw_status skip_row(void *context, const struct gw_outbox_row *row)
{
    (void)context, (void)row;
    return GW_OK;
}

/* Reads more than fits between the server and us, again and again. */
static void read_much(struct gw_session *session)
{
    struct gw_outbox_visitor visitor = {.size = sizeof visitor, .row = skip_row};
    int64_t due_in_ms;

    while (instance.ops->outbox_next(session, gw_text_of("events"), 0, UINT32_MAX, LONGEST_WAIT_MS, &visitor,
                                     &due_in_ms, &instance.error) == GW_OK)
        continue;
    _exit(WAS_REFUSED);
}

static void start_holder(holder_fn *run)
{
    int ends[2];
    char byte;

    ck_assert_int_eq(pipe(ends), 0);
    (void)fflush(stdout);
    holder = fork();
    ck_assert_int_ge(holder, 0);
    if (holder == 0) {
        struct gw_session *session = relay_open(&instance);

        ck_assert_status(&instance, relay_lease(&instance, session), GW_OK);
        relay_look(&instance, session, 2, &look);
        if (write(ends[1], "", 1) == 1)
            run(session);
        _exit(1);
    }
    (void)close(ends[1]);
    ck_assert_msg(read(ends[0], &byte, 1) == 1, "the holder did not start");
    (void)close(ends[0]);
    ck_assert_status(&instance, relay_lease(&instance, instance.session), GW_CONFLICT);
}

static void assert_holder_ended_with(int expected)
{
    int status;

    ck_assert_int_eq(waitpid(holder, &status, 0), holder);
    ck_assert_msg(WIFEXITED(status), "the holder was ended by signal %d", WTERMSIG(status));
    ck_assert_int_eq(WEXITSTATUS(status), expected);
}

START_TEST(a_holder_that_is_killed_frees_its_lease)
{
    int64_t ms;

    start_holder(hold);
    ck_assert_int_eq(kill(holder, SIGKILL), 0);
    ms = relay_await_lease(&instance, instance.session, KILLED_MS);
    printf("killed: free after %lld ms\n", (long long)ms);
    ck_assert_int_eq(waitpid(holder, NULL, 0), holder);
}
END_TEST

START_TEST(a_suspended_holder_loses_its_lease_and_settles_nothing_after_it_resumes)
{
    int64_t ms;

    start_holder(hold);
    ck_assert_int_eq(kill(holder, SIGSTOP), 0);
    ms = relay_await_lease(&instance, instance.session, STOPPED_MS);
    printf("stopped: free after %lld ms\n", (long long)ms);
    ck_assert_int_eq(kill(holder, SIGCONT), 0);
    assert_holder_ended_with(WAS_REFUSED);
    assert_pending("one two");
}
END_TEST

/* The server waits for its client then, and its own timeouts do not end that: the connection's must. */
START_TEST(a_holder_that_is_stopped_while_it_reads_loses_its_lease)
{
    int64_t ms;

    (void)sql_value(pg, "INSERT INTO outbox_blocks (destination, number, stamp, created_at, count, counters, events)"
                        " SELECT 'events', nextval('blocks'), 0, now(), 1, '{}',"
                        " event_line(0, 'T', 'LAMP', 'k', '', '', convert_to(repeat('x', 1000), 'UTF8'))"
                        " FROM generate_series(1, 50000)");
    start_holder(read_much);
    do {
        ck_assert_int_eq(kill(holder, SIGCONT), 0);
        wait_ms(30);
        ck_assert_int_eq(kill(holder, SIGSTOP), 0);
        wait_ms(200);
    } while (strcmp(sql_value(pg, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'ClientWrite'"), "0") == 0);
    ms = relay_await_lease(&instance, instance.session, STOPPED_MS);
    printf("stopped while it read: free after %lld ms\n", (long long)ms);
    ck_assert_int_eq(kill(holder, SIGCONT), 0);
    assert_holder_ended_with(WAS_REFUSED);
}
END_TEST

START_TEST(a_holder_that_renews_keeps_its_lease_beyond_the_timeout)
{
    struct gw_session *other = relay_open(&instance);
    int64_t waited = 0;

    ck_assert_status(&instance, relay_lease(&instance, other), GW_OK);
    for (; waited < LEASE_TIMEOUT_MS + GW_LEASE_RENEW_MS; waited += GW_LEASE_RENEW_MS) {
        wait_ms(GW_LEASE_RENEW_MS);
        ck_assert_status(&instance, relay_lease(&instance, instance.session), GW_CONFLICT);
        ck_assert_status(&instance, relay_lease(&instance, other), GW_OK);
    }
    instance.ops->close_session(other);
    (void)relay_await_lease(&instance, instance.session, KILLED_MS);
}
END_TEST

/* ---- connections that end -------------------------------------------------------------------------------------- */

static void end_holders(void)
{
    ck_assert_str_eq(sql_value(pg, "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory'"),
                     "1");
}

START_TEST(a_session_that_lost_lease_and_connection_settles_nothing_and_gets_a_conflict)
{
    struct gw_session *other = relay_open(&instance);
    enum gw_status status;

    ck_assert_status(&instance, relay_lease(&instance, instance.session), GW_OK);
    relay_look(&instance, instance.session, 2, &look);
    end_holders();
    (void)relay_await_lease(&instance, other, KILLED_MS);
    status = relay_delivered(&instance, instance.session, &look);
    ck_assert_msg(status == GW_TRANSIENT || status == GW_UNKNOWN, "%s", gw_status_word((int)status));
    ck_assert_status(&instance, relay_delivered(&instance, instance.session, &look), GW_CONFLICT);
    ck_assert_status(&instance, relay_lease(&instance, instance.session), GW_CONFLICT);
    assert_pending("one two");
    relay_look(&instance, other, 2, &look);
    ck_assert_str_eq(look_ids(&look), "one two");
    ck_assert_status(&instance, relay_delivered(&instance, other, &look), GW_OK);
    assert_pending("");
    instance.ops->close_session(other);
}
END_TEST

START_TEST(a_lost_lease_is_reported_once_and_can_then_be_acquired_again)
{
    enum gw_status status;

    ck_assert_status(&instance, relay_lease(&instance, instance.session), GW_OK);
    end_holders();
    status = relay_lease(&instance, instance.session);
    ck_assert_msg(status == GW_TRANSIENT || status == GW_CONFLICT, "%s", gw_status_word((int)status));
    (void)relay_await_lease(&instance, instance.session, KILLED_MS);
    relay_look(&instance, instance.session, 2, &look);
    ck_assert_str_eq(look_ids(&look), "one two");
    ck_assert_status(&instance, relay_delivered(&instance, instance.session, &look), GW_OK);
}
END_TEST

START_TEST(a_crash_of_the_server_ends_a_lease)
{
    struct gw_session *other = relay_open(&instance);
    enum gw_status status;

    ck_assert_status(&instance, relay_lease(&instance, instance.session), GW_OK);
    relay_look(&instance, instance.session, 2, &look);
    sql_crash_server(&instance, &pg);
    status = relay_delivered(&instance, instance.session, &look);
    ck_assert_msg(status == GW_TRANSIENT || status == GW_CONFLICT, "%s", gw_status_word((int)status));
    assert_pending("one two");
    (void)relay_await_lease(&instance, instance.session, KILLED_MS);
    sql_crash_server(&instance, &pg);
    status = relay_lease(&instance, instance.session);
    ck_assert_msg(status == GW_TRANSIENT || status == GW_CONFLICT, "%s", gw_status_word((int)status));
    (void)relay_lease(&instance, other); /* finds its own connection lost */
    ck_assert_status(&instance, relay_lease(&instance, other), GW_OK);
    ck_assert_status(&instance, relay_lease(&instance, instance.session), GW_CONFLICT);
    instance.ops->close_session(other);
}
END_TEST

/* Deliveries under the old lease prove nothing about rows from before. */
START_TEST(a_new_lease_begins_at_the_beginning)
{
    PGconn *late = sql_open(&instance);

    ck_assert_status(&instance, relay_lease(&instance, instance.session), GW_OK);
    (void)sql_value(late, "BEGIN");
    (void)sql_value(late, INSERT_EVENT("late", "VASE"));
    for (int i = 0; i < 5; i++) {
        relay_look(&instance, instance.session, 2, &look);
        wait_ms(120);
    }
    end_holders();
    (void)relay_lease(&instance, instance.session);
    (void)relay_await_lease(&instance, instance.session, KILLED_MS);
    relay_look(&instance, instance.session, 2, &look);
    ck_assert_str_eq(look_ids(&look), "one two");
    ck_assert_status(&instance, relay_delivered(&instance, instance.session, &look), GW_OK);
    (void)sql_value(late, "COMMIT");
    relay_look(&instance, instance.session, 2, &look);
    ck_assert_str_eq(look_ids(&look), "late");
    PQfinish(late);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("postgres_lease");
    TCase *tests = tcase_create("lease");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, TEST_SECONDS);
    tcase_add_test(tests, a_holder_that_is_killed_frees_its_lease);
    tcase_add_test(tests, a_suspended_holder_loses_its_lease_and_settles_nothing_after_it_resumes);
    tcase_add_test(tests, a_holder_that_is_stopped_while_it_reads_loses_its_lease);
    tcase_add_test(tests, a_holder_that_renews_keeps_its_lease_beyond_the_timeout);
    tcase_add_test(tests, a_session_that_lost_lease_and_connection_settles_nothing_and_gets_a_conflict);
    tcase_add_test(tests, a_lost_lease_is_reported_once_and_can_then_be_acquired_again);
    tcase_add_test(tests, a_crash_of_the_server_ends_a_lease);
    tcase_add_test(tests, a_new_lease_begins_at_the_beginning);
    suite_add_tcase(suite, tests);
    return suite;
}
