/* SPDX-License-Identifier: Apache-2.0 */
/* The messages that csv_reader makes of a file, the refusals, and where it continues. */
#include "check_main.h"
#include "file_reading.h"
#include "scratch.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void begin_with(const char *setting)
{
    /* The miniature knows no lists as defaults. */
    const char *numbers = setting != NULL && strncmp(setting, "numbers", 7) == 0 ? "reread=false" : "numbers=qty";
    const char *settings[] = {path_setting, numbers, setting};

    reading_begin(&reading, "csv_reader", settings, setting != NULL ? 3 : 2);
}

static void begin(const char *content)
{
    scratch_write("in.csv", content);
    begin_with(NULL);
}

static void restart_with(const char *setting)
{
    reading_end(&reading);
    begin_with(setting);
}

static void setup(void)
{
    file_reading_set_up("in.csv");
}

static void assert_read(const char *content, const char *payloads)
{
    begin(content);
    read_to_end();
    ck_assert_str_eq(reading_text(&reading), payloads);
}

static void assert_ends_with(enum gw_status status, const char *words)
{
    ck_assert_int_eq(reading_until(&reading, SIZE_MAX), status);
    ck_assert_msg(strstr(reading.error.text, words) != NULL, "%s", reading.error.text);
}

static void assert_refused(const char *words)
{
    assert_ends_with(GW_CONFIG, words);
}

/* Reads a file as the command's fields and the operator's `columns` ask for; NULL: without that setting. */
static void begin_as_command(const char *content, size_t len, const char *fields, const char *columns)
{
    const char *settings[] = {path_setting, "numbers=qty", fields, columns};

    if (reading.self != NULL)
        reading_end(&reading);
    memset(&reading, 0, sizeof reading);
    scratch_write_bytes("in.csv", content, len);
    reading_begin(&reading, "csv_reader", settings, columns != NULL ? 4 : fields != NULL ? 3 : 2);
}

static const char allocate[] = "command.fields=orderid* sku* qty*";

static void assert_file_refused(const char *content, size_t len, const char *words)
{
    begin_as_command(content, len, allocate, NULL);
    assert_ends_with(GW_PERMANENT, words);
    ck_assert_uint_eq(reading.count, 0);
    ck_assert_int_eq(reading_poll(&reading, 1, 0), GW_PERMANENT);
}

/* ---- rows ------------------------------------------------------------------------------------------------------ */

START_TEST(a_row_becomes_an_object_with_the_names_of_the_first_one)
{
    const struct gw_message *second;

    assert_read("orderid,sku,qty\no1,LAMP,2\n17,VASE,3\n",
                "{\"orderid\":\"o1\",\"sku\":\"LAMP\",\"qty\":2}|{\"orderid\":\"17\",\"sku\":\"VASE\",\"qty\":3}");
    second = &reading.seen[1].message;
    ck_assert_int_eq(second->offset, 26);
    ck_assert_int_eq(second->next, 36);
    ck_assert_uint_eq(second->line, 3);
    ck_assert_uint_eq(second->type.len, 0);
    ck_assert_uint_ne(second->mark, reading.seen[0].message.mark);
}
END_TEST

START_TEST(an_empty_cell_is_left_out)
{
    assert_read("ref,eta,qty\nb1,,1\n,2027-01-01,\nb3,\"\",2\n",
                "{\"ref\":\"b1\",\"qty\":1}|{\"eta\":\"2027-01-01\"}|{\"ref\":\"b3\",\"qty\":2}");
}
END_TEST

START_TEST(only_an_integer_in_a_column_of_numbers_is_a_number)
{
    assert_read("qty\n0\n-1\n99999999999999999999\n01\n1.0\n+1\n-\n-0\n 1\nten\n",
                "{\"qty\":0}|{\"qty\":-1}|{\"qty\":99999999999999999999}|{\"qty\":\"01\"}|{\"qty\":\"1.0\"}|"
                "{\"qty\":\"+1\"}|{\"qty\":\"-\"}|{\"qty\":\"-0\"}|{\"qty\":\" 1\"}|{\"qty\":\"ten\"}");
}
END_TEST

START_TEST(the_operator_may_say_which_columns_are_numbers)
{
    scratch_write("in.csv", "qty,n\n1,2\n");
    begin_with("numbers=n");
    read_to_end();
    ck_assert_str_eq(reading_text(&reading), "{\"qty\":\"1\",\"n\":2}");
}
END_TEST

