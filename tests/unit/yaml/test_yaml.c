/* SPDX-License-Identifier: Apache-2.0 */
/* The YAML reader: what it reads, what it refuses and in which words, and that nothing hostile makes it slow. */
#include "base/arena.h"
#include "check_main.h"
#include "yaml/yaml.h"

#include <gangway/scope.h>
#include <stdio.h>
#include <stdlib.h>

static struct gw_arena *arena;
static const struct gw_yaml_node *root;
static struct gw_error error;

static void setup(void)
{
    arena = gw_arena_new(64 * 1024 * 1024);
    ck_assert_ptr_nonnull(arena);
    root = NULL;
    error = (struct gw_error){0};
}

static void teardown(void)
{
    gw_arena_free(arena);
}

static enum gw_status parse_bytes(const char *bytes, size_t len)
{
    return gw_yaml_parse(arena, "f.yaml", gw_text_span(bytes, len), &root, &error);
}

static const struct gw_yaml_node *read_yaml(const char *text)
{
    enum gw_status status = parse_bytes(text, strlen(text));

    ck_assert_msg(status == GW_OK, "%s: %s", text, error.text);
    return root;
}

static void assert_refused(const char *bytes, size_t len, const char *expected)
{
    ck_assert_int_eq(parse_bytes(bytes, len), GW_CONFIG);
    ck_assert_int_eq(error.status, GW_CONFIG);
    ck_assert_str_eq(error.text, expected);
    ck_assert_ptr_null(root);
}

static void assert_scalar(const struct gw_yaml_node *node, const char *text, bool is_plain)
{
    ck_assert_ptr_nonnull(node);
    ck_assert_int_eq(node->kind, GW_YAML_SCALAR);
    ck_assert_str_eq(node->text.ptr, text);
    ck_assert_uint_eq(node->text.len, strlen(text));
    ck_assert_int_eq(node->is_plain, is_plain);
}

static void assert_place(const struct gw_yaml_node *node, unsigned line, unsigned column)
{
    ck_assert_uint_eq(node->line, line);
    ck_assert_uint_eq(node->column, column);
}

/* count times unit, then tail; the caller frees it. */
static char *repeat(const char *unit, size_t count, const char *tail)
{
    size_t len = strlen(unit);
    char *text = malloc(len * count + strlen(tail) + 1);

    ck_assert_ptr_nonnull(text);
    for (size_t i = 0; i < count; i++)
        memcpy(text + i * len, unit, len);
    memcpy(text + len * count, tail, strlen(tail) + 1);
    return text;
}

static void assert_repeated_refused(const char *unit, size_t count, const char *tail, const char *expected)
{
    char *text = repeat(unit, count, tail);

    assert_refused(text, strlen(text), expected);
    free(text);
}

START_TEST(a_bootstrap_file_becomes_a_tree_with_places)
{
    const struct gw_yaml_node *entrypoints;
    const struct gw_yaml_node *orders;
    const struct gw_yaml_node *brokers;

    read_yaml("service: stock # a comment\n"
              "entrypoints:\n"
              "  orders:\n"
              "    plugin: kafka_consumer\n"
              "    brokers: [localhost:9092, 'other:9092']\n"
              "    url: {env: URL}\n");
    ck_assert_int_eq(root->kind, GW_YAML_MAP);
    ck_assert_uint_eq(root->count, 2);
    assert_scalar(root->entries[0].key, "service", true);
    assert_scalar(gw_yaml_find(root, "service"), "stock", true);
    assert_place(gw_yaml_find(root, "service"), 1, 10);
    entrypoints = gw_yaml_find(root, "entrypoints");
    assert_place(entrypoints, 3, 3);
    orders = gw_yaml_find(entrypoints, "orders");
    brokers = gw_yaml_find(orders, "brokers");
    ck_assert_int_eq(brokers->kind, GW_YAML_LIST);
    ck_assert_uint_eq(brokers->count, 2);
    assert_place(brokers, 5, 14);
    assert_scalar(brokers->items[0], "localhost:9092", true);
    assert_scalar(brokers->items[1], "other:9092", false);
    assert_place(brokers->items[1], 5, 31);
    assert_scalar(gw_yaml_find(gw_yaml_find(orders, "url"), "env"), "URL", true);
}
END_TEST

