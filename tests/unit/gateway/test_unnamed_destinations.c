/* SPDX-License-Identifier: Apache-2.0 */
/* The warnings of a start about events that wait for a destination which the file does not name. */
#include "check_main.h"
#include "gateway/unnamed_destinations.h"
#include "log_file.h"

#include <gangway/event_code.h>
#include <gangway/port/repository.h>

static struct {
    const char *waiting[4];
    enum gw_status opens, reads;
    int open_count;
} script;

static enum gw_status open_session(void *self, const struct gw_host *host, struct gw_session **ret_session,
                                   struct gw_error *reterr)
{
    (void)self, (void)host;
    if (script.opens != GW_OK)
        return gw_error_set(reterr, script.opens, "scripted");
    script.open_count++;
    *ret_session = (struct gw_session *)&script;
    return GW_OK;
}

static void close_session(struct gw_session *session)
{
    (void)session;
    script.open_count--;
}

static enum gw_status figures(struct gw_session *session, const struct gw_outbox_figure_visitor *visitor,
                              struct gw_error *reterr)
{
    (void)session;
    for (int i = 0; script.waiting[i] != NULL; i++) {
        struct gw_outbox_figure figure = {.destination = gw_text_of(script.waiting[i]), .pending = 7};

        ck_assert_int_eq(visitor->figure(visitor->context, &figure), GW_OK);
    }
    return script.reads == GW_OK ? GW_OK : gw_error_set(reterr, script.reads, "scripted");
}

static const struct gw_repository_ops ops = {
    .size = sizeof ops, .open_session = open_session, .close_session = close_session, .outbox_figures = figures};
static struct gw_plugin plugin;
static struct gw_thread_host host;
static struct gw_bootstrap model;

static void set_up(void)
{
    static const struct gw_component events = {.id = "events", .section = GW_SECTION_PUBLISHERS};
    static const struct gw_component *const publishers[] = {&events};
    static const struct gw_component repository = {.id = "repository", .plugin = &plugin};

    memset(&script, 0, sizeof script);
    plugin = (struct gw_plugin){.name = "shop", .ops = &ops, .features = GW_REPOSITORY_OUTBOX};
    model = (struct gw_bootstrap){.file = "shop.yaml", .repository = &repository, .publishers = {publishers, 1}};
    log_file_open();
    gw_thread_host_init(&host, "shop", "repository", &log_file, -1);
}

static enum gw_status report(void)
{
    struct gw_error error = {0};
    enum gw_status status = gw_unnamed_destinations_report(&model, NULL, &host, &error);

    ck_assert_int_eq(script.open_count, 0);
    return status;
}

START_TEST(each_destination_that_the_file_does_not_name_gets_one_warning)
{
    script.waiting[0] = "old_mail";
    script.waiting[1] = "events";
    script.waiting[2] = "old_topic";
    ck_assert_int_eq(report(), GW_OK);
    ck_assert_uint_eq(logged(GW_CODE_DESTINATION_NOT_NAMED, NULL), 2);
    ck_assert_uint_eq(logged(GW_CODE_DESTINATION_NOT_NAMED, "7 events wait for old_mail"), 1);
    ck_assert_uint_eq(logged(GW_CODE_DESTINATION_NOT_NAMED, "--bury old_topic"), 1);
}
END_TEST

START_TEST(a_repository_that_is_away_is_a_failure_to_retry)
{
    script.opens = GW_TRANSIENT;
    ck_assert_int_eq(report(), GW_TRANSIENT);
    script.opens = GW_OK;
    script.reads = GW_TRANSIENT;
    ck_assert_int_eq(report(), GW_TRANSIENT);
}
END_TEST

START_TEST(a_repository_that_needs_an_operator_does_not_end_the_start)
{
    script.opens = GW_CONFIG;
    ck_assert_int_eq(report(), GW_OK);
}
END_TEST

START_TEST(a_repository_without_an_outbox_is_not_read)
{
    plugin.features = 0;
    script.opens = GW_TRANSIENT;
    ck_assert_int_eq(report(), GW_OK);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("unnamed_destinations");
    TCase *tcase = tcase_create("unnamed_destinations");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, each_destination_that_the_file_does_not_name_gets_one_warning);
    tcase_add_test(tcase, a_repository_that_is_away_is_a_failure_to_retry);
    tcase_add_test(tcase, a_repository_that_needs_an_operator_does_not_end_the_start);
    tcase_add_test(tcase, a_repository_without_an_outbox_is_not_read);
    suite_add_tcase(suite, tcase);
    return suite;
}
