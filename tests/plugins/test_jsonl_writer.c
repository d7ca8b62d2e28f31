/* SPDX-License-Identifier: Apache-2.0 */
/* What jsonl_writer leaves in a file: whole lines, in order, whatever happens to the file and the disk. */
#include "check_main.h"
#include "scratch.h"
#include "test_host.h"
#include "test_plugin.h"

#include <gangway/port/publisher.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE(orderid, id)                                                   \
    "{\"type\": \"Allocated\", \"id\": \"" id "\", \"orderid\": \"" orderid \
    "\", \"sku\": \"LAMP\", \"qty\": 2, \"batchref\": \"b1\"}\n"
#define PAYLOAD(orderid) "{\"orderid\": \"" orderid "\", \"sku\": \"LAMP\", \"qty\": 2, \"batchref\": \"b1\"}"

struct writer {
    struct test_plugin plugin;
    const struct gw_publisher_ops *ops;
    void *self;
    struct gw_error error;
    struct gw_verdict verdicts[8];
};

static struct test_host host;
static struct writer writer;

static void writer_begin(struct writer *w, const char *path)
{
    char setting[4200];
    const char *settings[] = {setting};

    (void)snprintf(setting, sizeof setting, "path=%s", path);
    memset(w, 0, sizeof *w);
    test_plugin_load(&w->plugin, "jsonl_writer", GW_PORT_PUBLISHER);
    test_plugin_configure(&w->plugin, settings, 1);
    w->ops = w->plugin.descriptor->ops;
    ck_assert_int_eq(w->plugin.descriptor->open(&host.host, w->plugin.config, &w->self, &w->error), GW_OK);
}

static void writer_end(struct writer *w)
{
    w->plugin.descriptor->close(w->self);
    test_plugin_done(&w->plugin);
}

static void setup(void)
{
    scratch_begin();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    test_host_init(&host, "events");
    writer_begin(&writer, scratch_path("events.jsonl"));
}

static void teardown(void)
{
    writer_end(&writer);
    scratch_end();
}

static enum gw_status publish_within(struct writer *w, const struct gw_publication *events, uint32_t count, int64_t ms)
{
    struct gw_array array = {events, count, sizeof *events};

    memset(w->verdicts, 0xff, sizeof w->verdicts);
    memset(&w->error, 0, sizeof w->error);
    return w->ops->publish(w->self, &array, w->verdicts, host.host.monotonic_ms(&host.host) + ms, &w->error);
}

static enum gw_status publish(struct writer *w, const char *id, const char *payload)
{
    struct gw_publication event = {.id = gw_text_of(id),
                                   .type = gw_text_of("Allocated"),
                                   .sku = gw_text_of("LAMP"),
                                   .payload = gw_text_of(payload)};

    return publish_within(w, &event, 1, 300);
}

static void publish_fine(const char *id, const char *payload)
{
    ck_assert_msg(publish(&writer, id, payload) == GW_OK, "%s", writer.error.text);
    ck_assert_int_eq(writer.verdicts[0].status, GW_OK);
}

/* ---- lines */

START_TEST(an_event_is_a_line_with_type_first_and_id_second)
{
    publish_fine("a1", PAYLOAD("o1"));
    ck_assert_str_eq(scratch_read("events.jsonl"), "{\"type\": \"Allocated\", \"id\": \"a1\", \"orderid\": \"o1\", "
                                                   "\"sku\": \"LAMP\", \"qty\": 2, \"batchref\": \"b1\"}\n");
}
END_TEST

START_TEST(a_group_is_written_in_its_order)
{
    struct gw_publication events[3] = {
        {.id = gw_text_of("1"), .type = gw_text_of("Allocated"), .payload = gw_text_of(PAYLOAD("o1"))},
        {.id = gw_text_of("2"), .type = gw_text_of("Allocated"), .payload = gw_text_of(PAYLOAD("o2"))},
        {.id = gw_text_of("3"), .type = gw_text_of("Allocated"), .payload = gw_text_of(PAYLOAD("o3"))}};

    ck_assert_int_eq(publish_within(&writer, events, 3, 300), GW_OK);
    publish_fine("4", PAYLOAD("o4"));
    ck_assert_str_eq(scratch_read("events.jsonl"), LINE("o1", "1") LINE("o2", "2") LINE("o3", "3") LINE("o4", "4"));
}
END_TEST

