/* SPDX-License-Identifier: Apache-2.0 */
/* The messages that jsonl_reader makes of a finite file, and where it continues after a restart. */
#include "check_main.h"
#include "file_reading.h"
#include "scratch.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

static void begin_with(const char *setting)
{
    const char *settings[] = {path_setting, setting};

    reading_begin(&reading, "jsonl_reader", settings, setting != NULL ? 2 : 1);
}

static void begin(const char *content)
{
    scratch_write("in.jsonl", content);
    begin_with(NULL);
}

/* Ends the reader and begins it again, as a new run of the gateway. */
static void restart(void)
{
    reading_end(&reading);
    begin_with(NULL);
}

static void setup(void)
{
    file_reading_set_up("in.jsonl");
}

START_TEST(a_file_that_is_no_utf_8_text_is_refused_once_as_a_whole)
{
    static const struct {
        const char *bytes;
        size_t len;
    } files[] = {{"\xff\xfe{\0\n\0", 6}, {"\xfe\xff\0{\0\n", 6}, {"{\0\n\0", 4}, {"\0{\0\n", 4}, {"\x1f\x8b\n\n", 4}};

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (i > 0)
            reading_end(&reading);
        scratch_write_bytes("in.jsonl", files[i].bytes, files[i].len);
        begin_with(NULL);
        ck_assert_int_eq(reading_until(&reading, SIZE_MAX), GW_PERMANENT);
        ck_assert_uint_eq(reading.count, 0);
    }
}
END_TEST

/* ---- lines */

START_TEST(every_line_is_a_message_with_its_place)
{
    const struct gw_message *second;

    begin("{\"a\": 1}\n{\"bb\": 2}\n{\"c\": 3}\n");
    read_to_end();
    ck_assert_str_eq(reading_text(&reading), "{\"a\": 1}|{\"bb\": 2}|{\"c\": 3}");
    second = &reading.seen[1].message;
    ck_assert_int_eq(second->offset, 9);
    ck_assert_int_eq(second->next, 19);
    ck_assert_uint_eq(second->line, 2);
    ck_assert_uint_eq(second->flags, 0);
    ck_assert_uint_eq(second->type.len, 0);
    ck_assert_uint_ne(second->mark, reading.seen[0].message.mark);
}
END_TEST

START_TEST(a_source_is_called_by_component_path_and_first_line)
{
    unsigned char hash[8];
    uint8_t digest[16];
    char hex[17];
    char name[600];

    begin("{\"a\": 1}\n{\"b\": 2}\n");
    read_to_end();
    crypto_generichash(digest, sizeof digest, (const unsigned char *)"{\"a\": 1}", 8, NULL, 0);
    memcpy(hash, digest, sizeof hash);
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    (void)snprintf(name, sizeof name, "orders:%s:%s", scratch_path("in.jsonl"), hex);
    ck_assert_str_eq(reading.seen[0].source, name);
}
END_TEST

START_TEST(the_operator_may_say_what_every_line_is)
{
    scratch_write("in.jsonl", "{}\n");
    begin_with("command=Allocate");
    read_to_end();
    ck_assert(gw_text_is(reading.seen[0].message.type, "Allocate"));
}
END_TEST

START_TEST(the_last_line_of_a_finite_input_needs_no_newline)
{
    begin("one\ntwo");
    read_to_end();
    ck_assert_str_eq(reading_text(&reading), "one|two");
    ck_assert_int_eq(reading.seen[1].message.next, 7);
}
END_TEST

START_TEST(lines_of_white_space_are_skipped)
{
    begin("\n \t\r\none\n\n\r\n  two  \n \n\t");
    read_to_end();
    ck_assert_str_eq(reading_text(&reading), "one|  two  ");
    ck_assert_uint_eq(reading.seen[0].message.line, 3);
    ck_assert_uint_eq(reading.seen[1].message.line, 6);
    ck_assert_int_eq(reading.seen[1].message.offset, 12);
}
END_TEST

