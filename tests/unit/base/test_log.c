/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator reads: one line per record, whatever the record holds. */
#include "base/log.h"
#include "check_main.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wchar.h>

static int fd;
static char text[64 * 1024];
static struct gw_output output;
static struct gw_log json_log, plain_log;

static void set_up(void)
{
    FILE *file = tmpfile();

    ck_assert_ptr_nonnull(file);
    fd = dup(fileno(file));
    fclose(file);
    gw_output_init(&output, fd);
    json_log = (struct gw_log){.output = &output, .format = GW_LOG_JSON, .level = GW_LOG_INFO};
    plain_log = (struct gw_log){.output = &output, .format = GW_LOG_PLAIN, .level = GW_LOG_INFO};
}

static void tear_down(void)
{
    gw_output_done(&output);
    close(fd);
}

/* What was written, without the 24 characters of the time, which are checked for their shape. */
static const char *written(const char *before_time)
{
    ssize_t len = pread(fd, text, sizeof text - 1, 0);
    int year, month, day, hour, minute, second, ms;

    ck_assert_int_ge(len, 0);
    text[len] = '\0';
    ck_assert_int_eq(strncmp(text, before_time, strlen(before_time)), 0);
    ck_assert_int_eq(sscanf(text + strlen(before_time), "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ", &year, &month, &day, &hour,
                            &minute, &second, &ms),
                     7);
    return text + strlen(before_time) + 24;
}

START_TEST(a_json_record_has_time_level_code_component_message_and_fields)
{
    const struct gw_log_field fields[] = {
        gw_log_field_of("source", "orders/0"), gw_log_field_of("id", NULL), {"part", "abcdef", 3}};

    gw_log_write(&json_log, "GW-W111", "orders", fields, 3, "read %d of %s", 2, "many");
    ck_assert_str_eq(written("{\"time\":\""),
                     "\",\"level\":\"warning\",\"code\":\"GW-W111\",\"component\":\"orders\",\"message\":\"read 2 of "
                     "many\",\"source\":\"orders/0\",\"part\":\"abc\"}\n");
}
END_TEST

START_TEST(a_plain_record_is_for_a_person)
{
    const struct gw_log_field fields[] = {gw_log_field_of("source", "orders/0"), gw_log_field_of("reason", "no room"),
                                          gw_log_field_of("empty", "")};

    gw_log_write(&plain_log, "GW-E003", "orders", fields, 3, "cannot read \"%s\"", "a\\b");
    ck_assert_str_eq(written(""),
                     " error GW-E003 orders: cannot read \"a\\b\" source=orders/0 reason=\"no room\" empty=\"\"\n");
}
END_TEST

START_TEST(a_value_that_a_person_could_misread_is_quoted)
{
    const struct gw_log_field fields[] = {gw_log_field_of("said", "\"a\\b\""), gw_log_field_of("pair", "a=b"),
                                          gw_log_field_of("none", NULL)};

    gw_log_write(&plain_log, "GW-W005", "orders", fields, 3, "refused");
    ck_assert_str_eq(written(""), " warning GW-W005 orders: refused said=\"\\\"a\\\\b\\\"\" pair=\"a=b\"\n");
}
END_TEST

START_TEST(a_number_is_written_in_full)
{
    char smallest[GW_LOG_DIGITS];
    char largest[GW_LOG_DIGITS];
    char zero[GW_LOG_DIGITS];
    const struct gw_log_field fields[] = {gw_log_number("a", INT64_MIN, smallest),
                                          gw_log_number("b", INT64_MAX, largest), gw_log_number("c", 0, zero)};

    gw_log_write(&plain_log, "GW-I001", "orders", fields, 3, "counted");
    ck_assert_str_eq(written(""), " info GW-I001 orders: counted a=-9223372036854775808 b=9223372036854775807 c=0\n");
}
END_TEST

