/* SPDX-License-Identifier: Apache-2.0 */
/* The table of a status, made from the JSON that the gateway writes. */
#include "check_main.h"
#include "cli/verbs/status_table.h"
#include "gateway/orders.h"
#include "gateway/status_json.h"

#include <string.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

#define TAKEN INT64_C(1700000000000)

static const struct gw_plugin consumer = {GW_PLUGIN(ENTRYPOINT), .name = "kafka_consumer", .version = "0.1.0"};
static const struct gw_plugin mailer = {GW_PLUGIN(NOTIFIER), .name = "smtp_notifier", .version = "0.1.0"};
static const struct gw_plugin store = {GW_PLUGIN(REPOSITORY), .name = "memory_repository", .version = "0.1.0"};
static const struct gw_metric lag = {.name = GW_METRIC_LAG, .help = "Lag.", .label = GW_METRIC_LABEL_SOURCE};
static const struct gw_metric_value lags[] = {{&lag, {"kafka:a:0", 9}, 0, 30}, {&lag, {"kafka:a:1", 9}, 1, 12}};

static struct gw_component_figures none, orders_figures, mail_figures;
static struct gw_component_status components[3];
static struct gw_gateway_status status;
static struct gw_buffer json, text;

static void set_up(void)
{
    none = (struct gw_component_figures){0};
    orders_figures = (struct gw_component_figures){.received = 5000,
                                                   .settled = {[GW_OUTCOME_APPLIED] = 4997, [GW_OUTCOME_DEAD] = 3}};
    mail_figures = (struct gw_component_figures){.sent = 12, .retried = 4};
    components[0] = (struct gw_component_status){.id = "repository",
                                                 .section = GW_SECTION_REPOSITORY,
                                                 .state = GW_COMPONENT_RUNNING,
                                                 .plugin = &store,
                                                 .figures = &none,
                                                 .connection_up = -1};
    components[1] = (struct gw_component_status){.id = "orders",
                                                 .section = GW_SECTION_ENTRYPOINTS,
                                                 .state = GW_COMPONENT_RUNNING,
                                                 .since_unix_ms = TAKEN - 2 * HOUR - 5 * MINUTE,
                                                 .plugin = &consumer,
                                                 .figures = &orders_figures,
                                                 .metrics = lags,
                                                 .metric_count = 2,
                                                 .connection_up = 1,
                                                 .workers = 2};
    components[2] = (struct gw_component_status){
        .id = "mail",
        .section = GW_SECTION_NOTIFIERS,
        .state = GW_COMPONENT_WAITING,
        .since_unix_ms = TAKEN - 75 * SECOND,
        .plugin = &mailer,
        .has_failure = true,
        .failure = {"GW-W200", TAKEN - 75 * SECOND, TAKEN - 12 * SECOND, 6, "451 try\nlater"},
        .figures = &mail_figures,
        .connection_up = 0,
        .delivers = true,
        .has_backlog = true,
        .pending = 7,
        .oldest_age_ms = 80 * SECOND};
    status = (struct gw_gateway_status){.service = "shop",
                                        .taken_unix_ms = TAKEN,
                                        .started_unix_ms = TAKEN - 49 * (int64_t)HOUR,
                                        .generation = 2,
                                        .generations_alive = 1,
                                        .config_hash = "00ff",
                                        .components = components,
                                        .component_count = 3,
                                        .has_dead = true,
                                        .dead_letters = 3};
    gw_buffer_init(&json, 1024 * 1024);
    gw_buffer_init(&text, 1024 * 1024);
}

static void tear_down(void)
{
    gw_buffer_done(&json);
    gw_buffer_done(&text);
}

static const char *table(void)
{
    struct gw_error error = {0};

    gw_buffer_reset(&text);
    gw_buffer_reset(&json);
    gw_status_json_append(&json, &status);
    ck_assert_msg(gw_status_table(&text, gw_buffer_text(&json), &error) == GW_OK, "%s", error.text);
    return text.ptr;
}