START_TEST(an_input_without_a_line_ends_at_once)
{
    begin("");
    ck_assert_int_eq(reading_turn(&reading, 10, 5000), GW_END);
    ck_assert_uint_eq(reading.position_count, 0);
    reading_end(&reading);
    begin("\n \n\n");
    ck_assert_int_eq(reading_turn(&reading, 10, 5000), GW_END);
    ck_assert_uint_eq(reading.position_count, 0);
}
END_TEST

START_TEST(bytes_are_passed_on_unchanged)
{
    int fd = open(scratch_path("in.jsonl"), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

    ck_assert_int_eq(write(fd, "a\0b\xff\r\nc\n", 8), 8);
    close(fd);
    begin_with(NULL);
    read_to_end();
    ck_assert_uint_eq(reading.count, 2);
    ck_assert_uint_eq(reading.seen[0].len, 5);
    ck_assert_int_eq(memcmp(reading.seen[0].payload, "a\0b\xff\r", 5), 0);
}
END_TEST

START_TEST(a_poll_returns_at_most_max_lines)
{
    begin("1\n2\n3\n4\n5\n");
    ck_assert_int_eq(reading_turn(&reading, 2, 0), GW_OK); /* the source */
    ck_assert_int_eq(reading_turn(&reading, 2, 0), GW_OK);
    ck_assert_str_eq(reading_text(&reading), "1|2");
    ck_assert_int_eq(reading_turn(&reading, 2, 0), GW_OK);
    ck_assert_int_eq(reading_turn(&reading, 2, 0), GW_END);
    ck_assert_str_eq(reading_text(&reading), "1|2|3|4|5");
    ck_assert_int_eq(reading_turn(&reading, 2, 0), GW_END);
}
END_TEST

START_TEST(an_opened_source_delivers_nothing_before_it_was_started)
{
    begin("1\n");
    ck_assert_int_eq(reading_poll(&reading, 10, 0), GW_OK);
    ck_assert_uint_eq(reading.pending_count, 1);
    ck_assert_int_eq(reading_poll(&reading, 10, 20), GW_OK);
    ck_assert_uint_eq(reading.count, 0);
    ck_assert_int_eq(reading_start(&reading), GW_OK);
    read_to_end();
    ck_assert_str_eq(reading_text(&reading), "1");
}
END_TEST

START_TEST(lines_of_every_length_survive_the_borders_of_blocks)
{
    enum { LINES = 4000 };
    FILE *file = fopen(scratch_path("in.jsonl"), "w");
    unsigned seed = 1;
    size_t lens[LINES];
    int index;

    for (index = 0; index < LINES; index++) {
        size_t left;
        seed = seed * 1103515245u + 12345u;
        lens[index] = 1 + (index % 97 == 0 ? seed % 300000 : (seed >> 8) % 700);
        for (left = lens[index]; left > 0; left--)
            (void)fputc('a' + index % 26, file);
        (void)fputc('\n', file);
    }
    ck_assert_int_eq(fclose(file), 0);
    begin_with(NULL);
    read_to_end();
    ck_assert_uint_eq(reading.count, LINES);
    for (index = 0; index < LINES; index++) {
        ck_assert_uint_eq(reading.seen[index].len, lens[index]);
        ck_assert_uint_eq(strspn(reading.seen[index].payload, (const char[]){(char)('a' + index % 26), '\0'}),
                          lens[index]);
        ck_assert_uint_eq(reading.seen[index].message.line, (uint64_t)index + 1);
    }
}
END_TEST

START_TEST(messages_of_several_polls_may_be_borrowed_at_once)
{
    FILE *file = fopen(scratch_path("in.jsonl"), "w");
    int index;

    for (index = 0; index < 20000; index++)
        (void)fprintf(file, "{\"orderid\": \"order-%06d\", \"sku\": \"LAMP\", \"qty\": 2}\n", index);
    ck_assert_int_eq(fclose(file), 0);
    begin_with(NULL);
    ck_assert_int_eq(reading_turn(&reading, 1000, 0), GW_OK);
    while (reading.count < 20000)
        ck_assert_int_ne(reading_poll(&reading, 777, 0), GW_CONFIG);
    reading_settle(&reading);
    ck_assert_str_eq(reading.seen[19999].payload, "{\"orderid\": \"order-019999\", \"sku\": \"LAMP\", \"qty\": 2}");
    read_to_end();
}
END_TEST

START_TEST(a_line_that_the_sink_refuses_is_delivered_again)
{
    begin("1\n2\n3\n");
    ck_assert_int_eq(reading_turn(&reading, 10, 0), GW_OK);
    reading.has_no_memory = 1;
    ck_assert_int_eq(reading_turn(&reading, 10, 0), GW_NOMEM);
    read_to_end();
    ck_assert_str_eq(reading_text(&reading), "1|2|3");
}
END_TEST

START_TEST(progress_counts_bytes)
{
    uint64_t done = 0;
    uint64_t total = 0;

    begin("1\n2\n3\n");
    ck_assert_int_eq(reading_turn(&reading, 10, 0), GW_OK);
    ck_assert_int_eq(reading_turn(&reading, 2, 0), GW_OK);
    reading.ops->progress(reading.self, &done, &total);
    ck_assert_uint_eq(done, 4);
    ck_assert_uint_eq(total, 6);
}
END_TEST

/* ---- long lines */

static void write_long_line(const char *name, size_t len, const char *rest)
{
    static char chunk[1 << 20];
    int fd = open(scratch_path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    size_t index;

    for (index = 0; index < sizeof chunk; index++)
        chunk[index] = (char)('a' + index % 26);
    while (len > 0) {
        size_t part = len < sizeof chunk ? len : sizeof chunk;
        ck_assert_int_eq(write(fd, chunk, part), (ssize_t)part);
        len -= part;
    }
    ck_assert_int_eq(write(fd, rest, strlen(rest)), (ssize_t)strlen(rest));
    close(fd);
}

static void expect_oversized(const struct seen *seen, size_t full_len)
{
    uint8_t digest[GW_DIGEST_BYTES];
    char *whole = calloc(1, full_len);
    size_t index;

    for (index = 0; index < full_len; index++)
        whole[index] = (char)('a' + index % (1 << 20) % 26);
    crypto_generichash(digest, sizeof digest, (const unsigned char *)whole, full_len, NULL, 0);
    ck_assert_uint_eq(seen->message.flags, GW_MESSAGE_OVERSIZED);
    ck_assert_uint_eq(seen->message.full_len, full_len);
    ck_assert_uint_eq(seen->len, full_len < 4096 ? full_len : 4096);
    ck_assert_int_eq(memcmp(seen->payload, whole, seen->len), 0);
    ck_assert_int_eq(memcmp(seen->message.digest, digest, sizeof digest), 0);
    ck_assert_int_eq(seen->message.next, (int64_t)full_len + 1);
    free(whole);
}

START_TEST(a_line_over_the_limit_keeps_its_head_length_and_hash)
{
    static const size_t lens[] = {1025, 2000, 4095, 4096, 4097, 200000, 262144, 262145, 3000000};
    size_t index;

    for (index = 0; index < sizeof lens / sizeof lens[0]; index++) {
        write_long_line("in.jsonl", lens[index], "\nnext\n");
        begin_with("max_message=1KiB");
        read_to_end();
        ck_assert_uint_eq(reading.count, 2);
        expect_oversized(&reading.seen[0], lens[index]);
        ck_assert_str_eq(reading.seen[1].payload, "next");
        ck_assert_uint_eq(reading.seen[1].message.line, 2);
        reading_end(&reading);
    }
    begin("end\n");
}
END_TEST

START_TEST(a_line_of_just_the_limit_is_whole)
{
    write_long_line("in.jsonl", 1 << 20, "\nnext\n");
    begin_with(NULL);
    read_to_end();
    ck_assert_uint_eq(reading.seen[0].len, 1 << 20);
    ck_assert_uint_eq(reading.seen[0].message.flags, 0);
    reading_end(&reading);
    write_long_line("in.jsonl", (1 << 20) + 1, "\nnext\n");
    begin_with(NULL);
    read_to_end();
    expect_oversized(&reading.seen[0], (1 << 20) + 1);
}
END_TEST

START_TEST(a_giant_last_line_without_newline_is_one_message)
{
    write_long_line("in.jsonl", 5000000, "");
    begin_with(NULL);
    read_to_end();
    ck_assert_uint_eq(reading.count, 1);
    ck_assert_uint_eq(reading.seen[0].message.full_len, 5000000);
    ck_assert_int_eq(reading.seen[0].message.next, 5000000);
}
END_TEST

START_TEST(a_giant_line_of_white_space_is_no_message)
{
    char *blank = malloc(3000001);

    memset(blank, ' ', 3000000);
    blank[3000000] = '\0';
    scratch_write("in.jsonl", "one\n");
    scratch_append("in.jsonl", blank);
    scratch_append("in.jsonl", "\ntwo\n");
    free(blank);
    begin_with(NULL);
    read_to_end();
    ck_assert_str_eq(reading_text(&reading), "one|two");
    ck_assert_uint_eq(reading.seen[1].message.line, 3);
}
END_TEST

static long resident_kib(void)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    long kib = 0;

    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "VmHWM: %ld", &kib) == 1)
            break;
    }
    (void)fclose(file);
    return kib;
}

