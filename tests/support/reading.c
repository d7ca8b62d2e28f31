/* SPDX-License-Identifier: Apache-2.0 */
/* A core in miniature. See reading.h. */
#include "reading.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE_MS = 60000 };

static struct position *position_of(struct reading *reading, struct gw_text source)
{
    size_t index;

    for (index = 0; index < reading->position_count; index++) {
        if (gw_text_is(source, reading->positions[index].source))
            return &reading->positions[index];
    }
    return NULL;
}

struct position *reading_position(struct reading *reading, const char *part)
{
    struct position *found = NULL;
    size_t index;

    for (index = 0; index < reading->position_count; index++) {
        if (strstr(reading->positions[index].source, part) == NULL)
            continue;
        ck_assert_ptr_null(found);
        found = &reading->positions[index];
    }
    return found;
}

/* ---- the sink */

static void keep(struct reading *reading, const struct gw_message *message)
{
    struct seen *seen;

    if (reading->count == reading->capacity) {
        reading->capacity = reading->capacity * 2 + 64;
        reading->seen = realloc(reading->seen, reading->capacity * sizeof *reading->seen);
        ck_assert_ptr_nonnull(reading->seen);
    }
    seen = &reading->seen[reading->count];
    seen->message = *message;
    seen->len = (size_t)message->payload.len;
    seen->payload = NULL;
    seen->is_given_up = 0;
    if (!reading->keeps_nothing) {
        seen->payload = calloc(1, seen->len + 1);
        ck_assert_ptr_nonnull(seen->payload);
        if (seen->len > 0)
            memcpy(seen->payload, message->payload.ptr, seen->len);
    }
    (void)snprintf(seen->source, sizeof seen->source, "%.*s", (int)message->source.len, message->source.ptr);
}

static void check_identity(const struct reading *reading, const struct gw_message *message)
{
    if (message->source.len > 0)
        ck_assert_msg((reading->plugin.descriptor->features & GW_ENTRYPOINT_ORDERED) != 0,
                      "a position from a plugin that does not say that it is ordered");
    if (message->id.len > 0)
        ck_assert_msg(message->id_scope.len > 0, "an id that does not say among which messages it is unique");
    ck_assert_msg((message->flags & GW_MESSAGE_OVERSIZED) != 0 || message->full_len == 0 ||
                      message->full_len == message->payload.len,
                  "a message that is not oversized, and of another length than its payload");
}

static void check_place(struct reading *reading, const struct gw_message *message)
{
    struct position *position = position_of(reading, message->source);

    ck_assert_msg(position != NULL && position->is_open, "a message of a source that is not open");
    ck_assert_int_ge(message->offset, position->reached);
    ck_assert_int_gt(message->next, message->offset);
    position->reached = message->next;
}

static enum gw_status sink_message(struct gw_entrypoint_sink *sink, const struct gw_message *message)
{
    struct reading *reading = sink->context;

    if (reading->has_no_memory > 0 && --reading->has_no_memory == 0)
        return GW_NOMEM;
    ck_assert_uint_eq(message->size, sizeof *message);
    check_identity(reading, message);
    if (message->source.len > 0)
        check_place(reading, message);
    keep(reading, message);
    reading->count++;
    reading->total++;
    return GW_OK;
}

static enum gw_status sink_opened(struct gw_entrypoint_sink *sink, struct gw_text source)
{
    struct reading *reading = sink->context;
    struct position *position = position_of(reading, source);

    if (reading->has_no_memory_to_open) {
        reading->has_no_memory_to_open = 0;
        return GW_NOMEM;
    }
    if (position == NULL) {
        ck_assert_uint_lt(reading->position_count, READING_SOURCES);
        position = &reading->positions[reading->position_count++];
        (void)snprintf(position->source, sizeof position->source, "%.*s", (int)source.len, source.ptr);
        position->next = GW_OFFSET_NONE;
        position->has_mark = 0;
    }
    ck_assert_msg(!position->is_open && !position->is_pending, "%s was opened twice", position->source);
    position->is_pending = 1;
    reading->pending[reading->pending_count++] = gw_text_of(position->source);
    return GW_OK;
}

