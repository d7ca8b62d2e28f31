/* SPDX-License-Identifier: Apache-2.0 */
/* See scripted_destination.h. */
#include "scripted_destination.h"

#include "base/clock.h"
#include "scripted.h"

#include <gangway/port/notifier.h>
#include <gangway/port/publisher.h>

#include <check.h>
#include <stdio.h>

struct scripted_destination scripted_destination;

/* ---- the plugins ------------------------------------------------------------------------------------------------ */

static enum gw_status destination_open(const struct gw_host *host, const void *config, void **ret_self,
                                       struct gw_error *reterr)
{
    (void)config;
    (void)reterr;
    scripted_destination.host = host;
    *ret_self = &scripted_destination;
    return GW_OK;
}

static void destination_close(void *self)
{
    (void)self;
}

static enum gw_status next_result(struct gw_error *reterr)
{
    uint32_t call = atomic_fetch_add(&scripted_destination.calls, 1);
    enum gw_status status = call < scripted_destination.result_count ? scripted_destination.results[call] : GW_OK;

    if (scripted_destination.in_call != NULL)
        scripted_destination.in_call();

    return status == GW_OK ? GW_OK : gw_error_set(reterr, status, "scripted");
}

static void judge(struct gw_verdict *verdict, struct gw_text id, struct gw_text text)
{
    uint32_t index = scripted_destination.sent++;

    verdict->status =
        index < scripted_destination.verdict_count ? (int32_t)scripted_destination.verdicts[index] : GW_OK;
    if (index < SCRIPT_MAX) {
        verdict->retry_after_ms = scripted_destination.retry_after_ms[index];
        /* Not by the host: several relays share this, and the last one's may have ended. */
        scripted_destination.sent_ms[index] = gw_clock_monotonic_ms();
    }
    (void)snprintf(verdict->answer, sizeof verdict->answer, "answer %u", index);
    if (verdict->status == GW_OK)
        (void)snprintf(scripted_destination.accepted[scripted_destination.accepted_count++],
                       sizeof scripted_destination.accepted[0], "%.*s %.*s", (int)id.len, id.ptr, (int)text.len,
                       text.ptr);
}

static enum gw_status destination_publish(void *self, const struct gw_array *publications, struct gw_verdict *verdicts,
                                          int64_t deadline_ms, struct gw_error *reterr)
{
    enum gw_status status = next_result(reterr);
    bool has_failed = false;

    (void)self;
    (void)deadline_ms;
    for (uint32_t index = 0; index < publications->count && status == GW_OK; index++) {
        const struct gw_publication *publication = gw_array_at(publications, index);

        if (has_failed && !scripted_destination.sends_behind_failures)
            verdicts[index].status = GW_TRANSIENT;
        else
            judge(&verdicts[index], publication->id, publication->payload);
        has_failed |= verdicts[index].status == GW_TRANSIENT;
    }
    return status;
}

static void note_text(char *to, size_t size, struct gw_text text)
{
    (void)snprintf(to, size, "%.*s", (int)text.len, text.len > 0 ? text.ptr : "");
}

/* The attempt that judge has just counted. */
static void note_attempt(const struct gw_notice *notice)
{
    uint32_t index = scripted_destination.sent - 1;

    if (index >= SCRIPT_MAX)
        return;
    note_text(scripted_destination.ids[index], sizeof scripted_destination.ids[index], notice->id);
    note_text(scripted_destination.recipients[index], sizeof scripted_destination.recipients[index], notice->recipient);
}

static void note_event(const struct gw_notice *notice)
{
    const struct gw_noticed_event *event = gw_notice_event(notice);

    scripted_destination.noticed = *event;
    scripted_destination.noticed_header[0] = '\0';
    if (event->headers.count > 0) {
        const struct gw_header *header = gw_array_at(&event->headers, 0);

        (void)snprintf(scripted_destination.noticed_header, sizeof scripted_destination.noticed_header, "%.*s",
                       (int)header->value.len, header->value.ptr);
    }
    ck_assert_uint_ge(notice->count, notice->events.count);
    ck_assert(gw_text_is(event->sku, "LAMP"));
}