static void expect_growth_below(long before_kib, long limit_kib)
{
    long grown_kib = resident_kib() - before_kib;

#if defined(__SANITIZE_ADDRESS__)
    limit_kib += 1 << 20; /* the sanitizer keeps what Check allocates and frees for every assertion */
#endif
    ck_assert_int_lt(grown_kib, limit_kib);
}

START_TEST(a_line_of_a_gigabyte_needs_no_memory)
{
    long before;

    /* A hole in a file reads as NUL bytes, which are no white space. */
    scratch_write("in.jsonl", "");
    ck_assert_int_eq(truncate(scratch_path("in.jsonl"), (off_t)1 << 30), 0);
    scratch_append("in.jsonl", "\nnext\n");
    begin_with(NULL);
    before = resident_kib();
    read_to_end();
    ck_assert_uint_eq(reading.count, 2);
    ck_assert_uint_eq(reading.seen[0].message.full_len, (uint64_t)1 << 30);
    ck_assert_str_eq(reading.seen[1].payload, "next");
    expect_growth_below(before, 4 * 1024);
}
END_TEST

START_TEST(a_million_small_lines_need_no_memory)
{
    FILE *file = fopen(scratch_path("in.jsonl"), "w");
    long before;
    int index;

    for (index = 0; index < 1000000; index++)
        (void)fprintf(file, "%d\n", index);
    ck_assert_int_eq(fclose(file), 0);
    begin_with(NULL);
    reading.keeps_nothing = 1;
    before = resident_kib();
    read_to_end();
    ck_assert_uint_eq(reading.total, 1000000);
    expect_growth_below(before, 4 * 1024);
}
END_TEST