START_TEST(a_message_that_cannot_be_formatted_is_shown_as_its_format)
{
    gw_log_event(&plain_log, "GW-W005", "orders", "read %lc", (wint_t)0xd800);
    ck_assert_str_eq(written(""), " warning GW-W005 orders: read %lc\n");
}
END_TEST

START_TEST(a_log_without_output_writes_and_drops_nothing)
{
    struct gw_log nowhere = {.format = GW_LOG_PLAIN, .level = GW_LOG_INFO};

    gw_log_event(&nowhere, "GW-I001", "orders", "lost");
    gw_log_text(&nowhere, "GW-I001", "orders", NULL, 0, "lost");
    gw_log_text(&plain_log, NULL, "orders", NULL, 0, "above the level");
    gw_log_report_dropped(&nowhere);
    ck_assert_int_eq(lseek(fd, 0, SEEK_END), 0);
}
END_TEST

START_TEST(a_record_without_component_leaves_it_out)
{
    gw_log_event(&json_log, "GW-I001", NULL, "started");
    ck_assert_str_eq(written("{\"time\":\""), "\",\"level\":\"info\",\"code\":\"GW-I001\",\"message\":\"started\"}\n");
    ck_assert_int_eq(ftruncate(fd, 0), 0);
    lseek(fd, 0, SEEK_SET);
    gw_log_event(&plain_log, "GW-I001", NULL, "started");
    ck_assert_str_eq(written(""), " info GW-I001: started\n");
}
END_TEST

START_TEST(the_letter_of_a_code_is_the_level)
{
    ck_assert_int_eq(gw_log_level_of("GW-E003"), GW_LOG_ERROR);
    ck_assert_int_eq(gw_log_level_of("GW-W005"), GW_LOG_WARNING);
    ck_assert_int_eq(gw_log_level_of("ACME-KAFKA-I001"), GW_LOG_INFO);
    ck_assert_int_eq(gw_log_level_of(NULL), GW_LOG_DEBUG);
}
END_TEST

START_TEST(a_text_that_is_no_code_is_a_warning)
{
    ck_assert_int_eq(gw_log_level_of(""), GW_LOG_WARNING);
    ck_assert_int_eq(gw_log_level_of("INFO"), GW_LOG_WARNING);
    ck_assert_int_eq(gw_log_level_of("GW-"), GW_LOG_WARNING);
}
END_TEST

START_TEST(a_record_for_debugging_has_no_code)
{
    json_log.level = GW_LOG_DEBUG;
    gw_log_event(&json_log, NULL, "orders", "detail");
    ck_assert_str_eq(written("{\"time\":\""),
                     "\",\"level\":\"debug\",\"component\":\"orders\",\"message\":\"detail\"}\n");
}
END_TEST

START_TEST(records_above_the_level_are_dropped)
{
    gw_log_event(&json_log, NULL, "orders", "detail");
    ck_assert_int_eq(lseek(fd, 0, SEEK_END), 0);
    json_log.level = GW_LOG_ERROR;
    gw_log_event(&json_log, "GW-W111", "orders", "detail");
    ck_assert_int_eq(lseek(fd, 0, SEEK_END), 0);
}
END_TEST

START_TEST(control_characters_from_outside_are_escaped_in_both_formats)
{
    static const char evil[] = "a\nERROR\x1b[2J\x7f\xc2\x9b\xff";
    struct gw_log_field field = gw_log_field_of("sku", evil);
    const char *line;

    gw_log_write(&json_log, "GW-I001", evil, &field, 1, "%s", evil);
    line = written("{\"time\":\"");
    ck_assert_ptr_nonnull(strstr(line, "\"sku\":\"a\\nERROR\\u001b[2J\\u007f\\u009b\xef\xbf\xbd\""));
    ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
    ck_assert_int_eq(ftruncate(fd, 0), 0);
    lseek(fd, 0, SEEK_SET);
    gw_log_write(&plain_log, "GW-I001", evil, &field, 1, "%s", evil);
    line = written("");
    ck_assert_ptr_nonnull(strstr(line, "sku=\"a\\nERROR\\x1b[2J\\x7f\\xc2\\x9b\\xff\""));
    ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
}
END_TEST