START_TEST(columns_count_characters_and_lines_end_as_editors_end_them)
{
    read_yaml("\"größe 長さ\": a\r\nb: c\rd: e\nf: g\n");
    assert_place(root->entries[0].value, 1, 13);
    assert_place(root->entries[1].key, 2, 1);
    assert_place(root->entries[2].key, 3, 1);
    assert_place(root->entries[3].value, 4, 4);
}
END_TEST

START_TEST(quoted_text_is_distinguished_from_plain_text)
{
    read_yaml("- null\n- 'null'\n- \"5\"\n- 5\n- |\n  true\n- ''\n-\n- \"a\\tb\\u00e9\"\n");
    assert_scalar(root->items[0], "null", true);
    assert_scalar(root->items[1], "null", false);
    assert_scalar(root->items[2], "5", false);
    assert_scalar(root->items[3], "5", true);
    assert_scalar(root->items[4], "true\n", false);
    assert_scalar(root->items[5], "", false);
    assert_scalar(root->items[6], "", true);
    assert_scalar(root->items[7], "a\tb\xC3\xA9", false);
}
END_TEST

START_TEST(empty_lists_and_maps_are_whole)
{
    read_yaml("a: []\nb: {}\n");
    ck_assert_int_eq(gw_yaml_find(root, "a")->kind, GW_YAML_LIST);
    ck_assert_uint_eq(gw_yaml_find(root, "a")->count, 0);
    ck_assert_int_eq(gw_yaml_find(root, "b")->kind, GW_YAML_MAP);
    ck_assert_uint_eq(gw_yaml_find(root, "b")->count, 0);
}
END_TEST

START_TEST(find_returns_null_for_a_missing_key)
{
    read_yaml("a: b\n");
    ck_assert_ptr_null(gw_yaml_find(root, "b"));
    ck_assert_ptr_null(gw_yaml_find(gw_yaml_find(root, "a"), "a"));
    ck_assert_ptr_null(gw_yaml_find(NULL, "a"));
}
END_TEST

START_TEST(a_byte_order_mark_a_version_and_document_marks_are_accepted)
{
    read_yaml("\xEF\xBB\xBF# comment\n%YAML 1.1\n---\na: b\n...\n# the end\n\n");
    assert_place(root, 4, 1);
    read_yaml("\xEF\xBB\xBFkey: b");
    assert_place(gw_yaml_find(root, "key"), 1, 6);
    read_yaml("--- # begin\na: '%TAG'\nb: |\n  %x\n");
}
END_TEST