/* Its messages that are not settled are no longer ours. */
static void give_up(struct reading *reading, struct gw_text source)
{
    for (size_t index = reading->settled; index < reading->count; index++)
        if (gw_text_is(source, reading->seen[index].source))
            reading->seen[index].is_given_up = 1;
}

static void forget_pending(struct reading *reading, struct gw_text source)
{
    size_t kept = 0;

    for (size_t index = 0; index < reading->pending_count; index++)
        if (!gw_text_equal(reading->pending[index], source))
            reading->pending[kept++] = reading->pending[index];
    reading->pending_count = kept;
}

static enum gw_status sink_closed(struct gw_entrypoint_sink *sink, struct gw_text source)
{
    struct reading *reading = sink->context;
    struct position *position = position_of(reading, source);

    ck_assert_msg(position != NULL && (position->is_open || position->is_pending),
                  "a source was closed that was not open");
    ck_assert_msg(reading->loses_sources || reading->count == reading->settled,
                  "a source was closed under messages that are not settled");
    give_up(reading, source);
    if (position->is_pending)
        forget_pending(reading, source);
    position->is_open = position->is_pending = 0;
    reading->closed_count++;
    return GW_OK;
}

/* ---- turns */

void reading_load(struct reading *reading, const char *plugin)
{
    size_t index;

    test_host_init(&reading->host, "orders");
    test_plugin_load(&reading->plugin, plugin, GW_PORT_ENTRYPOINT);
    reading->ops = reading->plugin.descriptor->ops;
    reading->count = reading->settled = reading->pending_count = reading->total = 0;
    reading->closed_count = 0;
    for (index = 0; index < reading->position_count; index++)
        reading->positions[index].is_open = reading->positions[index].is_pending = 0;
}

void reading_open(struct reading *reading)
{
    ck_assert_msg(test_plugin_lint(&reading->plugin, &reading->error) == GW_OK, "%s", reading->error.text);
    ck_assert_int_eq(
        reading->plugin.descriptor->open(&reading->host.host, reading->plugin.config, &reading->self, &reading->error),
        GW_OK);
}

void reading_begin(struct reading *reading, const char *plugin, const char *const *settings, size_t count)
{
    reading_load(reading, plugin);
    test_plugin_configure(&reading->plugin, settings, count);
    reading_open(reading);
}

static void forget(struct reading *reading)
{
    while (reading->count > 0)
        free(reading->seen[--reading->count].payload);
}

void reading_end(struct reading *reading)
{
    reading->plugin.descriptor->close(reading->self);
    test_plugin_done(&reading->plugin);
    forget(reading);
    free(reading->seen);
    reading->seen = NULL;
    reading->capacity = 0;
}

enum gw_status reading_poll(struct reading *reading, uint32_t max, int64_t timeout_ms)
{
    struct gw_entrypoint_sink sink = {
        .size = sizeof sink, .context = reading, .message = sink_message, .opened = sink_opened, .closed = sink_closed};
    size_t before = reading->count;
    enum gw_status status;

    memset(&reading->error, 0, sizeof reading->error);
    status = reading->ops->poll(reading->self, max, timeout_ms, &sink, &reading->error);
    ck_assert_uint_le(reading->count - before, max);
    return status;
}

/* The result of one start. A failed one is started again. */
static enum gw_status note_started(struct reading *reading, const struct gw_start *start)
{
    struct position *position = position_of(reading, start->source);

    position->is_open = start->status == GW_OK;
    position->is_pending = start->status != GW_OK;
    if (start->status == GW_OK) {
        ck_assert_int_ge(start->offset, 0);
        position->next = position->begun = position->reached = start->offset;
        return GW_OK;
    }
    ck_assert_msg(memchr(start->reason, '\0', sizeof start->reason) != NULL && start->reason[0] != '\0',
                  "%s could not start, and nobody says why", position->source);
    reading->pending[reading->pending_count++] = gw_text_of(position->source);
    if (reading->error.status == GW_OK)
        (void)gw_error_set(&reading->error, (enum gw_status)start->status, "%s", start->reason);
    return (enum gw_status)start->status;
}

enum gw_status reading_start(struct reading *reading)
{
    struct gw_start starts[READING_SOURCES];
    enum gw_status status = GW_OK;
    size_t count;
    size_t index;

