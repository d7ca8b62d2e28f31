/* SPDX-License-Identifier: Apache-2.0 */
/* How jsonl_reader follows a file across log rotations and restarts, and how it reads pipes and standard input. */
#include "check_main.h"
#include "file_reading.h"
#include "scratch.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void begin(void)
{
    const char *settings[] = {path_setting, "follow=true"};

    reading_begin(&reading, "jsonl_reader", settings, 2);
}

static void restart(void)
{
    reading_end(&reading);
    begin();
}

static void setup(void)
{
    file_reading_set_up("in.jsonl");
}

static void expect(size_t count, const char *text)
{
    enum gw_status status = reading_until(&reading, count);

    ck_assert_msg(status == GW_OK, "%s: %s", gw_status_word((int)status), reading.error.text);
    ck_assert_str_eq(reading_text(&reading), text);
}

/* A few turns in which nothing may come. */
static void expect_silence(void)
{
    size_t before = reading.total;
    int turn;

    for (turn = 0; turn < 4; turn++)
        ck_assert_int_eq(reading_turn(&reading, 10, 10), GW_OK);
    ck_assert_uint_eq(reading.total, before);
}

/* Gives a file the age of so many minutes. */
static void age(const char *name, int minutes)
{
    struct timespec times[2];

    ck_assert_int_eq(clock_gettime(CLOCK_REALTIME, &times[0]), 0);
    times[0].tv_sec -= (time_t)60 * minutes;
    times[1] = times[0];
    ck_assert_int_eq(utimensat(AT_FDCWD, scratch_path(name), times, 0), 0);
}

/* ---- growing */

START_TEST(lines_are_delivered_as_they_are_written)
{
    scratch_write("in.jsonl", "1\n2\n");
    begin();
    expect(2, "1|2");
    expect_silence();
    scratch_append("in.jsonl", "3\n");
    expect(3, "1|2|3");
}
END_TEST

START_TEST(new_lines_do_not_disturb_borrowed_ones)
{
    scratch_write("in.jsonl", "1\n2\n");
    begin();
    ck_assert_int_eq(reading_turn(&reading, 10, 0), GW_OK);
    ck_assert_int_eq(reading_poll(&reading, 10, 0), GW_OK);
    scratch_append("in.jsonl", "3\n");
    ck_assert_int_eq(reading_poll(&reading, 10, 0), GW_OK);
    ck_assert_str_eq(reading_text(&reading), "1|2|3");
    reading_settle(&reading);
}
END_TEST

START_TEST(an_incomplete_line_waits_for_its_newline)
{
    scratch_write("in.jsonl", "1\n2");
    begin();
    expect(1, "1");
    expect_silence();
    scratch_append("in.jsonl", "2\n3");
    expect(2, "1|22");
    expect_silence();
}
END_TEST

START_TEST(an_empty_file_becomes_a_source_with_its_first_line)
{
    scratch_write("in.jsonl", "");
    begin();
    expect_silence();
    scratch_append("in.jsonl", "on");
    expect_silence();
    ck_assert_uint_eq(reading.position_count, 0);
    scratch_append("in.jsonl", "e\n");
    expect(1, "one");
}
END_TEST

START_TEST(the_reader_waits_for_a_missing_file)
{
    begin();
    ck_assert_int_eq(reading_turn(&reading, 10, 0), GW_TRANSIENT);
    ck_assert_ptr_nonnull(strstr(reading.error.text, "waiting for "));
    scratch_write("in.jsonl", "1\n");
    expect(1, "1");
}
END_TEST

struct writer {
    pthread_t thread;
    char path[300];
    int64_t wrote_ms;
};

static void *write_later(void *opaque)
{
    struct writer *writer = opaque;
    int fd;

    /* The reader waits when its host has been asked to. */
    while (atomic_load(&reading.host.waits) == 0)
        continue;
    usleep(50000);
    fd = open(writer->path, O_WRONLY | O_APPEND | O_CLOEXEC);
    writer->wrote_ms = reading.host.host.monotonic_ms(&reading.host.host);
    ck_assert_int_eq(write(fd, "2\n", 2), 2);
    close(fd);
    return NULL;
}