START_TEST(an_event_without_fields_has_type_and_id)
{
    publish_fine("a\"\\\n", "{}");
    ck_assert_str_eq(scratch_read("events.jsonl"), "{\"type\": \"Allocated\", \"id\": \"a\\\"\\\\\\n\"}\n");
}
END_TEST

START_TEST(what_acts_on_a_terminal_or_hides_is_escaped)
{
    publish_fine("\x1b\x7f\xe2\x80\xae\xc3\xa9", "{}");
    ck_assert_str_eq(scratch_read("events.jsonl"),
                     "{\"type\": \"Allocated\", \"id\": \"\\u001b\\u007f\\u202e\xc3\xa9\"}\n");
}
END_TEST

START_TEST(a_payload_on_several_lines_becomes_one)
{
    publish_fine("1", "{\n  \"sku\": \"LAMP\",\n  \"qty\": 2\n}");
    ck_assert_str_eq(scratch_read("events.jsonl"),
                     "{\"type\": \"Allocated\", \"id\": \"1\", \"sku\": \"LAMP\",   \"qty\": 2}\n");
}
END_TEST

START_TEST(a_payload_that_is_no_object_is_refused_and_the_others_are_written)
{
    struct gw_publication events[2] = {
        {.id = gw_text_of("1"), .type = gw_text_of("Allocated"), .payload = gw_text_of("[1]")},
        {.id = gw_text_of("2"), .type = gw_text_of("Allocated"), .payload = gw_text_of(PAYLOAD("o2"))}};

    ck_assert_int_eq(publish_within(&writer, events, 2, 300), GW_OK);
    ck_assert_int_eq(writer.verdicts[0].status, GW_PERMANENT);
    ck_assert_str_eq(writer.verdicts[0].answer, "the payload is no JSON object");
    ck_assert_int_eq(writer.verdicts[1].status, GW_OK);
    ck_assert_str_eq(scratch_read("events.jsonl"), LINE("o2", "2"));
}
END_TEST

/* ---- last lines */

START_TEST(existing_text_is_kept_and_appended_to)
{
    scratch_write("events.jsonl", LINE("o0", "0"));
    publish_fine("1", PAYLOAD("o1"));
    ck_assert_str_eq(scratch_read("events.jsonl"), LINE("o0", "0") LINE("o1", "1"));
}
END_TEST

START_TEST(an_incomplete_last_line_of_the_writer_is_removed)
{
    static const char torn[] = LINE("o}1", "9");
    size_t len;

    for (len = 1; len < sizeof torn - 2; len++) {
        char text[400];

        (void)snprintf(text, sizeof text, "%s%.*s", LINE("o0", "0"), (int)len, torn);
        scratch_write("events.jsonl", text);
        publish_fine("1", PAYLOAD("o1"));
        ck_assert_str_eq(scratch_read("events.jsonl"), LINE("o0", "0") LINE("o1", "1"));
    }
    ck_assert(test_host_has_logged(&host, GW_CODE_TORN_LINE_CUT, "events.jsonl"));
}
END_TEST

START_TEST(a_complete_last_line_without_newline_gets_one)
{
    char text[] = LINE("o0", "0");

    text[strlen(text) - 1] = '\0';
    scratch_write("events.jsonl", text);
    publish_fine("1", PAYLOAD("o1"));
    ck_assert_str_eq(scratch_read("events.jsonl"), LINE("o0", "0") LINE("o1", "1"));
}
END_TEST

