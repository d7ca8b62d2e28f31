/* SPDX-License-Identifier: Apache-2.0 */
/* The small parts that threads wait with: wake-ups, the host's wait, backoff, limits of the log, identities. */
#include "base/clock.h"
#include "check_main.h"
#include "log_records.h"
#include "process/backoff.h"
#include "process/digest.h"
#include "process/log_limit.h"
#include "process/thread_host.h"
#include "process/wakeup.h"
#include "worker/identity.h"

#include <gangway/log_pace.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct gw_log quiet = {.format = GW_LOG_JSON, .level = GW_LOG_ERROR};

START_TEST(a_wake_up_stays_raised_until_it_is_lowered)
{
    int wakeup = gw_wakeup_open();

    ck_assert(!gw_wakeup_is_raised(wakeup));
    gw_wakeup_raise(wakeup);
    gw_wakeup_raise(wakeup);
    ck_assert(gw_wakeup_is_raised(wakeup));
    ck_assert(gw_wakeup_is_raised(wakeup));
    gw_wakeup_lower(wakeup);
    ck_assert(!gw_wakeup_is_raised(wakeup));
    gw_wakeup_close(wakeup);
}
END_TEST

START_TEST(a_wake_up_whose_counter_is_full_is_raised_and_blocks_nobody)
{
    const uint64_t most = UINT64_MAX - 1;
    int wakeup = gw_wakeup_open();

    ck_assert_int_eq(write(wakeup, &most, sizeof most), sizeof most);
    gw_wakeup_raise(wakeup);
    ck_assert(gw_wakeup_is_raised(wakeup));
    gw_wakeup_lower(wakeup);
    ck_assert(!gw_wakeup_is_raised(wakeup));
    gw_wakeup_lower(wakeup);
    gw_wakeup_close(wakeup);
    gw_wakeup_close(-1); /* one that could not be opened */
}
END_TEST

START_TEST(a_wait_ends_with_the_descriptor_the_deadline_or_the_cancellation)
{
    struct gw_thread_host host;
    int cancel = gw_wakeup_open();
    uint32_t ready = 7;
    int pipes[2];

    ck_assert_int_eq(pipe(pipes), 0);
    gw_thread_host_init(&host, "shop", "it", &quiet, cancel);
    ck_assert(host.table.wait(&host.table, pipes[0], GW_WAIT_READ, gw_clock_monotonic_ms() + 5, &ready) == GW_OK);
    ck_assert_uint_eq(ready, 0);
    ck_assert_int_eq(write(pipes[1], "x", 1), 1);
    ck_assert(host.table.wait(&host.table, pipes[0], GW_WAIT_READ, INT64_MAX, &ready) == GW_OK);
    ck_assert_uint_eq(ready, GW_WAIT_READ);
    gw_wakeup_raise(cancel);
    ck_assert(host.table.wait(&host.table, pipes[0], GW_WAIT_READ, INT64_MAX, &ready) == GW_CANCELLED);
}
END_TEST

static void count(void *context)
{
    (*(int *)context)++;
}

/* Counted against the time that it took: on a busy machine a wait takes longer. */
START_TEST(a_long_wait_keeps_the_entrypoint_alive_at_intervals)
{
    int64_t begun_ms = gw_clock_monotonic_ms();
    struct gw_thread_host host;
    int beats = 0;

    gw_thread_host_init(&host, "shop", "it", &quiet, -1);
    ck_assert_int_eq(host.keepalive_ms, 1000);
    host.keepalive_ms = 20;
    host.keepalive = count;
    host.keepalive_context = &beats;
    ck_assert(gw_thread_pause(&host, 50) == GW_OK);
    ck_assert_int_ge(beats, 1);
    ck_assert_int_le(beats, (gw_clock_monotonic_ms() - begun_ms) / host.keepalive_ms);
}
END_TEST

static void note_readiness(void *context, uint32_t ready)
{
    struct gw_event_watch *watch = context;

    ck_assert_uint_eq(ready, GW_WAIT_READ);
    gw_wakeup_lower(watch->fd);
    watch->context = NULL;
}