START_TEST(a_new_line_wakes_a_waiting_reader_at_once)
{
    struct writer writer;
    int64_t woke_ms;

    scratch_write("in.jsonl", "1\n");
    begin();
    expect(1, "1");
    ck_assert_int_eq(reading_turn(&reading, 10, 0), GW_OK);
    (void)snprintf(writer.path, sizeof writer.path, "%s", scratch_path("in.jsonl"));
    atomic_store(&reading.host.waits, 0);
    ck_assert_int_eq(pthread_create(&writer.thread, NULL, write_later, &writer), 0);
    ck_assert_int_eq(reading_turn(&reading, 10, 20000), GW_OK);
    woke_ms = reading.host.host.monotonic_ms(&reading.host.host);
    ck_assert_int_eq(pthread_join(writer.thread, NULL), 0);
    ck_assert_str_eq(reading_text(&reading), "1|2");
    ck_assert_int_lt(woke_ms - writer.wrote_ms, 500); /* without inotify it checks once a second */
}
END_TEST

static void *cancel_later(void *opaque)
{
    (void)opaque;
    while (atomic_load(&reading.host.waits) == 0)
        continue;
    test_host_cancel(&reading.host);
    return NULL;
}

START_TEST(a_shutdown_ends_the_wait)
{
    pthread_t thread;

    scratch_write("in.jsonl", "1\n");
    begin();
    expect(1, "1");
    ck_assert_int_eq(reading_turn(&reading, 10, 0), GW_OK);
    atomic_store(&reading.host.waits, 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, cancel_later, NULL), 0);
    ck_assert_int_eq(reading_turn(&reading, 10, 60000), GW_CANCELLED);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

/* ---- rotation while it runs */

START_TEST(after_a_rename_the_old_file_is_read_to_its_end_and_then_the_new_one)
{
    scratch_write("in.jsonl", "1\n2\n");
    begin();
    expect(2, "1|2");
    scratch_append("in.jsonl", "3\n");
    scratch_rename("in.jsonl", "in.jsonl.1");
    scratch_append("in.jsonl.1", "4\n");
    scratch_write("in.jsonl", "one\n");
    expect(5, "1|2|3|4|one");
    ck_assert_uint_eq(reading.closed_count, 1);
    ck_assert_str_ne(reading.seen[4].source, reading.seen[3].source);
    scratch_append("in.jsonl", "two\n");
    expect(6, "1|2|3|4|one|two");
}
END_TEST

START_TEST(the_old_file_is_kept_until_the_new_one_has_a_line)
{
    scratch_write("in.jsonl", "1\n");
    begin();
    expect(1, "1");
    scratch_rename("in.jsonl", "in.jsonl.1");
    expect_silence();
    scratch_write("in.jsonl", "");
    expect_silence();
    scratch_append("in.jsonl.1", "2\n"); /* its writer has not opened the new one yet */
    expect(2, "1|2");
    scratch_append("in.jsonl", "one\n");
    expect(3, "1|2|one");
}
END_TEST

START_TEST(the_incomplete_last_line_of_a_rotated_file_is_a_message)
{
    scratch_write("in.jsonl", "1\n2");
    begin();
    expect(1, "1");
    scratch_rename("in.jsonl", "in.jsonl.1");
    expect_silence();
    scratch_write("in.jsonl", "one\n");
    expect(3, "1|2|one");
}
END_TEST

START_TEST(a_file_renamed_over_is_read_to_its_end_first)
{
    scratch_write("in.jsonl", "1\n2\n3\n");
    begin();
    ck_assert_int_eq(reading_turn(&reading, 10, 0), GW_OK);
    ck_assert_int_eq(reading_turn(&reading, 1, 0), GW_OK);
    scratch_write("new", "one\ntwo\n");
    scratch_rename("new", "in.jsonl");
    expect(5, "1|2|3|one|two");
}
END_TEST

