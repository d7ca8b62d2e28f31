/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: what is accepted, and the text of a refusal. The verbs are the test's own. */
#include "check_main.h"
#include "cli/command_line.h"
#include "cli/usage.h"

#include <gangway/scope.h>

#include <stdlib.h>
#include <string.h>

static int run(const struct gw_command_line *line)
{
    return (int)line->operand_count;
}

static const struct gw_verb verbs[] = {
    {.name = "lint",
     .operands = "FILE",
     .summary = "Looks at a file.",
     .operands_min = 1,
     .operands_max = 1,
     .flags = GW_FLAG_BIT(GW_FLAG_PLUGIN_DIR) | GW_FLAG_BIT(GW_FLAG_SET) | GW_FLAG_BIT(GW_FLAG_ALL),
     .run = run},
    {.name = "list", .operands = "", .summary = "Lists.", .run = run},
    {.name = "dlq list",
     .operands = "",
     .summary = "Lists letters.",
     .flags = GW_FLAG_BIT(GW_FLAG_CONFIG) | GW_FLAG_BIT(GW_FLAG_FORMAT),
     .required = GW_FLAG_BIT(GW_FLAG_CONFIG),
     .run = run},
    {.name = "dlq replay", .operands = "[ID...]", .summary = "Replays.", .operands_max = SIZE_MAX, .run = run},
};

static const struct gw_verb_list list = {verbs, gw_array_length(verbs)};

enum { WORDS_MAX = 16 };

static struct gw_command_line line;
static struct gw_error error;
static char words[512];
static char *arguments[WORDS_MAX];

/* Reads `gangway TEXT`, split at spaces. */
static enum gw_status read_line(const char *text)
{
    int count = 1;

    arguments[0] = words;
    (void)snprintf(words, sizeof words, "gangway %s", text);
    for (char *at = words; *at != '\0'; at++)
        if (*at == ' ') {
            *at = '\0';
            arguments[count++] = at + 1;
        }
    if (text[0] == '\0')
        count = 1;
    arguments[count] = NULL;
    error = (struct gw_error){0};
    return gw_command_line_read(&list, count, arguments, &line, &error);
}

static void assert_refused(const char *text, const char *reason)
{
    ck_assert_msg(read_line(text) == GW_INVALID, "'%s' was understood", text);
    ck_assert_msg(strstr(error.text, reason) != NULL, "'%s' says: %s", text, error.text);
}

START_TEST(operands_and_options_may_have_any_order)
{
    static const char *const orders[] = {"lint --plugin-dir p f", "lint f --plugin-dir p", "lint f --plugin-dir=p",
                                         "lint --plugin-dir p -- f"};

    for (size_t i = 0; i < gw_array_length(orders); i++) {
        ck_assert_msg(read_line(orders[i]) == GW_OK, "%s: %s", orders[i], error.text);
        ck_assert_ptr_eq(line.verb, &verbs[0]);
        ck_assert_uint_eq(line.operand_count, 1);
        ck_assert_str_eq(line.operands[0], "f");
        ck_assert_str_eq(gw_command_line_value(&line, GW_FLAG_PLUGIN_DIR), "p");
    }
}
END_TEST

START_TEST(an_option_with_two_values_takes_both_regardless_of_the_operand)
{
    static const char *const orders[] = {"lint f --set topic/0 -5", "lint --set topic/0 -5 f",
                                         "lint --set topic/0 -5 f --all", "lint f --all --set topic/0 -5"};

    for (size_t i = 0; i < gw_array_length(orders); i++) {
        ck_assert_msg(read_line(orders[i]) == GW_OK, "%s: %s", orders[i], error.text);
        ck_assert_str_eq(line.operands[0], "f");
        ck_assert_str_eq(line.values[GW_FLAG_SET].first, "topic/0");
        ck_assert_str_eq(line.values[GW_FLAG_SET].second, "-5");
    }
    assert_refused("lint f --set topic/0", "--set needs SOURCE OFFSET|earliest|latest behind it");
}
END_TEST

START_TEST(an_option_that_was_not_given_is_null)
{
    ck_assert_int_eq(read_line("lint f"), GW_OK);
    ck_assert(!gw_command_line_has(&line, GW_FLAG_ALL));
    ck_assert_ptr_null(gw_command_line_value(&line, GW_FLAG_PLUGIN_DIR));
    ck_assert_int_eq(line.format, GW_FORMAT_PLAIN);
}
END_TEST

START_TEST(a_word_behind_two_dashes_is_an_operand)
{
    ck_assert_int_eq(read_line("lint -- --all"), GW_OK);
    ck_assert_str_eq(line.operands[0], "--all");
    ck_assert(!gw_command_line_has(&line, GW_FLAG_ALL));
}
END_TEST

