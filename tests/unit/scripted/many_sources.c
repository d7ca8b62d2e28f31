/* SPDX-License-Identifier: Apache-2.0 */
/* See many_sources.h. */
#include "many_sources.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

struct many_sources many;

static char payloads[MANY_SOURCES][MANY_OFFSETS][96];

struct many_source *many_add(const char *name, int64_t end)
{
    struct many_source *source = &many.sources[many.count++];

    ck_assert_uint_le(many.count, MANY_SOURCES);
    ck_assert_int_le(end, MANY_OFFSETS);
    *source = (struct many_source){.end = end, .refused_offset = -1};
    (void)snprintf(source->name, sizeof source->name, "%s", name);
    return source;
}

/* Without memory the sink takes nothing, and is asked again later. */
static bool takes(enum gw_status status)
{
    ck_assert(status == GW_OK || status == GW_NOMEM);
    if (status != GW_OK)
        many.refused = status;
    return status == GW_OK;
}

void many_open(struct gw_entrypoint_sink *sink, struct many_source *source)
{
    source->is_open = takes(sink->opened(sink, gw_text_of(source->name)));
    source->is_running = false;
}

void many_open_all(struct gw_entrypoint_sink *sink)
{
    for (uint32_t index = 0; index < many.count; index++)
        if (!many.sources[index].is_open)
            many_open(sink, &many.sources[index]);
}

void many_close(struct gw_entrypoint_sink *sink, struct many_source *source)
{
    ck_assert(sink->closed(sink, gw_text_of(source->name)) == GW_OK);
    source->is_open = source->is_running = false;
}

void many_give(struct gw_entrypoint_sink *sink, struct many_source *source, uint32_t count)
{
    uint32_t place = (uint32_t)(source - many.sources);

    for (; count > 0 && source->next < source->end; count--) {
        int64_t offset = source->next;
        char *payload = payloads[place][offset];
        struct gw_message message = {.size = sizeof message,
                                     .handle = place * (uint64_t)MANY_OFFSETS + (uint64_t)offset,
                                     .source = gw_text_of(source->name),
                                     .offset = offset,
                                     .next = offset + 1};

        (void)snprintf(payload, sizeof payloads[0][0],
                       "{\"type\": \"CreateBatch\", \"ref\": \"%s-%d\", \"sku\": \"LAMP\", \"qty\": 1}", source->name,
                       (int)offset);
        message.payload = gw_text_of(payload);
        if (!takes(sink->message(sink, &message)))
            return;
        source->given[offset]++;
        source->next++;
    }
}

bool many_is_exhausted(void)
{
    for (uint32_t index = 0; index < many.count; index++)
        if (many.sources[index].is_running && many.sources[index].next < many.sources[index].end)
            return false;
    return true;
}

void many_assert_applied_once(const struct many_source *source)
{
    for (int64_t offset = 0; offset < source->end; offset++)
        ck_assert_msg(source->applied[offset] == 1, "%s %d was applied %u times", source->name, (int)offset,
                      source->applied[offset]);
}

/* ---- slots ------------------------------------------------------------------------------------------------------ */

static enum gw_status sources_open(const struct gw_host *host, const void *config, void **ret_self,
                                   struct gw_error *reterr)
{
    (void)config;
    (void)reterr;
    many.host = host;
    *ret_self = &many;
    return GW_OK;
}

static void sources_close(void *self)
{
    (void)self;
    if (many.polls > 0)
        ck_assert(pthread_equal(many.thread, pthread_self()));
    ck_assert(!many.is_closed);
    many.is_closed = true;
}

/* One message of each running source in turns, so that no two neighbours are of one. */
static enum gw_status sources_poll(void *self, uint32_t max, int64_t timeout_ms, struct gw_entrypoint_sink *sink,
                                   struct gw_error *reterr)
{
    uint32_t given = 0;
    uint32_t before = max + 1;