static enum gw_status destination_send(void *self, const struct gw_notice *notice, struct gw_verdict *verdict,
                                       int64_t deadline_ms, struct gw_error *reterr)
{
    enum gw_status status = next_result(reterr);

    (void)self;
    (void)deadline_ms;
    if (status == GW_OK) {
        judge(verdict, gw_notice_event(notice)->id, gw_notice_text(notice, "text"));
        note_attempt(notice);
    }
    note_event(notice);
    return status;
}

static void destination_keepalive(void *self)
{
    (void)self;
    atomic_fetch_add(&scripted_destination.keepalives, 1);
}

static const struct gw_publisher_ops publisher_ops = {
    .size = sizeof publisher_ops, .publish = destination_publish, .keepalive = destination_keepalive};
static const struct gw_notifier_ops notifier_ops = {
    .size = sizeof notifier_ops, .send = destination_send, .keepalive = destination_keepalive};
static const struct gw_plugin publisher_plugin = {
    .port = GW_PORT_PUBLISHER, .ops = &publisher_ops, .open = destination_open, .close = destination_close};
static const struct gw_plugin notifier_plugin = {
    .port = GW_PORT_NOTIFIER, .ops = &notifier_ops, .open = destination_open, .close = destination_close};

/* ---- the components --------------------------------------------------------------------------------------------- */

struct gw_component publisher_component(void)
{
    return (struct gw_component){
        .id = "events",
        .section = GW_SECTION_PUBLISHERS,
        .plugin = &publisher_plugin,
        .settings.delivery = {.backoff_ms = 1, .backoff_max_ms = 2, .timeout_ms = 1000, .batch = 3}};
}

static const struct gw_notifier_template text_template = {"text", NULL, GW_ESCAPE_NONE, false};
static const char *const nobody[] = {""};

struct gw_component notifier_component(int64_t give_up_ms)
{
    return (struct gw_component){
        .id = "console",
        .section = GW_SECTION_NOTIFIERS,
        .plugin = &notifier_plugin,
        .templates = &text_template,
        .template_count = 1,
        .recipients = nobody,
        .recipient_count = 1,
        .settings.delivery = {
            .backoff_ms = 1, .backoff_max_ms = 2, .timeout_ms = 1000, .batch = 1, .give_up_ms = give_up_ms}};
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

void add_rows(struct gw_session *session, const char *id, uint32_t count)
{
    static char ids[SCRIPT_MAX][16];
    struct gw_effect effects[SCRIPT_MAX] = {{0}};
    struct gw_product_change product = {.sku = gw_text_of("LAMP"), .version = 1, .events = count};
    struct gw_apply_result result = {.size = sizeof result};
    struct gw_changeset changeset = {.size = sizeof changeset, .stamp = 1};
    struct gw_error error = {0};

    for (uint32_t index = 0; index < count; index++) {
        (void)snprintf(ids[index], sizeof ids[index], "e%u", index + 1);
        effects[index] =
            (struct gw_effect){.event = index + 1,
                               .destination = gw_text_of(id),
                               .id = gw_text_of(ids[index]),
                               .type = gw_text_of("OutOfStock"),
                               .payload = gw_text_of("{\"sku\": \"LAMP\", \"orderid\": \"o\", \"qty\": 2}"),
                               .headers = gw_text_of("{\"traceparent\": \"trace\"}")};
    }
    changeset.products = (struct gw_array){&product, 1, sizeof product};
    changeset.effects = (struct gw_array){effects, count, sizeof *effects};
    ck_assert_msg(scripted_repository.ops.apply(session, &changeset, &result, &error) == GW_OK, "%s", error.text);
}

void assert_accepted(uint32_t index, const char *expected)
{
    ck_assert_uint_lt(index, scripted_destination.accepted_count);
    ck_assert_str_eq(scripted_destination.accepted[index], expected);
}

static const char payload[] = "{\"sku\": \"LAMP\", \"orderid\": \"o\", \"qty\": 2}";

void assert_all_published_in_order(struct gw_session *session, uint32_t count)
{
    char expected[160];

    ck_assert_uint_eq(scripted_destination.accepted_count, count);
    for (uint32_t index = 0; index < count; index++) {
        (void)snprintf(expected, sizeof expected, "e%u %s", index + 1, payload);
        assert_accepted(index, expected);
    }
    ck_assert_uint_eq(scripted_outbox_count(session, "events"), 0);
}