START_TEST(a_last_line_of_another_program_gets_a_newline_and_is_kept)
{
    scratch_write("events.jsonl", "my notes\nprecious");
    publish_fine("1", PAYLOAD("o1"));
    ck_assert_str_eq(scratch_read("events.jsonl"), "my notes\nprecious\n" LINE("o1", "1"));
}
END_TEST

START_TEST(a_line_that_another_program_tears_is_ended_between_two_groups)
{
    publish_fine("1", PAYLOAD("o1"));
    scratch_append("events.jsonl", "torn");
    publish_fine("2", PAYLOAD("o2"));
    ck_assert_str_eq(scratch_read("events.jsonl"), LINE("o1", "1") "torn\n" LINE("o2", "2"));
}
END_TEST

/* ---- the file goes away */

START_TEST(after_a_rotation_events_go_to_a_new_file)
{
    publish_fine("1", PAYLOAD("o1"));
    scratch_rename("events.jsonl", "events.jsonl.1");
    publish_fine("2", PAYLOAD("o2"));
    ck_assert_str_eq(scratch_read("events.jsonl.1"), LINE("o1", "1"));
    ck_assert_str_eq(scratch_read("events.jsonl"), LINE("o2", "2"));
    ck_assert_int_eq(unlink(scratch_path("events.jsonl")), 0);
    publish_fine("3", PAYLOAD("o3"));
    ck_assert_str_eq(scratch_read("events.jsonl"), LINE("o3", "3"));
}
END_TEST

START_TEST(a_truncated_file_is_appended_to_at_its_end)
{
    publish_fine("1", PAYLOAD("o1"));
    scratch_write("events.jsonl", "");
    publish_fine("2", PAYLOAD("o2"));
    ck_assert_str_eq(scratch_read("events.jsonl"), LINE("o2", "2"));
}
END_TEST

START_TEST(a_path_that_cannot_be_written_needs_an_operator)
{
    struct writer other;

    writer_begin(&other, scratch_path("missing/events.jsonl"));
    ck_assert_int_eq(publish(&other, "1", PAYLOAD("o1")), GW_CONFIG);
    ck_assert_ptr_nonnull(strstr(other.error.text, "missing/events.jsonl: No such file or directory"));
    ck_assert_int_eq(mkdir(scratch_path("missing"), 0755), 0);
    ck_assert_int_eq(publish(&other, "1", PAYLOAD("o1")), GW_OK);
    writer_end(&other);
    ck_assert_str_eq(scratch_read("missing/events.jsonl"), LINE("o1", "1"));
}
END_TEST

/* ---- the disk fails */

START_TEST(a_group_that_does_not_fit_leaves_nothing_and_succeeds_later)
{
    struct gw_publication events[2] = {
        {.id = gw_text_of("2"), .type = gw_text_of("Allocated"), .payload = gw_text_of(PAYLOAD("o2"))},
        {.id = gw_text_of("3"), .type = gw_text_of("Allocated"), .payload = gw_text_of(PAYLOAD("o3"))}};
    struct rlimit before;
    struct rlimit small;
    enum gw_status status;

    publish_fine("1", PAYLOAD("o1"));
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 250; /* in the middle of the third line */
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    status = publish_within(&writer, events, 2, 300);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    ck_assert_int_eq(status, GW_TRANSIENT);
    ck_assert_ptr_nonnull(strstr(writer.error.text, "writing to "));
    ck_assert_str_eq(scratch_read("events.jsonl"), LINE("o1", "1"));
    ck_assert_int_eq(publish_within(&writer, events, 2, 300), GW_OK);
    ck_assert_str_eq(scratch_read("events.jsonl"), LINE("o1", "1") LINE("o2", "2") LINE("o3", "3"));
}
END_TEST

START_TEST(a_full_device_is_a_transient_failure)
{
    struct writer other;

    writer_begin(&other, "/dev/full");
    ck_assert_int_eq(publish(&other, "1", PAYLOAD("o1")), GW_TRANSIENT);
    ck_assert_str_eq(other.error.text, "writing to /dev/full: No space left on device");
    writer_end(&other);
}
END_TEST

/* ---- several writers */

