/* SPDX-License-Identifier: Apache-2.0 */
/* What the housekeeper does when message ids cannot be expired, or not fast enough: it continues, and warns at most
 * once an hour. Waits take no time in this program: the clock jumps to their end. */
#include "base/clock.h"
#include "check_main.h"
#include "gateway/housekeeper.h"
#include "log_file.h"
#include "process/wakeup.h"
#include "skipped_waits.h"

#include <string.h>

enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS, KEEP_MS = HOUR_MS };

enum gw_status __wrap_gw_thread_wait(struct gw_thread_host *host, int fd, uint32_t wanted, int64_t deadline_ms,
                                     uint32_t *ret_ready);

enum gw_status __wrap_gw_thread_wait(struct gw_thread_host *host, int fd, uint32_t wanted, int64_t deadline_ms,
                                     uint32_t *ret_ready)
{
    int64_t left_ms = deadline_ms - gw_clock_monotonic_ms();

    (void)fd;
    (void)wanted;
    *ret_ready = 0;
    if (gw_wakeup_is_raised(host->cancel))
        return GW_CANCELLED;
    skip_ms(left_ms > 0 ? left_ms : 0);
    return GW_OK;
}

/* ---- a repository that answers as a test says, until so many passes have been made ------------------------------- */

static struct {
    enum gw_status opens;
    enum gw_status advances;
    enum gw_status expires;
    uint32_t expired;  /* in each call */
    int64_t expiry_ms; /* how long a call takes */
    unsigned passes;   /* that may still be made */
    unsigned sessions; /* that are open */
    unsigned advance_calls;
    unsigned expire_calls;
    int64_t running_ms;
} server;

static struct gw_housekeeper housekeeper;
static struct gw_plugin plugin;

/* The last pass asks the housekeeper to stop. */
static enum gw_status answer(enum gw_status status, struct gw_error *reterr)
{
    if (server.passes > 0 && --server.passes == 0)
        gw_wakeup_raise(housekeeper.plan.stop);
    return status == GW_OK ? GW_OK : gw_error_set(reterr, status, "the server is away");
}

static enum gw_status open_session(void *self, const struct gw_host *host, struct gw_session **ret_session,
                                   struct gw_error *reterr)
{
    (void)self;
    (void)host;
    if (server.opens != GW_OK)
        return answer(server.opens, reterr);
    server.sessions++;
    *ret_session = (struct gw_session *)(void *)&server;
    return GW_OK;
}

static void close_session(struct gw_session *session)
{
    (void)session;
    server.sessions--;
}

static enum gw_status advance(struct gw_session *session, int64_t known_ms, int64_t elapsed_ms, int64_t *ret_running_ms,
                              struct gw_error *reterr)
{
    (void)session;
    (void)known_ms;
    server.advance_calls++;
    if (server.advances != GW_OK)
        return answer(server.advances, reterr);
    server.running_ms += elapsed_ms;
    *ret_running_ms = server.running_ms;
    return GW_OK;
}

static enum gw_status expire(struct gw_session *session, int64_t before_ms, uint32_t limit, uint32_t *ret_count,
                             struct gw_error *reterr)
{
    (void)session;
    (void)before_ms;
    (void)limit;
    server.expire_calls++;
    skip_ms(server.expiry_ms);
    *ret_count = server.expired;
    return answer(server.expires, reterr);
}

static const struct gw_repository_ops ops = {.size = sizeof ops,
                                             .open_session = open_session,
                                             .close_session = close_session,
                                             .advance = advance,
                                             .expire = expire};

static void set_up(void)
{
    struct gw_housekeeper_plan plan = {.service = "shop",
                                       .component = "repository",
                                       .repository_plugin = &plugin,
                                       .keep = {KEEP_MS, KEEP_MS},
                                       .log = &log_file,
                                       .stop = gw_wakeup_open(),
                                       .abort = gw_wakeup_open(),
                                       .ended = gw_wakeup_open()};

    log_file_open();
    plugin = (struct gw_plugin){.ops = &ops, .features = GW_REPOSITORY_INBOX};
    memset(&server, 0, sizeof server);
    server.running_ms = 100 * (int64_t)HOUR_MS;
    gw_housekeeper_init(&housekeeper, &plan);
}

static void tear_down(void)
{
    gw_wakeup_close(housekeeper.plan.stop);
    gw_wakeup_close(housekeeper.plan.abort);
    gw_wakeup_close(housekeeper.plan.ended);
}

static void run(unsigned passes)
{
    struct gw_error error = {0};

    server.passes = passes;
    ck_assert_int_eq(gw_housekeeper_start(&housekeeper, &error), GW_OK);
    gw_housekeeper_join(&housekeeper);
    ck_assert(gw_housekeeper_has_ended(&housekeeper));
    ck_assert_uint_eq(server.sessions, 0);
}

