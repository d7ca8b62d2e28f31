/* SPDX-License-Identifier: Apache-2.0 */
/* The plugins of this tree pass every check, in the directory in which the build leaves them. */
#include "check_main.h"
#include "plugin/loader.h"

#include <gangway/scope.h>

#include <stdio.h>
#include <string.h>

static void print_failure(const struct gw_report *report, int32_t status, struct gw_text subject,
                          struct gw_text finding)
{
    (void)report;
    if (status != GW_OK)
        (void)fprintf(stderr, "%.*s: %.*s\n", (int)subject.len, subject.ptr, (int)finding.len, finding.ptr);
}

START_TEST(every_plugin_of_the_tree_passes_every_check)
{
    char names[] = GW_TEST_PLUGINS;
    struct gw_report report = {.size = sizeof report, .line = print_failure};

    for (char *name = strtok(names, " "); name != NULL; name = strtok(NULL, " ")) {
        char path[4096];

        (void)snprintf(path, sizeof path, "%s/%s.so", GW_TEST_PLUGIN_DIR, name);
        ck_assert_msg(gw_loader_verify(path, &report) == GW_OK, "%s is refused", path);
    }
}
END_TEST

/* Which options say what a component reads or writes, which values admit one instance, and which are files that are
 * read once. In the order of the tables. */
static const struct {
    const char *plugin;
    const char *identity;
    const char *exclusive;
    const char *contents;
} flags_of[] = {
    {"amqp_consumer", " url hosts queues", "", " ca cert key"},
    {"amqp_publisher", " url hosts exchange routing_key", "", " ca cert key"},
    {"console_notifier", " stream", "", ""},
    {"csv_reader", " path", "", ""},
    {"csv_repository", " path", " path", ""},
    {"jsonl_reader", " path", "", ""},
    {"jsonl_writer", " path", "", ""},
    {"kafka_consumer", " brokers group topics", " instance_id", " ca cert key"},
    {"kafka_publisher", " brokers topic", "", " ca cert key"},
    {"memory_repository", "", "", ""},
    {"postgres_repository", " url schema", "", ""},
    {"slack_notifier", " webhook channel", "", " ca cert key"},
    {"smtp_notifier", " url", "", " ca cert key"},
    {"sqlite_repository", " path", " path", ""},
    {"webhook_notifier", " url", "", " ca cert key"},
};

static void append_options(const struct gw_plugin *plugin, uint32_t flag, char *text, size_t size)
{
    text[0] = '\0';
    for (uint32_t index = 0; index < plugin->option_count; index++)
        if ((plugin->options[index].flags & flag) != 0)
            (void)snprintf(text + strlen(text), size - strlen(text), " %s", plugin->options[index].name);
}

START_TEST(options_say_what_is_read_and_written_and_what_admits_one)
{
    char names[] = GW_TEST_PLUGINS;

    for (char *name = strtok(names, " "); name != NULL; name = strtok(NULL, " ")) {
        const struct gw_plugin *plugin = NULL;
        struct gw_error error = {0};
        char found[256];
        size_t row = 0;

        while (row < gw_array_length(flags_of) && strcmp(flags_of[row].plugin, name) != 0)
            row++;
        ck_assert_msg(row < gw_array_length(flags_of), "what do the options of %s say?", name);
        ck_assert_msg(gw_loader_load(GW_TEST_PLUGIN_DIR, name, &plugin, &error) == GW_OK, "%s", error.text);
        append_options(plugin, GW_OPTION_IDENTITY, found, sizeof found);
        ck_assert_str_eq(found, flags_of[row].identity);
        append_options(plugin, GW_OPTION_EXCLUSIVE, found, sizeof found);
        ck_assert_str_eq(found, flags_of[row].exclusive);
        append_options(plugin, GW_OPTION_CONTENTS, found, sizeof found);
        ck_assert_str_eq(found, flags_of[row].contents);
    }
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("tree");
    TCase *tests = tcase_create("tree");

    tcase_add_test(tests, every_plugin_of_the_tree_passes_every_check);
    tcase_add_test(tests, options_say_what_is_read_and_written_and_what_admits_one);
    suite_add_tcase(suite, tests);
    return suite;
}
