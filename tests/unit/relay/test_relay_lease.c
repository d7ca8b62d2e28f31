/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Delivery by one of several processes that share a repository: the holder of the lease renews it in every wait, and
 * the others wait. The test moves the clock of this program, so that seconds need not pass.
 */
#include "base/clock.h"
#include "check_main.h"
#include "log_file.h"
#include "process/thread_host.h"
#include "process/wakeup.h"
#include "relay/relay.h"
#include "scripted.h"
#include "scripted_destination.h"
#include "scripted_plan.h"
#include "worker/identity.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- the clock -------------------------------------------------------------------------------------------------- */

static atomic_int_fast64_t moved_ms;

int64_t __real_gw_clock_monotonic_ms(void);
int64_t __wrap_gw_clock_monotonic_ms(void);

int64_t __wrap_gw_clock_monotonic_ms(void)
{
    return __real_gw_clock_monotonic_ms() + atomic_load(&moved_ms);
}

static void move_clock(int64_t ms)
{
    atomic_fetch_add(&moved_ms, ms);
}

/* ---- one relay -------------------------------------------------------------------------------------------------- */

enum { PATIENCE_MS = 10000 };

static struct gw_session *session;
static struct gw_bootstrap bootstrap;
static struct gw_component component;
static struct gw_relay_plan plan;
static struct gw_relay *relay;

static void set_up(void)
{
    ck_assert(gw_identity_init());
    log_file_open();
    session = scripted_repository_open();
    ck_assert_ptr_nonnull(session);
    scripted_repository_share();
    component = publisher_component();
}

static void start_relay(void)
{
    struct gw_error error = {0};

    plan = scripted_relay_plan(&component, &bootstrap);
    plan.log = &log_file;
    ck_assert_msg(gw_relay_new(&plan, &relay, &error) == GW_OK, "%s", error.text);
    ck_assert_msg(gw_relay_start(relay, &error) == GW_OK, "%s", error.text);
}

static void stop_relay(void)
{
    gw_wakeup_raise(plan.stop);
    gw_relay_join(relay);
    gw_relay_free(relay);
}

/* Ready when the number is as high as that. */
static void await(const atomic_uint *number, unsigned least)
{
    int64_t deadline = __real_gw_clock_monotonic_ms() + PATIENCE_MS;

    while (atomic_load(number) < least) {
        ck_assert_int_lt(__real_gw_clock_monotonic_ms(), deadline);
        (void)poll(NULL, 0, 1);
    }
}

/* The same for a relay without the lease, which reads the clock when it is woken. */
static void await_moving(const atomic_uint *number, unsigned least)
{
    while (atomic_load(number) < least) {
        move_clock(100);
        gw_relay_wake(relay);
        (void)poll(NULL, 0, 1);
    }
}

static void await_gone(void)
{
    int64_t deadline = __real_gw_clock_monotonic_ms() + PATIENCE_MS;

    while (scripted_outbox_count(session, "events") > 0) {
        ck_assert_int_lt(__real_gw_clock_monotonic_ms(), deadline);
        (void)poll(NULL, 0, 1);
    }
}

static void await_logged(const char *code)
{
    int64_t deadline = __real_gw_clock_monotonic_ms() + PATIENCE_MS;

    while (logged(code, NULL) == 0) {
        ck_assert_int_lt(__real_gw_clock_monotonic_ms(), deadline);
        (void)poll(NULL, 0, 1);
    }
}

static void elsewhere(const char *destination)
{
    atomic_store(&scripted_repository.leased_elsewhere, destination);
}

/* ---- taking ----------------------------------------------------------------------------------------------------- */

START_TEST(recording_confirms_the_lease_without_a_further_request)
{
    add_rows(session, "events", 7);
    start_relay();
    await_gone();
    stop_relay();
    assert_all_published_in_order(session, 7);
    ck_assert_uint_eq(atomic_load(&scripted_repository.leases), 1);
    ck_assert_uint_eq(logged(NULL, NULL), 0);
}
END_TEST

START_TEST(a_relay_without_the_lease_delivers_nothing_and_logs_it_once)
{
    elsewhere("events");
    add_rows(session, "events", 4);
    start_relay();
    await_moving(&scripted_repository.leases, 3);
    ck_assert_uint_eq(atomic_load(&scripted_destination.calls), 0);
    ck_assert_uint_eq(atomic_load(&scripted_repository.looks), 0);
    elsewhere(NULL);
    await_moving(&scripted_destination.calls, 1);
    await_gone();
    stop_relay();
    assert_all_published_in_order(session, 4);
    ck_assert_uint_eq(logged(GW_CODE_LEASE_AWAITED, NULL), 1);
    ck_assert_uint_eq(logged(GW_CODE_LEASE_TAKEN, NULL), 1);
}
END_TEST