START_TEST(the_operator_may_say_what_every_row_is)
{
    scratch_write("in.csv", "sku\nLAMP\n");
    begin_with("command=Allocate");
    read_to_end();
    ck_assert(gw_text_is(reading.seen[0].message.type, "Allocate"));
}
END_TEST

START_TEST(quotes_hold_commas_line_ends_and_quotes)
{
    assert_read("\"a\",\"b \"\"c\"\"\"\r\n\"1,2\",\"x\r\ny\"\r\n\"\"\"\",\\\n",
                "{\"a\":\"1,2\",\"b \\\"c\\\"\":\"x\\r\\ny\"}|{\"a\":\"\\\"\",\"b \\\"c\\\"\":\"\\\\\"}");
    ck_assert_uint_eq(reading.seen[1].message.line, 4);
}
END_TEST

START_TEST(mark_blank_rows_and_line_ends_do_not_matter)
{
    static const char *const contents[] = {"a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4\r\n", "\357\273\277a,b\n1,2\n3,4",
                                           "\n\na,b\n,\n1,2\n\n\r\n3,4\n,\n\n", "a,b\n1,2\n3,4\r"};

    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
        assert_read(contents[i], "{\"a\":\"1\",\"b\":\"2\"}|{\"a\":\"3\",\"b\":\"4\"}");
        reading_end(&reading);
        memset(&reading, 0, sizeof reading);
    }
    begin("a\n1\n");
}
END_TEST

START_TEST(a_file_without_rows_ends_at_once)
{
    static const char *const contents[] = {"", "\n", "a,b", "a,b\n", "\xef\xbb\xbf"};

    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
        assert_read(contents[i], "");
        reading_end(&reading);
        memset(&reading, 0, sizeof reading);
    }
    begin("a\n1\n");
}
END_TEST

START_TEST(many_rows_of_many_lengths_come_whole)
{
    enum { ROWS = 20000 };
    char *content = malloc(ROWS * 64 + 64);
    size_t len = (size_t)sprintf(content, "orderid,qty\n");
    char expected[128];

    for (int i = 0; i < ROWS; i++)
        len += (size_t)sprintf(content + len, "\"o%0*d\n\",%d\n", 1 + i % 40, i, i);
    scratch_write("in.csv", content);
    free(content);
    begin_with(NULL);
    read_to_end();
    ck_assert_uint_eq(reading.count, ROWS);
    for (int i = 0; i < ROWS; i++) {
        (void)snprintf(expected, sizeof expected, "%0*d\\n\",\"qty\":%d}", 1 + i % 40, i, i);
        ck_assert_ptr_nonnull(strstr(reading.seen[i].payload, expected));
        ck_assert_uint_eq(reading.seen[i].message.line, 2 + 2 * (uint64_t)i);
    }
}
END_TEST

/* ---- rows that are wrong --------------------------------------------------------------------------------------- */

/* Reads a file in one turn, and compares the messages with the expected payloads and faults. */
static void assert_faults(const char *content, const char *const expected[][2], size_t count)
{
    begin(content);
    ck_assert_int_eq(reading_turn(&reading, 100, 0), GW_OK); /* opens the source */
    ck_assert_int_eq(reading_poll(&reading, 100, 0), GW_END);
    ck_assert_uint_eq(reading.count, count);
    for (size_t i = 0; i < count; i++) {
        struct gw_text fault = reading.seen[i].message.fault;

        ck_assert_str_eq(reading.seen[i].payload, expected[i][0]);
        ck_assert_msg(gw_text_is(fault, expected[i][1]), "%.*s", (int)fault.len, fault.ptr);
        ck_assert_uint_eq(reading.seen[i].message.line, i + 2);
    }
    reading_settle(&reading);
}

START_TEST(a_row_with_another_number_of_cells_is_passed_on_with_its_fault)
{
    static const char *const expected[][2] = {
        {"{\"a\":\"1\",\"b\":\"2\"}", ""},
        {"1", "expected 2 cells, as in the first row; found 1"},
        {"1,2,3", "expected 2 cells, as in the first row; found 3"},
        {"{\"a\":\"5\",\"b\":\"6\"}", ""},
    };

    assert_faults("a,b\n1,2\n1\n1,2,3\n5,6\n", expected, 4);
}
END_TEST

