/* SPDX-License-Identifier: Apache-2.0 */
/* Where the mark of a test notice goes, in texts and in JSON documents. */
#include "check_main.h"
#include "cli/notice_mark.h"
#include "config/notice_text.h"

#include <string.h>

enum { TEXTS_MAX = 4 };

static struct gw_arena *arena;
static struct gw_notifier_template templates[TEXTS_MAX];
static struct gw_rendered rendered[TEXTS_MAX];
static size_t count;

static void set_up(void)
{
    arena = gw_arena_new(1024 * 1024);
    ck_assert_ptr_nonnull(arena);
    count = 0;
}

static void tear_down(void)
{
    gw_arena_free(arena);
}

static void add(const char *name, enum gw_escape escape, const char *text)
{
    ck_assert_uint_lt(count, TEXTS_MAX);
    templates[count] = (struct gw_notifier_template){name, text, escape, false};
    rendered[count++] = (struct gw_rendered){gw_text_of(name), gw_text_of(text)};
}

static size_t marks(void)
{
    const struct gw_component notifier = {.id = "x", .templates = templates, .template_count = count};
    size_t marked = 0;

    ck_assert_int_eq(gw_notice_mark(arena, &notifier, rendered, &marked), GW_OK);
    return marked;
}

static void assert_text(size_t index, const char *expected)
{
    ck_assert_str_eq(gw_arena_copy(arena, rendered[index].text.ptr, (size_t)rendered[index].text.len), expected);
}

START_TEST(a_subject_has_the_mark_and_the_body_stays)
{
    add("subject", GW_ESCAPE_HEADER, "Out of LAMP");
    add("text", GW_ESCAPE_NONE, "No LAMP");
    ck_assert_uint_eq(marks(), 1);
    assert_text(0, "[TEST] Out of LAMP");
    assert_text(1, "No LAMP");
}
END_TEST

START_TEST(without_a_subject_each_text_for_people_has_it)
{
    add("subject", GW_ESCAPE_HEADER, "");
    add("text", GW_ESCAPE_SLACK, "No LAMP");
    add("blocks", GW_ESCAPE_JSON,
        "[{\"type\": \"header\", \"text\": {\"type\": \"plain_text\", \"text\": \"No LAMP\"}}]");
    add("link", GW_ESCAPE_URL, "https://shop/LAMP");
    ck_assert_uint_eq(marks(), 2);
    assert_text(0, "");
    assert_text(1, "[TEST] No LAMP");
    assert_text(2, "[{\"type\": \"header\", \"text\": {\"type\": \"plain_text\", \"text\": \"[TEST] No LAMP\"}}]");
    assert_text(3, "https://shop/LAMP");
}
END_TEST

/* A document, and the same with the mark; NULL: it has no place for it. */
static const char *const documents[][2] = {
    {"{\"content\": \"No LAMP\"}", "{\"content\": \"[TEST] No LAMP\"}"},
    {" {\"dedup_key\":\"LAMP\",\"payload\":{\"summary\":\"No\",\"n\":4}}",
     " {\"dedup_key\":\"LAMP\",\"payload\":{\"summary\":\"[TEST] No\",\"n\":4}}"},
    {"{\"a\": \"x: \\\"y\\\\\", \"title\" : \"\\\"quoted\\\"\"}",
     "{\"a\": \"x: \\\"y\\\\\", \"title\" : \"[TEST] \\\"quoted\\\"\"}"},
    {"{\"text\": {\"k\": \"v\"}, \"note\": \"two words\"}",
     "{\"text\": {\"k\": \"v\"}, \"note\": \"[TEST] two words\"}"},
    {"{\"text\": [\"a\", \"b c\"]}", "{\"text\": [\"a\", \"[TEST] b c\"]}"},
    {"{\"text\": \"\"}", "{\"text\": \"[TEST] \"}"},
    {"{\"sku\": \"LAMP\", \"qty\": 4}", NULL},
    {"[4]", NULL},
    {"{}", NULL},
};

START_TEST(a_marked_document_is_still_json)
{
    struct gw_json_reader *json = gw_json_reader_new(GW_NOTICE_TEXT_MAX_BYTES);
    struct gw_buffer buffer;
    struct gw_notice_renderer renderer = {json, arena, &buffer};

    gw_buffer_init(&buffer, 4096);
    for (size_t index = 0; index < sizeof documents / sizeof documents[0]; index++) {
        count = 0;
        add("body", GW_ESCAPE_JSON, documents[index][0]);
        ck_assert_uint_eq(marks(), documents[index][1] != NULL ? 1 : 0);
        assert_text(0, documents[index][documents[index][1] != NULL ? 1 : 0]);
        ck_assert_int_eq(gw_notice_text_check(&renderer, &templates[0], rendered[0].text, NULL), GW_OK);
    }
    gw_buffer_done(&buffer);
    gw_json_reader_free(json);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("notice_mark");
    TCase *tests = tcase_create("places");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_subject_has_the_mark_and_the_body_stays);
    tcase_add_test(tests, without_a_subject_each_text_for_people_has_it);
    tcase_add_test(tests, a_marked_document_is_still_json);
    suite_add_tcase(suite, tests);
    return suite;
}