START_TEST(invisible_characters_are_shown_and_keep_their_value_in_json)
{
    static const char hidden[] = "LAMP\xe2\x80\xae"
                                 "01\xe2\x80\x8b\x9b";
    struct gw_log_field field = gw_log_field_of("sku", hidden);

    gw_log_write(&json_log, "GW-I001", "orders", &field, 1, "%s", hidden);
    ck_assert_ptr_nonnull(strstr(written("{\"time\":\""), "\"sku\":\"LAMP\\u202e01\\u200b\xef\xbf\xbd\""));
    ck_assert_int_eq(ftruncate(fd, 0), 0);
    lseek(fd, 0, SEEK_SET);
    gw_log_write(&plain_log, "GW-I001", hidden, &field, 1, "said \"%s\"", hidden);
    ck_assert_ptr_nonnull(strstr(written(""), " LAMP\\u202e01\\u200b\\x9b: said \"LAMP\\u202e01\\u200b\\x9b\" "
                                              "sku=\"LAMP\\u202e01\\u200b\\x9b\""));
}
END_TEST

START_TEST(a_record_removes_the_progress_line_of_a_terminal)
{
    static const char clear[] = "\r\033[K";

    plain_log.clears_line = true;
    gw_log_event(&plain_log, "GW-I001", "orders", "started");
    plain_log.clears_line = false;
    ck_assert_str_eq(written(clear), " info GW-I001 orders: started\n");
}
END_TEST

static void fill_value(char *value, size_t len, char byte)
{
    memset(value, byte, len - 1);
    value[len - 1] = '\0';
}

START_TEST(a_record_that_is_too_long_is_cut_says_so_and_stays_well_formed)
{
    static char value[20000];
    const struct gw_log_field fields[] = {{"long", value, sizeof value - 1}, gw_log_field_of("behind", "b")};
    size_t len;

    fill_value(value, sizeof value, 'v');
    gw_log_write(&json_log, "GW-I001", "orders", fields, 2, "short");
    len = strlen(written("{\"time\":\""));
    ck_assert_uint_le(strlen(text), PIPE_BUF);
    ck_assert_uint_gt(len, PIPE_BUF - 200);
    ck_assert_str_eq(text + strlen(text) - 17, "vvv\",\"cut\":true}\n");
    ck_assert_ptr_null(strstr(text, "behind"));
}
END_TEST

START_TEST(a_message_that_is_too_long_is_cut_as_well)
{
    static char value[20000];

    fill_value(value, sizeof value, '\x01');
    gw_log_event(&json_log, "GW-I001", "orders", "%s", value);
    written("{\"time\":\"");
    ck_assert_uint_le(strlen(text), PIPE_BUF);
    ck_assert_str_eq(text + strlen(text) - 20, "\\u0001\",\"cut\":true}\n");
    ck_assert_int_eq(ftruncate(fd, 0), 0);
    lseek(fd, 0, SEEK_SET);
    fill_value(value, sizeof value, 'm');
    gw_log_event(&plain_log, "GW-I001", "orders", "%s", value);
    written("");
    ck_assert_uint_le(strlen(text), PIPE_BUF);
    ck_assert_str_eq(text + strlen(text) - 10, "mmm [cut]\n");
}
END_TEST