START_TEST(commits_do_not_make_a_relay_without_the_lease_retry_sooner)
{
    elsewhere("events");
    start_relay();
    await(&scripted_repository.leases, 1);
    for (int index = 0; index < 100; index++) {
        gw_relay_wake(relay);
        (void)poll(NULL, 0, 1);
    }
    ck_assert_uint_le(atomic_load(&scripted_repository.leases), 2);
    stop_relay();
}
END_TEST

/* ---- keeping ---------------------------------------------------------------------------------------------------- */

static unsigned leases_before;
static unsigned leases_after;

/* A destination that takes four seconds for its answer. */
static void wait_long(void)
{
    const struct gw_host *host = scripted_destination.host;
    uint32_t ready;

    leases_before = atomic_load(&scripted_repository.leases);
    ck_assert(host->wait(host, -1, 0, host->monotonic_ms(host), &ready) == GW_OK);
    move_clock(GW_LEASE_RENEW_MS + 1000);
    ck_assert(host->wait(host, -1, 0, host->monotonic_ms(host), &ready) == GW_OK);
    leases_after = atomic_load(&scripted_repository.leases);
    scripted_destination.in_call = NULL;
}

START_TEST(a_lease_is_renewed_during_a_wait_for_the_destination)
{
    scripted_destination.in_call = wait_long;
    add_rows(session, "events", 3);
    start_relay();
    await_gone();
    stop_relay();
    ck_assert_uint_eq(leases_before, 1);
    ck_assert_uint_eq(leases_after, 2);
    assert_all_published_in_order(session, 3);
}
END_TEST

/* The same inside of a library that knows no descriptors, which calls back once a second. */
static void block_long(void)
{
    const struct gw_host *host = scripted_destination.host;

    leases_before = atomic_load(&scripted_repository.leases);
    for (int second = 0; second <= GW_LEASE_RENEW_MS / 1000; second++) {
        for (int call = 0; call < 100; call++)
            ck_assert_int_eq(host->is_stopping(host), 0);
        move_clock(1000);
    }
    (void)host->is_stopping(host);
    leases_after = atomic_load(&scripted_repository.leases);
    scripted_destination.in_call = NULL;
}

START_TEST(a_lease_is_renewed_while_the_destination_blocks_and_asks_whether_it_is_stopping)
{
    scripted_destination.in_call = block_long;
    add_rows(session, "events", 3);
    start_relay();
    await_gone();
    stop_relay();
    ck_assert_uint_eq(leases_before, 1);
    ck_assert_uint_eq(leases_after, 2);
    ck_assert_uint_eq(atomic_load(&scripted_destination.keepalives), 0);
    assert_all_published_in_order(session, 3);
}
END_TEST

/* A repository that takes three seconds for its answer. */
static void wait_in_lease(const struct gw_host *host)
{
    uint32_t ready;

    if (atomic_load(&scripted_repository.leases) != 2)
        return;
    for (int second = 0; second < 4; second++) {
        ck_assert(host->wait(host, -1, 0, host->monotonic_ms(host), &ready) == GW_OK);
        move_clock(1000);
    }
}

START_TEST(a_renewal_during_a_publish_neither_calls_the_publisher_nor_nests)
{
    scripted_destination.in_call = wait_long;
    scripted_repository.in_lease = wait_in_lease;
    add_rows(session, "events", 3);
    start_relay();
    await_gone();
    ck_assert_uint_eq(leases_after, 2);
    ck_assert_uint_eq(atomic_load(&scripted_destination.keepalives), 0);
    stop_relay();
    assert_all_published_in_order(session, 3);
}
END_TEST

START_TEST(a_lease_is_renewed_through_a_long_backoff)
{
    component.settings.delivery.backoff_ms = component.settings.delivery.backoff_max_ms = 600000;
    scripted_destination.results[scripted_destination.result_count++] = GW_TRANSIENT;
    add_rows(session, "events", 3);
    start_relay();
    await(&scripted_destination.calls, 1);
    await(&scripted_repository.leases, 1);
    move_clock(GW_LEASE_RENEW_MS + 1000);
    await(&scripted_repository.leases, 2);
    ck_assert_uint_eq(atomic_load(&scripted_destination.calls), 1);
    ck_assert_uint_ge(atomic_load(&scripted_destination.keepalives), 1);
    stop_relay();
}
END_TEST

