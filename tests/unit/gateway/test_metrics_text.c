/* SPDX-License-Identifier: Apache-2.0 */
/* The whole text of the metrics of a small gateway, and what is left out of it. */
#include "check_main.h"
#include "gateway/metrics_text.h"
#include "gateway/orders.h"

#include <gangway/scope.h>

#include <string.h>

static const struct gw_metric consumer_metrics[] = {
    {.name = GW_METRIC_CONNECTION_UP, .help = "Whether it is connected.", .type = GW_METRIC_GAUGE},
    {.name = GW_METRIC_LAG, .help = "Lag.", .label = GW_METRIC_LABEL_SOURCE, .type = GW_METRIC_GAUGE},
    {.name = "queue_bytes", .help = "Bytes in a \\ queue.", .label = "topic", .type = GW_METRIC_GAUGE},
};
static const struct gw_plugin consumer = {GW_PLUGIN(ENTRYPOINT), GW_PLUGIN_METRICS(consumer_metrics),
                                          .name = "test_consumer", .version = "1.2.3"};
static const struct gw_plugin writer = {GW_PLUGIN(PUBLISHER), .name = "test_writer", .version = "0.1.0"};

static const int64_t bounds[] = {1, 1500};
static const struct gw_histogram_scale messages = {bounds, 2, 1}, durations = {bounds, 2, 1000};

static struct gw_component_figures orders_figures, events_figures;
static struct gw_metric_value values[160];
static struct gw_component_status components[2];
static struct gw_gateway_status status;
static struct gw_buffer text;

static void set_up(void)
{
    orders_figures = (struct gw_component_figures){
        .received = 10,
        .settled = {[GW_OUTCOME_APPLIED] = 6, [GW_OUTCOME_DUPLICATE] = 3, [GW_OUTCOME_RETURNED] = 1},
        .conflicts = 2,
        .turn_messages = {.scale = &messages, .counts = {2, 1, 1}, .sum = 4711},
        .apply_durations = {.scale = &durations, .counts = {1, 2, 0}, .sum = 1250}};
    events_figures = (struct gw_component_figures){.sent = 5, .retried = 1, .repeated = 2};
    memset(values, 0, sizeof values);
    values[0] = (struct gw_metric_value){&consumer_metrics[0], {NULL, 0}, 0, 1};
    values[1] = (struct gw_metric_value){&consumer_metrics[1], gw_text_of("kafka:a\"b\\c\n"), 0, 7};
    values[2] = (struct gw_metric_value){&consumer_metrics[2], gw_text_of("t"), 1, 4096};
    components[0] = (struct gw_component_status){.id = "orders",
                                                 .section = GW_SECTION_ENTRYPOINTS,
                                                 .state = GW_COMPONENT_RUNNING,
                                                 .plugin = &consumer,
                                                 .figures = &orders_figures,
                                                 .metrics = values,
                                                 .metric_count = 3,
                                                 .connection_up = 1};
    components[1] = (struct gw_component_status){.id = "events",
                                                 .section = GW_SECTION_PUBLISHERS,
                                                 .state = GW_COMPONENT_RUNNING,
                                                 .plugin = &writer,
                                                 .figures = &events_figures,
                                                 .connection_up = -1,
                                                 .delivers = true,
                                                 .has_backlog = true,
                                                 .pending = 12,
                                                 .oldest_age_ms = 61500};
    status = (struct gw_gateway_status){.service = "shop",
                                        .config_hash = "00ff",
                                        .components = components,
                                        .component_count = 2,
                                        .has_dead = true,
                                        .dead_letters = 3,
                                        .has_log = true};
    gw_buffer_init(&text, 1024 * 1024);
}

static void tear_down(void)
{
    gw_buffer_done(&text);
}

static const char *written(void)
{
    gw_buffer_reset(&text);
    gw_metrics_text_append(&text, &status);
    ck_assert(!text.has_failed);
    return text.ptr;
}