static const struct {
    const char *text;
    const char *expected;
} refusals[] = {
    {"", "f.yaml:1:1: error: the file is empty"},
    {" \n# only a comment\n", "f.yaml:1:1: error: the file is empty"},
    {"---\n...\n", "f.yaml:1:1: error: the file is empty"},
    {"a: b\n---\nc: d\n", "f.yaml:2:1: error: a second document begins here; expected the end of the file"},
    {"a: b\n...\nc: d\n", "f.yaml:3:1: error: a second document begins here; expected the end of the file"},
    {"a: b\n... \n%TAG ! x\n---\n", "f.yaml:3:1: error: a second document begins here; expected the end of the file"},
    {"a: 1\nb:\n  c: 2\n  d: 3\n  c: 4\n",
     "f.yaml:5:3: error: the key 'c' is here twice, first at 3:3; expected each key once"},
    {"{x: 1, \"x\": 2, x: 3}", "f.yaml:1:8: error: the key 'x' is here twice, first at 1:2; expected each key once"},
    {"b: 1\na: 1\nb: 2\na: 2\n", "f.yaml:3:1: error: the key 'b' is here twice, first at 1:1; expected each key once"},
    {"{b: 1, a: 1, a: 2, b: 2}", "f.yaml:1:14: error: the key 'a' is here twice, first at 1:8; expected each key once"},
    {"{a: 1, b: 1, b: 2, a: 2}", "f.yaml:1:14: error: the key 'b' is here twice, first at 1:8; expected each key once"},
    {"a: 1\nb: 1\na: 2\nb: 2\n", "f.yaml:3:1: error: the key 'a' is here twice, first at 1:1; expected each key once"},
    {"{aa: 1, a: 1, aa: 2}", "f.yaml:1:15: error: the key 'aa' is here twice, first at 1:2; expected each key once"},
    {"{a: 1, aa: 1, a: 2}", "f.yaml:1:15: error: the key 'a' is here twice, first at 1:2; expected each key once"},
    {"%T\n---\na: b\n",
     "f.yaml:1:1: error: '%' begins a directive, which is not supported; remove the line, or put the text into quotes"},
    {"%T",
     "f.yaml:1:1: error: '%' begins a directive, which is not supported; remove the line, or put the text into quotes"},
    {"a: \x7f\n", "f.yaml:1:4: error: a control character; remove it, or write it as an escape in double quotes"},
    {"a: &x b\n", "f.yaml:1:4: error: '&' begins an anchor, which is not supported; put the text into quotes"},
    {"a: &x [b]\n", "f.yaml:1:4: error: '&' begins an anchor, which is not supported; put the text into quotes"},
    {"a: &\n", "f.yaml:1:4: error: '&' begins an anchor, which is not supported; put the text into quotes"},
    {"a: *x\n", "f.yaml:1:4: error: '*' begins an alias, which is not supported; put the text into quotes"},
    {"glob: *.csv\n", "f.yaml:1:7: error: '*' begins an alias, which is not supported; put the text into quotes"},
    {"a: !!str b\n", "f.yaml:1:4: error: '!' begins a tag, which is not supported; put the text into quotes"},
    {"a: ! b\n", "f.yaml:1:4: error: '!' begins a tag, which is not supported; put the text into quotes"},
    {"a: !x!y b\n", "f.yaml:1:4: error: '!' begins a tag, which is not supported; put the text into quotes"},
    {"a: !secret\n  b: c\n", "f.yaml:1:4: error: '!' begins a tag, which is not supported; put the text into quotes"},
    {"a: !<x\n", "f.yaml:1:4: error: '!' begins a tag, which is not supported; put the text into quotes"},
    {"<<: {a: b}\n", "f.yaml:1:1: error: the merge key '<<' is not supported; write the keys out"},
    {"[a]: b\n", "f.yaml:1:1: error: a key that is a list or a map; expected a word"},
    {"? {a: b}\n: c\n", "f.yaml:1:3: error: a key that is a list or a map; expected a word"},
    {"?\n: b\n", "f.yaml:1:2: error: an empty key; expected a word before ':'"},
    {"%TAG ! tag:x,2000:\n---\na: b\n",
     "f.yaml:1:1: error: '%' begins a directive, which is not supported; remove the line, or put the text into quotes"},
    {"%YAML 3.0\n---\na: b\n", "f.yaml:1:1: error: another version of YAML; expected %YAML 1.1 or 1.2"},
    {"a: \"x\\0y\"\n", "f.yaml:1:4: error: the text holds a NUL character, which is not supported"},
    {"a: b\nc\nd: e\n", "f.yaml:2:1: error: expected ':' and a value behind this key"},
    {"a: b: c\n",
     "f.yaml:1:5: error: a ':' that is not allowed here; check the indentation, or put the text into quotes"},
    {"a: - b\n", "f.yaml:1:4: error: a '-' that is not allowed here; put every item of the list on a line of its own"},
    {"a: b\n- c\n", "f.yaml:2:1: error: expected a key here, or check the indentation: in the map that begins at 1:1"},
    {"- b\na: c\n", "f.yaml:2:1: error: expected '- ' here, or check the indentation: in the list that begins at 1:1"},
    {"a:\n  b: 1\n c: 2\n",
     "f.yaml:3:2: error: expected a key here, or check the indentation: in the map that begins at 1:1"},
    {"a: [b, c\nd: e\n", "f.yaml:2:2: error: expected ',' or ']' in the list that begins at 1:4"},
    {"a: {b: c\nd: e}\n", "f.yaml:2:2: error: expected ',' or '}' in the map that begins at 1:4"},
    {"a: [b", "f.yaml:2:1: error: expected ',' or ']' in the list that begins at 1:4"},
    {"a: 'b\nc: d\n", "f.yaml:1:4: error: the quote that opens here is never closed"},
    {"a: \"b\n---\n", "f.yaml:1:4: error: the quote that opens here is not closed before a line of '---' or '...'"},
    {"a: \"C:\\dir\"\n", "f.yaml:1:7: error: an unknown escape; in double quotes a backslash is written \\\\, in "
                         "single quotes it is literal"},
    {"a: \"\\ud800\"\n", "f.yaml:1:7: error: an escape that is no Unicode character"},
    {"a: \"\\xZZ\"\n", "f.yaml:1:7: error: expected hexadecimal digits in this escape"},
    {"a: @b\n", "f.yaml:1:4: error: text cannot begin with '@'; put it into quotes"},
    {"a: `b`\n", "f.yaml:1:4: error: text cannot begin with '`'; put it into quotes"},
    {"a: %b\n", "f.yaml:1:4: error: text cannot begin with '%'; put it into quotes"},
    {"a:\n\tb: c\n", "f.yaml:2:1: error: a tab cannot indent; use spaces"},
    {"a: b\n]\n", "f.yaml:2:1: error: expected a key here, or check the indentation: in the map that begins at 1:1"},
    {"a: |x\n", "f.yaml:1:5: error: expected the end of the line behind '|' or '>'"},
    {"a: \x01\n", "f.yaml:1:4: error: a control character; remove it, or write it as an escape in double quotes"},
    {"a: \xC2\x85\n", "f.yaml:1:4: error: a control character; remove it, or write it as an escape in double quotes"},
    {"é: \xFF\n", "f.yaml:1:4: error: bytes that are not UTF-8; save the file in UTF-8"},
    {"a: \xC0\xAF\n", "f.yaml:1:4: error: bytes that are not UTF-8; save the file in UTF-8"},
    {"a: \xED\xA0\x80\n", "f.yaml:1:4: error: bytes that are not UTF-8; save the file in UTF-8"},
    {"a: b\nc: \xE2\x82", "f.yaml:2:4: error: bytes that are not UTF-8; save the file in UTF-8"},
    {"\xFF\xFE:\n", "f.yaml:1:1: error: bytes that are not UTF-8; save the file in UTF-8"},
    {"a: b\xE2\x80\xA8",
     "f.yaml:1:5: error: a line separator (U+2028), which not every reader takes for the same; write \"\\u2028\""},
    {"a: b\n\xEF\xBB\xBF", "f.yaml:2:1: error: a byte order mark inside the file; remove it"},
    {"\"a\\x1b\\x9b[\": 1\n\"a\\x1b\\x9b[\": 2\n",
     "f.yaml:2:1: error: the key 'a???[' is here twice, first at 1:1; expected each key once"},
};