/* ---- restarts */

START_TEST(a_restart_continues_behind_the_last_line)
{
    begin("1\n2\n\n3\n");
    ck_assert_int_eq(reading_turn(&reading, 2, 0), GW_OK);
    ck_assert_int_eq(reading_turn(&reading, 2, 0), GW_OK);
    restart();
    read_to_end();
    ck_assert_str_eq(reading_text(&reading), "3");
    ck_assert_uint_eq(reading.seen[0].message.line, 4);
    restart();
    read_to_end();
    ck_assert_uint_eq(reading.count, 0);
    scratch_append("in.jsonl", "4\n");
    restart();
    read_to_end();
    ck_assert_str_eq(reading_text(&reading), "4");
}
END_TEST

START_TEST(marks_of_long_lines_do_not_depend_on_the_limit)
{
    write_long_line("in.jsonl", 100000, "\n");
    begin_with("max_message=1KiB");
    read_to_end();
    reading_end(&reading);
    scratch_append("in.jsonl", "next\n");
    begin_with("max_message=64MiB");
    read_to_end();
    ck_assert_str_eq(reading_text(&reading), "next");
}
END_TEST

START_TEST(a_last_line_without_newline_may_get_one_later)
{
    begin("1\n2");
    read_to_end();
    restart();
    read_to_end();
    ck_assert_uint_eq(reading.count, 0);
    scratch_append("in.jsonl", "\n3\n");
    restart();
    read_to_end();
    ck_assert_str_eq(reading_text(&reading), "3");
    ck_assert_uint_eq(reading.seen[0].message.line, 3);
}
END_TEST