START_TEST(a_look_renews_the_lease_while_there_is_nothing_to_deliver)
{
    start_relay();
    await(&scripted_repository.looks, 1);
    for (unsigned look = 2; look < 5; look++) {
        move_clock(GW_LEASE_RENEW_MS + 1000);
        gw_relay_wake(relay);
        await(&scripted_repository.looks, look);
    }
    add_rows(session, "events", 3);
    gw_relay_wake(relay);
    await_gone();
    ck_assert_uint_eq(atomic_load(&scripted_repository.leases), 1);
    stop_relay();
}
END_TEST

START_TEST(a_look_that_fails_puts_the_lease_in_doubt)
{
    start_relay();
    await(&scripted_repository.looks, 1);
    scripted_repository.look_fails = GW_TRANSIENT;
    gw_relay_wake(relay);
    await(&scripted_repository.leases, 2);
    stop_relay();
}
END_TEST

/* ---- announcements ---------------------------------------------------------------------------------------------- */

START_TEST(a_relay_without_the_lease_announces_what_its_process_commits)
{
    scripted_repository_announce();
    elsewhere("events");
    start_relay();
    await(&scripted_repository.leases, 1);
    ck_assert_uint_eq(atomic_load(&scripted_repository.announcements), 0);
    for (unsigned commit = 1; commit <= 3; commit++) {
        gw_relay_wake(relay);
        await(&scripted_repository.announcements, commit);
    }
    ck_assert_uint_eq(atomic_load(&scripted_destination.calls), 0);
    stop_relay();
}
END_TEST

START_TEST(the_holder_announces_nothing_and_looks_when_others_do)
{
    scripted_repository_announce();
    start_relay();
    await(&scripted_repository.looks, 1);
    for (unsigned look = 2; look < 5; look++) {
        scripted_repository_announced();
        await(&scripted_repository.looks, look);
    }
    ck_assert_uint_eq(atomic_load(&scripted_repository.announcements), 0);
    stop_relay();
}
END_TEST

static void announced_meanwhile(struct gw_text destination)
{
    (void)destination;
    scripted_repository.in_look = NULL;
    atomic_store(&scripted_repository.is_announced, true); /* the library took it in with the answer of the look */
}

START_TEST(an_announcement_that_arrives_during_a_look_leads_to_another_look)
{
    scripted_repository_announce();
    scripted_repository.in_look = announced_meanwhile;
    start_relay();
    await(&scripted_repository.looks, 2);
    stop_relay();
}
END_TEST

static void look_long(struct gw_text destination)
{
    (void)destination;
    move_clock(GW_LEASE_RENEW_MS + 1000);
    elsewhere("events");
    scripted_repository.in_look = NULL;
}

START_TEST(rows_are_not_delivered_before_the_lease_is_confirmed_again)
{
    scripted_repository.in_look = look_long;
    add_rows(session, "events", 3);
    start_relay();
    await_moving(&scripted_repository.leases, 3);
    ck_assert_uint_eq(atomic_load(&scripted_destination.calls), 0);
    elsewhere(NULL);
    await_moving(&scripted_destination.calls, 1);
    await_gone();
    stop_relay();
    assert_all_published_in_order(session, 3);
}
END_TEST

/* ---- losing ----------------------------------------------------------------------------------------------------- */

static void settle_script(enum gw_status status)
{
    scripted_repository.settle_script[scripted_repository.settle_script_len++] = status;
}

START_TEST(a_lost_lease_that_is_free_is_acquired_again_and_nothing_is_repeated)
{
    settle_script(GW_TRANSIENT); /* the connection broke, and the lease went with it */
    settle_script(GW_OK);        /* without a lease */
    add_rows(session, "events", 3);
    start_relay();
    await_gone();
    await_logged(GW_CODE_REPOSITORY_RECOVERED); /* by the look behind the last settlement */
    stop_relay();
    assert_all_published_in_order(session, 3);
    ck_assert_uint_eq(atomic_load(&scripted_repository.settles), 3);
    ck_assert_uint_eq(atomic_load(&scripted_repository.leases), 2);
    ck_assert_uint_eq(logged(GW_CODE_REPOSITORY_RECOVERED, NULL), 1);
}
END_TEST

START_TEST(a_lost_lease_is_requested_again_at_once_without_a_log_record)
{
    settle_script(GW_TRANSIENT);
    scripted_repository.lease_script[1] = GW_CONFLICT; /* the one that finds it lost */
    scripted_repository.lease_script_len = 2;
    add_rows(session, "events", 3);
    start_relay();
    await_gone();
    stop_relay();
    assert_all_published_in_order(session, 3);
    ck_assert_uint_eq(atomic_load(&scripted_repository.leases), 3);
    ck_assert_uint_eq(logged(GW_CODE_LEASE_AWAITED, NULL), 0);
}
END_TEST