START_TEST(the_table_of_a_small_gateway_is_exactly_this)
{
    ck_assert_str_eq(
        table(),
        "shop: running for 2d 1h, generation 2, configuration 00ff\n"
        "dead letters: 3\n"
        "\n"
        "COMPONENT   PLUGIN             STATE    FOR     CONNECTED  DONE  PER S  WAITING  OLDEST  DEAD  ERROR\n"
        "repository  memory_repository  running                                                         \n"
        "orders      kafka_consumer     running  2h 5m   yes        5000              42             3  \n"
        "mail        smtp_notifier      waiting  1m 15s  no           12               7  1m 20s     0  GW-W200, 12s "
        "ago: 451 try\\nlater\n");
}
END_TEST

START_TEST(rates_that_the_gateway_knows_are_shown)
{
    components[1].has_rate = true;
    components[1].per_s = 250.04;
    ck_assert_ptr_nonnull(strstr(table(), " 5000  250.0 "));
    components[2].has_rate = true;
    ck_assert_ptr_nonnull(strstr(table(), "   12    0.0 "));
}
END_TEST

START_TEST(what_waits_for_nobody_and_the_last_apply_are_named)
{
    struct gw_orphan orphan = {"old_mail", 40, 3 * HOUR, NULL};
    struct gw_order_verdict verdict = {
        .number = 3, .word = GW_VERDICT_REFUSED, .ended_unix_ms = TAKEN - 90 * SECOND, .text = "mail: no route"};

    status.has_orphans = true;
    status.orphans = &orphan;
    status.orphan_count = 1;
    status.last_apply = &verdict;
    status.generations_alive = 2;
    status.stray_calls = 3;
    ck_assert_ptr_nonnull(strstr(table(), "40 events wait for old_mail"));
    ck_assert_ptr_null(strstr(text.ptr, "another gateway delivers them"));
    ck_assert_ptr_nonnull(strstr(text.ptr, "last apply: number 3, refused, 1m 30s ago: mail: no route\n"));
    ck_assert_ptr_nonnull(strstr(text.ptr, "have not returned: 3\n"));
    ck_assert_ptr_nonnull(strstr(text.ptr, "older ones: 2\n"));
    orphan.holder = "gangway, backend 7";
    ck_assert_ptr_nonnull(strstr(table(), "another gateway delivers them: gangway, backend 7\n"));
}
END_TEST

START_TEST(who_holds_an_older_generation_is_named)
{
    struct gw_held_generation held[] = {{3, 1, 75 * SECOND}, {4, 2, 5 * SECOND}};

    components[1].old_generations = held;
    components[1].old_generation_count = 2;
    ck_assert_ptr_nonnull(strstr(table(), "orders holds generation 3 for 1m 15s, turns: 1\n"
                                          "orders holds generation 4 for 5s, turns: 2\n"));
}
END_TEST

START_TEST(a_destination_of_another_gateway_says_so)
{
    components[2].has_failure = false;
    components[2].delivers = false;
    ck_assert_ptr_nonnull(strstr(table(), "another gateway delivers\n"));
    components[2].holder = "gangway, backend 7";
    ck_assert_ptr_nonnull(strstr(table(), "another gateway delivers: gangway, backend 7\n"));
}
END_TEST

START_TEST(a_component_that_is_gone_has_no_row)
{
    components[2].state = GW_COMPONENT_GONE;
    ck_assert_ptr_null(strstr(table(), "mail"));
}
END_TEST

START_TEST(a_text_that_is_no_status_is_refused)
{
    struct gw_error error = {0};

    ck_assert_int_eq(gw_status_table(&text, gw_text_of("no gateway"), &error), GW_INVALID);
    ck_assert_int_eq(gw_status_table(&text, gw_text_of("{\"components\": {\"a\": 7}}"), &error), GW_INVALID);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("status table");
    TCase *tests = tcase_create("table");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, the_table_of_a_small_gateway_is_exactly_this);
    tcase_add_test(tests, rates_that_the_gateway_knows_are_shown);
    tcase_add_test(tests, what_waits_for_nobody_and_the_last_apply_are_named);
    tcase_add_test(tests, who_holds_an_older_generation_is_named);
    tcase_add_test(tests, a_destination_of_another_gateway_says_so);
    tcase_add_test(tests, a_component_that_is_gone_has_no_row);
    tcase_add_test(tests, a_text_that_is_no_status_is_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