START_TEST(a_last_line_without_newline_that_grew_stops_the_source)
{
    begin("1\n2");
    read_to_end();
    scratch_append("in.jsonl", "22\n3\n");
    restart();
    ck_assert_int_eq(reading_until(&reading, 1), GW_CONFIG);
    ck_assert_ptr_nonnull(strstr(reading.error.text, "was read up to byte 3, but no line ends there now"));
}
END_TEST

START_TEST(another_file_under_the_same_name_is_another_source)
{
    begin("1\n2\n");
    read_to_end();
    scratch_write("other", "one\n2\n");
    scratch_rename("other", "in.jsonl");
    restart();
    read_to_end();
    ck_assert_str_eq(reading_text(&reading), "one|2");
    ck_assert_uint_eq(reading.position_count, 2);
}
END_TEST

START_TEST(a_shorter_file_stops_the_source_with_a_reason)
{
    begin("1\n2\n3\n");
    read_to_end();
    scratch_write("in.jsonl", "1\n2\n");
    restart();
    ck_assert_int_eq(reading_until(&reading, 1), GW_CONFIG);
    ck_assert_str_eq(reading.error.text, "in.jsonl was read up to byte 6, but it is shorter now");
    ck_assert_int_eq(reading_turn(&reading, 10, 20), GW_CONFIG); /* asked again, the same answer */
    reading.positions[0].next = 2;                               /* and then an operator has decided */
    reading.positions[0].has_mark = 0;
    read_to_end();
    ck_assert_str_eq(reading_text(&reading), "2");
}
END_TEST

START_TEST(a_file_with_another_line_there_stops_the_source)
{
    begin("1\n2\n3\n");
    read_to_end();
    scratch_write("in.jsonl", "1\n2\nX\n4\n");
    restart();
    ck_assert_int_eq(reading_until(&reading, 1), GW_CONFIG);
    ck_assert_ptr_nonnull(strstr(reading.error.text, "the line before it has changed"));
}
END_TEST

START_TEST(an_operator_may_set_any_place_where_a_line_begins)
{
    begin("1\n22\n3\n");
    read_to_end();
    reading.positions[0].has_mark = 0;
    reading.positions[0].next = 5;
    restart();
    read_to_end();
    ck_assert_str_eq(reading_text(&reading), "3");
    reading.positions[0].has_mark = 0;
    reading.positions[0].next = 0;
    restart();
    read_to_end();
    ck_assert_str_eq(reading_text(&reading), "1|22|3");
    reading.positions[0].has_mark = 0;
    reading.positions[0].next = 3;
    restart();
    ck_assert_int_eq(reading_until(&reading, 1), GW_CONFIG);
    ck_assert_ptr_nonnull(strstr(reading.error.text, "no line ends there now"));
}
END_TEST

START_TEST(a_running_source_can_be_started_elsewhere)
{
    begin("1\n2\n3\n");
    ck_assert_int_eq(reading_turn(&reading, 10, 0), GW_OK);
    ck_assert_int_eq(reading_turn(&reading, 2, 0), GW_OK);
    ck_assert_int_eq(reading_seek(&reading, &reading.positions[0], 2, 0, 0), GW_OK);
    read_to_end();
    ck_assert_str_eq(reading_text(&reading), "1|2|2|3");
    ck_assert_uint_eq(reading.seen[2].message.line, 2);
}
END_TEST