START_TEST(an_error_names_the_place_and_what_was_expected)
{
    assert_refused(refusals[_i].text, strlen(refusals[_i].text), refusals[_i].expected);
}
END_TEST

START_TEST(an_error_about_a_file_is_one_line_whatever_its_name_is)
{
    ck_assert_int_eq(gw_yaml_parse(arena, "f\n\x7f\xc2\x80\xc2\xa9\xc2x.yaml", gw_text_of(""), &root, &error),
                     GW_CONFIG);
    ck_assert_str_eq(error.text, "f????\xc2\xa9\xc2x.yaml:1:1: error: the file is empty");
}
END_TEST

START_TEST(a_nul_byte_is_refused)
{
    assert_refused("a: b\nc\0: d\n", 11, "f.yaml:2:2: error: a NUL byte; a YAML file is text in UTF-8");
}
END_TEST

START_TEST(a_long_file_name_and_a_long_key_leave_room_for_the_reason)
{
    char *name = repeat("d/", 2000, "f.yaml");
    char *text = repeat("é", 100, ": 1\n");
    char *twice = repeat(text, 2, "");
    size_t len;

    ck_assert_int_eq(gw_yaml_parse(arena, name, gw_text_of(twice), &root, &error), GW_CONFIG);
    ck_assert_ptr_nonnull(strstr(error.text, "/f.yaml:2:1: error: the key 'é"));
    ck_assert_ptr_nonnull(strstr(error.text, "éé' is here twice, first at 1:1; expected each key once"));
    len = strlen(error.text);
    ck_assert_uint_lt(len, sizeof error.text - 1);
    free(twice);
    free(text);
    free(name);
}
END_TEST