START_TEST(a_wrong_quote_costs_its_line_and_no_other)
{
    static const char *const expected[][2] = {
        {"\"1\"x,2", "text behind a closing quote; expected a comma or the end of the line"},
        {"{\"a\":\"3\",\"b\":\"4\"}", ""},
        {"5\",6", "a quote inside a cell; expected the cell in quotes, with its quotes doubled"},
        {"{\"a\":\"7\",\"b\":\"8\"}", ""},
        {"\"9,10", "a cell begins with a quote that is never closed"},
        {"{\"a\":\"11\",\"b\":\"12\"}", ""},
    };

    assert_faults("a,b\n\"1\"x,2\n3,4\n5\",6\n7,8\n\"9,10\n11,12\n", expected, 6);
}
END_TEST

/* A row of len bytes with an `x` everywhere. */
static char *long_row(size_t len, const char *before, const char *after)
{
    char *content = malloc(strlen(before) + len + strlen(after) + 1);

    strcpy(content, before);
    memset(content + strlen(before), 'x', len);
    strcpy(content + strlen(before) + len, after);
    return content;
}

START_TEST(a_row_above_the_limit_gives_its_head_and_its_hash)
{
    enum { LEN = 300000 };
    char *content = long_row(LEN, "a\n", "\nnext\n");
    unsigned char digest[GW_DIGEST_BYTES];
    const struct gw_message *message;

    crypto_generichash(digest, sizeof digest, (const unsigned char *)content + 2, LEN, NULL, 0);
    scratch_write("in.csv", content);
    free(content);
    begin_with("max_message=4KiB");
    read_to_end();
    ck_assert_uint_eq(reading.count, 2);
    message = &reading.seen[0].message;
    ck_assert_uint_eq(message->flags, GW_MESSAGE_OVERSIZED);
    ck_assert_uint_eq(reading.seen[0].len, 4096);
    ck_assert_uint_eq(message->full_len, LEN);
    ck_assert_int_eq(memcmp(message->digest, digest, sizeof digest), 0);
    ck_assert_int_eq(message->next, LEN + 3);
    ck_assert_str_eq(reading.seen[1].payload, "{\"a\":\"next\"}");
    ck_assert_uint_eq(reading.seen[1].message.line, 3);
}
END_TEST

START_TEST(a_quote_that_is_not_closed_within_the_limit_costs_its_line)
{
    char *content = long_row(5000, "a\n\"1\nnext\n", "\n\"\n");

    scratch_write("in.csv", content);
    free(content);
    begin_with("max_message=4KiB");
    read_to_end();
    ck_assert_str_eq(reading.seen[0].payload, "\"1");
    ck_assert_str_eq(reading.seen[1].payload, "{\"a\":\"next\"}");
    ck_assert_uint_eq(reading.seen[2].message.flags, GW_MESSAGE_OVERSIZED);
    ck_assert_str_eq(reading.seen[3].payload, "\"");
}
END_TEST