START_TEST(a_record_of_any_length_around_the_limit_ends_as_a_record)
{
    static char value[9000];
    size_t len;

    for (len = PIPE_BUF - 292; len < PIPE_BUF + 108; len++) {
        const struct gw_log_field fields[] = {{"v", value, len}, gw_log_field_of("w", "\n")};
        bool is_cut;

        fill_value(value, sizeof value, 'v');
        ck_assert_int_eq(ftruncate(fd, 0), 0);
        lseek(fd, 0, SEEK_SET);
        gw_log_write(&json_log, "GW-I001", NULL, fields, 2, "m");
        written("{\"time\":\"");
        ck_assert_uint_le(strlen(text), PIPE_BUF);
        is_cut = strstr(text, ",\"cut\":true}\n") != NULL;
        ck_assert(is_cut || strstr(text, "v\",\"w\":\"\\n\"}\n") != NULL);
        ck_assert_int_eq(text[strlen(text) - 3], is_cut ? 'e' : '"');
    }
}
END_TEST

START_TEST(a_plain_record_of_any_length_around_the_limit_ends_as_a_record)
{
    static char value[9000];

    fill_value(value, sizeof value, 'v');
    for (size_t len = PIPE_BUF - 150; len < PIPE_BUF + 50; len++) {
        const struct gw_log_field fields[] = {{"v", value, len}, gw_log_field_of("behind", "w")};

        ck_assert_int_eq(ftruncate(fd, 0), 0);
        lseek(fd, 0, SEEK_SET);
        gw_log_write(&plain_log, "GW-I001", NULL, fields, 2, "m");
        written("");
        ck_assert_uint_le(strlen(text), PIPE_BUF);
        ck_assert(strstr(text, "v behind=w\n") != NULL || strstr(text, "v [cut]\n") != NULL ||
                  strstr(text, "v behind= [cut]\n") != NULL);
        ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
    }
}
END_TEST

START_TEST(logging_keeps_errno_and_survives_a_closed_descriptor)
{
    struct gw_output closed;
    struct gw_log nowhere = {.output = &closed, .format = GW_LOG_JSON, .level = GW_LOG_INFO};

    gw_output_init(&closed, -1);
    errno = ENOENT;
    gw_log_event(&nowhere, "GW-I001", "orders", "lost");
    ck_assert_int_eq(errno, ENOENT);
    ck_assert_uint_eq(gw_output_lost(&closed), 1);
    gw_output_done(&closed);
}
END_TEST

/* A pipe that has no room left, until it is read: its reading end. */
static int fill_pipe(struct gw_output *pipe_output, int *ret_writer)
{
    static const char filler[PIPE_BUF];
    int ends[2];

    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    gw_output_init(pipe_output, ends[1]);
    while (gw_output_offer(pipe_output, filler, sizeof filler) == 0)
        ;
    *ret_writer = ends[1];
    return ends[0];
}

static const char *drain(int reader)
{
    size_t len = 0;
    ssize_t got;

    while (len < sizeof text - 1 && (got = read(reader, text + len, sizeof text - 1 - len)) > 0)
        len += (size_t)got;
    text[len] = '\0';
    return text;
}

START_TEST(records_without_a_reader_are_dropped_counted_and_reported)
{
    struct gw_output full;
    struct gw_log log = {.output = &full, .format = GW_LOG_JSON, .level = GW_LOG_INFO};
    int writer;
    int reader = fill_pipe(&full, &writer);

    full.patience_ms = 1;
    for (int i = 0; i < 100; i++)
        gw_log_event(&log, "GW-I001", "orders", "nobody reads this");
    ck_assert_uint_eq(gw_output_lost(&full), 100);
    while (read(reader, text, sizeof text) > 0)
        ;
    gw_log_event(&log, "GW-I001", "orders", "somebody reads this");
    gw_log_event(&log, "GW-I001", "orders", "and this");
    (void)drain(reader);
    ck_assert_ptr_nonnull(strstr(text, "\"code\":\"" GW_CODE_LOG_RECORDS_DROPPED "\""));
    ck_assert_ptr_nonnull(strstr(text, "\"dropped\":\"100\""));
    ck_assert_ptr_nonnull(strstr(text, "somebody reads this"));
    ck_assert_ptr_null(strstr(strstr(text, "\"dropped\"") + 1, "\"dropped\""));
    ck_assert_uint_eq(gw_output_lost(&full), 100);
    gw_output_done(&full);
    close(reader);
    close(writer);
}
END_TEST