START_TEST(thirty_two_levels_are_read_and_one_more_is_refused)
{
    char *text = repeat("- ", GW_YAML_MAX_DEPTH, "a\n");

    read_yaml(text);
    free(text);
    root = NULL;
    assert_repeated_refused("- ", GW_YAML_MAX_DEPTH + 1, "a\n",
                            "f.yaml:1:65: error: lists and maps are nested deeper than 32 levels, which is the limit");
}
END_TEST

START_TEST(twenty_thousand_nodes_are_read_and_one_more_is_refused)
{
    char *text = repeat("- a\n", GW_YAML_MAX_NODES - 1, "");

    read_yaml(text);
    ck_assert_uint_eq(root->count, GW_YAML_MAX_NODES - 1);
    free(text);
    root = NULL;
    assert_repeated_refused("- a\n", GW_YAML_MAX_NODES, "",
                            "f.yaml:20000:3: error: the file has more than 20000 values and keys, which is the limit");
}
END_TEST

START_TEST(one_mebibyte_is_read_and_one_more_byte_is_refused)
{
    char *text = repeat("#", GW_YAML_MAX_BYTES - 2, "\na");

    read_yaml(text);
    free(text);
    root = NULL;
    assert_repeated_refused("#", GW_YAML_MAX_BYTES - 1, "\na",
                            "f.yaml:1:1: error: the file is larger than 1 MiB, which is the limit");
}
END_TEST

START_TEST(an_alias_bomb_is_refused_at_its_first_anchor)
{
    static const char bomb[] = "a: &a [x, x, x, x, x, x, x, x, x]\n"
                               "b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\n"
                               "c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\n"
                               "d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]\n";

    assert_refused(bomb, strlen(bomb),
                   "f.yaml:1:4: error: '&' begins an anchor, which is not supported; put the text into quotes");
}
END_TEST

static const struct {
    const char *unit;
    const char *expected;
} nests[] = {
    {"[", "f.yaml:1:33: error: lists and maps are nested deeper than 32 levels, which is the limit"},
    {"[\n", "f.yaml:33:1: error: lists and maps are nested deeper than 32 levels, which is the limit"},
    {"{a: ", "f.yaml:1:129: error: lists and maps are nested deeper than 32 levels, which is the limit"},
    {"- ", "f.yaml:1:65: error: lists and maps are nested deeper than 32 levels, which is the limit"},
    {"? ", "f.yaml:1:3: error: a key that is a list or a map; expected a word"},
    {"{", "f.yaml:1:2: error: a key that is a list or a map; expected a word"},
    {"[a: ", "f.yaml:1:65: error: lists and maps are nested deeper than 32 levels, which is the limit"},
};

START_TEST(a_hundred_thousand_levels_are_refused_at_the_limit)
{
    assert_repeated_refused(nests[_i].unit, 100000, "", nests[_i].expected);
}
END_TEST

static const struct {
    const char *unit;
    size_t count;
    const char *tail;
} floods[] = {
    {"%TAG !a! tag:x,2000:\n", 49000, "---\na: b\n"},
    {"\"", 1000000, ""},
    {"\\", 1000000, ""},
    {"'", 1000000, ""},
    {"!", 1000000, ""},
    {"&", 1000000, ""},
    {"*", 1000000, ""},
    {"#", 1000000, ""},
    {" ", 1000000, ""},
    {"\t", 1000000, ""},
    {"\n", 1000000, ""},
    {"\r", 1000000, ""},
    {"a ", 500000, ""},
    {"a\n", 500000, ""},
    {"\n ", 500000, "|"},
    {"|\n\n", 300000, ""},
    {"---\n", 250000, ""},
    {"...\n", 250000, ""},
    {",", 1000000, ""},
    {":", 1000000, ""},
    {": ", 500000, ""},
    {"? ", 500000, ""},
    {"?\n", 500000, ""},
    {"-\n", 500000, ""},
    {"- - ", 250000, ""},
    {"]", 1000000, ""},
    {"}", 1000000, ""},
    {"[],", 300000, ""},
    {"{}", 500000, ""},
    {"[[],\n", 200000, ""},
    {"'': ", 250000, ""},
    {"\"\":\n", 250000, ""},
    {"a: a\n", 200000, ""},
    {">-\n", 300000, ""},
    {"[a", 500000, ""},
    {"{\"a\":[", 150000, ""},
};