START_TEST(a_first_row_that_names_no_columns_is_refused_permanently)
{
    static const char *const cases[][2] = {
        {"a,b,a\n1,2,3\n", "columns 1 and 3 both are \"a\""},
        {"a,\"b\"x\n1,2\n", "in.csv: line 1: text behind a closing quote"},
        {"a,\"b\n1,2\n", "never closed"},
        {"a,b\r1,2\r", "CR alone"},
        {"a,b\r\r\n1,2\r\r\n", "carriage return"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        begin_as_command(cases[i][0], strlen(cases[i][0]), NULL, NULL);
        assert_ends_with(GW_PERMANENT, cases[i][1]);
        ck_assert_uint_eq(reading.count, 0);
    }
}
END_TEST

START_TEST(a_first_row_longer_than_the_limit_is_refused_permanently)
{
    char *content = long_row(5000, "a", "\n1\n");

    scratch_write("in.csv", content);
    free(content);
    begin_with("max_message=4KiB");
    assert_ends_with(GW_PERMANENT, "line 1");
}
END_TEST

START_TEST(a_file_without_the_columns_of_its_command_is_refused_with_the_likely_cause)
{
    static const char *const cases[][2] = {
        {"orderid;sku;qty\no1;a;1\n", "no column orderid; found 'orderid;sku;qty': are the cells separated by ';'"},
        {"orderid\tsku\tqty\no1\ta\t1\n", "separated by tabs"},
        {"\"orderid\";\"price, net\";\"sku\"\no1;1,5;a\n", "separated by ';'"},
        {"OrderID,sku,qty\no1,a,1\n", "column 1 is 'OrderID'"},
        {"orderid, sku,qty\no1,a,1\n", "no column sku; found 'orderid, sku,qty': column 2 is ' sku'"},
        {"\xef\xbb\xbf\xef\xbb\xbforderid,sku,qty\n", "column 1 is '?orderid'"},
        {"orderid,sku\xc2\xa0,qty\n", "column 2 is 'sku"},
        {"sep=,\norderid,sku,qty\n", "found 'sep=,': a spreadsheet wrote this line"},
        {"o1,a,1\n", "no column orderid; found 'o1,a,1'"},
        {"{\"orderid\": \"o1\"}\n", "is this JSON"},
        {"Best\xe4tigung,sku,qty\no1,a,1\n", "not UTF-8"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_file_refused(cases[i][0], strlen(cases[i][0]), cases[i][1]);
}
END_TEST

START_TEST(a_file_that_is_no_utf_8_text_is_refused_as_that)
{
    static const char little[] = "\xff\xfeo\0r\0d\0,\0\n\0";
    static const char big[] = "\xfe\xff\0o\0r\0d\0,\0\n";
    static const char without_mark[] = "o\0r\0d\0,\0s\0\n\0";

    assert_file_refused(little, sizeof little - 1, "line 1: the file is UTF-16");
    assert_file_refused(big, sizeof big - 1, "line 1: the file is UTF-16");
    assert_file_refused(without_mark, sizeof without_mark - 1, "UTF-16 without a byte-order mark");
    assert_file_refused("PK\3\4\x14\0", 6, "ZIP");
    assert_file_refused("\x1f\x8b\x08\0", 4, "gzip");
}
END_TEST

START_TEST(a_column_name_that_is_not_utf_8_refuses_the_file_where_it_is_read)
{
    begin("orderid,st\xfc"
          "ck\no1,1\n");
    assert_ends_with(GW_PERMANENT, "column 2: byte 0xfc");
}
END_TEST

START_TEST(columns_that_no_command_has_are_not_read)
{
    static const char content[] = "orderid,note,sku,note,qty,\xfcml,\no1,\xfc,a,x,1,\xff,\n";

    begin_as_command(content, sizeof content - 1, allocate, NULL);
    read_to_end();
    ck_assert_str_eq(reading_text(&reading), "{\"orderid\":\"o1\",\"sku\":\"a\",\"qty\":1}");
    ck_assert_uint_eq(reading.seen[0].message.fault.len, 0);
}
END_TEST

START_TEST(a_cell_under_a_column_without_a_name_must_be_empty)
{
    static const char *const expected[][2] = {
        {"{\"a\":\"1\",\"b\":\"2\"}", ""},
        {"1,2,3", "column 3 has no name in the first row; expected an empty cell"},
    };

    assert_faults("a,b,\n1,2,\n1,2,3\n", expected, 2);
}
END_TEST

START_TEST(a_cell_that_is_not_utf_8_is_refused_with_its_column)
{
    static const char *const expected[][2] = {
        {"o1,L\xe4mp,1", "sku (column 2): byte 0xe4 of the cell is not UTF-8; save the file as UTF-8"},
        {"{\"orderid\":\"o2\",\"sku\":\"L\xc3\xa4mp\",\"qty\":1}", ""},
    };

    assert_faults("orderid,sku,qty\no1,L\xe4mp,1\no2,L\xc3\xa4mp,1\n", expected, 2);
}
END_TEST

START_TEST(a_lone_carriage_return_ends_no_row_and_hides_none)
{
    static const char *const expected[][2] = {
        {"1,2\r3,4", "a carriage return inside the row; expected lines that end with LF or CRLF"},
        {"{\"a\":\"5\",\"b\":\"6\\r7\"}", ""},
    };

    assert_faults("a,b\n1,2\r3,4\n5,\"6\r7\"\n", expected, 2);
}
END_TEST

START_TEST(the_operator_may_say_what_columns_are_called)
{
    static const char quoted[] = "\"Order \"\"No\"\"\",Art,sku,qty\no1,a,x,1\n";
    static const char *const maps[] = {"columns.orderid=Order \"No\"", "columns.sku=Art"};
    const char *settings[] = {path_setting, "numbers=qty", allocate, maps[0], maps[1]};

    scratch_write("in.csv", quoted);
    reading_begin(&reading, "csv_reader", settings, 5);
    read_to_end();
    ck_assert_str_eq(reading_text(&reading), "{\"orderid\":\"o1\",\"sku\":\"a\",\"qty\":1}");
    begin_as_command("orderid,sku,qty\no1,a,1\n", 23, allocate, maps[1]);
    assert_ends_with(GW_PERMANENT, "no column Art, which is sku in `columns`");
}
END_TEST

START_TEST(a_file_truncated_while_it_is_read_is_refused_permanently)
{
    begin("a\n1\n2\n");
    ck_assert_int_eq(reading_turn(&reading, 10, 0), GW_OK); /* opens the source */
    ck_assert_int_eq(reading_turn(&reading, 1, 0), GW_OK);
    scratch_write("in.csv", "a\n");
    assert_ends_with(GW_PERMANENT, "truncated");
    ck_assert_int_eq(reading_poll(&reading, 1, 0), GW_PERMANENT);
    ck_assert_uint_eq(reading.seen[0].message.line, 2);
    reading_end(&reading);
    begin("a\n1\n");
    ck_assert_int_eq(reading_poll(&reading, 10, 0), GW_OK);
    scratch_write("in.csv", "a;b\r1;2\r");
    ck_assert_int_eq(reading_start(&reading), GW_CONFIG);
    ck_assert_int_eq(reading_poll(&reading, 1, 0), GW_PERMANENT);
}
END_TEST

START_TEST(a_file_that_does_not_exist_is_refused)
{
    begin_with(NULL);
    assert_refused("No such file or directory");
    reading_end(&reading);
    (void)snprintf(path_setting, sizeof path_setting, "path=%s", scratch_path("."));
    begin_with(NULL);
    assert_refused("is no regular file");
}
END_TEST

/* ---- where it goes on ------------------------------------------------------------------------------------------ */

START_TEST(a_second_run_continues_behind_the_last_row)
{
    assert_read("a\n1\n2\n", "{\"a\":\"1\"}|{\"a\":\"2\"}");
    scratch_append("in.csv", "\"3\n\"\n4");
    restart_with(NULL);
    read_to_end();
    ck_assert_str_eq(reading_text(&reading), "{\"a\":\"3\\n\"}|{\"a\":\"4\"}");
    ck_assert_uint_eq(reading.seen[1].message.line, 6);
    scratch_append("in.csv", "\n5\n");
    restart_with(NULL);
    read_to_end();
    ck_assert_str_eq(reading_text(&reading), "{\"a\":\"5\"}");
}
END_TEST

START_TEST(a_run_may_end_behind_any_row_whatever_it_was)
{
    static const char content[] = "a,b\n1,2\n\"x\ny\",\"\"\"\"\nwrong\n\"7\n8,9\n";

    for (size_t taken = 0; taken <= 5; taken++) {
        scratch_write("in.csv", content);
        begin_with(NULL);
        ck_assert_int_eq(reading_turn(&reading, 1, 0), GW_OK); /* opens the source */
        for (size_t i = 0; i < taken; i++)
            ck_assert_int_eq(reading_turn(&reading, 1, 0), GW_OK);
        ck_assert_uint_eq(reading.count, taken);
        restart_with(NULL);
        read_to_end();
        ck_assert_uint_eq(reading.count, 5 - taken);
        reading_end(&reading);
        memset(&reading, 0, sizeof reading);
    }
    begin("a\n1\n");
}
END_TEST

START_TEST(another_file_with_the_same_columns_is_another_source)
{
    assert_read("a\n1\n", "{\"a\":\"1\"}");
    scratch_write("in.csv", "a\n2\n");
    restart_with(NULL);
    read_to_end();
    ck_assert_str_eq(reading_text(&reading), "{\"a\":\"2\"}");
}
END_TEST

START_TEST(a_replaced_file_stops_the_source)
{
    assert_read("a\n1\n2\n3\n", "{\"a\":\"1\"}|{\"a\":\"2\"}|{\"a\":\"3\"}");
    scratch_write("in.csv", "a\n1\n2\n");
    restart_with(NULL);
    assert_refused("it is shorter now");
    scratch_write("in.csv", "a\n1\n2\n4\n");
    restart_with(NULL);
    assert_refused("the row before it has changed");
    scratch_write("in.csv", "a\n1\n2\n333\n");
    restart_with(NULL);
    assert_refused("no row ends there now");
}
END_TEST

START_TEST(with_reread_every_run_begins_at_the_top_and_positions_continue)
{
    scratch_write("in.csv", "a\n1\n2\n");
    begin_with("reread=true");
    read_to_end();
    ck_assert_str_eq(reading_text(&reading), "{\"a\":\"1\"}|{\"a\":\"2\"}");
    ck_assert_int_eq(reading_position(&reading, "in.csv")->next, 6);
    scratch_write("in.csv", "a\n0\n1\n");
    restart_with("reread=true");
    read_to_end();
    ck_assert_str_eq(reading_text(&reading), "{\"a\":\"0\"}|{\"a\":\"1\"}");
    ck_assert_int_eq(reading.seen[0].message.offset, 8);
    ck_assert_int_eq(reading_position(&reading, "in.csv")->next, 12);
    ck_assert_uint_eq(reading.position_count, 1);
}
END_TEST

START_TEST(memory_that_runs_out_loses_no_row)
{
    begin("a\n1\n2\n3\n");
    ck_assert_int_eq(reading_turn(&reading, 10, 0), GW_OK); /* opens the source */
    reading.has_no_memory = 2;
    ck_assert_int_eq(reading_poll(&reading, 10, 0), GW_NOMEM);
    reading_settle(&reading);
    read_to_end();
    ck_assert_str_eq(reading_text(&reading), "{\"a\":\"1\"}|{\"a\":\"2\"}|{\"a\":\"3\"}");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("csv_reader");
    TCase *tests = tcase_create("csv_reader");

    tcase_add_checked_fixture(tests, setup, file_reading_tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_row_becomes_an_object_with_the_names_of_the_first_one);
    tcase_add_test(tests, an_empty_cell_is_left_out);
    tcase_add_test(tests, only_an_integer_in_a_column_of_numbers_is_a_number);
    tcase_add_test(tests, the_operator_may_say_which_columns_are_numbers);
    tcase_add_test(tests, the_operator_may_say_what_every_row_is);
    tcase_add_test(tests, quotes_hold_commas_line_ends_and_quotes);
    tcase_add_test(tests, mark_blank_rows_and_line_ends_do_not_matter);
    tcase_add_test(tests, a_file_without_rows_ends_at_once);
    tcase_add_test(tests, many_rows_of_many_lengths_come_whole);
    tcase_add_test(tests, a_row_with_another_number_of_cells_is_passed_on_with_its_fault);
    tcase_add_test(tests, a_wrong_quote_costs_its_line_and_no_other);
    tcase_add_test(tests, a_row_above_the_limit_gives_its_head_and_its_hash);
    tcase_add_test(tests, a_quote_that_is_not_closed_within_the_limit_costs_its_line);
    tcase_add_test(tests, a_first_row_that_names_no_columns_is_refused_permanently);
    tcase_add_test(tests, a_first_row_longer_than_the_limit_is_refused_permanently);
    tcase_add_test(tests, a_file_without_the_columns_of_its_command_is_refused_with_the_likely_cause);
    tcase_add_test(tests, a_file_that_is_no_utf_8_text_is_refused_as_that);
    tcase_add_test(tests, columns_that_no_command_has_are_not_read);
    tcase_add_test(tests, a_cell_under_a_column_without_a_name_must_be_empty);
    tcase_add_test(tests, a_column_name_that_is_not_utf_8_refuses_the_file_where_it_is_read);
    tcase_add_test(tests, a_cell_that_is_not_utf_8_is_refused_with_its_column);
    tcase_add_test(tests, a_lone_carriage_return_ends_no_row_and_hides_none);
    tcase_add_test(tests, the_operator_may_say_what_columns_are_called);
    tcase_add_test(tests, a_file_truncated_while_it_is_read_is_refused_permanently);
    tcase_add_test(tests, a_file_that_does_not_exist_is_refused);
    tcase_add_test(tests, a_second_run_continues_behind_the_last_row);
    tcase_add_test(tests, a_run_may_end_behind_any_row_whatever_it_was);
    tcase_add_test(tests, another_file_with_the_same_columns_is_another_source);
    tcase_add_test(tests, a_replaced_file_stops_the_source);
    tcase_add_test(tests, with_reread_every_run_begins_at_the_top_and_positions_continue);
    tcase_add_test(tests, memory_that_runs_out_loses_no_row);
    suite_add_tcase(suite, tests);
    return suite;
}
