/* SPDX-License-Identifier: Apache-2.0 */
/* When a running gateway warns of events that no gateway delivers any more. */
#include "check_main.h"
#include "gateway/orphan_watch.h"
#include "log_file.h"

#include <gangway/event_code.h>

static struct gw_orphan_watch watch;
static struct gw_bootstrap model;
static uint32_t features;
static bool is_reporter;

static void set_up(void)
{
    static const struct gw_component events = {.id = "events", .section = GW_SECTION_PUBLISHERS};
    static const struct gw_component *const publishers[] = {&events};

    model = (struct gw_bootstrap){.file = "shop.yaml", .publishers = {publishers, 1}};
    watch = (struct gw_orphan_watch){NULL, false};
    features = GW_REPOSITORY_OUTBOX | GW_REPOSITORY_SHARED;
    is_reporter = true;
    log_file_open();
}

static void tear_down(void)
{
    gw_orphan_watch_done(&watch);
    ck_assert_ptr_null(watch.sightings);
}

/* A reading with events for one destination. NULL: none wait. */
static void read_one(const char *destination, const char *holder)
{
    const struct gw_backlog_figure figure = {.destination = destination, .pending = 7, .holder = holder};
    const struct gw_backlog_figures figures = {
        .has_outbox = true, .items = &figure, .count = destination != NULL, .is_reporter = is_reporter};

    gw_orphan_watch_read(&watch, &figures, features, &model, &log_file);
}

static size_t warnings(void)
{
    return logged(GW_CODE_DESTINATION_NOT_NAMED, "7 events wait for mail");
}

START_TEST(what_the_start_has_reported_is_not_reported_again)
{
    for (int reading = 0; reading < 3; reading++)
        read_one("mail", NULL);
    ck_assert_uint_eq(warnings(), 0);
}
END_TEST

START_TEST(what_nobody_delivers_any_more_is_reported_once_after_two_readings)
{
    read_one("mail", "another gateway");
    read_one("mail", NULL);
    ck_assert_uint_eq(warnings(), 0);
    for (int reading = 0; reading < 3; reading++)
        read_one("mail", NULL);
    ck_assert_uint_eq(warnings(), 1);
}
END_TEST

START_TEST(a_lease_that_changes_its_holder_is_no_reason)
{
    read_one(NULL, NULL);
    for (int reading = 0; reading < 3; reading++) {
        read_one("mail", NULL);
        read_one("mail", "another gateway");
    }
    ck_assert_uint_eq(warnings(), 0);
}
END_TEST

START_TEST(what_was_delivered_and_waits_again_is_reported_again)
{
    read_one(NULL, NULL);
    for (int time = 0; time < 2; time++) {
        read_one("mail", NULL);
        read_one("mail", NULL);
        read_one(NULL, NULL);
    }
    ck_assert_uint_eq(warnings(), 2);
}
END_TEST

START_TEST(a_destination_that_the_file_names_is_no_orphan)
{
    read_one(NULL, NULL);
    for (int reading = 0; reading < 3; reading++)
        read_one("events", NULL);
    ck_assert_uint_eq(logged(GW_CODE_DESTINATION_NOT_NAMED, NULL), 0);
}
END_TEST

START_TEST(who_becomes_the_reporter_later_warns_then)
{
    is_reporter = false;
    read_one("mail", "another gateway");
    read_one("mail", NULL);
    read_one("mail", NULL);
    ck_assert_uint_eq(warnings(), 0);
    is_reporter = true;
    read_one("mail", NULL);
    ck_assert_uint_eq(warnings(), 1);
}
END_TEST

START_TEST(only_a_repository_that_is_shared_has_other_gateways)
{
    read_one(NULL, NULL);
    features = GW_REPOSITORY_OUTBOX;
    for (int reading = 0; reading < 4; reading++)
        read_one("mail", NULL);
    ck_assert_uint_eq(warnings(), 0);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("orphan_watch");
    TCase *tests = tcase_create("orphan_watch");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, what_the_start_has_reported_is_not_reported_again);
    tcase_add_test(tests, what_nobody_delivers_any_more_is_reported_once_after_two_readings);
    tcase_add_test(tests, a_lease_that_changes_its_holder_is_no_reason);
    tcase_add_test(tests, what_was_delivered_and_waits_again_is_reported_again);
    tcase_add_test(tests, a_destination_that_the_file_names_is_no_orphan);
    tcase_add_test(tests, who_becomes_the_reporter_later_warns_then);
    tcase_add_test(tests, only_a_repository_that_is_shared_has_other_gateways);
    suite_add_tcase(suite, tests);
    return suite;
}