START_TEST(the_loop_of_a_thread_runs_while_it_waits)
{
    struct gw_event_loop *loop = gw_event_loop_new();
    struct gw_event_watch watch = {.wanted = GW_WAIT_READ, .ready = note_readiness, .fd = gw_wakeup_open()};
    struct gw_event_timer timer = {.fired = count};
    struct gw_thread_host host;
    struct gw_error error = {0};
    int fired = 0;
    int64_t begun_ms = gw_clock_monotonic_ms();

    watch.context = &watch;
    timer.context = &fired;
    gw_thread_host_init(&host, "shop", "it", &quiet, -1);
    host.loop = loop;
    ck_assert_int_eq(gw_event_loop_watch(loop, &watch, &error), GW_OK);
    gw_event_loop_set(loop, &timer, begun_ms + 10);
    gw_wakeup_raise(watch.fd);
    ck_assert(gw_thread_pause(&host, 30) == GW_OK);
    ck_assert_int_ge(gw_clock_monotonic_ms() - begun_ms, 30);
    ck_assert_ptr_null(watch.context);
    ck_assert_int_eq(fired, 1);
    gw_event_loop_unwatch(loop, &watch);
    gw_wakeup_close(watch.fd);
    gw_event_loop_free(loop);
}
END_TEST

START_TEST(a_backoff_has_the_code_of_its_failures_until_a_success)
{
    struct gw_backoff backoff = {.events = &gw_backoff_of_input, .first_ms = 1, .max_ms = 2};
    struct gw_error away = {.status = GW_TRANSIENT};
    struct gw_error refused = {.status = GW_CONFIG};

    ck_assert_ptr_null(gw_backoff_code(&backoff));
    (void)gw_backoff_failed_ms(&backoff, &away, &quiet, "it");
    ck_assert_str_eq(gw_backoff_code(&backoff), GW_CODE_INPUT_FAILED);
    (void)gw_backoff_failed_ms(&backoff, &refused, &quiet, "it");
    ck_assert_str_eq(gw_backoff_code(&backoff), GW_CODE_INPUT_REFUSED);
    gw_backoff_recovered(&backoff, &quiet, "it");
    ck_assert_ptr_null(gw_backoff_code(&backoff));
}
END_TEST

START_TEST(whether_the_host_is_stopping_is_what_a_wait_would_find)
{
    struct gw_thread_host host;
    int cancel = gw_wakeup_open();
    uint32_t ready;

    gw_thread_host_init(&host, "shop", "it", &quiet, cancel);
    ck_assert_int_eq(host.table.is_stopping(&host.table), 0);
    gw_wakeup_raise(cancel);
    ck_assert_int_eq(host.table.is_stopping(&host.table), 1);
    ck_assert(host.table.wait(&host.table, -1, 0, 0, &ready) == GW_CANCELLED);
    host.cancel = -1; /* as in close, where nothing cancels yet */
    ck_assert_int_eq(host.table.is_stopping(&host.table), 0);
    gw_wakeup_close(cancel);
}
END_TEST

/* A foreign library's callback may call it at any rate. */
START_TEST(each_question_whether_the_host_is_stopping_is_a_sign_of_life_at_most_once_a_second)
{
    struct gw_thread_host host;
    int beats = 0;

    gw_thread_host_init(&host, "shop", "it", &quiet, -1);
    host.keepalive = count;
    host.keepalive_context = &beats;
    for (int call = 0; call < 10; call++)
        (void)host.table.is_stopping(&host.table);
    ck_assert_int_eq(beats, 0);
    host.next_keepalive_ms = gw_clock_monotonic_ms(); /* a second later */
    for (int call = 0; call < 10; call++)
        (void)host.table.is_stopping(&host.table);
    ck_assert_int_eq(beats, 1);
}
END_TEST

START_TEST(a_plugin_gets_the_digest_of_the_core)
{
    static const uint8_t expected[GW_DIGEST_BYTES] = {0xcf, 0x4a, 0xb7, 0x91, 0xc6, 0x2b, 0x8d, 0x2b,
                                                      0x21, 0x09, 0xc9, 0x02, 0x75, 0x28, 0x78, 0x16};
    uint8_t digest[GW_DIGEST_BYTES], of_nothing[GW_DIGEST_BYTES];
    struct gw_thread_host host;

    gw_thread_host_init(&host, "shop", "it", &quiet, -1);
    host.table.digest(&host.table, gw_text_of("abc"), digest);
    ck_assert_mem_eq(digest, expected, sizeof digest); /* BLAKE2b-128, as RFC 7693 has it */
    gw_digest(gw_text_of("abc"), digest);
    ck_assert_mem_eq(digest, expected, sizeof digest);
    host.table.digest(&host.table, gw_text_of(NULL), of_nothing);
    ck_assert_int_eq(of_nothing[0], 0xca);
}
END_TEST

