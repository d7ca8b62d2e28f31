/* SPDX-License-Identifier: Apache-2.0 */
/* Shared streams: a blocked reader does not block the writer for long, and lines of several writers do not mix. */
#include "base/clock.h"
#include "base/output.h"
#include "check_main.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

static struct gw_output output;
static int reader, writer;

static void make_pipe(void)
{
    int ends[2];

    ck_assert_int_eq(pipe(ends), 0);
    reader = ends[0];
    writer = ends[1];
    gw_output_init(&output, writer);
}

static void fill(void)
{
    static const char filler[PIPE_BUF];

    while (gw_output_offer(&output, filler, sizeof filler) == 0)
        ;
}

static void close_all(void)
{
    gw_output_done(&output);
    close(reader);
    close(writer);
}

/* Writes a text to a blocked stream, until the patience is used up. */
static void assert_given_up(void)
{
    enum { SHORT_MS = 40 };
    int64_t before = gw_clock_monotonic_ms();
    int64_t first;

    output.patience_ms = SHORT_MS;
    ck_assert_int_eq(gw_output_write(&output, "lost\n", 5), EAGAIN);
    first = gw_clock_monotonic_ms() - before;
    ck_assert_int_ge(first, SHORT_MS / 2);
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(gw_output_write(&output, "lost\n", 5), EAGAIN);
    ck_assert_int_le(gw_clock_monotonic_ms() - before - first, GW_OUTPUT_PATIENCE_MS / 2);
    ck_assert_uint_eq(gw_output_lost(&output), 1001);
}

START_TEST(a_blocked_pipe_is_waited_for_once_and_its_descriptor_is_unchanged)
{
    make_pipe();
    ck_assert_int_eq(output.kind, GW_OUTPUT_OWN);
    fill();
    assert_given_up();
    ck_assert_int_eq(fcntl(writer, F_GETFL) & O_NONBLOCK, 0);
    close_all();
}
END_TEST

START_TEST(a_pipe_that_cannot_be_opened_again_is_polled_before_each_write)
{
    make_pipe();
    gw_output_done(&output);
    gw_output_init(&output, writer);
    close(output.fd);
    output.fd = writer;
    output.kind = GW_OUTPUT_SHARED;
    fill();
    assert_given_up();
    close_all();
}
END_TEST

START_TEST(a_blocked_socket_is_given_up)
{
    int ends[2];

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    reader = ends[0];
    writer = ends[1];
    gw_output_init(&output, writer);
    ck_assert_int_eq(output.kind, GW_OUTPUT_SOCKET);
    fill();
    assert_given_up();
    ck_assert_int_eq(fcntl(writer, F_GETFL) & O_NONBLOCK, 0);
    close_all();
}
END_TEST

START_TEST(a_stopped_terminal_is_given_up_and_works_after_it_resumes)
{
    int flags;

    reader = posix_openpt(O_RDWR | O_NOCTTY);
    ck_assert_int_ge(reader, 0);
    ck_assert(grantpt(reader) == 0 && unlockpt(reader) == 0);
    writer = open(ptsname(reader), O_WRONLY | O_NOCTTY);
    gw_output_init(&output, writer);
    ck_assert(output.is_terminal);
    ck_assert_int_eq(tcflow(writer, TCOOFF), 0);
    assert_given_up();
    ck_assert_int_eq(tcflow(writer, TCOON), 0);
    ck_assert_int_eq(gw_output_write(&output, "read\n", 5), 0);
    flags = fcntl(writer, F_GETFL);
    ck_assert_int_eq(flags & O_NONBLOCK, 0);
    close_all();
}
END_TEST