static void lose_to_another(void)
{
    elsewhere("events");
    scripted_destination.in_call = NULL;
}

START_TEST(the_new_holder_repeats_deliveries_of_the_lost_lease)
{
    char expected[160];

    scripted_destination.in_call = lose_to_another;
    add_rows(session, "events", 3);
    start_relay();
    await_moving(&scripted_repository.leases, 4); /* at first, and twice after the conflict, without the lease */
    ck_assert_uint_eq(scripted_outbox_count(session, "events"), 3);
    ck_assert_uint_eq(atomic_load(&scripted_destination.accepted_count), 3);
    ck_assert_uint_eq(atomic_load(&scripted_destination.calls), 1);
    ck_assert_uint_eq(atomic_load(&gw_relay_figures(relay)->repeated), 3);
    elsewhere(NULL);
    await_moving(&scripted_destination.calls, 2);
    await_gone();
    stop_relay();
    ck_assert_uint_eq(atomic_load(&scripted_destination.accepted_count), 6);
    for (uint32_t index = 0; index < 3; index++) {
        (void)snprintf(expected, sizeof expected, "%s", scripted_destination.accepted[index]);
        assert_accepted(index + 3, expected);
    }
    ck_assert_uint_eq(logged(GW_CODE_LEASE_AWAITED, NULL), 1);
}
END_TEST

START_TEST(a_relay_waits_for_an_unreachable_server_and_logs_it_once)
{
    for (int index = 0; index < 3; index++)
        scripted_repository.lease_script[scripted_repository.lease_script_len++] = GW_TRANSIENT;
    add_rows(session, "events", 3);
    start_relay();
    await_gone();
    stop_relay();
    assert_all_published_in_order(session, 3);
    ck_assert_uint_eq(logged(GW_CODE_REPOSITORY_FAILED, NULL), 1);
    ck_assert_uint_eq(logged(GW_CODE_REPOSITORY_RECOVERED, " 3 "), 1);
}
END_TEST

/* ---- the end of a finite run ------------------------------------------------------------------------------------ */

START_TEST(nothing_is_left_once_another_process_has_delivered_it)
{
    elsewhere("events");
    add_rows(session, "events", 3);
    start_relay();
    gw_relay_finish(relay);
    await_moving(&scripted_repository.looks, 2);
    ck_assert(!gw_relay_is_empty(relay, 0));
    scripted_deliver_elsewhere(session, "events");
    while (!gw_relay_is_empty(relay, 0)) {
        move_clock(100);
        gw_relay_wake(relay);
        (void)poll(NULL, 0, 1);
    }
    ck_assert_uint_eq(atomic_load(&scripted_destination.calls), 0);
    stop_relay();
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("relay_lease");
    TCase *tests = tcase_create("lease");

    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_set_timeout(tests, 30);
    tcase_add_test(tests, recording_confirms_the_lease_without_a_further_request);
    tcase_add_test(tests, a_relay_without_the_lease_delivers_nothing_and_logs_it_once);
    tcase_add_test(tests, commits_do_not_make_a_relay_without_the_lease_retry_sooner);
    tcase_add_test(tests, a_lease_is_renewed_during_a_wait_for_the_destination);
    tcase_add_test(tests, a_lease_is_renewed_while_the_destination_blocks_and_asks_whether_it_is_stopping);
    tcase_add_test(tests, a_renewal_during_a_publish_neither_calls_the_publisher_nor_nests);
    tcase_add_test(tests, a_lease_is_renewed_through_a_long_backoff);
    tcase_add_test(tests, a_look_renews_the_lease_while_there_is_nothing_to_deliver);
    tcase_add_test(tests, a_look_that_fails_puts_the_lease_in_doubt);
    tcase_add_test(tests, a_relay_without_the_lease_announces_what_its_process_commits);
    tcase_add_test(tests, the_holder_announces_nothing_and_looks_when_others_do);
    tcase_add_test(tests, an_announcement_that_arrives_during_a_look_leads_to_another_look);
    tcase_add_test(tests, rows_are_not_delivered_before_the_lease_is_confirmed_again);
    tcase_add_test(tests, a_lost_lease_that_is_free_is_acquired_again_and_nothing_is_repeated);
    tcase_add_test(tests, a_lost_lease_is_requested_again_at_once_without_a_log_record);
    tcase_add_test(tests, the_new_holder_repeats_deliveries_of_the_lost_lease);
    tcase_add_test(tests, a_relay_waits_for_an_unreachable_server_and_logs_it_once);
    tcase_add_test(tests, nothing_is_left_once_another_process_has_delivered_it);
    suite_add_tcase(suite, tests);
    return suite;
}
