/* SPDX-License-Identifier: Apache-2.0 */
/* What a person reads at the end of a run. */
#include "check_main.h"
#include "cli/verbs/summary.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char printed[4096];

static void print(const struct gw_gateway_figures *figures, enum gw_gateway_end end, int64_t elapsed_ms)
{
    struct gw_buffer text;

    gw_buffer_init(&text, sizeof printed - 1);
    gw_summary_print(&text, figures, end, elapsed_ms);
    memcpy(printed, text.ptr, text.len);
    printed[text.len] = '\0';
    gw_buffer_done(&text);
}

/* A pipe that passes for a terminal. */
static struct gw_output terminal;
static int reader;

static void open_terminal(struct gw_progress *progress, struct gw_log *log)
{
    int ends[2];

    ck_assert_int_eq(pipe2(ends, O_NONBLOCK), 0);
    gw_output_init(&terminal, ends[1]);
    terminal.is_terminal = true;
    reader = ends[0];
    gw_progress_init(progress, &terminal, log);
    progress->started_ms -= 5000;
}

static void read_terminal(void)
{
    ssize_t len = read(reader, printed, sizeof printed - 1);

    printed[len > 0 ? len : 0] = '\0';
}

START_TEST(the_summary_has_received_messages_outcomes_and_deliveries)
{
    struct gw_gateway_figures figures = {.received = 1500, .sent = 1200, .retried = 3};

    figures.settled[GW_OUTCOME_APPLIED] = 1400;
    figures.settled[GW_OUTCOME_SKIPPED] = 100;
    print(&figures, GW_GATEWAY_FINISHED, 1500);
    ck_assert_str_eq(printed,
                     "gangway finished after 1.500 s\n"
                     "  messages    1500 received, 1400 applied, 100 skipped, 0 duplicate, 0 rejected, 0 dead, "
                     "0 returned (1000 per second)\n"
                     "  deliveries  1200 sent, 3 tried again, 0 refused for good\n");
}
END_TEST

START_TEST(a_lag_is_shown_where_it_is_known)
{
    struct gw_gateway_figures figures = {.received = 1, .lag = 41, .lag_sources = 3};

    print(&figures, GW_GATEWAY_STOPPED, 7);
    ck_assert_ptr_nonnull(strstr(printed, "  lag         41 messages not read yet, in 3 sources\n"));
    figures = (struct gw_gateway_figures){.lag = 0, .lag_sources = 1};
    print(&figures, GW_GATEWAY_STOPPED, 7);
    ck_assert_ptr_nonnull(strstr(printed, "  lag         0 messages not read yet, in 1 source\n"));
    figures.lag_sources = 0;
    print(&figures, GW_GATEWAY_STOPPED, 7);
    ck_assert_ptr_null(strstr(printed, "lag"));
}
END_TEST

START_TEST(dead_letters_are_pointed_out)
{
    struct gw_gateway_figures figures = {.received = 1, .dead_rows = 1};

    print(&figures, GW_GATEWAY_STOPPED, 7);
    ck_assert_ptr_nonnull(strstr(printed, "gangway stopped after 0.007 s\n"));
    ck_assert_ptr_nonnull(strstr(printed, "  dead letters are kept: see `gangway dlq list`\n"));
}
END_TEST

START_TEST(records_that_were_dropped_are_counted_in_the_summary)
{
    struct gw_gateway_figures figures = {.log_records_dropped = 17};

    print(&figures, GW_GATEWAY_STOPPED, 7);
    ck_assert_ptr_nonnull(strstr(printed, "  log         17 records dropped"));
    figures.log_records_dropped = 0;
    print(&figures, GW_GATEWAY_STOPPED, 7);
    ck_assert_ptr_null(strstr(printed, "  log  "));
}
END_TEST

START_TEST(progress_is_for_terminals_only)
{
    struct gw_gateway_figures figures = {.received = 1, .progress_done = 1, .progress_total = 2};
    struct gw_progress progress;
    struct gw_output file;
    struct gw_log log = {.output = &file};
    FILE *stream = tmpfile();

    ck_assert_ptr_nonnull(stream);
    gw_output_init(&file, fileno(stream));
    gw_progress_init(&progress, &file, &log);
    ck_assert(!log.clears_line);
    progress.started_ms -= 5000;
    gw_progress_show(&progress, &figures);
    gw_progress_clear(&progress);
    ck_assert_int_eq(lseek(fileno(stream), 0, SEEK_END), 0);
    ck_assert_int_eq(fclose(stream), 0);

    log.output = &terminal;
    open_terminal(&progress, &log);
    ck_assert(log.clears_line);
    gw_progress_show(&progress, &figures);
    read_terminal();
    ck_assert_ptr_nonnull(strstr(printed, "1 messages, "));
    ck_assert_ptr_nonnull(strstr(printed, " 50 % of the input"));
}
END_TEST

START_TEST(the_progress_of_an_endless_input_is_its_lag)
{
    struct gw_gateway_figures figures = {.received = 1};
    struct gw_progress progress;
    struct gw_log log = {.output = NULL};

    open_terminal(&progress, &log);
    gw_progress_show(&progress, &figures); /* nothing is known but that it runs */
    read_terminal();
    ck_assert_str_eq(printed, "");
    figures.lag_sources = 2;
    figures.lag = 12;
    gw_progress_show(&progress, &figures);
    read_terminal();
    ck_assert_ptr_nonnull(strstr(printed, " per second, 12 not read yet"));
    ck_assert_ptr_null(strstr(printed, "%"));
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("summary");
    TCase *summary = tcase_create("summary");

    tcase_add_test(summary, the_summary_has_received_messages_outcomes_and_deliveries);
    tcase_add_test(summary, a_lag_is_shown_where_it_is_known);
    tcase_add_test(summary, dead_letters_are_pointed_out);
    tcase_add_test(summary, records_that_were_dropped_are_counted_in_the_summary);
    tcase_add_test(summary, progress_is_for_terminals_only);
    tcase_add_test(summary, the_progress_of_an_endless_input_is_its_lag);
    suite_add_tcase(suite, summary);
    return suite;
}
