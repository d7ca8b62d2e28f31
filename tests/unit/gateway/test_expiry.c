/* SPDX-License-Identifier: Apache-2.0 */
/* Message ids are forgotten after gateways have run long enough, and by no wall clock. */
#include "check_main.h"
#include "gateway/expiry.h"
#include "scripted.h"

#include <string.h>

enum { KEEP_MS = 3600 * 1000, KEEP_NOTICES_MS = 2 * KEEP_MS };

static const struct gw_expiry_keep keep = {.ids_ms = KEEP_MS, .notices_ms = KEEP_NOTICES_MS};
static struct gw_session *session;
static struct gw_expiry expiry;
static int64_t now_ms; /* monotonic */
static int64_t next_ms;

static void set_up(void)
{
    session = scripted_repository_open();
    gw_expiry_init(&expiry, &scripted_repository.plugin, keep);
    now_ms = 50000;
}

/* A pass at now_ms, however long that is after the one before. */
static void run(void)
{
    struct gw_error error = {0};

    ck_assert(gw_expiry_run(&expiry, session, now_ms, &next_ms, &error) == GW_OK);
}

/* Runs a gateway for this time, and calls the expiry when it asks to be called. */
static void run_for(int64_t ms)
{
    int64_t end_ms = now_ms + ms;

    for (run(); next_ms < end_ms; run())
        now_ms = next_ms > now_ms ? next_ms : now_ms;
    now_ms = end_ms;
    run();
}

static int64_t running_ms(void)
{
    int64_t running = -1;

    ck_assert(scripted_repository.ops.advance(session, -1, 0, &running, NULL) == GW_OK);
    return running;
}

static void add_ids(uint32_t count)
{
    static uint32_t made;
    struct gw_changeset changeset = {.size = sizeof changeset, .stamp = 1};
    struct gw_apply_result result = {.size = sizeof result};

    for (uint32_t index = 0; index < count; index++) {
        struct gw_id_change id = {.outcome = GW_OUTCOME_APPLIED};

        made++;
        memcpy(id.id, &made, sizeof made);
        changeset.ids = (struct gw_array){&id, 1, sizeof id};
        ck_assert(scripted_repository.ops.apply(session, &changeset, &result, NULL) == GW_OK);
    }
}

static enum gw_status on_id(void *context, const struct gw_id_snapshot *id)
{
    (void)id;
    (*(uint32_t *)context)++;
    return GW_OK;
}

/* How many of the first `count` ids are known. */
static uint32_t known(uint32_t count)
{
    struct gw_id_request requests[16] = {{{0}}};
    struct gw_load_request request = {.size = sizeof request, .ids = {requests, count, sizeof *requests}};
    uint32_t found = 0;
    struct gw_load_visitor visitor = {.size = sizeof visitor, .context = &found, .id = on_id};

    for (uint32_t index = 0; index < count; index++) {
        uint32_t number = index + 1;

        memcpy(requests[index].id, &number, sizeof number);
    }
    ck_assert(scripted_repository.ops.load(session, &request, &visitor, NULL) == GW_OK);
    return found;
}

START_TEST(ids_expire_by_the_running_time)
{
    add_ids(3);
    run_for(KEEP_MS / 2);
    add_ids(2);
    run_for(KEEP_MS / 2);
    ck_assert_uint_eq(known(5), 5);
    run_for(KEEP_MS / 2);
    ck_assert_uint_eq(known(5), 2);
    run_for(KEEP_MS);
    ck_assert_uint_eq(known(5), 0);
}
END_TEST

START_TEST(a_wall_clock_one_year_ahead_expires_nothing)
{
    add_ids(3);
    run_for(1000);
    scripted_repository.host.unix_offset_ms = INT64_C(365) * 24 * 3600 * 1000;
    run_for(120000);
    ck_assert_uint_eq(known(3), 3);
}
END_TEST

START_TEST(the_running_time_is_that_in_which_at_least_one_gateway_ran)
{
    struct gw_expiry other;
    struct gw_error error = {0};
    int64_t other_next_ms;

    run();
    gw_expiry_init(&other, &scripted_repository.plugin, keep);
    for (int64_t begun_ms = now_ms; now_ms < begun_ms + 6 * GW_EXPIRY_ADVANCE_MS; now_ms += GW_EXPIRY_ADVANCE_MS / 2) {
        run();
        ck_assert(gw_expiry_run(&other, session, now_ms + 1000, &other_next_ms, &error) == GW_OK);
    }
    ck_assert_int_le(running_ms(), 6 * GW_EXPIRY_ADVANCE_MS);
    ck_assert_int_ge(running_ms(), 5 * GW_EXPIRY_ADVANCE_MS);
}
END_TEST

