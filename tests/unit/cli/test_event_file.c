/* SPDX-License-Identifier: Apache-2.0 */
/* An event that an operator writes into a file, and what is wrong with it. */
#include "check_main.h"
#include "cli/event_file.h"
#include "scratch.h"

#include <string.h>
#include <sys/stat.h>

static struct gw_arena *arena;
static struct gw_named_event event;
static struct gw_error error;

static void set_up(void)
{
    arena = gw_arena_new(8 * 1024 * 1024);
    ck_assert_ptr_nonnull(arena);
    error = (struct gw_error){0};
    scratch_begin();
}

static void tear_down(void)
{
    scratch_end();
    gw_arena_free(arena);
}

static enum gw_status read_text(const char *text)
{
    scratch_write("e.json", text);
    return gw_event_file_read(arena, scratch_path("e.json"), &event, &error);
}

START_TEST(an_event_is_read_in_any_order_and_written_in_that_of_the_domain)
{
    ck_assert_int_eq(read_text(" {\"qty\": 2, \"type\": \"OutOfStock\", \"orderid\": \"o1\", \"sku\": \"L\\u00c4MP\", "
                               "\"id\": \"e1\"}\n"),
                     GW_OK);
    ck_assert_str_eq(event.spec->name, "OutOfStock");
    ck_assert(gw_text_is(event.id, "e1"));
    ck_assert(gw_text_is(event.sku, "L\xc3\x84MP"));
    ck_assert(gw_text_is(event.payload, "{\"sku\": \"L\xc3\x84MP\", \"orderid\": \"o1\", \"qty\": 2}"));
    ck_assert_uint_eq(event.fields.count, 3);
}
END_TEST

/* A text, and a word that the refusal must have. */
static const char *const refused[][2] = {
    {"{\"type\": \"OutOfStok\"}", "'OutOfStock'"},
    {"{\"type\": \"AllocationRequired\"}", "AllocationRequired"},
    {"{\"type\": 4}", "'type'"},
    {"{}", "OutOfStock"},
    {"{\"type\": \"OutOfStock\", \"sku\": \"L\", \"qty\": 2}", "'orderid'"},
    {"{\"type\": \"OutOfStock\", \"sku\": \"L\", \"orderid\": \"o\", \"qty\": \"2\"}", "'qty'"},
    {"{\"type\": \"OutOfStock\", \"sku\": \"L\", \"orderid\": \"o\", \"qty\": 2.5}", "'qty'"},
    {"{\"type\": \"OutOfStock\", \"sku\": \"L\", \"orderid\": \"o\", \"qty\": 2, \"ordrid\": \"o\"}", "'orderid'"},
    {"{\"type\": \"OutOfStock\"", "byte"},
    {"[]", "byte"},
    {"", "e.json"},
};

START_TEST(what_is_no_event_is_refused_with_the_field)
{
    ck_assert_int_eq(read_text(refused[_i][0]), GW_INVALID);
    ck_assert_msg(strstr(error.text, refused[_i][1]) != NULL, "%s", error.text);
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_refused)
{
    static char large[128 * 1024];

    ck_assert_int_eq(gw_event_file_read(arena, scratch_path("absent"), &event, &error), GW_INVALID);
    ck_assert_int_eq(gw_event_file_read(arena, scratch_path("."), &event, &error), GW_INVALID);
    ck_assert_int_eq(mkfifo(scratch_path("fifo"), 0600), 0);
    ck_assert_int_eq(gw_event_file_read(arena, scratch_path("fifo"), &event, &error), GW_INVALID);
    memset(large, ' ', sizeof large - 1);
    ck_assert_int_eq(read_text(large), GW_INVALID);
}
END_TEST

START_TEST(an_example_is_an_event)
{
    ck_assert_int_eq(gw_event_file_example(arena, gw_event_spec_for_people(), &event, &error), GW_OK);
    ck_assert_str_eq(event.spec->name, "OutOfStock");
    ck_assert_uint_gt(event.sku.len, 0);
    ck_assert_uint_eq(event.id.len, 0);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("event_file");
    TCase *tests = tcase_create("events");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, an_event_is_read_in_any_order_and_written_in_that_of_the_domain);
    tcase_add_loop_test(tests, what_is_no_event_is_refused_with_the_field, 0, sizeof refused / sizeof refused[0]);
    tcase_add_test(tests, a_file_that_cannot_be_read_is_refused);
    tcase_add_test(tests, an_example_is_an_event);
    suite_add_tcase(suite, tests);
    return suite;
}
