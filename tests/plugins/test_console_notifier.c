/* SPDX-License-Identifier: Apache-2.0 */
/* What people see of console_notifier: one line per notice, which cannot harm their terminal. */
#include "check_main.h"
#include "scratch.h"
#include "test_host.h"
#include "test_plugin.h"

#include <gangway/port/notifier.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static struct test_host host;
static struct test_plugin plugin;
static const struct gw_notifier_ops *ops;
static void *console;
static int stream_fd;
static int saved_fd;

/* Lets the stream lead into fd. */
static void redirect(int fd)
{
    saved_fd = dup(stream_fd);
    ck_assert_int_ge(dup2(fd, stream_fd), 0);
    close(fd);
}

static void restore(void)
{
    ck_assert_int_ge(dup2(saved_fd, stream_fd), 0);
    close(saved_fd);
}

static void redirect_to_file(void)
{
    redirect(open(scratch_path("out"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
}

static const struct gw_noticed_event out_of_stock = {.type = {"OutOfStock", 10},
                                                     .payload = {"{\"sku\": \"LAMP\"}", 15}};

static void setup(void)
{
    const char *settings[] = {"stream=stdout"};
    struct gw_error error = {0};

    scratch_begin();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    fflush(NULL);
    test_host_init(&host, "console");
    test_plugin_load(&plugin, "console_notifier", GW_PORT_NOTIFIER);
    test_plugin_configure(&plugin, settings, 1);
    ops = plugin.descriptor->ops;
    stream_fd = STDOUT_FILENO;
    ck_assert_int_eq(plugin.descriptor->open(&host.host, plugin.config, &console, &error), GW_OK);
}

static void teardown(void)
{
    plugin.descriptor->close(console);
    test_plugin_done(&plugin);
    scratch_end();
}

static enum gw_status send_text(struct gw_text text, struct gw_verdict *verdict, struct gw_error *reterr)
{
    struct gw_rendered rendered = {gw_text_of("text"), text};
    struct gw_notice notice = {.size = sizeof notice,
                               .attempt = 1,
                               .id = gw_text_of("7f"),
                               .events = {&out_of_stock, 1, sizeof out_of_stock},
                               .count = 1,
                               .rendered = {&rendered, 1, sizeof rendered}};

    *verdict = (struct gw_verdict){.status = GW_INTERNAL};
    return ops->send(console, &notice, verdict, host.host.monotonic_ms(&host.host) + 200, reterr);
}

static void send_fine(struct gw_text text)
{
    struct gw_verdict verdict;
    struct gw_error error = {0};

    ck_assert_msg(send_text(text, &verdict, &error) == GW_OK, "%s", error.text);
    ck_assert_int_eq(verdict.status, GW_OK);
}

START_TEST(a_notice_is_one_line_on_standard_output)
{
    redirect_to_file();
    send_fine(gw_text_of("Out of stock for LAMP"));
    send_fine(gw_text_of("Out of stock for K\xc3\xb6NIG"));
    restore();
    ck_assert_str_eq(scratch_read("out"), "Out of stock for LAMP\nOut of stock for K\xc3\xb6NIG\n");
}
END_TEST

START_TEST(control_characters_and_broken_bytes_cannot_steer_a_terminal)
{
    redirect_to_file();
    send_fine(gw_text_span("a\nb\tc\x1b[2Jd\0e\x7f\xc2\x9b"
                           "f\x9bg\xc0\x80h\xed\xa0\x80",
                           24));
    restore();
    ck_assert_str_eq(scratch_read("out"), "a\\nb\\tc\\x1b[2Jd\\x00e\\x7f\\xc2\\x9bf\\x9bg\\xc0\\x80h\\xed\\xa0\\x80\n");
}
END_TEST

START_TEST(characters_that_nobody_sees_are_shown_by_their_number)
{
    redirect_to_file();
    send_fine(gw_text_of("LA\xe2\x80\x8bMP \xe2\x80\xaepmal\r\xc3\xa9"));
    restore();
    ck_assert_str_eq(scratch_read("out"), "LA\\u200bMP \\u202epmal\\x0d\xc3\xa9\n");
}
END_TEST

START_TEST(a_very_long_notice_is_cut_and_says_so)
{
    static char text[100000];
    const char *out;

    memset(text, 'x', sizeof text - 1);
    redirect_to_file();
    send_fine(gw_text_of(text));
    restore();
    out = scratch_read("out");
    ck_assert_uint_gt(strlen(out), 4000);
    ck_assert_uint_le(strlen(out), PIPE_BUF); /* in one piece on a pipe */
    ck_assert_str_eq(out + strlen(out) - 5, "x...\n");
}
END_TEST

START_TEST(a_notice_without_text_names_its_event)
{
    redirect_to_file();
    send_fine(gw_text_of(""));
    restore();
    ck_assert_str_eq(scratch_read("out"), "OutOfStock\n");
}
END_TEST

START_TEST(two_instances_write_to_their_own_streams)
{
    const char *settings[] = {"stream=stderr"};
    struct test_plugin other;
    struct gw_notice notice = {.size = sizeof notice, .events = {&out_of_stock, 1, sizeof out_of_stock}, .count = 1};
    struct gw_verdict verdict = {.status = GW_INTERNAL};
    struct gw_error error = {0};
    void *second = NULL;

    test_plugin_load(&other, "console_notifier", GW_PORT_NOTIFIER);
    test_plugin_configure(&other, settings, 1);
    ck_assert_int_eq(other.descriptor->open(&host.host, other.config, &second, &error), GW_OK);
    stream_fd = STDERR_FILENO;
    redirect_to_file();
    ck_assert_int_eq(ops->send(second, &notice, &verdict, host.host.monotonic_ms(&host.host) + 200, &error), GW_OK);
    restore();
    ck_assert_int_eq(verdict.status, GW_OK);
    ck_assert_str_eq(scratch_read("out"), "OutOfStock\n");
    other.descriptor->close(second);
    test_plugin_done(&other);
}
END_TEST

START_TEST(left_alone_it_writes_where_the_host_says)
{
    struct test_plugin other;
    struct gw_notice notice = {.size = sizeof notice, .events = {&out_of_stock, 1, sizeof out_of_stock}, .count = 1};
    struct gw_verdict verdict = {.status = GW_INTERNAL};
    struct gw_error error = {0};
    void *second = NULL;

    test_plugin_load(&other, "console_notifier", GW_PORT_NOTIFIER);
    test_plugin_configure(&other, NULL, 0);
    host.host.console = STDERR_FILENO;
    ck_assert_int_eq(other.descriptor->open(&host.host, other.config, &second, &error), GW_OK);
    stream_fd = STDERR_FILENO;
    redirect_to_file();
    ck_assert_int_eq(ops->send(second, &notice, &verdict, host.host.monotonic_ms(&host.host) + 200, &error), GW_OK);
    restore();
    ck_assert_str_eq(scratch_read("out"), "OutOfStock\n");
    other.descriptor->close(second);
    test_plugin_done(&other);
}
END_TEST

START_TEST(a_closed_reader_is_a_transient_failure)
{
    int ends[2];
    struct gw_verdict verdict;
    struct gw_error error = {0};

    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    close(ends[0]);
    redirect(ends[1]);
    ck_assert_int_eq(send_text(gw_text_of("hello"), &verdict, &error), GW_TRANSIENT);
    restore();
    ck_assert_str_eq(error.text, "writing to standard output: Broken pipe");
}
END_TEST

START_TEST(a_blocked_reader_delays_no_longer_than_the_deadline)
{
    static char filling[1 << 16];
    int ends[2];
    struct gw_verdict verdict;
    struct gw_error error = {0};
    int64_t began = host.host.monotonic_ms(&host.host);

    ck_assert_int_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    while (write(ends[1], filling, sizeof filling) > 0)
        continue;
    ck_assert_int_eq(fcntl(ends[1], F_SETFL, 0), 0);
    redirect(ends[1]);
    ck_assert_int_eq(send_text(gw_text_of("hello"), &verdict, &error), GW_TRANSIENT);
    restore();
    close(ends[0]);
    ck_assert_int_lt(host.host.monotonic_ms(&host.host) - began, 5000);
    ck_assert_str_eq(error.text, "standard output has no reader");
}
END_TEST

START_TEST(after_an_incomplete_line_the_next_one_begins_on_a_new_line)
{
    struct rlimit before;
    struct rlimit small;
    struct gw_verdict verdict;
    struct gw_error error = {0};

    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 4;
    redirect_to_file();
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    ck_assert_int_eq(send_text(gw_text_of("first"), &verdict, &error), GW_TRANSIENT);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    send_fine(gw_text_of("first"));
    restore();
    ck_assert_str_eq(scratch_read("out"), "firs\nfirst\n");
}
END_TEST

static void keep_line(const struct gw_report *report, int32_t status, struct gw_text subject, struct gw_text finding)
{
    (void)snprintf(report->context, 200, "%d %.*s %.*s", status, (int)subject.len, subject.ptr, (int)finding.len,
                   finding.ptr);
}

START_TEST(check_says_whether_the_stream_is_open)
{
    char line[200];
    struct gw_report report = {.size = sizeof report, .context = line, .line = keep_line};
    enum gw_status status;

    ck_assert_int_eq(plugin.descriptor->check(console, &report), GW_OK);
    ck_assert_str_eq(line, "0 standard output is open");
    saved_fd = dup(stream_fd);
    close(stream_fd);
    status = plugin.descriptor->check(console, &report);
    restore();
    ck_assert_int_eq(status, GW_CONFIG);
    ck_assert_str_eq(line, "12 standard output is closed");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("console_notifier");
    TCase *tests = tcase_create("all");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_notice_is_one_line_on_standard_output);
    tcase_add_test(tests, control_characters_and_broken_bytes_cannot_steer_a_terminal);
    tcase_add_test(tests, characters_that_nobody_sees_are_shown_by_their_number);
    tcase_add_test(tests, a_very_long_notice_is_cut_and_says_so);
    tcase_add_test(tests, a_notice_without_text_names_its_event);
    tcase_add_test(tests, two_instances_write_to_their_own_streams);
    tcase_add_test(tests, left_alone_it_writes_where_the_host_says);
    tcase_add_test(tests, a_closed_reader_is_a_transient_failure);
    tcase_add_test(tests, a_blocked_reader_delays_no_longer_than_the_deadline);
    tcase_add_test(tests, after_an_incomplete_line_the_next_one_begins_on_a_new_line);
    tcase_add_test(tests, check_says_whether_the_stream_is_open);
    suite_add_tcase(suite, tests);
    return suite;
}