START_TEST(backoff_doubles_up_to_its_longest_and_never_waits_less_than_half_of_a_step)
{
    struct gw_backoff backoff = {.first_ms = 100, .max_ms = 1000};
    static const int64_t steps[] = {100, 200, 400, 800, 1000, 1000};

    for (size_t index = 0; index < sizeof steps / sizeof *steps; index++) {
        int64_t ms = gw_backoff_next_ms(&backoff);

        ck_assert_int_ge(ms, steps[index] / 2);
        ck_assert_int_le(ms, steps[index]);
    }
    backoff.failures = UINT32_MAX; /* an outage of many years */
    ck_assert_int_ge(gw_backoff_next_ms(&backoff), 500);
    ck_assert_uint_eq(backoff.failures, UINT32_MAX);
    gw_backoff_reset(&backoff);
    ck_assert_int_le(gw_backoff_next_ms(&backoff), 100);
}
END_TEST

START_TEST(an_outage_is_logged_when_it_begins_and_when_its_reason_changes)
{
    struct gw_output output = {.fd = memfd_create("log", 0)};
    const struct gw_log log = {.output = &output, .format = GW_LOG_PLAIN, .level = GW_LOG_INFO};
    struct gw_backoff backoff = {.events = &gw_backoff_of_repository, .first_ms = 2, .max_ms = 2};
    struct gw_error closed = {0};
    struct gw_error nameless = {0};

    (void)gw_error_set(&closed, GW_TRANSIENT, "connection closed");
    (void)gw_error_set(&nameless, GW_TRANSIENT, "db1 has no address");
    (void)gw_backoff_failed_ms(&backoff, &closed, &log, "repository");
    (void)gw_backoff_failed_ms(&backoff, &closed, &log, "repository");
    ck_assert_uint_eq(log_records_count(output.fd, GW_CODE_REPOSITORY_FAILED, "connection closed"), 1);
    for (int failure = 0; failure < 5; failure++)
        ck_assert_int_le(gw_backoff_failed_ms(&backoff, &nameless, &log, "repository"), 2);
    ck_assert_uint_eq(log_records_count(output.fd, GW_CODE_REPOSITORY_FAILED, "db1 has no address"), 1);
    (void)gw_backoff_failed_ms(&backoff, &closed, &log, "repository"); /* reasons that alternate do not fill the log */
    ck_assert_uint_eq(log_records_count(output.fd, GW_CODE_REPOSITORY_FAILED, NULL), 2);
    gw_backoff_recovered(&backoff, &log, "repository");
    gw_backoff_recovered(&backoff, &log, "repository");
    ck_assert_uint_eq(log_records_count(output.fd, GW_CODE_REPOSITORY_RECOVERED, NULL), 1);
    (void)gw_backoff_failed_ms(&backoff, &closed, &log, "repository");
    ck_assert_uint_eq(log_records_count(output.fd, GW_CODE_REPOSITORY_FAILED, NULL), 3);
    (void)close(output.fd);
}
END_TEST

START_TEST(a_failure_that_needs_an_operator_is_logged_as_an_error)
{
    struct gw_output output = {.fd = memfd_create("log", 0)};
    const struct gw_log log = {.output = &output, .format = GW_LOG_JSON, .level = GW_LOG_INFO};
    struct gw_backoff backoff = {.events = &gw_backoff_of_delivery, .first_ms = 2, .max_ms = 2};
    struct gw_error error = {0};

    (void)gw_error_set(&error, GW_CONFIG, "no such topic");
    (void)gw_backoff_failed_ms(&backoff, &error, &log, "events");
    ck_assert_uint_eq(log_records_count(output.fd, GW_CODE_DELIVERY_REFUSED, "\"level\":\"error\""), 1);
    gw_backoff_recovered(&backoff, &log, "events");
    ck_assert_uint_eq(log_records_count(output.fd, GW_CODE_DELIVERY_RECOVERED, "\"level\":\"info\""), 1);
    (void)close(output.fd);
}
END_TEST

