/* SPDX-License-Identifier: Apache-2.0 */
/* Each value has one text, and different values have different ones. */
#include "check_main.h"
#include "options/option_text.h"

#include <gangway/scope.h>

#include <stddef.h>
#include <string.h>

struct config {
    int64_t number;
    double ratio;
    uint32_t word;
    const char *text;
    const char *written;
    struct gw_option_list list;
    struct gw_option_map map;
};

static struct gw_buffer buffer;
static struct config config;

static void set_up(void)
{
    gw_buffer_init(&buffer, SIZE_MAX);
    config = (struct config){0};
}

static void tear_down(void)
{
    gw_buffer_done(&buffer);
}

static size_t offset_of(uint32_t type)
{
    switch (type) {
    case GW_OPTION_BOOL:
    case GW_OPTION_CHOICE:
        return offsetof(struct config, word);
    case GW_OPTION_FLOAT:
        return offsetof(struct config, ratio);
    case GW_OPTION_LIST:
        return offsetof(struct config, list);
    case GW_OPTION_MAP:
        return offsetof(struct config, map);
    case GW_OPTION_INT:
    case GW_OPTION_DURATION:
    case GW_OPTION_SIZE:
        return offsetof(struct config, number);
    default:
        return offsetof(struct config, text);
    }
}

/* The text of the value that config has for an option of the type; "(unset)". */
static const char *text_of(uint32_t type, uint32_t flags)
{
    struct gw_option option = {.name = "o",
                               .type = type,
                               .flags = flags,
                               .choices = type == GW_OPTION_CHOICE ? "low|middle|high" : NULL,
                               .offset = (uint32_t)offset_of(type)};

    gw_buffer_reset(&buffer);
    if (!gw_option_append_value(&option, &config, &buffer))
        return "(unset)";
    ck_assert(!buffer.has_failed);
    return buffer.ptr;
}

static const char *number_text(uint32_t type, uint32_t flags, int64_t number)
{
    config.number = number;
    return text_of(type, flags);
}

START_TEST(numbers_are_written_in_their_largest_unit)
{
    ck_assert_str_eq(number_text(GW_OPTION_INT, 0, INT64_MIN), "-9223372036854775808");
    ck_assert_str_eq(number_text(GW_OPTION_DURATION, 0, 250), "250ms");
    ck_assert_str_eq(number_text(GW_OPTION_DURATION, 0, 172800000), "2d");
    ck_assert_str_eq(number_text(GW_OPTION_SIZE, 0, 1048576), "1MiB");
    ck_assert_str_eq(number_text(GW_OPTION_SIZE, 0, 1025), "1025B");
    ck_assert_str_eq(number_text(GW_OPTION_SIZE, GW_OPTION_OFF, 0), "off");
    ck_assert_str_eq(number_text(GW_OPTION_DURATION, 0, 0), "0ms");
}
END_TEST

static const char *float_text(double ratio)
{
    config.ratio = ratio;
    return text_of(GW_OPTION_FLOAT, 0);
}

START_TEST(a_float_is_the_shortest_text_that_reads_back)
{
    ck_assert_str_eq(float_text(0.1), "0.1");
    ck_assert_str_eq(float_text(1000), "1000");
    ck_assert_str_eq(float_text(0.1 + 0.2), "0.30000000000000004");
    ck_assert_str_eq(float_text(1e300), "1e+300");
}
END_TEST

START_TEST(words_are_those_of_the_file)
{
    config.word = 1;
    ck_assert_str_eq(text_of(GW_OPTION_BOOL, 0), "true");
    ck_assert_str_eq(text_of(GW_OPTION_CHOICE, 0), "middle");
    config.word = 0;
    ck_assert_str_eq(text_of(GW_OPTION_BOOL, 0), "false");
    ck_assert_str_eq(text_of(GW_OPTION_CHOICE, 0), "low");
}
END_TEST

START_TEST(text_is_itself_and_no_text_is_not_empty_text)
{
    static const uint32_t types[] = {GW_OPTION_TEXT,    GW_OPTION_SECRET,    GW_OPTION_PATH,
                                     GW_OPTION_COMMAND, GW_OPTION_RECIPIENT, GW_OPTION_TEMPLATE};

    for (size_t i = 0; i < gw_array_length(types); i++) {
        config.text = "{sku}: \"gone\", [a]";
        ck_assert_str_eq(text_of(types[i], 0), config.text);
        config.text = NULL;
        ck_assert_str_eq(text_of(types[i], 0), "(unset)");
    }
    config.text = "";
    ck_assert(gw_option_append_value(
        &(struct gw_option){.type = GW_OPTION_TEXT, .offset = offsetof(struct config, text)}, &config, &buffer));
}
END_TEST