START_TEST(a_symbolic_link_that_is_swapped_leads_to_the_new_file)
{
    scratch_write("a", "1\n");
    scratch_write("b", "one\n");
    ck_assert_int_eq(symlink("a", scratch_path("in.jsonl")), 0);
    begin();
    expect(1, "1");
    ck_assert_int_eq(symlink("b", scratch_path("link")), 0);
    scratch_rename("link", "in.jsonl");
    expect(2, "1|one");
    scratch_append("b", "two\n");
    expect(3, "1|one|two");
}
END_TEST

START_TEST(files_rotated_while_it_was_busy_are_read_in_their_order)
{
    scratch_write("in.jsonl", "a1\n");
    begin();
    expect(1, "a1");
    scratch_rename("in.jsonl", "in.jsonl.2");
    age("in.jsonl.2", 2);
    scratch_write("in.jsonl.1", "b1\nb2");
    age("in.jsonl.1", 1);
    scratch_write("in.jsonl", "c1\n");
    expect(4, "a1|b1|b2|c1");
    ck_assert_uint_eq(reading.closed_count, 2);
}
END_TEST

START_TEST(a_path_that_becomes_a_directory_keeps_the_old_file)
{
    scratch_write("in.jsonl", "1\n");
    begin();
    expect(1, "1");
    scratch_rename("in.jsonl", "in.jsonl.1");
    ck_assert_int_eq(mkdir(scratch_path("in.jsonl"), 0755), 0);
    scratch_append("in.jsonl.1", "2\n");
    expect(2, "1|2");
}
END_TEST

START_TEST(a_file_truncated_in_place_stops_the_source_with_a_reason)
{
    scratch_write("in.jsonl", "1\n2\n");
    begin();
    expect(2, "1|2");
    ck_assert_int_eq(reading_turn(&reading, 10, 0), GW_OK);
    scratch_write("in.jsonl", "");
    ck_assert_int_eq(reading_until(&reading, 3), GW_CONFIG);
    ck_assert(test_host_has_logged(&reading.host, GW_CODE_FILE_TRUNCATED, "byte 4 "));
    ck_assert_str_eq(reading.error.text, "in.jsonl was read up to byte 4, but it is shorter now");
    ck_assert_int_eq(reading_turn(&reading, 10, 0), GW_CONFIG);
    scratch_write("in.jsonl", "one\n");
    restart();
    expect(1, "one");
}
END_TEST

START_TEST(many_rotations_leave_no_descriptor_open)
{
    char text[16];
    int first;
    int last;
    int turn;

    scratch_write("in.jsonl", "x\n");
    begin();
    expect(1, "x");
    first = dup(STDIN_FILENO);
    for (turn = 0; turn < 40; turn++) {
        scratch_rename("in.jsonl", "in.jsonl.1");
        (void)snprintf(text, sizeof text, "%d\n", turn);
        scratch_write("in.jsonl", text);
        ck_assert_int_eq(reading_until(&reading, (size_t)turn + 2), GW_OK);
        ck_assert_int_eq(reading_turn(&reading, 10, 0), GW_OK);
    }
    last = dup(STDIN_FILENO);
    ck_assert_int_lt(last - first, 5);
    close(first);
    close(last);
}
END_TEST

/* ---- rotation while it does not run */

START_TEST(after_a_restart_the_rest_of_the_rotated_file_is_read_first)
{
    scratch_write("in.jsonl", "1\n2\n3\n");
    begin();
    ck_assert_int_eq(reading_turn(&reading, 10, 0), GW_OK);
    ck_assert_int_eq(reading_turn(&reading, 1, 0), GW_OK);
    ck_assert_str_eq(reading_text(&reading), "1");
    scratch_rename("in.jsonl", "in.jsonl.1");
    age("in.jsonl.1", 1);
    scratch_write("in.jsonl", "one\n");
    restart();
    expect(3, "2|3|one");
    ck_assert_uint_eq(reading.seen[0].message.line, 2);
}
END_TEST