START_TEST(twenty_records_in_ten_seconds_are_logged_and_the_others_are_counted)
{
    struct gw_log_limit limit = {0};
    uint64_t left_out;
    int allowed = 0;

    for (int line = 0; line < 50; line++)
        allowed += gw_log_limit_allows(&limit, 1000, &left_out);
    ck_assert_int_eq(allowed, 20);
    ck_assert(gw_log_limit_allows(&limit, 11000, &left_out));
    ck_assert_uint_eq(left_out, 30);
}
END_TEST

START_TEST(a_lasting_condition_is_logged_at_once_and_then_at_growing_intervals)
{
    const int64_t minute = 60000;
    struct gw_log_pace pace = {0};
    unsigned in_a_day = 0;

    ck_assert(gw_log_pace_is_due(&pace, 7));
    ck_assert(!gw_log_pace_is_due(&pace, 7 + minute - 1));
    ck_assert(gw_log_pace_is_due(&pace, 7 + minute));
    ck_assert(!gw_log_pace_is_due(&pace, 7 + 3 * minute - 1));
    ck_assert(gw_log_pace_is_due(&pace, 7 + 3 * minute));
    for (int64_t now = 4 * minute; now < 24 * 60 * minute; now += 500)
        in_a_day += gw_log_pace_is_due(&pace, now);
    ck_assert_uint_eq(in_a_day, 4 + 22); /* after 4, 8, 16 and 32 minutes, and then every hour */
}
END_TEST

START_TEST(a_condition_that_returns_after_a_long_time_is_logged_at_once)
{
    struct gw_log_pace pace = {0};

    ck_assert(gw_log_pace_is_due(&pace, 1));
    ck_assert(gw_log_pace_is_due(&pace, 60001));
    ck_assert(gw_log_pace_is_due(&pace, 600000));
    ck_assert(gw_log_pace_is_due(&pace, 660000)); /* a minute later again, not four */
}
END_TEST

#define TAG "0123456789abcdef"

START_TEST(an_identity_follows_from_what_it_identifies)
{
    char text[GW_IDENTITY_MAX];
    char tag[GW_SOURCE_TAG_BYTES];
    char other[GW_SOURCE_TAG_BYTES];
    uint8_t one[GW_ID_BYTES];
    uint8_t two[GW_ID_BYTES];

    gw_source_tag(gw_text_of("a"), tag);
    gw_source_tag(gw_text_of("b"), other);
    ck_assert_mem_ne(tag, other, sizeof tag);
    ck_assert_uint_eq(gw_identity_of_position(TAG, 1234567890123, 0, text), 32);
    ck_assert_mem_eq(text, TAG "-0-1234567890123", 32);
    ck_assert_uint_le(gw_identity_of_position(TAG, INT64_MAX, UINT64_MAX, text), sizeof text);
    gw_message_id_hash(gw_text_of("e"), false, gw_text_of("ab"), gw_text_of("c"), one);
    gw_message_id_hash(gw_text_of("e"), false, gw_text_of("a"), gw_text_of("bc"), two);
    ck_assert_mem_ne(one, two, sizeof one);
    gw_message_id_hash(gw_text_of("e"), false, gw_text_of("ab"), gw_text_of("c"), two);
    ck_assert_mem_eq(one, two, sizeof one);
    ck_assert_uint_eq(gw_identity_of_id(one, text), 32);
}
END_TEST

START_TEST(the_mark_distinguishes_two_messages_at_one_position)
{
    char text[GW_IDENTITY_MAX];

    ck_assert_uint_eq(gw_identity_of_position(TAG, 0, 1, text), 20);
    ck_assert_mem_eq(text, TAG "-1-0", 20);
    ck_assert_uint_eq(gw_identity_of_position(TAG, 7, 0xf000000000000010, text), 35);
    ck_assert_mem_eq(text, TAG "-f000000000000010-7", 35);
}
END_TEST