static const char *list_text(const char *const *items, uint64_t count)
{
    config.list = (struct gw_option_list){items, count};
    return text_of(GW_OPTION_LIST, 0);
}

START_TEST(lists_that_differ_have_different_texts)
{
    ck_assert_str_eq(list_text(NULL, 0), "[]");
    ck_assert_str_eq(list_text((const char *[]){"kafka-1:9092", "b@x.org"}, 2), "[kafka-1:9092, b@x.org]");
    ck_assert_str_eq(list_text((const char *[]){"b", "a"}, 2), "[b, a]");
    ck_assert_str_eq(list_text((const char *[]){"a, b"}, 1), "[\"a, b\"]");
    ck_assert_str_eq(list_text((const char *[]){"a\", \"b"}, 1), "[\"a\\\", \\\"b\"]");
    ck_assert_str_eq(list_text((const char *[]){"a\\"}, 1), "[\"a\\\\\"]");
    ck_assert_str_eq(list_text((const char *[]){""}, 1), "[\"\"]");
    ck_assert_str_eq(list_text((const char *[]){NULL}, 1), "[~]");
    ck_assert_str_eq(list_text((const char *[]){"~"}, 1), "[\"~\"]");
}
END_TEST

static const char *map_text(const struct gw_option_pair *pairs, uint64_t count)
{
    config.map = (struct gw_option_map){pairs, count};
    return text_of(GW_OPTION_MAP, 0);
}

START_TEST(the_order_of_a_map_has_no_meaning)
{
    ck_assert_str_eq(map_text(NULL, 0), "{}");
    ck_assert_str_eq(map_text((const struct gw_option_pair[]){{"b", "2"}, {"a", "1"}}, 2), "{a: 1, b: 2}");
    ck_assert_str_eq(map_text((const struct gw_option_pair[]){{"a", "1"}, {"b", "2"}}, 2), "{a: 1, b: 2}");
    ck_assert_str_eq(map_text((const struct gw_option_pair[]){{"a: 1, b", NULL}}, 1), "{\"a: 1, b\": ~}");
}
END_TEST

START_TEST(a_path_is_also_known_as_it_is_written)
{
    struct gw_option option = {
        .type = GW_OPTION_PATH, .offset = offsetof(struct config, text), .written = offsetof(struct config, written)};

    config.text = "/conf/a";
    config.written = "./a";
    ck_assert(gw_option_append_value(&option, &config, &buffer));
    ck_assert_str_eq(buffer.ptr, "/conf/a");
    ck_assert_str_eq(gw_option_written(&option, &config), "./a");
    option.written = 0;
    ck_assert_ptr_null(gw_option_written(&option, &config));
    option.type = GW_OPTION_COMMAND;
    option.written = offsetof(struct config, map);
    ck_assert_ptr_null(gw_option_written(&option, &config));
}
END_TEST

START_TEST(secrets_are_known_by_the_type_of_the_value_or_of_its_items)
{
    ck_assert(gw_option_is_secret(&(struct gw_option){.type = GW_OPTION_SECRET}));
    ck_assert(gw_option_is_secret(&(struct gw_option){.type = GW_OPTION_MAP, .item_type = GW_OPTION_SECRET}));
    ck_assert(!gw_option_is_secret(&(struct gw_option){.type = GW_OPTION_LIST, .item_type = GW_OPTION_TEXT}));
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("option_text");
    TCase *tests = tcase_create("texts");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, numbers_are_written_in_their_largest_unit);
    tcase_add_test(tests, a_float_is_the_shortest_text_that_reads_back);
    tcase_add_test(tests, words_are_those_of_the_file);
    tcase_add_test(tests, text_is_itself_and_no_text_is_not_empty_text);
    tcase_add_test(tests, lists_that_differ_have_different_texts);
    tcase_add_test(tests, the_order_of_a_map_has_no_meaning);
    tcase_add_test(tests, a_path_is_also_known_as_it_is_written);
    tcase_add_test(tests, secrets_are_known_by_the_type_of_the_value_or_of_its_items);
    suite_add_tcase(suite, tests);
    return suite;
}