/* A process that writes records that are too long, all of one letter. */
static pid_t start_writer(int writer, char letter)
{
    static char value[20000];
    struct gw_output own;
    struct gw_log log = {.output = &own, .format = GW_LOG_JSON, .level = GW_LOG_INFO};
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    gw_output_init(&own, writer);
    fill_value(value, sizeof value, letter);
    for (int i = 0; i < 200; i++) {
        own.patience_ms = 10000;
        gw_log_event(&log, "GW-I001", "orders", "%s", value);
    }
    _exit(gw_output_lost(&own) == 0 ? 0 : 1);
}

START_TEST(long_records_of_two_processes_do_not_mix_on_one_pipe)
{
    char line[3 * PIPE_BUF];
    uint32_t lines = 0;
    pid_t writers[2];
    int ends[2], status;
    FILE *stream;

    ck_assert_int_eq(pipe(ends), 0);
    writers[0] = start_writer(ends[1], 'a');
    writers[1] = start_writer(ends[1], 'b');
    close(ends[1]);
    stream = fdopen(ends[0], "r");
    for (; fgets(line, sizeof line, stream) != NULL; lines++) {
        ck_assert_int_eq(strncmp(line, "{\"time\":", 8), 0);
        ck_assert_msg((strstr(line, "aaa") == NULL) != (strstr(line, "bbb") == NULL), "%s", line);
        ck_assert_ptr_nonnull(strstr(line, "\"cut\":true}\n"));
    }
    ck_assert_uint_eq(lines, 400);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(waitpid(writers[i], &status, 0), writers[i]);
        ck_assert_int_eq(status, 0);
    }
    fclose(stream);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("base/log");
    TCase *tcase = tcase_create("log");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_json_record_has_time_level_code_component_message_and_fields);
    tcase_add_test(tcase, a_plain_record_is_for_a_person);
    tcase_add_test(tcase, a_value_that_a_person_could_misread_is_quoted);
    tcase_add_test(tcase, a_number_is_written_in_full);
    tcase_add_test(tcase, a_message_that_cannot_be_formatted_is_shown_as_its_format);
    tcase_add_test(tcase, a_log_without_output_writes_and_drops_nothing);
    tcase_add_test(tcase, a_record_removes_the_progress_line_of_a_terminal);
    tcase_add_test(tcase, a_record_without_component_leaves_it_out);
    tcase_add_test(tcase, the_letter_of_a_code_is_the_level);
    tcase_add_test(tcase, a_text_that_is_no_code_is_a_warning);
    tcase_add_test(tcase, a_record_for_debugging_has_no_code);
    tcase_add_test(tcase, records_above_the_level_are_dropped);
    tcase_add_test(tcase, control_characters_from_outside_are_escaped_in_both_formats);
    tcase_add_test(tcase, invisible_characters_are_shown_and_keep_their_value_in_json);
    tcase_add_test(tcase, a_record_that_is_too_long_is_cut_says_so_and_stays_well_formed);
    tcase_add_test(tcase, a_message_that_is_too_long_is_cut_as_well);
    tcase_add_test(tcase, a_record_of_any_length_around_the_limit_ends_as_a_record);
    tcase_add_test(tcase, a_plain_record_of_any_length_around_the_limit_ends_as_a_record);
    tcase_add_test(tcase, logging_keeps_errno_and_survives_a_closed_descriptor);
    tcase_add_test(tcase, long_records_of_two_processes_do_not_mix_on_one_pipe);
    tcase_add_test(tcase, records_without_a_reader_are_dropped_counted_and_reported);
    suite_add_tcase(suite, tcase);
    return suite;
}
