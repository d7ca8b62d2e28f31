/* SPDX-License-Identifier: Apache-2.0 */
/* The output about plugins and their options. */
#include "check_main.h"
#include "cli/verbs/describe.h"
#include "fake_plugins.h"

#include <string.h>

static struct gw_arena *arena;
static struct gw_buffer buffer;
static struct gw_error error;

static void set_up(void)
{
    arena = gw_arena_new(256 * 1024);
    ck_assert_ptr_nonnull(arena);
    gw_buffer_init(&buffer, 64 * 1024);
}

static void tear_down(void)
{
    gw_buffer_done(&buffer);
    gw_arena_free(arena);
}

START_TEST(a_plugin_is_described_with_its_options_and_then_those_of_the_core)
{
    static const char own[] = "jsonl_reader 1.2, under `entrypoints`: A fake | for tests.\n\n"
                              "OPTION    TYPE                 DEFAULT     HELP\n"
                              "path      path                 (required)  The file to read.\n"
                              "follow    bool                 false       Whether to wait for more at its end.\n"
                              "plugin    text                 (required)  ";

    ck_assert_int_eq(gw_describe_plugin(arena, fake_plugin("jsonl_reader"), GW_FORMAT_PLAIN, &buffer, &error), GW_OK);
    ck_assert_int_eq(strncmp(buffer.ptr, own, sizeof own - 1), 0);
    ck_assert_ptr_nonnull(strstr(buffer.ptr, "\nworkers   int                  1           "));
    ck_assert_ptr_nonnull(strstr(buffer.ptr, "\ndedupe    position|id|content  position    "));
    ck_assert_ptr_nonnull(strstr(buffer.ptr, "\ncache     size                 8MiB        "));
}
END_TEST

START_TEST(json_has_the_expected_value_and_the_owner_of_each_option)
{
    ck_assert_int_eq(gw_describe_plugin(arena, fake_plugin("jsonl_reader"), GW_FORMAT_JSON, &buffer, &error), GW_OK);
    ck_assert_ptr_nonnull(
        strstr(buffer.ptr, "[\n  {\"option\": \"path\", \"type\": \"path\", \"default\": null, \"help\": \"The file to "
                           "read.\", \"expected\": \"a path, relative to the file that names it\", \"required\": true, "
                           "\"identity\": true, \"exclusive\": false, \"contents\": false, \"owner\": \"jsonl_reader\"},\n"));
    ck_assert_ptr_nonnull(strstr(buffer.ptr, "\"expected\": \"a whole number, from 1 to 64\", \"required\": false, "
                                             "\"identity\": false, \"exclusive\": false, \"contents\": false, \"owner\": \"gangway\"},\n"));
}
END_TEST

START_TEST(markdown_is_for_the_page_of_the_plugin_alone)
{
    ck_assert_int_eq(gw_describe_plugin(arena, fake_plugin("smtp_notifier"), GW_FORMAT_MARKDOWN, &buffer, &error),
                     GW_OK);
    ck_assert_str_eq(buffer.ptr, "`smtp_notifier`, under `notifiers`: A fake | for tests.\n\n"
                                 "| option | type | default | help |\n"
                                 "|---|---|---|---|\n"
                                 "| url | text | (required) | The mail server. |\n"
                                 "| password | secret |  | What opens it. |\n"
                                 "| to | list of recipient |  | Who gets the mail. |\n"
                                 "| subject | template | About {sku} | The subject. |\n"
                                 "| text | template |  | The body. |\n");
}
END_TEST

START_TEST(the_list_of_plugins_has_the_refused_ones_with_the_reason)
{
    ck_assert_int_eq(gw_describe_plugins(arena, "/plugins", GW_FORMAT_PLAIN, &buffer, &error), GW_OK);
    ck_assert_ptr_nonnull(strstr(buffer.ptr,
                                 "NAME               PORT        VERSION  SUMMARY\n"
                                 "bad                                     refused: bad.so: it has no magic\n"
                                 "clashing_writer    publisher   1.2      A fake | for tests.\n"));
    gw_buffer_reset(&buffer);
    ck_assert_int_eq(gw_describe_plugins(arena, "/plugins", GW_FORMAT_JSON, &buffer, &error), GW_OK);
    ck_assert_ptr_nonnull(strstr(buffer.ptr,
                                 "{\"name\": \"bad\", \"port\": null, \"version\": null, \"summary\": null, "
                                 "\"error\": \"bad.so: it has no magic\"},\n"));
}
END_TEST

START_TEST(a_directory_that_cannot_be_read_is_an_error)
{
    ck_assert_int_eq(gw_describe_plugins(arena, "nowhere", GW_FORMAT_PLAIN, &buffer, &error), GW_CONFIG);
    ck_assert_str_eq(error.text, "nowhere: no such directory");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("describe");
    TCase *tests = tcase_create("describe");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_plugin_is_described_with_its_options_and_then_those_of_the_core);
    tcase_add_test(tests, json_has_the_expected_value_and_the_owner_of_each_option);
    tcase_add_test(tests, markdown_is_for_the_page_of_the_plugin_alone);
    tcase_add_test(tests, the_list_of_plugins_has_the_refused_ones_with_the_reason);
    tcase_add_test(tests, a_directory_that_cannot_be_read_is_an_error);
    suite_add_tcase(suite, tests);
    return suite;
}