START_TEST(a_verb_of_two_words_is_found_beside_one_of_the_same_second_word)
{
    ck_assert_int_eq(read_line("dlq list --config f --format json"), GW_OK);
    ck_assert_ptr_eq(line.verb, &verbs[2]);
    ck_assert_int_eq(line.format, GW_FORMAT_JSON);
    ck_assert_int_eq(read_line("list"), GW_OK);
    ck_assert_ptr_eq(line.verb, &verbs[1]);
    ck_assert_int_eq(read_line("dlq replay 1 2 3"), GW_OK);
    ck_assert_uint_eq(line.operand_count, 3);
}
END_TEST

START_TEST(an_unknown_verb_is_refused_with_the_nearest_name)
{
    assert_refused("", "a verb is missing: expected one of lint, list, dlq");
    assert_refused("lnit", "unknown verb 'lnit': expected one of lint, list, dlq; did you mean 'lint'?");
    assert_refused("dlq", "dlq needs one more word: expected one of list, replay");
    assert_refused("dlq --config f", "dlq needs one more word");
    assert_refused("dlq lits", "unknown verb 'dlq lits': expected one of list, replay; did you mean 'list'?");
    assert_refused("dlq replay-all", "unknown verb 'dlq replay-all'");
    assert_refused("--verison", "did you mean '--version'?");
}
END_TEST

START_TEST(an_unknown_option_is_refused_with_the_nearest_name)
{
    assert_refused("lint f --plugin-dri p", "unknown option '--plugin-dri'");
    ck_assert_ptr_nonnull(strstr(error.text, "did you mean '--plugin-dir'?"));
    assert_refused("lint f --plugin-dri=secret", "unknown option '--plugin-dri'");
    ck_assert_ptr_null(strstr(error.text, "secret"));
    assert_refused("dlq list --all --config f", "unknown option '--all'");
    assert_refused("lint -x f", "unknown option '-x'");
    assert_refused("lint -xh f", "unknown option '-x'");
}
END_TEST

START_TEST(an_option_without_its_value_or_with_one_too_many_is_refused)
{
    assert_refused("lint f --plugin-dir", "--plugin-dir needs DIR behind it");
    assert_refused("lint f --all=yes", "--all takes no value");
}
END_TEST

START_TEST(missing_operands_and_options_are_reported)
{
    assert_refused("lint", "lint needs FILE");
    assert_refused("lint a b", "lint does not know what to do with 'b'");
    assert_refused("dlq list", "dlq list needs --config FILE");
    assert_refused("dlq list --config f --format jsn", "unknown format 'jsn'");
}
END_TEST

START_TEST(help_needs_no_operands)
{
    ck_assert_int_eq(read_line("--help"), GW_OK);
    ck_assert_int_eq(line.help, GW_HELP_PROGRAM);
    ck_assert_int_eq(read_line("-h"), GW_OK);
    ck_assert_int_eq(line.help, GW_HELP_PROGRAM);
    ck_assert_int_eq(read_line("dlq --help"), GW_OK);
    ck_assert_int_eq(line.help, GW_HELP_GROUP);
    ck_assert_int_eq(read_line("lint --help"), GW_OK);
    ck_assert_int_eq(line.help, GW_HELP_VERB);
    ck_assert_int_eq(read_line("lint f -h"), GW_OK);
    ck_assert_int_eq(line.help, GW_HELP_VERB);
    ck_assert_int_eq(read_line("--version"), GW_OK);
    ck_assert_int_eq(line.help, GW_HELP_VERSION);
}
END_TEST

START_TEST(the_help_of_a_verb_shows_how_it_is_called_and_every_option_it_takes)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    ck_assert_int_eq(read_line("dlq list --help"), GW_OK);
    gw_usage_print_help(out, &list, &line);
    (void)fclose(out);
    ck_assert_ptr_nonnull(strstr(text, "usage: gangway dlq list --config FILE [--format plain|json|markdown]\n"));
    ck_assert_ptr_nonnull(strstr(text, "Lists letters."));
    ck_assert_ptr_nonnull(strstr(text, "--help "));
    ck_assert_ptr_null(strstr(text, "--all"));
    free(text);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("command_line");
    TCase *tcase = tcase_create("command_line");

    tcase_add_test(tcase, operands_and_options_may_have_any_order);
    tcase_add_test(tcase, an_option_with_two_values_takes_both_regardless_of_the_operand);
    tcase_add_test(tcase, an_option_that_was_not_given_is_null);
    tcase_add_test(tcase, a_word_behind_two_dashes_is_an_operand);
    tcase_add_test(tcase, a_verb_of_two_words_is_found_beside_one_of_the_same_second_word);
    tcase_add_test(tcase, an_unknown_verb_is_refused_with_the_nearest_name);
    tcase_add_test(tcase, an_unknown_option_is_refused_with_the_nearest_name);
    tcase_add_test(tcase, an_option_without_its_value_or_with_one_too_many_is_refused);
    tcase_add_test(tcase, missing_operands_and_options_are_reported);
    tcase_add_test(tcase, help_needs_no_operands);
    tcase_add_test(tcase, the_help_of_a_verb_shows_how_it_is_called_and_every_option_it_takes);
    suite_add_tcase(suite, tcase);
    return suite;
}
