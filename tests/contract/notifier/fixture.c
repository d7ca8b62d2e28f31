/* SPDX-License-Identifier: Apache-2.0 */
/* A channel and its notices. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEST_SECONDS = 60, RENDERED_MAX = 16 };

struct channel channel;
struct channel other;

void channel_open(struct channel *opened, const char *instead)
{
    memset(opened, 0, sizeof *opened);
    suite_place_make(&opened->place);
    test_host_init(&opened->host, "channel");
    test_plugin_load(&opened->plugin, suite.plugin, GW_PORT_NOTIFIER);
    suite_configure(&opened->plugin, &opened->place, instead);
    opened->ops = opened->plugin.descriptor->ops;
    suite_assert_status(
        opened->plugin.descriptor->open(&opened->host.host, opened->plugin.config, &opened->self, &opened->error),
        GW_OK, &opened->error);
}

void channel_close(struct channel *closed)
{
    if (closed->self != NULL) {
        closed->plugin.descriptor->close(closed->self);
        test_plugin_done(&closed->plugin);
    }
    closed->self = NULL;
}

/* Longer than the plugin's own structs, as a core of a later minor version has them. */
struct later_rendered {
    struct gw_rendered rendered;
    uint64_t later[2];
};

struct later_notice {
    struct gw_notice notice;
    uint64_t later[4];
};

/* What one notice points to. */
struct bytes {
    char id[32];
    char recipient[256];
    char payload[64];
    struct later_rendered rendered[RENDERED_MAX];
    char *text;
};

/* As the core renders it: each option of type TEMPLATE, in the order of the table. */
static uint32_t render(const struct gw_plugin *descriptor, struct bytes *bytes, uint64_t len)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < descriptor->option_count; i++) {
        const struct gw_option *option =
            (const void *)((const char *)descriptor->options + (size_t)i * descriptor->option_size);

        if (option->type != GW_OPTION_TEMPLATE)
            continue;
        ck_assert_uint_lt(count, RENDERED_MAX);
        bytes->rendered[count++] = (struct later_rendered){{gw_text_of(option->name), gw_text_span(bytes->text, len)},
                                                           {UINT64_MAX, UINT64_MAX}};
    }
    return count;
}

enum gw_status channel_send(struct channel *used, uint32_t number, struct gw_text text, int64_t within_ms)
{
    struct bytes *bytes = calloc(1, sizeof *bytes);
    char *copy = malloc((size_t)text.len + 1);
    struct later_notice later = {.later = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    enum gw_status status;

    ck_assert(bytes != NULL && copy != NULL);
    memcpy(copy, text.len > 0 ? text.ptr : "", (size_t)text.len);
    bytes->text = copy;
    (void)snprintf(bytes->id, sizeof bytes->id, "notice-%u", number);
    (void)snprintf(bytes->recipient, sizeof bytes->recipient, "%s", recipient);
    (void)snprintf(bytes->payload, sizeof bytes->payload, "{\"sku\": \"LAMP\", \"orderid\": \"o%u\", \"qty\": 1}",
                   number);
    later.notice = (struct gw_notice){.size = sizeof later,
                                      .attempt = 1,
                                      .id = gw_text_of(bytes->id),
                                      .recipient = gw_text_of(bytes->recipient),
                                      .type = gw_text_of("OutOfStock"),
                                      .payload = gw_text_of(bytes->payload),
                                      .unix_ms = 1760000000000};
    later.notice.rendered =
        (struct gw_array){bytes->rendered, render(used->plugin.descriptor, bytes, text.len), sizeof bytes->rendered[0]};
    used->verdict = (struct gw_verdict){.status = GW_INTERNAL};
    used->error = (struct gw_error){0};
    status = used->ops->send(used->self, &later.notice, &used->verdict, now_ms() + within_ms, &used->error);
    memset(copy, 'X', (size_t)text.len);
    memset(bytes, 'X', sizeof *bytes);
    free(copy);
    free(bytes);
    return status;
}

void channel_deliver(struct channel *used, uint32_t number, const char *text)
{
    suite_assert_status(channel_send(used, number, gw_text_of(text), SEND_MS), GW_OK, &used->error);
    suite_assert_status(used->verdict.status, GW_OK, &used->error);
}

static void setup(void)
{
    channel_open(&channel, NULL);
}

static void teardown(void)
{
    channel_close(&channel);
    channel_close(&other);
}

TCase *notifier_case(const char *name)
{
    TCase *tests = tcase_create(name);

    tcase_set_timeout(tests, TEST_SECONDS);
    tcase_add_checked_fixture(tests, setup, teardown);
    return tests;
}
