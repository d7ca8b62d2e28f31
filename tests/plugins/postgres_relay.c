/* SPDX-License-Identifier: Apache-2.0 */
/* See postgres_relay.h. */
#include "postgres_relay.h"

#include <stdio.h>

static const struct gw_text events = {"events", 6};

struct gw_session *relay_open(struct instance *instance)
{
    struct gw_session *session = NULL;

    ck_assert_status(
        instance, instance->ops->open_session(instance->self, &instance->host.host, &session, &instance->error), GW_OK);
    return session;
}

enum gw_status relay_lease(struct instance *instance, struct gw_session *session)
{
    return instance->ops->lease(session, events, &instance->error);
}

static enum gw_status keep_row(void *context, const struct gw_outbox_row *row)
{
    struct look *look = context;

    if (look->count == LOOK_MAX)
        return GW_INTERNAL;
    look->numbers[look->count] = row->number;
    look->stamps[look->count] = row->stamp;
    (void)snprintf(look->ids[look->count], sizeof look->ids[0], "%.*s", (int)row->id.len, row->id.ptr);
    look->count++;
    return GW_OK;
}

static void look_for(struct instance *instance, struct gw_session *session, uint32_t limit, bool wants_numbers,
                     struct look *ret_look)
{
    struct gw_outbox_visitor visitor = {
        .size = sizeof visitor, .wants_numbers = wants_numbers, .context = ret_look, .row = keep_row};

    ret_look->count = 0;
    ck_assert_status(instance,
                     instance->ops->outbox_next(session, events, 0, limit, LONGEST_WAIT_MS, &visitor,
                                                &ret_look->due_in_ms, &instance->error),
                     GW_OK);
}

void relay_look(struct instance *instance, struct gw_session *session, uint32_t limit, struct look *ret_look)
{
    look_for(instance, session, limit, false, ret_look);
}

void relay_look_for_numbers(struct instance *instance, struct gw_session *session, uint32_t limit,
                            struct look *ret_look)
{
    look_for(instance, session, limit, true, ret_look);
}

static enum gw_status settle(struct instance *instance, struct gw_session *session, const struct look *look,
                             const struct gw_outbox_settlement *how)
{
    static struct gw_outbox_settlement settlements[LOOK_MAX];
    struct gw_array array = {settlements, look->count, sizeof settlements[0]};

    for (uint32_t i = 0; i < look->count; i++) {
        settlements[i] = *how;
        settlements[i].number = look->numbers[i];
        settlements[i].stamp = look->stamps[i];
    }
    return instance->ops->outbox_settle(session, events, &array, 1, &instance->error);
}

enum gw_status relay_delivered(struct instance *instance, struct gw_session *session, const struct look *look)
{
    return settle(instance, session, look, &(struct gw_outbox_settlement){.to = 1});
}

enum gw_status relay_failed(struct instance *instance, struct gw_session *session, const struct look *look,
                            int64_t delay_ms)
{
    return settle(instance, session, look,
                  &(struct gw_outbox_settlement){.attempts = 1, .delay_ms = delay_ms, .answer = gw_text_of("away")});
}

const char *look_ids(const struct look *look)
{
    static char text[LOOK_MAX * sizeof look->ids[0]];
    size_t len = 0;

    text[0] = '\0';
    for (uint32_t i = 0; i < look->count; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", i > 0 ? " " : "", look->ids[i]);
    return text;
}

int64_t relay_await_lease(struct instance *instance, struct gw_session *session, int64_t within_ms)
{
    const struct gw_host *host = &instance->host.host;
    int64_t begin = host->monotonic_ms(host);
    enum gw_status status;

    while ((status = relay_lease(instance, session)) == GW_CONFLICT) {
        uint32_t ready;
        int64_t now = host->monotonic_ms(host);

        ck_assert_msg(now - begin <= within_ms, "the lease is not free after %lld ms", (long long)(now - begin));
        ck_assert_int_eq(host->wait(host, -1, 0, now + 20, &ready), GW_OK);
    }
    ck_assert_status(instance, status, GW_OK);
    return host->monotonic_ms(host) - begin;
}