START_TEST(after_several_rotations_nothing_is_left_out)
{
    scratch_write("in.jsonl", "a1\na2\n");
    begin();
    ck_assert_int_eq(reading_turn(&reading, 10, 0), GW_OK);
    ck_assert_int_eq(reading_turn(&reading, 1, 0), GW_OK);
    scratch_rename("in.jsonl", "in.jsonl-20261119");
    age("in.jsonl-20261119", 3);
    scratch_write("in.jsonl-20261120", "b1\nb2\n");
    age("in.jsonl-20261120", 2);
    scratch_write("in.jsonl", "c1\n");
    restart();
    expect(4, "a2|b1|b2|c1");
    restart();
    expect_silence();
}
END_TEST

START_TEST(files_from_before_the_first_run_are_not_read)
{
    scratch_write("in.jsonl.2", "old\n");
    age("in.jsonl.2", 2);
    scratch_write("in.jsonl.1", "younger\nunfinished");
    age("in.jsonl.1", 1);
    scratch_write("in.jsonl", "1\n");
    begin();
    expect(1, "1");
    restart();
    expect_silence();
    scratch_rename("in.jsonl", "in.jsonl.0");
    scratch_write("in.jsonl", "one\n");
    restart();
    expect(1, "one");
}
END_TEST

START_TEST(other_files_beside_the_path_are_not_read)
{
    static const char *const names[] = {"in.jsonl.bak", "in.jsonl.1.gz", "in.jsonl~",    "in.jsonl-old",
                                        "in.jsonl2",    "in.jsonl.",     ".in.jsonl.swp"};
    size_t index;

    scratch_write("in.jsonl", "1\n");
    begin();
    expect(1, "1");
    scratch_rename("in.jsonl", "in.jsonl.1");
    age("in.jsonl.1", 1);
    for (index = 0; index < sizeof names / sizeof names[0]; index++)
        scratch_write(names[index], "forbidden\n");
    scratch_write("in.jsonl", "one\n");
    restart();
    expect(1, "one");
    expect_silence();
}
END_TEST

START_TEST(a_rotated_file_is_read_while_the_path_is_missing)
{
    scratch_write("in.jsonl", "1\n2\n");
    begin();
    ck_assert_int_eq(reading_turn(&reading, 10, 0), GW_OK);
    ck_assert_int_eq(reading_turn(&reading, 1, 0), GW_OK);
    scratch_rename("in.jsonl", "in.jsonl.1");
    restart();
    expect(1, "2");
    expect_silence();
    scratch_write("in.jsonl", "one\n");
    expect(2, "2|one");
}
END_TEST

START_TEST(a_link_to_one_of_the_dated_files_is_not_read_twice)
{
    scratch_write("in.jsonl-20261120", "1\n");
    age("in.jsonl-20261120", 1);
    ck_assert_int_eq(symlink("in.jsonl-20261120", scratch_path("in.jsonl")), 0);
    begin();
    expect(1, "1");
    scratch_write("in.jsonl-20261121", "one\n");
    ck_assert_int_eq(symlink("in.jsonl-20261121", scratch_path("link")), 0);
    scratch_rename("link", "in.jsonl");
    expect(2, "1|one");
    expect_silence();
    restart();
    expect_silence();
}
END_TEST

START_TEST(a_copy_beside_the_file_that_begins_alike_is_the_same_source)
{
    scratch_write("in.jsonl", "1\n2\n");
    begin();
    expect(2, "1|2");
    scratch_write("in.jsonl.1", "1\n2\n");
    scratch_append("in.jsonl", "3\n");
    restart();
    expect(1, "3");
    ck_assert_uint_eq(reading.position_count, 1);
}
END_TEST

START_TEST(an_older_file_that_begins_alike_does_not_spoil_the_first_run)
{
    scratch_write("in.jsonl.1", "1\nold\n");
    age("in.jsonl.1", 1);
    scratch_write("in.jsonl", "1\n2\n");
    begin();
    expect(2, "1|2");
}
END_TEST

START_TEST(a_new_file_that_begins_like_the_old_one_stops_for_an_operator)
{
    scratch_write("in.jsonl", "1\n2\n3\n");
    begin();
    expect(3, "1|2|3");
    scratch_rename("in.jsonl", "in.jsonl.1");
    scratch_write("in.jsonl", "1\nx\ny\n");
    ck_assert_int_eq(reading_until(&reading, 4), GW_CONFIG);
    ck_assert_ptr_nonnull(strstr(reading.error.text, "the line before it has changed"));
}
END_TEST