START_TEST(ids_that_cannot_be_expired_are_tried_every_minute_and_warned_of_every_hour)
{
    server.expires = GW_TRANSIENT;
    run(3 * 60 - 5);
    ck_assert_uint_eq(server.expire_calls, 3 * 60 - 5);
    ck_assert_uint_eq(logged(GW_CODE_INBOX_NOT_EXPIRED, "the server is away"), 3);
    ck_assert_uint_eq(logged(NULL, NULL), 3);
}
END_TEST

START_TEST(a_session_that_does_not_open_is_tried_again_and_warned_of)
{
    server.opens = GW_TRANSIENT;
    run(3);
    ck_assert_uint_eq(server.expire_calls, 0);
    ck_assert_uint_eq(logged(GW_CODE_INBOX_NOT_EXPIRED, "the server is away"), 1);
}
END_TEST

START_TEST(a_running_time_that_cannot_be_stored_expires_nothing)
{
    server.advances = GW_TRANSIENT;
    run(3);
    ck_assert_uint_eq(server.expire_calls, 0);
    ck_assert_uint_eq(logged(GW_CODE_INBOX_NOT_EXPIRED, NULL), 1);
}
END_TEST

START_TEST(a_pass_that_the_end_of_the_gateway_cancels_is_no_failure)
{
    server.expires = GW_CANCELLED;
    run(1);
    ck_assert_uint_eq(logged(NULL, NULL), 0);
}
END_TEST

START_TEST(ids_that_arrive_faster_than_they_expire_are_warned_of_after_ten_minutes_and_every_hour)
{
    server.expired = GW_EXPIRY_ROUND;
    server.expiry_ms = MINUTE_MS;
    run(8);
    ck_assert_uint_eq(logged(NULL, NULL), 0);
    gw_wakeup_lower(housekeeper.plan.stop);
    run(90);
    ck_assert_uint_eq(logged(GW_CODE_INBOX_GROWS, NULL), 2);
    ck_assert_uint_eq(logged(NULL, NULL), 2);
}
END_TEST

START_TEST(a_backlog_of_ids_that_is_caught_up_with_is_no_reason_to_warn)
{
    for (int round = 0; round < 3; round++) {
        server.expired = GW_EXPIRY_ROUND;
        server.expiry_ms = MINUTE_MS;
        run(8);
        gw_wakeup_lower(housekeeper.plan.stop);
        server.expired = 0;
        run(1);
        gw_wakeup_lower(housekeeper.plan.stop);
    }
    ck_assert_uint_eq(logged(NULL, NULL), 0);
}
END_TEST

START_TEST(the_running_time_is_stored_at_the_end)
{
    run(2);
    ck_assert_uint_eq(server.advance_calls, 2); /* at the start and at the end */
    ck_assert_int_ge(server.running_ms, 100 * (int64_t)HOUR_MS + MINUTE_MS);
}
END_TEST

static unsigned trims;

int __wrap_malloc_trim(size_t kept);

int __wrap_malloc_trim(size_t kept)
{
    ck_assert_uint_eq(kept, 0);
    trims++;
    return 1;
}

START_TEST(the_pass_after_memory_was_freed_returns_it_once)
{
    run(3);
    ck_assert_uint_eq(trims, 0);
    gw_wakeup_lower(housekeeper.plan.stop);
    gw_housekeeper_return_memory(&housekeeper);
    server.opens = GW_TRANSIENT; /* without the repository, too */
    run(3);
    ck_assert_uint_eq(trims, 1);
}
END_TEST

START_TEST(a_repository_without_message_ids_needs_no_thread)
{
    struct gw_error error = {0};

    plugin.features = 0;
    ck_assert_int_eq(gw_housekeeper_start(&housekeeper, &error), GW_OK);
    ck_assert(gw_housekeeper_has_ended(&housekeeper));
    gw_housekeeper_join(&housekeeper);
    ck_assert_uint_eq(server.advance_calls, 0);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("housekeeper");
    TCase *tests = tcase_create("inbox");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, ids_that_cannot_be_expired_are_tried_every_minute_and_warned_of_every_hour);
    tcase_add_test(tests, a_session_that_does_not_open_is_tried_again_and_warned_of);
    tcase_add_test(tests, a_running_time_that_cannot_be_stored_expires_nothing);
    tcase_add_test(tests, a_pass_that_the_end_of_the_gateway_cancels_is_no_failure);
    tcase_add_test(tests, ids_that_arrive_faster_than_they_expire_are_warned_of_after_ten_minutes_and_every_hour);
    tcase_add_test(tests, a_backlog_of_ids_that_is_caught_up_with_is_no_reason_to_warn);
    tcase_add_test(tests, the_running_time_is_stored_at_the_end);
    tcase_add_test(tests, the_pass_after_memory_was_freed_returns_it_once);
    tcase_add_test(tests, a_repository_without_message_ids_needs_no_thread);
    suite_add_tcase(suite, tests);
    return suite;
}