START_TEST(gateways_that_run_briefly_count_too)
{
    struct gw_error error = {0};

    for (int index = 0; index < 10; index++) {
        gw_expiry_init(&expiry, &scripted_repository.plugin, keep);
        run();
        now_ms += 2000;
        ck_assert(gw_expiry_end(&expiry, session, now_ms, &error) == GW_OK);
    }
    ck_assert_int_eq(running_ms(), 20000);
}
END_TEST

START_TEST(a_suspended_gateway_adds_little_running_time)
{
    run();
    now_ms += INT64_C(7) * 24 * 3600 * 1000;
    run();
    ck_assert_int_le(running_ms(), 2 * GW_EXPIRY_ADVANCE_MS);
}
END_TEST

START_TEST(expiry_repeats_at_once_only_while_more_ids_are_expired)
{
    add_ids(GW_EXPIRY_ROUND + 5);
    run_for(KEEP_MS + GW_EXPIRY_ADVANCE_MS);
    now_ms += GW_EXPIRY_ADVANCE_MS;
    run();
    ck_assert_uint_eq(expiry.ids.deleted, GW_EXPIRY_ROUND);
    ck_assert_int_eq(next_ms, now_ms);
    ck_assert_int_ne(expiry.ids.behind_ms, 0);
    run();
    ck_assert_uint_eq(expiry.ids.deleted, GW_EXPIRY_ROUND + 5);
    ck_assert_int_gt(next_ms, now_ms);
    ck_assert_int_eq(expiry.ids.behind_ms, 0);
}
END_TEST

/* ---- sent notices */

static uint32_t expired_notices; /* that are left */
static unsigned notice_calls;

static enum gw_status expire_notices(struct gw_session *expiring, int64_t keep_ms, uint32_t limit, uint32_t *ret_count,
                                     struct gw_error *reterr)
{
    (void)reterr;
    ck_assert_ptr_eq(expiring, session);
    ck_assert_int_eq(keep_ms, KEEP_NOTICES_MS);
    *ret_count = expired_notices < limit ? expired_notices : limit;
    expired_notices -= *ret_count;
    notice_calls++;
    return GW_OK;
}

static void given_expired_notices(uint32_t count)
{
    scripted_repository.ops.notices_expire = expire_notices;
    expired_notices = count;
    notice_calls = 0;
}

START_TEST(sent_notices_are_expired_in_rounds_which_repeat_at_once_while_more_are_expired)
{
    given_expired_notices(GW_EXPIRY_ROUND + 5);
    run();
    ck_assert_uint_eq(expired_notices, 5);
    ck_assert_int_eq(next_ms, now_ms);
    run();
    ck_assert_uint_eq(expired_notices, 0);
    ck_assert_uint_eq(expiry.notices.deleted, GW_EXPIRY_ROUND + 5);
    ck_assert_int_eq(next_ms, now_ms + GW_EXPIRY_LOOK_MS);
    run();
    ck_assert_uint_eq(notice_calls, 2);
}
END_TEST

START_TEST(sent_notices_expire_where_no_ids_are_kept)
{
    given_expired_notices(3);
    scripted_repository.plugin.features &= ~(uint32_t)GW_REPOSITORY_INBOX;
    run();
    ck_assert_uint_eq(expired_notices, 0);
    ck_assert(!expiry.is_known);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("expiry");
    TCase *expiries = tcase_create("expiry");

    tcase_add_checked_fixture(expiries, set_up, NULL);
    tcase_add_test(expiries, ids_expire_by_the_running_time);
    tcase_add_test(expiries, a_wall_clock_one_year_ahead_expires_nothing);
    tcase_add_test(expiries, the_running_time_is_that_in_which_at_least_one_gateway_ran);
    tcase_add_test(expiries, gateways_that_run_briefly_count_too);
    tcase_add_test(expiries, a_suspended_gateway_adds_little_running_time);
    tcase_add_test(expiries, expiry_repeats_at_once_only_while_more_ids_are_expired);
    tcase_add_test(expiries, sent_notices_are_expired_in_rounds_which_repeat_at_once_while_more_are_expired);
    tcase_add_test(expiries, sent_notices_expire_where_no_ids_are_kept);
    suite_add_tcase(suite, expiries);
    return suite;
}