/* ---- streams */

static int begin_with_stdin(int ends[2], int *ret_saved)
{
    const char *settings[] = {"path=-"};

    *ret_saved = dup(STDIN_FILENO);
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    ck_assert_int_ge(dup2(ends[0], STDIN_FILENO), 0);
    close(ends[0]);
    reading_begin(&reading, "jsonl_reader", settings, 1);
    return ends[1];
}

START_TEST(standard_input_is_read_as_it_arrives_and_ends_with_its_writer)
{
    int saved;
    int ends[2];
    int fd = begin_with_stdin(ends, &saved);

    ck_assert_int_eq(write(fd, "1\n2\n3", 5), 5);
    expect(2, "1|2");
    expect_silence();
    ck_assert_int_eq(write(fd, "3\n4", 3), 3);
    expect(3, "1|2|33");
    close(fd);
    ck_assert_int_eq(reading_until(&reading, SIZE_MAX), GW_END);
    ck_assert_str_eq(reading_text(&reading), "1|2|33|4");
    ck_assert_uint_eq(reading.seen[3].message.line, 4);
    ck_assert_int_eq(reading.seen[3].message.offset, 7);
    ck_assert_int_ge(dup2(saved, STDIN_FILENO), 0);
}
END_TEST

START_TEST(each_run_of_standard_input_is_a_source_of_its_own)
{
    int run;

    for (run = 0; run < 2; run++) {
        int saved;
        int ends[2];
        int fd = begin_with_stdin(ends, &saved);

        ck_assert_int_eq(write(fd, "1\n", 2), 2);
        close(fd);
        ck_assert_int_eq(reading_until(&reading, SIZE_MAX), GW_END);
        ck_assert_str_eq(reading_text(&reading), "1");
        ck_assert_int_ge(dup2(saved, STDIN_FILENO), 0);
        close(saved);
        if (run == 0)
            reading_end(&reading);
    }
    ck_assert_uint_eq(reading.position_count, 2);
    ck_assert_int_eq(strncmp(reading.positions[0].source, "orders:-:", 9), 0);
    ck_assert_uint_eq(strlen(reading.positions[0].source), 9 + 32);
}
END_TEST

START_TEST(a_pipe_cannot_go_back)
{
    int saved;
    int ends[2];
    int fd = begin_with_stdin(ends, &saved);
    struct gw_start start;

    ck_assert_int_eq(write(fd, "1\n2\n", 4), 4);
    expect(2, "1|2");
    start = (struct gw_start){.source = gw_text_of(reading.positions[0].source), .offset = 0};
    ck_assert_int_eq(reading.ops->start(reading.self, &start, 1, &reading.error), GW_OK);
    ck_assert_int_eq(start.status, GW_CONFIG);
    ck_assert_str_eq(start.reason, "- is at byte 4 and cannot go to byte 0");
    ck_assert_int_eq(write(fd, "3\n", 2), 2);
    ck_assert_int_eq(reading_turn(&reading, 10, 20), GW_OK); /* nothing comes while it is stopped */
    ck_assert_uint_eq(reading.total, 2);
    start = (struct gw_start){.source = start.source, .offset = 4};
    ck_assert_int_eq(reading.ops->start(reading.self, &start, 1, &reading.error), GW_OK);
    ck_assert_int_eq(start.status, GW_OK);
    expect(3, "1|2|3");
    close(fd);
    ck_assert_int_eq(reading_until(&reading, SIZE_MAX), GW_END);
    ck_assert_int_ge(dup2(saved, STDIN_FILENO), 0);
}
END_TEST

