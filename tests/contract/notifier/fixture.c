/* SPDX-License-Identifier: Apache-2.0 */
/* A place and the plugin under test, in the process of each test. */
#include "fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEST_SECONDS = 120, TEXT_MAX = 128, LISTED_MAX = 2 };

struct notifier_arguments notifier;
struct channel channel;
struct channel other;

static void make(struct channel *made)
{
    char path[sizeof made->place.dir + sizeof "/console"];

    memset(made, 0, sizeof *made);
    suite_place_make(&made->place);
    (void)snprintf(path, sizeof path, "%s/console", made->place.dir);
    made->console = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ck_assert_int_ge(made->console, 0);
}

void channel_open_with(struct channel *opened, const char *instead)
{
    test_host_init(&opened->host, "people");
    opened->host.host.console = opened->console;
    test_plugin_load(&opened->plugin, suite.plugin, GW_PORT_NOTIFIER);
    suite_configure(&opened->plugin, &opened->place, instead);
    opened->ops = opened->plugin.descriptor->ops;
    suite_assert_status(
        opened->plugin.descriptor->open(&opened->host.host, opened->plugin.config, &opened->self, &opened->error),
        GW_OK, &opened->error);
}

void channel_open(struct channel *opened)
{
    channel_open_with(opened, NULL);
}

void channel_close(struct channel *closed)
{
    if (closed->self != NULL) {
        closed->plugin.descriptor->close(closed->self);
        test_plugin_done(&closed->plugin);
    }
    closed->self = NULL;
}

static struct gw_noticed_event event_of(uint32_t place)
{
    static const struct gw_header trace = {{"traceparent", 11},
                                           {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", 55}};

    return (struct gw_noticed_event){.id = gw_text_of(place == 0 ? "event-a" : "event-b"),
                                     .type = gw_text_of("OutOfStock"),
                                     .sku = gw_text_of("L\xc3\x84MP"),
                                     .payload = gw_text_of("{\"sku\": \"L\xc3\x84MP\"}"),
                                     .headers = {&trace, 1, sizeof trace},
                                     .sequence = 7 + place,
                                     .unix_ms = 1767225600000 + place};
}

/* Longer than the plugin's own structs, as a core of a later minor version has them. */
struct later_event {
    struct gw_noticed_event event;
    uint64_t later[3];
};

struct later_notice {
    struct gw_notice notice;
    uint64_t later[3];
};

static void check_verdict(const struct gw_verdict *verdict)
{
    ck_assert_msg(verdict->status == GW_OK || verdict->status == GW_TRANSIENT || verdict->status == GW_PERMANENT,
                  "the verdict is %s", gw_status_word(verdict->status));
    ck_assert_int_ge(verdict->retry_after_ms, 0);
    ck_assert_ptr_nonnull(memchr(verdict->answer, '\0', sizeof verdict->answer));
}

enum gw_status channel_send(struct channel *used, uint32_t number, uint32_t events, int64_t within_ms)
{
    struct later_event listed[LISTED_MAX];
    struct gw_rendered rendered[TEST_TEMPLATES_MAX];
    char text[TEXT_MAX];
    char id[32];
    struct later_notice sent = {.later = {UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    enum gw_status status;

    (void)snprintf(text, sizeof text, "Out of stock \xe2\x82\xac <%u>", number);
    (void)snprintf(id, sizeof id, "notice-%u", number);
    for (uint32_t i = 0; i < LISTED_MAX; i++)
        listed[i] = (struct later_event){event_of(i), {UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    sent.notice = (struct gw_notice){.size = sizeof sent,
                                     .attempt = 1,
                                     .id = gw_text_of(id),
                                     .recipient = gw_text_of(notifier.recipient),
                                     .rendered = {rendered, test_plugin_render(&used->plugin, text, rendered), sizeof *rendered},
                                     .events = {listed, events < LISTED_MAX ? events : LISTED_MAX, sizeof *listed},
                                     .count = events};
    used->verdict = (struct gw_verdict){.status = GW_INTERNAL}; /* which no plugin may leave */
    used->error = (struct gw_error){0};
    status = used->ops->send(used->self, &sent.notice, &used->verdict, now_ms() + within_ms, &used->error);
    if (status == GW_OK)
        check_verdict(&used->verdict);
    return status;
}

void channel_deliver(struct channel *used, uint32_t number)
{
    suite_assert_status(channel_send(used, number, 1, DEADLINE_MS), GW_OK, &used->error);
    ck_assert_msg(used->verdict.status == GW_OK, "notice %u: %s (%s)", number, gw_status_word(used->verdict.status),
                  used->verdict.answer);
}

/* ---- what arrived */

uint32_t *channel_arrived(const struct channel *at, size_t *ret_count)
{
    char *command = suite_text(&at->place, notifier.fetch);
    FILE *file = popen(command, "re");
    uint32_t *numbers = NULL;
    char *line = NULL;
    size_t room = 0;

    ck_assert_ptr_nonnull(file);
    *ret_count = 0;
    while (getline(&line, &room, file) > 0) {
        const char *number = strrchr(line, '<');

        ck_assert_msg(number != NULL, "no notice: %s", line);
        numbers = realloc(numbers, (*ret_count + 1) * sizeof *numbers);
        ck_assert_ptr_nonnull(numbers);
        numbers[(*ret_count)++] = (uint32_t)strtoul(number + 1, NULL, 10);
    }
    ck_assert_msg(pclose(file) == 0, "this failed: %s", command);
    free(line);
    free(command);
    return numbers;
}

void expect_arrived(const struct channel *at, uint32_t count)
{
    size_t arrived;
    uint32_t *numbers;

    if (notifier.fetch == NULL)
        return;
    numbers = channel_arrived(at, &arrived);
    ck_assert_uint_eq(arrived, count);
    for (uint32_t i = 0; i < count; i++)
        ck_assert_uint_eq(numbers[i], i);
    free(numbers);
}

/* ---- tests */

static void set_up(void)
{
    make(&channel);
}

static void tear_down(void)
{
    channel_close(&channel);
    channel_close(&other);
    (void)close(channel.console);
}

TCase *notifier_case(const char *name)
{
    TCase *tests = tcase_create(name);

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, TEST_SECONDS);
    return tests;
}