START_TEST(earliest_and_latest_are_resolved_without_reading)
{
    int64_t offset = -7;
    struct gw_text source;

    begin("1\n2\n3");
    read_to_end();
    source = gw_text_of(reading.positions[0].source);
    ck_assert_int_eq(reading.ops->resolve(reading.self, source, gw_text_of("earliest"), &offset, &reading.error),
                     GW_OK);
    ck_assert_int_eq(offset, 0);
    ck_assert_int_eq(reading.ops->resolve(reading.self, source, gw_text_of("latest"), &offset, &reading.error), GW_OK);
    ck_assert_int_eq(offset, 4);
    ck_assert_int_eq(
        reading.ops->resolve(reading.self, gw_text_of("else"), gw_text_of("latest"), &offset, &reading.error),
        GW_NOT_FOUND);
    ck_assert_int_eq(reading.ops->resolve(reading.self, source, gw_text_of("noon"), &offset, &reading.error),
                     GW_UNSUPPORTED);
}
END_TEST

/* ---- files that cannot be read */

static void keep_line(const struct gw_report *report, int32_t status, struct gw_text subject, struct gw_text finding)
{
    (void)status;
    (void)subject;
    (void)snprintf(report->context, 200, "%.*s", (int)finding.len, finding.ptr);
}

START_TEST(a_missing_file_needs_an_operator_and_is_read_once_it_exists)
{
    char line[200];
    struct gw_report report = {.size = sizeof report, .context = line, .line = keep_line};

    begin_with(NULL);
    ck_assert_int_eq(reading.plugin.descriptor->check(reading.self, &report), GW_CONFIG);
    ck_assert_str_eq(line, "No such file or directory");
    ck_assert_int_eq(reading_turn(&reading, 10, 0), GW_CONFIG);
    ck_assert_ptr_nonnull(strstr(reading.error.text, "in.jsonl: No such file or directory"));
    scratch_write("in.jsonl", "1\n");
    ck_assert_int_eq(reading.plugin.descriptor->check(reading.self, &report), GW_OK);
    ck_assert_str_eq(line, "can be read, 2 bytes");
    read_to_end();
    ck_assert_str_eq(reading_text(&reading), "1");
}
END_TEST

START_TEST(a_directory_needs_an_operator)
{
    char line[200];
    struct gw_report report = {.size = sizeof report, .context = line, .line = keep_line};

    ck_assert_int_eq(mkdir(scratch_path("in.jsonl"), 0755), 0);
    begin_with(NULL);
    ck_assert_int_eq(reading.plugin.descriptor->check(reading.self, &report), GW_CONFIG);
    ck_assert_str_eq(line, "is a directory");
    ck_assert_int_eq(reading_turn(&reading, 10, 0), GW_CONFIG);
    ck_assert_ptr_nonnull(strstr(reading.error.text, "is a directory"));
}
END_TEST

START_TEST(a_file_truncated_while_it_is_read_stops_the_source)
{
    begin("1\n2\n3\n");
    ck_assert_int_eq(reading_turn(&reading, 10, 0), GW_OK);
    ck_assert_int_eq(reading_turn(&reading, 2, 0), GW_OK);
    ck_assert_int_eq(truncate(scratch_path("in.jsonl"), 1), 0);
    ck_assert_int_eq(reading_until(&reading, SIZE_MAX), GW_CONFIG);
    ck_assert_str_eq(reading.error.text, "in.jsonl was read up to byte 6, but it is shorter now");
    ck_assert(test_host_has_logged(&reading.host, GW_CODE_FILE_TRUNCATED, "byte 6 "));
    ck_assert_int_eq(reading_turn(&reading, 10, 0), GW_CONFIG);
    ck_assert_uint_eq(reading.total, 3);
    scratch_write("in.jsonl", "4\n");
    reading.positions[0].next = 0; /* an operator has decided */
    reading.positions[0].has_mark = 0;
    read_to_end();
    ck_assert_str_eq(reading_text(&reading), "1|2|3|4");
}
END_TEST