    (void)self;
    (void)timeout_ms;
    (void)reterr;
    if (many.polls++ == 0)
        many.thread = pthread_self();
    ck_assert(pthread_equal(many.thread, pthread_self()));
    many.refused = GW_OK;
    if (many.in_poll != NULL && many.in_poll(sink))
        return many.refused;
    while (given < max && given != before && many.refused == GW_OK) {
        before = given;
        for (uint32_t index = 0; index < many.count && given < max && many.refused == GW_OK; index++) {
            struct many_source *source = &many.sources[index];

            if (!source->is_running || source->next == source->end)
                continue;
            many_give(sink, source, 1);
            given++;
        }
    }
    if (many.refused != GW_OK)
        return many.refused;
    return given > 0 ? GW_OK : GW_END; /* also while one cannot start: that is the core's to know */
}

static enum gw_status sources_settle(void *self, const struct gw_settlement *settlements, uint32_t count,
                                     struct gw_error *reterr)
{
    (void)self;
    (void)reterr;
    ck_assert(!many.is_closed);
    for (uint32_t index = 0; index < count; index++) {
        struct many_source *source = &many.sources[settlements[index].handle / MANY_OFFSETS];
        uint64_t offset = settlements[index].handle % MANY_OFFSETS;

        if (settlements[index].outcome == GW_OUTCOME_RETURNED)
            source->returned[offset]++;
        else
            source->applied[offset]++;
        ck_assert_uint_le(source->returned[offset] + source->applied[offset], source->given[offset]);
    }
    if (many.in_settle != NULL)
        many.in_settle();
    return GW_OK;
}

static void start_one(struct gw_start *start)
{
    for (uint32_t index = 0; index < many.count; index++) {
        struct many_source *source = &many.sources[index];

        if (!gw_text_is(start->source, source->name))
            continue;
        ck_assert_msg(source->is_open, "%s is started, and not open", source->name);
        source->starts++;
        source->is_running = false;
        if (source->refusal[0] != '\0' && (source->refused_offset < 0 || source->refused_offset == start->offset)) {
            gw_start_refuse(start, GW_CONFIG, "%s", source->refusal);
            return;
        }
        if (start->offset == GW_OFFSET_NONE)
            start->offset = 0;
        start->is_once = source->is_once;
        source->next = source->started_at = start->offset;
        source->is_running = true;
    }
}

static enum gw_status sources_start(void *self, struct gw_start *starts, uint32_t count, struct gw_error *reterr)
{
    (void)self;
    many.start_calls++;
    if (many.failing_starts > 0) {
        many.failing_starts--;
        return gw_error_set(reterr, GW_TRANSIENT, "the broker is away");
    }
    if (count > many.most_together)
        many.most_together = count;
    for (uint32_t index = 0; index < count; index++)
        start_one(&starts[index]);
    return GW_OK;
}

static const struct gw_entrypoint_ops sources_ops = {
    .size = sizeof(struct gw_entrypoint_ops), .poll = sources_poll, .settle = sources_settle, .start = sources_start};

static const struct gw_metric sources_metrics[] = {
    [MANY_METRIC_CONNECTION_UP] = {.name = GW_METRIC_CONNECTION_UP, .help = "Whether.", .type = GW_METRIC_GAUGE},
    [MANY_METRIC_LAG] = {.name = GW_METRIC_LAG,
                         .help = "How many.",
                         .label = GW_METRIC_LABEL_SOURCE,
                         .type = GW_METRIC_GAUGE},
};

const struct gw_plugin many_sources_plugin = {.magic = GW_PLUGIN_MAGIC,
                                              .struct_size = sizeof(struct gw_plugin),
                                              .port = GW_PORT_ENTRYPOINT,
                                              .features = GW_ENTRYPOINT_ORDERED,
                                              .name = "many_sources",
                                              .ops = &sources_ops,
                                              GW_PLUGIN_METRICS(sources_metrics),
                                              .open = sources_open,
                                              .close = sources_close};