static const char whole[] =
    "# HELP gangway_messages_received_total Messages taken from the input.\n"
    "# TYPE gangway_messages_received_total counter\n"
    "gangway_messages_received_total{entrypoint=\"orders\"} 10\n"
    "# HELP gangway_messages_settled_total Messages by outcome; together as many as were received, but for those of "
    "the "
    "turn in progress.\n"
    "# TYPE gangway_messages_settled_total counter\n"
    "gangway_messages_settled_total{entrypoint=\"orders\",outcome=\"applied\"} 6\n"
    "gangway_messages_settled_total{entrypoint=\"orders\",outcome=\"skipped\"} 0\n"
    "gangway_messages_settled_total{entrypoint=\"orders\",outcome=\"duplicate\"} 3\n"
    "gangway_messages_settled_total{entrypoint=\"orders\",outcome=\"rejected\"} 0\n"
    "gangway_messages_settled_total{entrypoint=\"orders\",outcome=\"dead\"} 0\n"
    "gangway_messages_settled_total{entrypoint=\"orders\",outcome=\"returned\"} 1\n"
    "# HELP gangway_conflicts_total Commits that were repeated: another writer was faster, or a message had been handled before.\n"
    "# TYPE gangway_conflicts_total counter\n"
    "gangway_conflicts_total{entrypoint=\"orders\"} 2\n"
    "# HELP gangway_sources_stopped Sources that wait for an operator.\n"
    "# TYPE gangway_sources_stopped gauge\n"
    "gangway_sources_stopped{entrypoint=\"orders\"} 0\n"
    "# HELP gangway_turn_messages Messages of a turn.\n"
    "# TYPE gangway_turn_messages histogram\n"
    "gangway_turn_messages_bucket{entrypoint=\"orders\",le=\"1\"} 2\n"
    "gangway_turn_messages_bucket{entrypoint=\"orders\",le=\"1500\"} 3\n"
    "gangway_turn_messages_bucket{entrypoint=\"orders\",le=\"+Inf\"} 4\n"
    "gangway_turn_messages_sum{entrypoint=\"orders\"} 4711\n"
    "gangway_turn_messages_count{entrypoint=\"orders\"} 4\n"
    "# HELP gangway_apply_seconds How long the repository takes to apply a changeset, or to refuse it.\n"
    "# TYPE gangway_apply_seconds histogram\n"
    "gangway_apply_seconds_bucket{entrypoint=\"orders\",le=\"0.001\"} 1\n"
    "gangway_apply_seconds_bucket{entrypoint=\"orders\",le=\"1.5\"} 3\n"
    "gangway_apply_seconds_bucket{entrypoint=\"orders\",le=\"+Inf\"} 3\n"
    "gangway_apply_seconds_sum{entrypoint=\"orders\"} 1.25\n"
    "gangway_apply_seconds_count{entrypoint=\"orders\"} 3\n"
    "# HELP gangway_delivered_total Events by what became of a delivery: sent, retried (the attempt failed), dead "
    "(refused), rerouted, or repeated (sent again with the same key).\n"
    "# TYPE gangway_delivered_total counter\n"
    "gangway_delivered_total{destination=\"events\",outcome=\"sent\"} 5\n"
    "gangway_delivered_total{destination=\"events\",outcome=\"retried\"} 1\n"
    "gangway_delivered_total{destination=\"events\",outcome=\"dead\"} 0\n"
    "gangway_delivered_total{destination=\"events\",outcome=\"rerouted\"} 0\n"
    "gangway_delivered_total{destination=\"events\",outcome=\"repeated\"} 2\n"
    "# HELP gangway_outbox_pending Events that wait for delivery by this gateway, read every 15 s.\n"
    "# TYPE gangway_outbox_pending gauge\n"
    "gangway_outbox_pending{destination=\"events\"} 12\n"
    "# HELP gangway_outbox_oldest_seconds Age of the oldest event that waits; 0 when none does.\n"
    "# TYPE gangway_outbox_oldest_seconds gauge\n"
    "gangway_outbox_oldest_seconds{destination=\"events\"} 61.5\n"
    "# HELP gangway_dead_letters Dead letters in the repository, read every 15 s.\n"
    "# TYPE gangway_dead_letters gauge\n"
    "gangway_dead_letters 3\n"
    "# HELP gangway_config_info The configuration in force, by its hash without secrets; always 1.\n"
    "# TYPE gangway_config_info gauge\n"
    "gangway_config_info{hash=\"00ff\"} 1\n"
    "# HELP gangway_config_last_apply_successful 1 when the last apply succeeded or there was none, else 0.\n"
    "# TYPE gangway_config_last_apply_successful gauge\n"
    "gangway_config_last_apply_successful 1\n"
    "# HELP gangway_log_records_dropped_total Log records that were not written because the reader was too slow.\n"
    "# TYPE gangway_log_records_dropped_total counter\n"
    "gangway_log_records_dropped_total 0\n"
    "# HELP gangway_connection_up 1 while every instance of the component has its connection, else 0.\n"
    "# TYPE gangway_connection_up gauge\n"
    "gangway_connection_up{component=\"orders\"} 1\n"
    "# HELP gangway_lag_messages Messages of a source that were not read yet.\n"
    "# TYPE gangway_lag_messages gauge\n"
    "gangway_lag_messages{entrypoint=\"orders\",source=\"kafka:a\\\"b\\\\c\\n\"} 7\n"
    "# HELP gangway_plugin_info The plugins that are in use, with their version and plugin ABI; always 1.\n"
    "# TYPE gangway_plugin_info gauge\n"
    "gangway_plugin_info{name=\"test_consumer\",version=\"1.2.3\",abi=\"1.0\"} 1\n"
    "gangway_plugin_info{name=\"test_writer\",version=\"0.1.0\",abi=\"1.0\"} 1\n"
    "# HELP gangway_test_consumer_queue_bytes Bytes in a \\\\ queue.\n"
    "# TYPE gangway_test_consumer_queue_bytes gauge\n"
    "gangway_test_consumer_queue_bytes{component=\"orders\",instance=\"1\",topic=\"t\"} 4096\n";

START_TEST(the_metrics_of_a_small_gateway_are_exactly_these)
{
    ck_assert_str_eq(written(), whole);
}
END_TEST