START_TEST(two_instances_read_in_one_process)
{
    static struct reading other;
    const char *settings[] = {path_setting};

    memset(&other, 0, sizeof other);
    begin("1\n2\n");
    reading_begin(&other, "jsonl_reader", settings, 1);
    ck_assert_int_eq(reading_turn(&reading, 1, 0), GW_OK);
    ck_assert_int_eq(reading_turn(&other, 1, 0), GW_OK);
    ck_assert_int_eq(reading_turn(&reading, 1, 0), GW_OK);
    ck_assert_int_eq(reading_until(&other, SIZE_MAX), GW_END);
    read_to_end();
    ck_assert_str_eq(reading_text(&reading), "1|2");
    ck_assert_str_eq(reading_text(&other), "1|2");
    reading_end(&other);
}
END_TEST

static TCase *lines_case(void)
{
    TCase *tests = tcase_create("lines");

    tcase_add_checked_fixture(tests, setup, file_reading_tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_file_that_is_no_utf_8_text_is_refused_once_as_a_whole);
    tcase_add_test(tests, every_line_is_a_message_with_its_place);
    tcase_add_test(tests, a_source_is_called_by_component_path_and_first_line);
    tcase_add_test(tests, the_operator_may_say_what_every_line_is);
    tcase_add_test(tests, the_last_line_of_a_finite_input_needs_no_newline);
    tcase_add_test(tests, lines_of_white_space_are_skipped);
    tcase_add_test(tests, an_input_without_a_line_ends_at_once);
    tcase_add_test(tests, bytes_are_passed_on_unchanged);
    tcase_add_test(tests, a_poll_returns_at_most_max_lines);
    tcase_add_test(tests, an_opened_source_delivers_nothing_before_it_was_started);
    tcase_add_test(tests, lines_of_every_length_survive_the_borders_of_blocks);
    tcase_add_test(tests, messages_of_several_polls_may_be_borrowed_at_once);
    tcase_add_test(tests, a_line_that_the_sink_refuses_is_delivered_again);
    tcase_add_test(tests, progress_counts_bytes);
    tcase_add_test(tests, a_line_over_the_limit_keeps_its_head_length_and_hash);
    tcase_add_test(tests, a_line_of_just_the_limit_is_whole);
    tcase_add_test(tests, a_giant_last_line_without_newline_is_one_message);
    tcase_add_test(tests, a_giant_line_of_white_space_is_no_message);
    tcase_add_test(tests, a_line_of_a_gigabyte_needs_no_memory);
    tcase_add_test(tests, a_million_small_lines_need_no_memory);
    return tests;
}

static TCase *places_case(void)
{
    TCase *tests = tcase_create("places");

    tcase_add_checked_fixture(tests, setup, file_reading_tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_restart_continues_behind_the_last_line);
    tcase_add_test(tests, marks_of_long_lines_do_not_depend_on_the_limit);
    tcase_add_test(tests, a_last_line_without_newline_may_get_one_later);
    tcase_add_test(tests, a_last_line_without_newline_that_grew_stops_the_source);
    tcase_add_test(tests, another_file_under_the_same_name_is_another_source);
    tcase_add_test(tests, a_shorter_file_stops_the_source_with_a_reason);
    tcase_add_test(tests, a_file_with_another_line_there_stops_the_source);
    tcase_add_test(tests, an_operator_may_set_any_place_where_a_line_begins);
    tcase_add_test(tests, a_running_source_can_be_started_elsewhere);
    tcase_add_test(tests, earliest_and_latest_are_resolved_without_reading);
    tcase_add_test(tests, a_missing_file_needs_an_operator_and_is_read_once_it_exists);
    tcase_add_test(tests, a_directory_needs_an_operator);
    tcase_add_test(tests, a_file_truncated_while_it_is_read_stops_the_source);
    tcase_add_test(tests, two_instances_read_in_one_process);
    return tests;
}

Suite *test_suite(void)
{
    Suite *suite = suite_create("jsonl_reader");

    suite_add_tcase(suite, lines_case());
    suite_add_tcase(suite, places_case());
    return suite;
}