START_TEST(two_instances_share_a_file_without_mixing_lines)
{
    struct writer other;

    writer_begin(&other, scratch_path("events.jsonl"));
    publish_fine("1", PAYLOAD("o1"));
    ck_assert_int_eq(publish(&other, "2", PAYLOAD("o2")), GW_OK);
    publish_fine("3", PAYLOAD("o3"));
    writer_end(&other);
    ck_assert_str_eq(scratch_read("events.jsonl"), LINE("o1", "1") LINE("o2", "2") LINE("o3", "3"));
}
END_TEST

START_TEST(the_writer_waits_for_the_lock_of_another_gateway_up_to_the_deadline)
{
    int fd = open(scratch_path("events.jsonl"), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    ck_assert_int_eq(fcntl(fd, F_OFD_SETLK, &whole), 0);
    ck_assert_int_eq(publish(&writer, "1", PAYLOAD("o1")), GW_TRANSIENT);
    ck_assert_ptr_nonnull(strstr(writer.error.text, "another gateway"));
    close(fd);
    publish_fine("1", PAYLOAD("o1"));
    ck_assert_str_eq(scratch_read("events.jsonl"), LINE("o1", "1"));
}
END_TEST

START_TEST(read_locks_stop_no_delivery)
{
    struct flock whole = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    int fd;

    publish_fine("1", PAYLOAD("o1"));
    fd = open(scratch_path("events.jsonl"), O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(flock(fd, LOCK_EX), 0);
    ck_assert_int_eq(fcntl(fd, F_OFD_SETLK, &whole), 0);
    publish_fine("2", PAYLOAD("o2"));
    scratch_append("events.jsonl", "{\"type\": \"Alloc");
    publish_fine("3", PAYLOAD("o3"));
    ck_assert_str_eq(scratch_read("events.jsonl"),
                     LINE("o1", "1") LINE("o2", "2") "{\"type\": \"Alloc\n" LINE("o3", "3"));
    close(fd);
}
END_TEST

/* ---- streams */

START_TEST(standard_output_gets_the_lines)
{
    struct writer other;
    int saved = dup(STDOUT_FILENO);
    enum gw_status status;

    fflush(stdout);
    writer_begin(&other, "-");
    ck_assert_int_ge(dup2(open(scratch_path("out"), O_WRONLY | O_CREAT | O_CLOEXEC, 0644), STDOUT_FILENO), 0);
    status = publish(&other, "1", PAYLOAD("o1"));
    ck_assert_int_ge(dup2(saved, STDOUT_FILENO), 0);
    ck_assert_int_eq(status, GW_OK);
    writer_end(&other);
    ck_assert_str_eq(scratch_read("out"), LINE("o1", "1"));
}
END_TEST

START_TEST(standard_output_without_a_reader_needs_an_operator)
{
    struct writer other;
    int saved = dup(STDOUT_FILENO);
    int ends[2];
    enum gw_status status;

    fflush(stdout);
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    writer_begin(&other, "-");
    ck_assert_int_ge(dup2(ends[1], STDOUT_FILENO), 0);
    close(ends[0]);
    status = publish(&other, "1", PAYLOAD("o1"));
    ck_assert_int_ge(dup2(saved, STDOUT_FILENO), 0);
    ck_assert_int_eq(status, GW_CONFIG);
    ck_assert_str_eq(other.error.text, "writing to standard output: Broken pipe");
    writer_end(&other);
}
END_TEST

START_TEST(a_fifo_without_a_reader_is_a_transient_failure_and_a_later_reader_gets_whole_lines)
{
    struct writer other;
    char text[1000] = "";
    int fd;

    ck_assert_int_eq(mkfifo(scratch_path("fifo"), 0644), 0);
    writer_begin(&other, scratch_path("fifo"));
    ck_assert_int_eq(publish(&other, "1", PAYLOAD("o1")), GW_TRANSIENT);
    ck_assert_ptr_nonnull(strstr(other.error.text, "no reader"));
    fd = open(scratch_path("fifo"), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ck_assert_int_eq(publish(&other, "1", PAYLOAD("o1")), GW_OK);
    ck_assert_int_gt(read(fd, text, sizeof text - 1), 0);
    ck_assert_str_eq(text, LINE("o1", "1"));
    close(fd);
    ck_assert_int_eq(publish(&other, "2", PAYLOAD("o2")), GW_TRANSIENT);
    writer_end(&other);
}
END_TEST

/* ---- check */

static void keep_line(const struct gw_report *report, int32_t status, struct gw_text subject, struct gw_text finding)
{
    (void)status;
    (void)subject;
    (void)snprintf(report->context, 200, "%.*s", (int)finding.len, finding.ptr);
}

START_TEST(check_says_whether_the_file_can_be_written_and_creates_nothing)
{
    char line[200];
    struct gw_report report = {.size = sizeof report, .context = line, .line = keep_line};
    struct writer other;

    ck_assert_int_eq(writer.plugin.descriptor->check(writer.self, &report), GW_OK);
    ck_assert_str_eq(line, "will be created");
    ck_assert_int_ne(access(scratch_path("events.jsonl"), F_OK), 0);
    scratch_write("events.jsonl", "");
    ck_assert_int_eq(writer.plugin.descriptor->check(writer.self, &report), GW_OK);
    ck_assert_str_eq(line, "can be written to");
    writer_begin(&other, scratch_path("missing/events.jsonl"));
    ck_assert_int_eq(other.plugin.descriptor->check(other.self, &report), GW_CONFIG);
    ck_assert_str_eq(line, "cannot be created: No such file or directory");
    writer_end(&other);
    writer_begin(&other, scratch_path("."));
    ck_assert_int_eq(other.plugin.descriptor->check(other.self, &report), GW_CONFIG);
    ck_assert_str_eq(line, "is a directory");
    writer_end(&other);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("jsonl_writer");
    TCase *tests = tcase_create("all");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, an_event_is_a_line_with_type_first_and_id_second);
    tcase_add_test(tests, a_group_is_written_in_its_order);
    tcase_add_test(tests, an_event_without_fields_has_type_and_id);
    tcase_add_test(tests, what_acts_on_a_terminal_or_hides_is_escaped);
    tcase_add_test(tests, a_payload_on_several_lines_becomes_one);
    tcase_add_test(tests, a_payload_that_is_no_object_is_refused_and_the_others_are_written);
    tcase_add_test(tests, existing_text_is_kept_and_appended_to);
    tcase_add_test(tests, an_incomplete_last_line_of_the_writer_is_removed);
    tcase_add_test(tests, a_complete_last_line_without_newline_gets_one);
    tcase_add_test(tests, a_last_line_of_another_program_gets_a_newline_and_is_kept);
    tcase_add_test(tests, a_line_that_another_program_tears_is_ended_between_two_groups);
    tcase_add_test(tests, after_a_rotation_events_go_to_a_new_file);
    tcase_add_test(tests, a_truncated_file_is_appended_to_at_its_end);
    tcase_add_test(tests, a_path_that_cannot_be_written_needs_an_operator);
    tcase_add_test(tests, a_group_that_does_not_fit_leaves_nothing_and_succeeds_later);
    tcase_add_test(tests, a_full_device_is_a_transient_failure);
    tcase_add_test(tests, two_instances_share_a_file_without_mixing_lines);
    tcase_add_test(tests, the_writer_waits_for_the_lock_of_another_gateway_up_to_the_deadline);
    tcase_add_test(tests, read_locks_stop_no_delivery);
    tcase_add_test(tests, standard_output_gets_the_lines);
    tcase_add_test(tests, standard_output_without_a_reader_needs_an_operator);
    tcase_add_test(tests, a_fifo_without_a_reader_is_a_transient_failure_and_a_later_reader_gets_whole_lines);
    tcase_add_test(tests, check_says_whether_the_file_can_be_written_and_creates_nothing);
    suite_add_tcase(suite, tests);
    return suite;
}
