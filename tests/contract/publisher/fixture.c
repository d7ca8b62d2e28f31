/* SPDX-License-Identifier: Apache-2.0 */
/* A destination and the plugin under test, in the process of each test. */
#include "fixture.h"

#include "event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEST_SECONDS = 120 };

struct publisher_arguments publisher;
struct outlet outlet;
struct outlet other;

void outlet_run(const struct outlet *at, const char *command)
{
    char *text = suite_text(&at->place, command);

    ck_assert_msg(system(text) == 0, "this failed: %s", text); /* NOLINT: the suite's own command line */
    free(text);
}

void outlet_make(struct outlet *made)
{
    memset(made, 0, sizeof *made);
    suite_place_make(&made->place);
    if (publisher.prepare != NULL)
        outlet_run(made, publisher.prepare);
}

void outlet_open_with(struct outlet *opened, const char *instead)
{
    test_host_init(&opened->host, "events");
    test_plugin_load(&opened->plugin, suite.plugin, GW_PORT_PUBLISHER);
    suite_configure(&opened->plugin, &opened->place, instead);
    opened->ops = opened->plugin.descriptor->ops;
    suite_assert_status(
        opened->plugin.descriptor->open(&opened->host.host, opened->plugin.config, &opened->self, &opened->error),
        GW_OK, &opened->error);
}

void outlet_open(struct outlet *opened)
{
    outlet_open_with(opened, NULL);
}

void outlet_close(struct outlet *closed)
{
    if (closed->self != NULL) {
        closed->plugin.descriptor->close(closed->self);
        test_plugin_done(&closed->plugin);
    }
    closed->self = NULL;
}

/* Longer than the plugin's own struct, as a core of a later minor version has it. */
struct later_publication {
    struct gw_publication publication;
    uint64_t later[3];
};

enum gw_status outlet_publish(struct outlet *used, uint32_t first, uint32_t count, int64_t within_ms)
{
    struct event **events = calloc(count + 1, sizeof(struct event *));
    struct later_publication *items = calloc(count + 1, sizeof *items);
    struct gw_array group = {items, count, sizeof *items};
    enum gw_status status;

    ck_assert_ptr_nonnull(events);
    ck_assert_ptr_nonnull(items);
    ck_assert_uint_le(count, GROUP_MAX);
    for (uint32_t i = 0; i < count; i++) {
        events[i] = event_new(first + i);
        items[i] = (struct later_publication){event_publication(events[i], &used->plugin), {UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    }
    memset(used->verdicts, 0, sizeof used->verdicts);
    memset(&used->error, 0, sizeof used->error);
    status = used->ops->publish(used->self, &group, used->verdicts, now_ms() + within_ms, &used->error);
    for (uint32_t i = 0; i < count; i++)
        event_free(events[i]);
    free(events);
    free(items);
    for (uint32_t i = 0; i < count && status == GW_OK; i++) {
        const struct gw_verdict *verdict = &used->verdicts[i];

        ck_assert_msg(verdict->status == GW_OK || verdict->status == GW_TRANSIENT || verdict->status == GW_PERMANENT,
                      "a verdict is %s", gw_status_word(verdict->status));
        ck_assert_int_ge(verdict->retry_after_ms, 0);
        ck_assert_ptr_nonnull(memchr(verdict->answer, '\0', sizeof verdict->answer));
    }
    return status;
}

void outlet_deliver(struct outlet *used, uint32_t first, uint32_t count)
{
    suite_assert_status(outlet_publish(used, first, count, DEADLINE_MS), GW_OK, &used->error);
    for (uint32_t i = 0; i < count; i++)
        ck_assert_msg(used->verdicts[i].status == GW_OK, "event %u: %s (%s)", first + i,
                      gw_status_word(used->verdicts[i].status), used->verdicts[i].answer);
}

/* ---- what arrived */

/* The numbers of all events that are there, in order: free it. */
static uint32_t *fetch(const struct outlet *at, size_t *ret_count)
{
    char *command = suite_text(&at->place, publisher.fetch);
    FILE *file = popen(command, "re");
    uint32_t *numbers = NULL;
    char *line = NULL;
    size_t room = 0;
    ssize_t len;

    ck_assert_ptr_nonnull(file);
    *ret_count = 0;
    while ((len = getline(&line, &room, file)) > 0) {
        struct arrival arrival;

        ck_assert_msg(arrival_read(line, (size_t)len, &arrival) == 0, "no event: %s", line);
        numbers = realloc(numbers, (*ret_count + 1) * sizeof *numbers);
        ck_assert_ptr_nonnull(numbers);
        numbers[(*ret_count)++] = event_expect(&arrival);
        arrival_done(&arrival);
    }
    ck_assert_msg(pclose(file) == 0, "this failed: %s", command);
    free(line);
    free(command);
    return numbers;
}

/* The number behind this one that keeps its place in the order: the next of its SKU, or just the next. */
static uint32_t successor(uint32_t number)
{
    return number + (publisher.is_one_order ? 1 : SKUS);
}

void expect_arrived(const struct outlet *at, uint32_t first, uint32_t count, enum repeats repeats)
{
    size_t arrived;
    uint32_t *numbers = fetch(at, &arrived);
    uint32_t next[SKUS];
    size_t seen = 0;

    for (uint32_t i = 0; i < SKUS; i++)
        next[i] = first + i;
    for (size_t i = 0; i < arrived; i++) {
        uint32_t number = numbers[i];
        uint32_t *expected = &next[publisher.is_one_order ? 0 : (number - first) % SKUS];

        if (number / BLOCK != first / BLOCK)
            continue;
        ck_assert_msg(number >= first && number < first + count, "event %u was never published", number);
        ck_assert_msg(number <= *expected, "event %u arrived before event %u", number, *expected);
        ck_assert_msg(number == *expected || repeats == REPEATED, "event %u arrived again", number);
        if (number != *expected)
            continue;
        *expected = successor(number);
        seen++;
    }
    free(numbers);
    ck_assert_msg(seen == count, "%zu of %u events arrived", seen, count);
}

size_t count_arrived(const struct outlet *at, uint32_t first, uint32_t count)
{
    size_t arrived;
    uint32_t *numbers = fetch(at, &arrived);
    size_t found = 0;

    for (size_t i = 0; i < arrived; i++)
        found += numbers[i] >= first && numbers[i] < first + count;
    free(numbers);
    return found;
}

void expect_nothing(const struct outlet *at)
{
    ck_assert_uint_eq(count_arrived(at, 0, UINT32_MAX), 0);
}

/* ---- tests */

static void set_up(void)
{
    outlet_make(&outlet);
}

static void tear_down(void)
{
    outlet_close(&outlet);
    outlet_close(&other);
}

TCase *publisher_case(const char *name)
{
    TCase *tests = tcase_create(name);

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, TEST_SECONDS);
    return tests;
}
