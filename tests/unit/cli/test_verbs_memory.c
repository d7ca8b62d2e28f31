/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The n-th allocation of a verb fails, for every n: the verb prints what it always does, or ends with the status of a
 * failure and a cause on standard error. What it was to change is then changed or not, and the next call completes it.
 */
#include "check_main.h"
#include "cli/exit_status.h"
#include "failing_core.h"
#include "verb_fixture.h"

#include <stdlib.h>
#include <string.h>

/* FILE stands for the bootstrap file, NOTIFY for the one with notifiers, EVENT for the file of an event. */
static const char *const reading[][8] = {
    {"positions", "FILE"},
    {"positions", "FILE", "--format", "json"},
    {"dlq", "list", "--config", "FILE"},
    {"dlq", "list", "--format", "json", "--config", "FILE"},
    {"dlq", "show", "7", "--config", "FILE"},
    {"outbox", "FILE"},
    {"outbox", "FILE", "--format", "json"},
    {"dlq", "show", "8", "--format", "json", "--config", "FILE"},
    {"query", "allocations", "o1", "--config", "FILE"},
    {"query", "availability", "LAMP", "--format", "json", "--config", "FILE"},
    {"query", "availability", "LAMP", "--qty", "3", "--config", "FILE"},
    {"check", "FILE"},
    {"lint", "FILE"},
    {"plugins"},
    {"plugins", "--format", "json"},
    {"describe", "shop_orders"},
    {"describe", "shop_orders", "--format", "markdown"},
    {"schema"},
    {"migrate", "FILE"},
    {"notify", "render", "NOTIFY"},
    {"notify", "test", "NOTIFY", "mail"},
    {"notify", "test", "NOTIFY", "pager", "--event", "EVENT"},
    {"notify", "explain", "NOTIFY", "EVENT"},
    {"notify", "history", "FILE"},
};

static const char *const changing[][8] = {
    {"positions", "FILE", "--set", "shop:a", "latest"},
    {"positions", "FILE", "--set", "shop:new", "3"},
    {"positions", "FILE", "--forget", "shop:a"},
    {"notify", "history", "FILE", "--forget", "ann"},
    {"dlq", "discard", "3", "4", "--config", "FILE"},
    {"dlq", "replay", "1", "2", "5", "--config", "FILE"},
    {"dlq", "replay", "--source", "events", "--config", "FILE"},
    {"dlq", "replay", "1", "2", "--config", "FILE"},
    {"outbox", "FILE", "--bury", "gone"},
    {"dlq", "replay", "--all", "--to", "events", "--config", "FILE"},
};

enum { READING = sizeof reading / sizeof reading[0], CHANGING = sizeof changing / sizeof changing[0] };
enum { STATE_MAX = 3 * PRINTED_MAX, ALLOCATIONS_MAX = 20000 };

static const char *real_word(const char *word)
{
    if (strcmp(word, "FILE") == 0)
        return verb_fixture.file;
    if (strcmp(word, "NOTIFY") == 0)
        return verb_fixture.notify_file;
    return strcmp(word, "EVENT") == 0 ? verb_fixture.event_file : word;
}

static int call(const char *const words[8])
{
    const char *real[9] = {NULL};

    for (int index = 0; index < 8 && words[index] != NULL; index++)
        real[index] = real_word(words[index]);
    return verb_call(real);
}

/* Calls with a failing allocation; *ret_count is how many there were. */
static int call_failing(const char *const words[8], long number, long *ret_count)
{
    int status;

    failing_core_begin(number);
    status = call(words);
    *ret_count = failing_core_end();
    return status;
}

/* A failure with a cause; true where it is one. */
static bool has_failed(int status, long number)
{
    if (status == GW_EXIT_DONE)
        return false;
    ck_assert_msg(status == GW_EXIT_FAILED, "allocation %ld: status %d", number, status);
    ck_assert_msg(verb_fixture.err[0] != '\0', "allocation %ld: a failure without a cause", number);
    return true;
}

START_TEST(a_verb_that_reads_prints_all_or_fails_with_a_cause)
{
    static char expected[PRINTED_MAX];
    long failures = 0;
    long count = 0;

    ck_assert_int_eq(CALL("dlq", "replay", "1", "2", "--config", verb_fixture.file), GW_EXIT_DONE);
    verb_fixture_letters();
    ck_assert_int_eq(call(reading[_i]), GW_EXIT_DONE);
    memcpy(expected, verb_fixture.out, sizeof expected);
    for (long number = 1; number <= ALLOCATIONS_MAX; number += FAILING_CORE_STEP) {
        int status = call_failing(reading[_i], number, &count);

        if (has_failed(status, number))
            failures++;
        else
            ck_assert_str_eq(verb_fixture.out, expected);
        if (count < number)
            break;
    }
    ck_assert_int_lt(count, ALLOCATIONS_MAX);
    ck_assert_int_gt(failures, 0);
}
END_TEST

/* The shop is another one each time, and a moment younger. */
static void hide_times(char *state)
{
    static const char key[] = "\"received_at\": \"";

    for (char *at = strstr(state, key); at != NULL; at = strstr(at, key)) {
        at += strlen(key);
        memset(at, '?', strcspn(at, "\""));
    }
}

/* Positions, letters and stock, as verbs print them. */
static void read_state(char state[STATE_MAX])
{
    ck_assert_int_eq(CALL("positions", verb_fixture.file, "--format", "json"), GW_EXIT_DONE);
    (void)strcpy(state, verb_fixture.out);
    ck_assert_int_eq(CALL("dlq", "list", "--format", "json", "--config", verb_fixture.file), GW_EXIT_DONE);
    (void)strcat(state, verb_fixture.out);
    ck_assert_int_eq(CALL("query", "availability", "LAMP", "--config", verb_fixture.file),
                     strstr(state, "\"id\": 1,") != NULL ? GW_EXIT_FAILED : GW_EXIT_DONE);
    (void)strcat(state, verb_fixture.out);
    hide_times(state);
}

START_TEST(a_verb_that_changes_something_changes_it_once)
{
    static char before[STATE_MAX];
    static char after[STATE_MAX];
    static char state[STATE_MAX];
    static char expected[PRINTED_MAX];
    long failures = 0;
    long count = 0;

    read_state(before);
    ck_assert_int_eq(call(changing[_i]), GW_EXIT_DONE);
    memcpy(expected, verb_fixture.out, sizeof expected);
    read_state(after);
    for (long number = 1; number <= ALLOCATIONS_MAX; number += FAILING_CORE_STEP) {
        verb_fixture_close();
        verb_fixture_open();
        if (has_failed(call_failing(changing[_i], number, &count), number)) {
            failures++;
            read_state(state);
            if (strcmp(state, before) == 0)
                ck_assert_int_eq(call(changing[_i]), GW_EXIT_DONE);
        } else {
            ck_assert_str_eq(verb_fixture.out, expected);
        }
        read_state(state);
        ck_assert_str_eq(state, after);
        if (count < number)
            break;
    }
    ck_assert_int_lt(count, ALLOCATIONS_MAX);
    ck_assert_int_gt(failures, 0);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("verbs_memory");
    TCase *memory = tcase_create("memory");

    tcase_add_checked_fixture(memory, verb_fixture_open, verb_fixture_close);
    tcase_set_timeout(memory, 60);
    tcase_add_loop_test(memory, a_verb_that_reads_prints_all_or_fails_with_a_cause, 0, READING);
    tcase_add_loop_test(memory, a_verb_that_changes_something_changes_it_once, 0, CHANGING);
    suite_add_tcase(suite, memory);
    return suite;
}
