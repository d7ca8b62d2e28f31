/* SPDX-License-Identifier: Apache-2.0 */
/* What a person reads at the end of a run. */
#include "check_main.h"
#include "runtime/summary.h"

#include <stdlib.h>
#include <string.h>

static char *printed;

static void print(const struct gw_gateway_figures *figures, enum gw_gateway_end end, int64_t elapsed_ms)
{
    size_t size;
    FILE *stream = open_memstream(&printed, &size);

    gw_summary_print(stream, figures, end, elapsed_ms);
    ck_assert_int_eq(fclose(stream), 0);
}

START_TEST(the_summary_says_what_came_in_what_became_of_it_and_what_went_out)
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
    free(printed);
}
END_TEST

START_TEST(a_lag_is_shown_where_it_is_known)
{
    struct gw_gateway_figures figures = {.received = 1, .lag = 41, .lag_sources = 3};

    print(&figures, GW_GATEWAY_STOPPED, 7);
    ck_assert_ptr_nonnull(strstr(printed, "  lag         41 messages not read yet, in 3 sources\n"));
    free(printed);
    figures = (struct gw_gateway_figures){.lag = 0, .lag_sources = 1};
    print(&figures, GW_GATEWAY_STOPPED, 7);
    ck_assert_ptr_nonnull(strstr(printed, "  lag         0 messages not read yet, in 1 source\n"));
    free(printed);
    figures.lag_sources = 0;
    print(&figures, GW_GATEWAY_STOPPED, 7);
    ck_assert_ptr_null(strstr(printed, "lag"));
    free(printed);
}
END_TEST

START_TEST(dead_letters_are_pointed_out)
{
    struct gw_gateway_figures figures = {.received = 1, .dead_rows = 1};

    print(&figures, GW_GATEWAY_STOPPED, 7);
    ck_assert_ptr_nonnull(strstr(printed, "gangway stopped after 0.007 s\n"));
    ck_assert_ptr_nonnull(strstr(printed, "  dead letters are kept: see `gangway dlq list`\n"));
    free(printed);
}
END_TEST

START_TEST(progress_is_for_terminals_only)
{
    struct gw_gateway_figures figures = {.received = 1, .progress_done = 1, .progress_total = 2};
    struct gw_progress progress;
    struct gw_log log = {.fd = -1};
    size_t size;
    FILE *stream = tmpfile();

    ck_assert_ptr_nonnull(stream);
    gw_progress_init(&progress, stream, &log);
    ck_assert(!log.clears_line);
    progress.started_ms -= 5000;
    gw_progress_show(&progress, &figures);
    gw_progress_clear(&progress);
    ck_assert_int_eq(ftell(stream), 0);
    ck_assert_int_eq(fclose(stream), 0);

    stream = open_memstream(&printed, &size);
    progress.stream = stream; /* as if it were one */
    gw_progress_show(&progress, &figures);
    ck_assert_int_eq(fflush(stream), 0);
    ck_assert_ptr_nonnull(strstr(printed, "1 messages, "));
    ck_assert_ptr_nonnull(strstr(printed, " 50 % of the input"));
    ck_assert_int_eq(fclose(stream), 0);
    free(printed);
}
END_TEST

START_TEST(the_progress_of_an_endless_input_is_its_lag)
{
    struct gw_gateway_figures figures = {.received = 1};
    struct gw_progress progress = {.started_ms = -5000};
    size_t size;

    progress.stream = open_memstream(&printed, &size);
    gw_progress_show(&progress, &figures); /* nothing is known but that it runs */
    ck_assert_int_eq(ftell(progress.stream), 0);
    figures.lag_sources = 2;
    figures.lag = 12;
    gw_progress_show(&progress, &figures);
    ck_assert_int_eq(fclose(progress.stream), 0);
    ck_assert_ptr_nonnull(strstr(printed, " per second, 12 not read yet"));
    ck_assert_ptr_null(strstr(printed, "%"));
    free(printed);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("summary");
    TCase *summary = tcase_create("summary");

    tcase_add_test(summary, the_summary_says_what_came_in_what_became_of_it_and_what_went_out);
    tcase_add_test(summary, a_lag_is_shown_where_it_is_known);
    tcase_add_test(summary, dead_letters_are_pointed_out);
    tcase_add_test(summary, progress_is_for_terminals_only);
    tcase_add_test(summary, the_progress_of_an_endless_input_is_its_lag);
    suite_add_tcase(suite, summary);
    return suite;
}