static unsigned count_of(const char *line)
{
    unsigned count = 0;

    for (const char *at = written(); (at = strstr(at, line)) != NULL; at += strlen(line))
        count++;
    return count;
}

START_TEST(a_figure_that_is_not_known_is_absent)
{
    status.has_dead = status.has_log = components[1].has_backlog = false;
    components[0].connection_up = -1;
    components[0].metric_count = 0;
    ck_assert_uint_eq(count_of("gangway_dead_letters"), 0);
    ck_assert_uint_eq(count_of("gangway_outbox_"), 0);
    ck_assert_uint_eq(count_of("gangway_log_"), 0);
    ck_assert_uint_eq(count_of("gangway_connection_up"), 0);
    ck_assert_uint_eq(count_of("gangway_lag_messages"), 0);
    ck_assert_uint_eq(count_of("gangway_test_consumer_"), 0);
}
END_TEST

START_TEST(the_backlog_of_a_destination_is_reported_by_who_delivers_it)
{
    components[1].delivers = false;
    ck_assert_uint_eq(count_of("gangway_outbox_pending"), 0);
    ck_assert_uint_eq(count_of("gangway_delivered_total{"), 5);
}
END_TEST

START_TEST(a_destination_without_rows_has_none_that_is_old)
{
    components[1].pending = 0;
    ck_assert_uint_eq(count_of("gangway_outbox_pending{destination=\"events\"} 0\n"), 1);
    ck_assert_uint_eq(count_of("gangway_outbox_oldest_seconds{destination=\"events\"} 0\n"), 1);
}
END_TEST

START_TEST(orphans_are_counted_over_all_destinations)
{
    const struct gw_orphan orphans[] = {{"old", 3, 1000, NULL}, {"older", 4, 2000, NULL}};

    status.has_orphans = true;
    ck_assert_uint_eq(count_of("\ngangway_outbox_orphans 0\n"), 1);
    status.orphans = orphans;
    status.orphan_count = 2;
    ck_assert_uint_eq(count_of("\ngangway_outbox_orphans 7\n"), 1);
}
END_TEST

START_TEST(an_apply_that_was_refused_is_no_success)
{
    struct gw_order_verdict verdict = {.word = GW_VERDICT_REFUSED};

    status.last_apply = &verdict;
    ck_assert_uint_eq(count_of("gangway_config_last_apply_successful 0\n"), 1);
    verdict.word = GW_VERDICT_APPLIED;
    ck_assert_uint_eq(count_of("gangway_config_last_apply_successful 1\n"), 1);
}
END_TEST

START_TEST(a_label_has_at_most_a_hundred_values_per_component)
{
    static char labels[150][16];

    for (uint32_t index = 0; index < 150; index++) {
        uint64_t len = (uint64_t)snprintf(labels[index], sizeof labels[index], "t%u", index);

        values[index] = (struct gw_metric_value){&consumer_metrics[2], gw_text_span(labels[index], len), 0, 1};
    }
    components[0].metric_count = 150;
    ck_assert_uint_eq(count_of("gangway_test_consumer_queue_bytes{"), GW_METRICS_TEXT_MAX_LABELS);
    for (uint32_t index = 0; index < 150; index++)
        values[index].metric = &consumer_metrics[1];
    ck_assert_uint_eq(count_of("gangway_lag_messages{"), GW_METRICS_TEXT_MAX_LABELS);
}
END_TEST

START_TEST(two_components_of_one_plugin_share_a_family)
{
    components[1] = components[0];
    components[1].id = "more";
    ck_assert_uint_eq(count_of("# TYPE gangway_test_consumer_queue_bytes gauge\n"), 1);
    ck_assert_uint_eq(count_of("gangway_test_consumer_queue_bytes{component=\""), 2);
    ck_assert_uint_eq(count_of("gangway_plugin_info{"), 1);
}
END_TEST

START_TEST(a_source_that_two_workers_report_is_one_series)
{
    values[2] = values[1];
    values[2].instance = 1;
    values[2].value = 5;
    ck_assert_uint_eq(count_of("gangway_lag_messages{"), 1);
    ck_assert_uint_eq(count_of("\"} 12\n"), 1 + 1); /* and what waits for events */
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("metrics text");
    TCase *tests = tcase_create("families");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, the_metrics_of_a_small_gateway_are_exactly_these);
    tcase_add_test(tests, a_figure_that_is_not_known_is_absent);
    tcase_add_test(tests, the_backlog_of_a_destination_is_reported_by_who_delivers_it);
    tcase_add_test(tests, a_destination_without_rows_has_none_that_is_old);
    tcase_add_test(tests, orphans_are_counted_over_all_destinations);
    tcase_add_test(tests, an_apply_that_was_refused_is_no_success);
    tcase_add_test(tests, a_label_has_at_most_a_hundred_values_per_component);
    tcase_add_test(tests, two_components_of_one_plugin_share_a_family);
    tcase_add_test(tests, a_source_that_two_workers_report_is_one_series);
    suite_add_tcase(suite, tests);
    return suite;
}