START_TEST(a_text_that_is_longer_than_a_pipe_takes_at_once_is_cut_between_lines)
{
    char text[PIPE_BUF + 100];
    char seen[sizeof text];

    memset(text, 'x', sizeof text);
    text[999] = text[PIPE_BUF - 7] = text[sizeof text - 1] = '\n';
    make_pipe();
    ck_assert_int_eq(gw_output_write_some(&output, text, sizeof text), PIPE_BUF - 6);
    ck_assert_int_eq(gw_output_write(&output, text, sizeof text), 0);
    ck_assert_int_eq(read(reader, seen, PIPE_BUF - 6), PIPE_BUF - 6);
    ck_assert_int_eq(read(reader, seen, sizeof seen), sizeof seen);
    ck_assert(memcmp(seen, text, sizeof text) == 0);
    close_all();
}
END_TEST

START_TEST(the_text_after_an_incomplete_one_begins_on_a_new_line)
{
    static char lines[64 * 1024];
    char seen[8 * 1024];
    int size;

    make_pipe();
    size = fcntl(writer, F_SETPIPE_SZ, 4096);
    ck_assert_int_eq(size, 4096);
    output.patience_ms = 0;
    memset(lines, 'x', sizeof lines); /* one line in several pieces, of which the first fits */
    ck_assert_int_eq(gw_output_write(&output, lines, sizeof lines), EAGAIN);
    ck_assert(output.is_torn);
    ck_assert_int_eq(read(reader, seen, sizeof seen), 4096);
    ck_assert_int_eq(gw_output_write(&output, "whole\n", 6), 0);
    ck_assert_int_eq(read(reader, seen, sizeof seen), 7);
    ck_assert(memcmp(seen, "\nwhole\n", 7) == 0);
    close_all();
}
END_TEST

START_TEST(a_full_device_loses_the_text_at_once)
{
    writer = open("/dev/full", O_WRONLY);
    gw_output_init(&output, writer);
    ck_assert_int_eq(gw_output_write(&output, "lost\n", 5), ENOSPC);
    ck_assert_uint_eq(gw_output_lost(&output), 1);
    gw_output_done(&output);
    close(writer);
}
END_TEST

START_TEST(a_slow_reader_is_waited_for)
{
    char seen[PIPE_BUF];

    make_pipe();
    fill();
    output.patience_ms = 0;
    ck_assert_int_eq(gw_output_write(&output, "lost\n", 5), EAGAIN);
    ck_assert_int_eq(read(reader, seen, sizeof seen), sizeof seen);
    ck_assert_int_eq(gw_output_write(&output, "kept\n", 5), 0);
    ck_assert_uint_eq(gw_output_lost(&output), 1);
    close_all();
}
END_TEST

/* The writing end of a named pipe whose reader has closed it. */
static int make_deserted_fifo(void)
{
    char folder[] = "/tmp/gangway-output-XXXXXX";
    char path[sizeof folder + 8];
    int read_end;
    int write_end;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/fifo", folder);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    read_end = open(path, O_RDONLY | O_NONBLOCK);
    write_end = open(path, O_WRONLY);
    ck_assert(read_end >= 0 && write_end >= 0);
    close(read_end);
    ck_assert(unlink(path) == 0 && rmdir(folder) == 0);
    return write_end;
}

START_TEST(a_pipe_that_nobody_has_open_for_reading_is_shared_and_refuses_every_text)
{
    writer = make_deserted_fifo();
    gw_output_init(&output, writer);
    ck_assert_int_eq(output.kind, GW_OUTPUT_SHARED);
    ck_assert_int_eq(output.fd, writer);
    ck_assert_int_eq(gw_output_write(&output, "lost\n", 5), EPIPE);
    ck_assert(!output.is_torn);
    gw_output_done(&output);
    close(writer);
}
END_TEST

START_TEST(the_master_of_a_terminal_is_not_opened_again)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);

    ck_assert(grantpt(master) == 0 && unlockpt(master) == 0);
    gw_output_init(&output, master);
    ck_assert_int_eq(output.kind, GW_OUTPUT_SHARED);
    ck_assert_int_eq(gw_output_write(&output, "typed\n", 6), 0);
    gw_output_done(&output);
    close(master);
}
END_TEST