/* A tag as a number. */
static uint64_t number_of(const char tag[GW_SOURCE_TAG_BYTES])
{
    char digits[GW_SOURCE_TAG_BYTES + 1] = {0};

    memcpy(digits, tag, GW_SOURCE_TAG_BYTES);
    return strtoull(digits, NULL, 16);
}

/* A producer chooses its timestamps, and so the mark: whatever it chooses, another source's identities are not its own.
 */
START_TEST(no_mark_makes_the_identity_of_another_source)
{
    char victim[GW_SOURCE_TAG_BYTES], attacker[GW_SOURCE_TAG_BYTES];
    char expected[GW_IDENTITY_MAX], text[GW_IDENTITY_MAX];
    const uint64_t mark = 1700000000000;
    size_t len;

    gw_source_tag(gw_text_of("cluster/group/orders/0"), victim);
    gw_source_tag(gw_text_of("cluster/group/open-to-all/0"), attacker);
    len = gw_identity_of_position(victim, 40, mark, expected);
    ck_assert(len != gw_identity_of_position(attacker, 40, number_of(victim) ^ number_of(attacker) ^ mark, text) ||
              memcmp(expected, text, len) != 0);
    ck_assert_mem_ne(victim, attacker, sizeof victim);
}
END_TEST

START_TEST(a_fingerprint_covers_command_and_body)
{
    uint8_t digest[GW_DIGEST_BYTES], other[GW_DIGEST_BYTES];
    uint8_t one[GW_DIGEST_BYTES], two[GW_DIGEST_BYTES];

    gw_digest(gw_text_of("{}"), digest);
    gw_digest(gw_text_of("{ }"), other);
    gw_message_fingerprint(gw_text_of("Allocate"), digest, one);
    gw_message_fingerprint(gw_text_of("Deallocate"), digest, two);
    ck_assert_mem_ne(one, two, sizeof one);
    gw_message_fingerprint(gw_text_of("Allocate"), other, two);
    ck_assert_mem_ne(one, two, sizeof one);
    gw_message_fingerprint(gw_text_of("Allocate"), digest, two);
    ck_assert_mem_eq(one, two, sizeof one);
}
END_TEST

static void set_up(void)
{
    ck_assert(gw_identity_init());
}

Suite *test_suite(void)
{
    Suite *suite = suite_create("waiting");
    TCase *parts = tcase_create("parts");

    tcase_add_checked_fixture(parts, set_up, NULL);
    tcase_add_test(parts, a_wake_up_stays_raised_until_it_is_lowered);
    tcase_add_test(parts, a_wake_up_whose_counter_is_full_is_raised_and_blocks_nobody);
    tcase_add_test(parts, a_wait_ends_with_the_descriptor_the_deadline_or_the_cancellation);
    tcase_add_test(parts, a_long_wait_keeps_the_entrypoint_alive_at_intervals);
    tcase_add_test(parts, the_loop_of_a_thread_runs_while_it_waits);
    tcase_add_test(parts, a_backoff_has_the_code_of_its_failures_until_a_success);
    tcase_add_test(parts, whether_the_host_is_stopping_is_what_a_wait_would_find);
    tcase_add_test(parts, each_question_whether_the_host_is_stopping_is_a_sign_of_life_at_most_once_a_second);
    tcase_add_test(parts, a_plugin_gets_the_digest_of_the_core);
    tcase_add_test(parts, backoff_doubles_up_to_its_longest_and_never_waits_less_than_half_of_a_step);
    tcase_add_test(parts, an_outage_is_logged_when_it_begins_and_when_its_reason_changes);
    tcase_add_test(parts, a_failure_that_needs_an_operator_is_logged_as_an_error);
    tcase_add_test(parts, twenty_records_in_ten_seconds_are_logged_and_the_others_are_counted);
    tcase_add_test(parts, a_lasting_condition_is_logged_at_once_and_then_at_growing_intervals);
    tcase_add_test(parts, a_condition_that_returns_after_a_long_time_is_logged_at_once);
    tcase_add_test(parts, an_identity_follows_from_what_it_identifies);
    tcase_add_test(parts, the_mark_distinguishes_two_messages_at_one_position);
    tcase_add_test(parts, no_mark_makes_the_identity_of_another_source);
    tcase_add_test(parts, a_fingerprint_covers_command_and_body);
    suite_add_tcase(suite, parts);
    return suite;
}