    for (index = 0; index < reading->pending_count; index++) {
        const struct position *position = position_of(reading, reading->pending[index]);
        starts[index] = (struct gw_start){.source = reading->pending[index],
                                          .offset = position->next,
                                          .mark = position->mark,
                                          .has_mark = position->has_mark};
    }
    memset(&reading->error, 0, sizeof reading->error);
    if (reading->pending_count > 0)
        status = reading->ops->start(reading->self, starts, (uint32_t)reading->pending_count, &reading->error);
    if (status != GW_OK)
        return status;
    count = reading->pending_count;
    for (reading->pending_count = index = 0; index < count; index++) {
        enum gw_status started = note_started(reading, &starts[index]);

        status = status == GW_OK ? started : status;
    }
    return status;
}

enum gw_status reading_seek(struct reading *reading, struct position *position, int64_t next, uint64_t mark,
                            uint32_t has_mark)
{
    struct gw_start start = {
        .source = gw_text_of(position->source), .offset = next, .mark = mark, .has_mark = has_mark};
    enum gw_status status;

    memset(&reading->error, 0, sizeof reading->error);
    status = reading->ops->start(reading->self, &start, 1, &reading->error);
    if (status == GW_OK) {
        forget_pending(reading, start.source);
        status = note_started(reading, &start);
    }
    if (status == GW_OK) {
        position->mark = mark;
        position->has_mark = has_mark;
    }
    return status;
}

static void note_settled(struct reading *reading, const struct seen *seen, enum gw_outcome outcome)
{
    struct position *position = position_of(reading, seen->message.source);

    ck_assert_msg(reading->keeps_nothing || seen->len == 0 ||
                      memcmp(seen->payload, seen->message.payload.ptr, seen->len) == 0,
                  "a borrowed message changed");
    if (position == NULL || outcome == GW_OUTCOME_RETURNED)
        return;
    position->next = seen->message.next;
    position->mark = seen->message.mark;
    position->has_mark = 1;
}

void reading_settle_some(struct reading *reading, size_t count, enum gw_outcome outcome)
{
    struct gw_settlement *settlements = calloc(count + 1, sizeof *settlements);
    size_t index;

    ck_assert_ptr_nonnull(settlements);
    for (index = 0; index < count; index++) {
        const struct seen *seen = &reading->seen[reading->settled + index];
        enum gw_outcome its = seen->is_given_up ? GW_OUTCOME_RETURNED : outcome;

        note_settled(reading, seen, its);
        settlements[index] = (struct gw_settlement){.handle = seen->message.handle, .outcome = (uint32_t)its};
        if (its == GW_OUTCOME_REJECTED || its == GW_OUTCOME_DEAD)
            settlements[index].reason = gw_text_of("Invalid sku \"LAMP\"");
    }
    if (count > 0)
        ck_assert_int_eq(reading->ops->settle(reading->self, settlements, (uint32_t)count, &reading->error), GW_OK);
    free(settlements);
    reading->settled += count;
}

void reading_settle(struct reading *reading)
{
    reading_settle_some(reading, reading->count - reading->settled, GW_OUTCOME_APPLIED);
    if (reading->keeps_nothing) {
        forget(reading);
        reading->settled = 0;
    }
}

enum gw_status reading_turn(struct reading *reading, uint32_t max, int64_t timeout_ms)
{
    enum gw_status status = reading_poll(reading, max, timeout_ms);
    enum gw_status started = GW_OK;

    if (status == GW_OK || status == GW_END)
        started = reading_start(reading);
    reading_settle(reading);
    return started != GW_OK ? started : status;
}

enum gw_status reading_until(struct reading *reading, size_t count)
{
    int64_t deadline = reading->host.host.monotonic_ms(&reading->host.host) + PATIENCE_MS;
    enum gw_status status;

    do {
        status = reading_turn(reading, 1000, 100);
        ck_assert_msg(reading->host.host.monotonic_ms(&reading->host.host) < deadline, "%zu messages came: %s",
                      reading->total, reading_text(reading));
    } while (status == GW_OK && reading->total < count);
    return status;
}

const char *reading_text(const struct reading *reading)
{
    static char text[16384];
    size_t used = 0;
    size_t index;

    text[0] = '\0';
    for (index = 0; index < reading->count && used < sizeof text; index++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", index > 0 ? "|" : "",
                                 reading->seen[index].payload);
    return text;
}