START_TEST(a_device_that_knows_no_write_without_waiting_is_written_to)
{
    int null = open("/dev/null", O_WRONLY);

    gw_output_init(&output, null);
    ck_assert_int_eq(output.kind, GW_OUTPUT_SHARED);
    ck_assert_int_eq(gw_output_write(&output, "dropped by the device\n", 22), 0);
    gw_output_done(&output);
    close(null);
}
END_TEST

START_TEST(a_text_stays_torn_while_nothing_can_be_written)
{
    make_pipe();
    fill();
    output.is_torn = true;
    ck_assert_int_eq(gw_output_offer(&output, "whole\n", 6), EAGAIN);
    ck_assert(output.is_torn);
    ck_assert_uint_eq(gw_output_lost(&output), 0);
    close_all();
}
END_TEST

static const char holder_text[] = "held\n";

static void *offer_text(void *unused)
{
    (void)unused;
    return (void *)(intptr_t)gw_output_offer(&output, holder_text, sizeof holder_text - 1);
}

static void *write_some_text(void *unused)
{
    (void)unused;
    return (void *)(intptr_t)(gw_output_write_some(&output, holder_text, sizeof holder_text - 1) < 0 ? errno : 0);
}

/* Three threads wait for the lock at the same time, a second each. */
START_TEST(a_lock_that_its_holder_does_not_give_back_is_waited_for_no_longer_than_a_second)
{
    int64_t before = gw_clock_monotonic_ms();
    pthread_t threads[2];
    void *failed[2];

    make_pipe();
    ck_assert_int_eq(pthread_mutex_lock(&output.lock), 0);
    ck_assert_int_eq(pthread_create(&threads[0], NULL, offer_text, NULL), 0);
    ck_assert_int_eq(pthread_create(&threads[1], NULL, write_some_text, NULL), 0);
    ck_assert_int_eq(gw_output_write(&output, holder_text, sizeof holder_text - 1), EAGAIN);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(pthread_join(threads[i], &failed[i]), 0);
        ck_assert_int_eq((intptr_t)failed[i], EAGAIN);
    }
    ck_assert_int_ge(gw_clock_monotonic_ms() - before, 1000);
    ck_assert_uint_eq(gw_output_lost(&output), 1);
    ck_assert_int_eq(pthread_mutex_unlock(&output.lock), 0);
    close_all();
}
END_TEST

START_TEST(a_process_that_is_about_to_end_waits_for_no_lock)
{
    char seen[64];

    make_pipe();
    ck_assert_int_eq(pthread_mutex_lock(&output.lock), 0);
    gw_output_unlock(&output);
    ck_assert_int_eq(gw_output_write(&output, "last\n", 5), 0);
    ck_assert_int_eq(gw_output_offer(&output, "words\n", 6), 0);
    ck_assert_int_eq(read(reader, seen, sizeof seen), 11);
    ck_assert_int_eq(pthread_mutex_unlock(&output.lock), 0);
    close_all();
}
END_TEST

START_TEST(a_stream_is_written_through_the_standard_outputs_and_else_directly)
{
    int saved = dup(STDOUT_FILENO);
    char seen[64];
    int64_t written;

    make_pipe();
    (void)fflush(stdout);
    ck_assert_int_eq(dup2(writer, STDOUT_FILENO), STDOUT_FILENO);
    written = gw_output_write_stream(STDOUT_FILENO, "standard\n", 9);
    ck_assert_int_eq(dup2(saved, STDOUT_FILENO), STDOUT_FILENO);
    ck_assert_int_eq(written, 9);
    ck_assert_int_eq(gw_output_standard(STDOUT_FILENO)->kind, GW_OUTPUT_OWN);
    ck_assert_int_eq(gw_output_write_stream(STDERR_FILENO, "", 0), 0);
    ck_assert_int_eq(gw_output_write_stream(writer, "direct\n", 7), 7);
    ck_assert_int_eq(read(reader, seen, sizeof seen), 16);
    ck_assert_int_eq(gw_output_write_stream(-1, "nowhere\n", 8), -EBADF);
    close(saved);
    close_all();
}
END_TEST