START_TEST(a_followed_fifo_outlives_its_writers)
{
    int writer;

    ck_assert_int_eq(mkfifo(scratch_path("in.jsonl"), 0644), 0);
    begin();
    expect_silence();
    writer = open(scratch_path("in.jsonl"), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    ck_assert_int_ge(writer, 0);
    ck_assert_int_eq(write(writer, "1\n", 2), 2);
    expect(1, "1");
    close(writer);
    expect_silence();
    writer = open(scratch_path("in.jsonl"), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    ck_assert_int_ge(writer, 0);
    ck_assert_int_eq(write(writer, "2\n", 2), 2);
    expect(2, "1|2");
    close(writer);
}
END_TEST

START_TEST(standard_input_cannot_be_followed)
{
    const char *settings[] = {"path=-", "follow=true"};

    begin();
    reading_end(&reading);
    test_plugin_configure(&reading.plugin, settings, 2);
    ck_assert_int_eq(test_plugin_lint(&reading.plugin, &reading.error), GW_CONFIG);
    test_plugin_done(&reading.plugin);
    begin();
}
END_TEST

static TCase *following_case(void)
{
    TCase *tests = tcase_create("following");

    tcase_add_checked_fixture(tests, setup, file_reading_tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, lines_are_delivered_as_they_are_written);
    tcase_add_test(tests, new_lines_do_not_disturb_borrowed_ones);
    tcase_add_test(tests, an_incomplete_line_waits_for_its_newline);
    tcase_add_test(tests, an_empty_file_becomes_a_source_with_its_first_line);
    tcase_add_test(tests, the_reader_waits_for_a_missing_file);
    tcase_add_test(tests, a_new_line_wakes_a_waiting_reader_at_once);
    tcase_add_test(tests, a_shutdown_ends_the_wait);
    tcase_add_test(tests, after_a_rename_the_old_file_is_read_to_its_end_and_then_the_new_one);
    tcase_add_test(tests, the_old_file_is_kept_until_the_new_one_has_a_line);
    tcase_add_test(tests, the_incomplete_last_line_of_a_rotated_file_is_a_message);
    tcase_add_test(tests, a_file_renamed_over_is_read_to_its_end_first);
    tcase_add_test(tests, a_symbolic_link_that_is_swapped_leads_to_the_new_file);
    tcase_add_test(tests, files_rotated_while_it_was_busy_are_read_in_their_order);
    tcase_add_test(tests, a_path_that_becomes_a_directory_keeps_the_old_file);
    tcase_add_test(tests, a_file_truncated_in_place_stops_the_source_with_a_reason);
    tcase_add_test(tests, many_rotations_leave_no_descriptor_open);
    return tests;
}

static TCase *restarting_case(void)
{
    TCase *tests = tcase_create("restarting");

    tcase_add_checked_fixture(tests, setup, file_reading_tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, after_a_restart_the_rest_of_the_rotated_file_is_read_first);
    tcase_add_test(tests, after_several_rotations_nothing_is_left_out);
    tcase_add_test(tests, files_from_before_the_first_run_are_not_read);
    tcase_add_test(tests, other_files_beside_the_path_are_not_read);
    tcase_add_test(tests, a_rotated_file_is_read_while_the_path_is_missing);
    tcase_add_test(tests, a_link_to_one_of_the_dated_files_is_not_read_twice);
    tcase_add_test(tests, a_copy_beside_the_file_that_begins_alike_is_the_same_source);
    tcase_add_test(tests, an_older_file_that_begins_alike_does_not_spoil_the_first_run);
    tcase_add_test(tests, a_new_file_that_begins_like_the_old_one_stops_for_an_operator);
    return tests;
}

static TCase *streams_case(void)
{
    TCase *tests = tcase_create("streams");

    tcase_add_checked_fixture(tests, setup, file_reading_tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, standard_input_is_read_as_it_arrives_and_ends_with_its_writer);
    tcase_add_test(tests, each_run_of_standard_input_is_a_source_of_its_own);
    tcase_add_test(tests, a_pipe_cannot_go_back);
    tcase_add_test(tests, a_followed_fifo_outlives_its_writers);
    tcase_add_test(tests, standard_input_cannot_be_followed);
    return tests;
}

Suite *test_suite(void)
{
    Suite *suite = suite_create("jsonl_reader_follow");

    suite_add_tcase(suite, following_case());
    suite_add_tcase(suite, restarting_case());
    suite_add_tcase(suite, streams_case());
    return suite;
}