/* What is quadratic in libyaml or here would run into the time limit. */
START_TEST(a_megabyte_of_one_thing_is_decided_quickly)
{
    char *text = repeat(floods[_i].unit, floods[_i].count, floods[_i].tail);

    if (parse_bytes(text, strlen(text)) != GW_OK)
        ck_assert_ptr_eq(strstr(error.text, "f.yaml:"), error.text);
    free(text);
}
END_TEST

START_TEST(ten_thousand_keys_are_compared_quickly_and_the_twin_is_found)
{
    size_t size = 0;
    char *text = NULL;
    FILE *stream = open_memstream(&text, &size);

    for (int i = 0; i < 9000; i++)
        fprintf(stream, "a_rather_long_key_that_begins_like_all_others_%d:\n", i);
    fclose(stream);
    read_yaml(text);
    ck_assert_uint_eq(root->count, 9000);
    root = NULL;
    text = realloc(text, size + 64);
    strcpy(text + size, "a_rather_long_key_that_begins_like_all_others_77:\n");
    assert_refused(text, strlen(text),
                   "f.yaml:9001:1: error: the key 'a_rather_long_key_that_begins_like_all_others_77' is here twice, "
                   "first at 78:1; expected each key once");
    free(text);
}
END_TEST

START_TEST(an_arena_that_is_full_is_out_of_memory)
{
    struct gw_arena *small = gw_arena_new(256);

    ck_assert_int_eq(gw_yaml_parse(small, "f.yaml", gw_text_of("[a, b, c, d, e, f, g, h]"), &root, &error), GW_NOMEM);
    ck_assert_str_eq(error.text, "f.yaml: out of memory");
    gw_arena_free(small);
}
END_TEST

START_TEST(an_error_may_be_ignored)
{
    ck_assert_int_eq(gw_yaml_parse(arena, "f.yaml", gw_text_of("["), &root, NULL), GW_CONFIG);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("yaml");
    TCase *reading = tcase_create("reading");
    TCase *refusing = tcase_create("refusing");
    TCase *hostile = tcase_create("hostile");

    tcase_add_checked_fixture(reading, setup, teardown);
    tcase_add_test(reading, a_bootstrap_file_becomes_a_tree_with_places);
    tcase_add_test(reading, columns_count_characters_and_lines_end_as_editors_end_them);
    tcase_add_test(reading, quoted_text_is_distinguished_from_plain_text);
    tcase_add_test(reading, empty_lists_and_maps_are_whole);
    tcase_add_test(reading, find_returns_null_for_a_missing_key);
    tcase_add_test(reading, a_byte_order_mark_a_version_and_document_marks_are_accepted);
    suite_add_tcase(suite, reading);

    tcase_add_checked_fixture(refusing, setup, teardown);
    tcase_add_loop_test(refusing, an_error_names_the_place_and_what_was_expected, 0, gw_array_length(refusals));
    tcase_add_test(refusing, a_nul_byte_is_refused);
    tcase_add_test(refusing, an_error_about_a_file_is_one_line_whatever_its_name_is);
    tcase_add_test(refusing, a_long_file_name_and_a_long_key_leave_room_for_the_reason);
    tcase_add_test(refusing, an_arena_that_is_full_is_out_of_memory);
    tcase_add_test(refusing, an_error_may_be_ignored);
    suite_add_tcase(suite, refusing);

    tcase_add_checked_fixture(hostile, setup, teardown);
    tcase_add_test(hostile, thirty_two_levels_are_read_and_one_more_is_refused);
    tcase_add_loop_test(hostile, a_hundred_thousand_levels_are_refused_at_the_limit, 0, gw_array_length(nests));
    tcase_add_test(hostile, twenty_thousand_nodes_are_read_and_one_more_is_refused);
    tcase_add_test(hostile, one_mebibyte_is_read_and_one_more_byte_is_refused);
    tcase_add_test(hostile, an_alias_bomb_is_refused_at_its_first_anchor);
    tcase_add_loop_test(hostile, a_megabyte_of_one_thing_is_decided_quickly, 0, gw_array_length(floods));
    tcase_add_test(hostile, ten_thousand_keys_are_compared_quickly_and_the_twin_is_found);
    suite_add_tcase(suite, hostile);

    return suite;
}