static void *read_soon(void *unused)
{
    static char seen[64 * 1024];

    (void)unused;
    (void)poll(NULL, 0, 20); /* the writer is waiting by then, and also if it is not, the text is written */
    return (void *)(intptr_t)read(reader, seen, sizeof seen);
}

START_TEST(a_text_is_written_once_its_reader_makes_room)
{
    pthread_t thread;
    void *taken;

    make_pipe();
    fill();
    ck_assert_int_eq(pthread_create(&thread, NULL, read_soon, NULL), 0);
    ck_assert_int_eq(gw_output_write(&output, "kept\n", 5), 0);
    ck_assert_int_eq(pthread_join(thread, &taken), 0);
    ck_assert_int_gt((intptr_t)taken, 0);
    ck_assert_uint_eq(gw_output_lost(&output), 0);
    close_all();
}
END_TEST

START_TEST(patience_is_given_back_up_to_its_maximum)
{
    make_pipe();
    output.patience_ms = 0;
    output.refilled_ms = gw_clock_monotonic_ms() - 1000;
    ck_assert_int_eq(gw_output_write(&output, "a\n", 2), 0);
    ck_assert_int_ge(output.patience_ms, 100);
    ck_assert_int_lt(output.patience_ms, GW_OUTPUT_PATIENCE_MS);
    output.refilled_ms = gw_clock_monotonic_ms() - 100 * 1000;
    ck_assert_int_eq(gw_output_write(&output, "b\n", 2), 0);
    ck_assert_int_eq(output.patience_ms, GW_OUTPUT_PATIENCE_MS);
    close_all();
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("base/output");
    TCase *tcase = tcase_create("output");

    (void)signal(SIGPIPE, SIG_IGN);
    tcase_set_timeout(tcase, 20);
    tcase_add_test(tcase, a_blocked_pipe_is_waited_for_once_and_its_descriptor_is_unchanged);
    tcase_add_test(tcase, a_pipe_that_cannot_be_opened_again_is_polled_before_each_write);
    tcase_add_test(tcase, a_blocked_socket_is_given_up);
    tcase_add_test(tcase, a_stopped_terminal_is_given_up_and_works_after_it_resumes);
    tcase_add_test(tcase, a_text_that_is_longer_than_a_pipe_takes_at_once_is_cut_between_lines);
    tcase_add_test(tcase, the_text_after_an_incomplete_one_begins_on_a_new_line);
    tcase_add_test(tcase, a_full_device_loses_the_text_at_once);
    tcase_add_test(tcase, a_slow_reader_is_waited_for);
    tcase_add_test(tcase, a_pipe_that_nobody_has_open_for_reading_is_shared_and_refuses_every_text);
    tcase_add_test(tcase, the_master_of_a_terminal_is_not_opened_again);
    tcase_add_test(tcase, a_device_that_knows_no_write_without_waiting_is_written_to);
    tcase_add_test(tcase, a_text_stays_torn_while_nothing_can_be_written);
    tcase_add_test(tcase, a_lock_that_its_holder_does_not_give_back_is_waited_for_no_longer_than_a_second);
    tcase_add_test(tcase, a_process_that_is_about_to_end_waits_for_no_lock);
    tcase_add_test(tcase, a_stream_is_written_through_the_standard_outputs_and_else_directly);
    tcase_add_test(tcase, a_text_is_written_once_its_reader_makes_room);
    tcase_add_test(tcase, patience_is_given_back_up_to_its_maximum);
    suite_add_tcase(suite, tcase);
    return suite;
}
