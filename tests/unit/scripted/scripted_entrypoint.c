/* SPDX-License-Identifier: Apache-2.0 */
/* See scripted.h. */
#include "scripted.h"

#include <stdio.h>

struct scripted_entrypoint scripted_entrypoint;

static const char source_name[] = "scripted:source";

static enum gw_status entrypoint_open(const struct gw_host *host, const void *config, void **ret_self,
                                      struct gw_error *reterr)
{
    (void)host;
    (void)config;
    (void)reterr;
    *ret_self = &scripted_entrypoint;
    return GW_OK;
}

static void entrypoint_close(void *self)
{
    (void)self;
}

static enum gw_status give(struct scripted_entrypoint *self, struct gw_entrypoint_sink *sink)
{
    uint32_t index = self->next;
    struct gw_message message = {.size = sizeof message,
                                 .handle = index,
                                 .payload = gw_text_of(self->lines[index]),
                                 .source = gw_text_of(source_name),
                                 .offset = index,
                                 .next = (int64_t)index + 1,
                                 .line = (uint64_t)index + 1};
    enum gw_status status;

    if (self->has_ids) {
        (void)snprintf(self->ids[index], sizeof self->ids[index], "m%u", index);
        message.source = gw_text_of(NULL);
        message.offset = message.next = GW_OFFSET_NONE;
        message.id_scope = gw_text_of("queue");
        message.id = gw_text_of(self->ids[index]);
    }
    status = sink->message(sink, &message);
    self->next += status != GW_NOMEM;
    return status;
}

/* The end comes with a poll that finds nothing, so that a seek back is still seen. */
static enum gw_status entrypoint_poll(void *opaque, uint32_t max, int64_t timeout_ms, struct gw_entrypoint_sink *sink,
                                      struct gw_error *reterr)
{
    struct scripted_entrypoint *self = opaque;
    enum gw_status status = GW_OK;

    (void)timeout_ms;
    if (self->cancelled > 0) {
        self->cancelled--;
        return gw_error_set(reterr, GW_CANCELLED, "scripted");
    }
    if (!self->is_opened && !self->has_ids) {
        status = sink->opened(sink, gw_text_of(source_name));
        self->is_opened = status == GW_OK;
        return status;
    }
    if (self->next == self->line_count)
        return scripted_entrypoint.ends_with == GW_OK
                   ? GW_END
                   : gw_error_set(reterr, scripted_entrypoint.ends_with, "the input is refused");
    for (uint32_t given = 0; given < max && self->next < self->line_count && status == GW_OK; given++)
        status = give(self, sink);
    return status;
}

static enum gw_status entrypoint_settle(void *opaque, const struct gw_settlement *settlements, uint32_t count,
                                        struct gw_error *reterr)
{
    struct scripted_entrypoint *self = opaque;

    (void)reterr;
    for (uint32_t index = 0; index < count; index++) {
        self->outcomes[settlements[index].handle] = settlements[index].outcome;
        self->recorded_outcomes[settlements[index].handle] = settlements[index].recorded_outcome;
        self->reason_codes[settlements[index].handle] = settlements[index].reason_code;
        self->settles[settlements[index].handle]++;
    }
    return GW_OK;
}

static enum gw_status entrypoint_start(void *opaque, struct gw_start *starts, uint32_t count, struct gw_error *reterr)
{
    struct scripted_entrypoint *self = opaque;

    (void)reterr;
    for (uint32_t index = 0; index < count; index++) {
        if (starts[index].offset == GW_OFFSET_NONE)
            starts[index].offset = 0;
        self->started_at[self->start_count++] = starts[index].offset;
        self->next = (uint32_t)starts[index].offset;
    }
    return GW_OK;
}

static const struct gw_entrypoint_ops entrypoint_ops = {.size = sizeof(struct gw_entrypoint_ops),
                                                        .poll = entrypoint_poll,
                                                        .settle = entrypoint_settle,
                                                        .start = entrypoint_start};

const struct gw_plugin scripted_entrypoint_plugin = {.magic = GW_PLUGIN_MAGIC,
                                                     .struct_size = sizeof(struct gw_plugin),
                                                     .port = GW_PORT_ENTRYPOINT,
                                                     .features = GW_ENTRYPOINT_ORDERED,
                                                     .name = "scripted_entrypoint",
                                                     .ops = &entrypoint_ops,
                                                     .open = entrypoint_open,
                                                     .close = entrypoint_close};
