/* SPDX-License-Identifier: Apache-2.0 */
/* The plugin is loaded as the core loads it, so that the tested code is the shipped code. */
#include "shop.h"

#include <gangway/scope.h>

#include <stdio.h>
#include <stdlib.h>

enum { TEXT_MAX_BYTES = 64 * 1024 * 1024 };

#define succeed(shop, call)                                                       \
    do {                                                                          \
        if ((call) != GW_OK)                                                      \
            ck_abort_msg("line %d: %s: %s", __LINE__, #call, (shop)->error.text); \
    } while (0)

void require_same_text(const char *found, const char *expected)
{
    size_t at = 0;

    while (found[at] != '\0' && found[at] == expected[at])
        at++;
    if (found[at] != expected[at])
        ck_abort_msg("from byte %zu: `%.300s` instead of `%.300s`", at, found + (at < 40 ? 0 : at - 40),
                     expected + (at < 40 ? 0 : at - 40));
}

/* ---- opening ---------------------------------------------------------------------------------------------------- */

static void route(struct shop *shop, const char *event)
{
    static const struct gw_text nobody = {NULL, 0};
    static struct gw_destination destination = {.recipients = &nobody, .recipient_count = 1};

    destination.id = T("events");
    require(gw_message_bus_route(shop->bus, gw_event_spec_find(T(event)), &destination));
}

enum gw_status shop_new_turn(struct shop *shop, size_t max_bytes)
{
    gw_turn_free(shop->turn);
    shop->turn = gw_turn_new(shop->bus, &shop->ops, shop->session, max_bytes, 8 * 1024 * 1024);
    return shop->turn != NULL ? GW_OK : GW_NOMEM;
}

void shop_new_cache(struct shop *shop, int64_t cache_bytes)
{
    gw_turn_free(shop->turn);
    shop->turn = gw_turn_new(shop->bus, &shop->ops, shop->session, SHOP_TURN_MAX_BYTES, cache_bytes);
    require(shop->turn != NULL);
}

static void open_worker(struct shop *shop)
{
    struct gw_buffer *buffers[] = {&shop->answer, &shop->events, &shop->rows,
                                   &shop->stock,  &shop->state,  &shop->letters};

    succeed(shop, shop->ops.open_session(shop->self, &shop->host.host, &shop->session, &shop->error));
    shop->bus = gw_message_bus_new();
    require(shop->bus != NULL);
    route(shop, "Allocated");
    route(shop, "Deallocated");
    route(shop, "OutOfStock");
    require(shop_new_turn(shop, SHOP_TURN_MAX_BYTES) == GW_OK);
    for (size_t index = 0; index < gw_array_length(buffers); index++)
        gw_buffer_init(buffers[index], TEXT_MAX_BYTES);
}

void shop_open(struct shop *shop)
{
    int64_t from;
    int64_t to;

    memset(shop, 0, sizeof *shop);
    test_host_init(&shop->host, "repository");
    test_plugin_load(&shop->plugin, "memory_repository", GW_PORT_REPOSITORY);
    test_plugin_configure(&shop->plugin, NULL, 0);
    shop->ops = *(const struct gw_repository_ops *)shop->plugin.descriptor->ops;
    succeed(shop, shop->plugin.descriptor->open(&shop->host.host, shop->plugin.config, &shop->self, &shop->error));
    succeed(shop, shop->ops.migrate(shop->self, &shop->host.host, &from, &to, &shop->error));
    open_worker(shop);
}

void shop_open_beside(struct shop *shop, struct shop *other)
{
    memset(shop, 0, sizeof *shop);
    test_host_init(&shop->host, "repository");
    shop->ops = other->ops;
    shop->self = other->self;
    shop->is_guest = true;
    open_worker(shop);
}

void shop_close(struct shop *shop)
{
    struct gw_buffer *buffers[] = {&shop->answer, &shop->events, &shop->rows,
                                   &shop->stock,  &shop->state,  &shop->letters};

    gw_turn_free(shop->turn);
    gw_message_bus_free(shop->bus);
    shop->ops.close_session(shop->session);
    for (size_t index = 0; index < gw_array_length(buffers); index++)
        gw_buffer_done(buffers[index]);
    if (shop->is_guest)
        return;
    shop->plugin.descriptor->close(shop->self);
    test_plugin_done(&shop->plugin);
}

/* ---- commands --------------------------------------------------------------------------------------------------- */

struct field {
    const char *name;
    const char *string; /* NULL: the integer counts */
    int64_t integer;
};

struct fields {
    struct gw_values values;
    struct field list[4];
};

static struct gw_value find_field(const struct gw_values *self, const char *name)
{
    const struct fields *fields = gw_container_of(self, struct fields, values);

    for (size_t index = 0; index < gw_array_length(fields->list); index++) {
        const struct field *field = &fields->list[index];

        if (field->name == NULL || strcmp(field->name, name) != 0)
            continue;
        if (field->string != NULL)
            return (struct gw_value){.kind = GW_VALUE_STRING, .text = T(field->string)};
        return (struct gw_value){.kind = GW_VALUE_INTEGER, .integer = field->integer};
    }
    return (struct gw_value){.kind = GW_VALUE_ABSENT};
}

/* The identity of the next message; empty when memory has run out. */
static struct gw_text next_identity(struct shop *shop)
{
    char identity[32];
    int len = snprintf(identity, sizeof identity, "m%d", ++shop->sent);
    const char *copy = gw_arena_copy(gw_turn_arena(shop->turn), identity, (size_t)len);

    return gw_text_span(copy, copy != NULL ? (uint64_t)len : 0);
}

static void add(struct shop *shop, const char *command, const struct fields *fields, const char *reason)
{
    static const struct gw_message nothing = {.size = sizeof nothing};
    struct gw_turn_message message = shop->next;
    enum gw_status status;

    message.command = command != NULL ? gw_command_spec_find(T(command)) : NULL;
    message.values = fields != NULL ? &fields->values : NULL;
    message.reason = T(reason);
    if (message.identity.len == 0)
        message.identity = next_identity(shop);
    if (message.origin == NULL)
        message.origin = &nothing;
    status = message.identity.len > 0 ? gw_turn_add(shop->turn, &message) : GW_NOMEM;
    if (shop->added == GW_OK)
        shop->added = status;
}

void shop_create(struct shop *shop, const char *ref, const char *sku, int64_t qty, const char *eta)
{
    struct fields fields = {{find_field}, {{"ref", ref, 0}, {"sku", sku, 0}, {"qty", NULL, qty}}};

    if (eta != NULL)
        fields.list[3] = (struct field){"eta", eta, 0};
    add(shop, "CreateBatch", &fields, NULL);
}

void shop_allocate(struct shop *shop, const char *orderid, const char *sku, int64_t qty)
{
    struct fields fields = {{find_field}, {{"orderid", orderid, 0}, {"sku", sku, 0}, {"qty", NULL, qty}}};

    add(shop, "Allocate", &fields, NULL);
}

void shop_deallocate(struct shop *shop, const char *orderid, const char *sku, int64_t qty)
{
    struct fields fields = {{find_field}, {{"orderid", orderid, 0}, {"sku", sku, 0}, {"qty", NULL, qty}}};

    add(shop, "Deallocate", &fields, NULL);
}

void shop_change(struct shop *shop, const char *ref, int64_t qty)
{
    struct fields fields = {{find_field}, {{"ref", ref, 0}, {"qty", NULL, qty}}};

    add(shop, "ChangeBatchQuantity", &fields, NULL);
}

void shop_refused(struct shop *shop, const char *reason)
{
    add(shop, NULL, NULL, reason);
}

/* ---- the turn --------------------------------------------------------------------------------------------------- */

enum gw_status shop_attempt(struct shop *shop)
{
    if (shop->added != GW_OK)
        return shop->added;
    return gw_turn_attempt(shop->turn, 0, gw_turn_count(shop->turn), &shop->error);
}

/* Once more after a conflict, as a worker does: a line that was presumed free may have been held. */
void shop_run(struct shop *shop)
{
    enum gw_status status;

    succeed(shop, shop_attempt(shop));
    status = gw_turn_commit(shop->turn, &shop->error);
    if (status == GW_CONFLICT) {
        succeed(shop, shop_attempt(shop));
        status = gw_turn_commit(shop->turn, &shop->error);
    }
    succeed(shop, status);
}

void shop_next_turn(struct shop *shop)
{
    gw_turn_reset(shop->turn);
    shop->added = GW_OK;
}

static const char *text_of(struct gw_buffer *buffer)
{
    require(!buffer->has_failed);
    return buffer->ptr != NULL ? buffer->ptr : "";
}

static void append_text(struct gw_buffer *buffer, struct gw_text text)
{
    gw_buffer_append(buffer, text.ptr, (size_t)text.len);
}

const char *shop_result(struct shop *shop, uint32_t index)
{
    struct gw_turn_result result = gw_turn_result(shop->turn, index);
    struct gw_buffer *answer = &shop->answer;

    gw_buffer_reset(answer);
    gw_buffer_append_string(answer, gw_outcome_word(result.outcome));
    if (result.outcome == GW_OUTCOME_DUPLICATE)
        gw_buffer_append_format(answer, " of %s", gw_outcome_word(result.recorded_outcome));
    if (result.reason.len > 0) {
        gw_buffer_append_string(answer, ": ");
        append_text(answer, result.reason);
    }
    return text_of(answer);
}

/* ---- the outbox ------------------------------------------------------------------------------------------------- */

/* `{"sku": "LAMP", "qty": 2}` as `LAMP 2`. */
static void append_values(struct gw_buffer *buffer, struct gw_text payload)
{
    for (uint64_t at = 0; at < payload.len; at++) {
        if (payload.ptr[at] != ':')
            continue;
        gw_buffer_append_byte(buffer, ' ');
        for (at += 2; at < payload.len && payload.ptr[at] != ',' && payload.ptr[at] != '}'; at++)
            if (payload.ptr[at] != '"')
                gw_buffer_append_byte(buffer, payload.ptr[at]);
    }
}

static enum gw_status on_event(void *context, const struct gw_outbox_row *row)
{
    struct shop *shop = context;

    if (shop->events.len > 0)
        gw_buffer_append_string(&shop->events, "; ");
    append_text(&shop->events, row->type);
    append_values(&shop->events, row->payload);
    shop->told_until = row->number;
    return GW_OK;
}

static void visit_outbox(struct shop *shop, const char *destination, int64_t after,
                         enum gw_status (*visit)(void *context, const struct gw_outbox_row *row))
{
    struct gw_outbox_visitor visitor = {.size = sizeof visitor, .context = shop, .row = visit};
    int64_t due_in_ms;

    succeed(shop, shop->ops.outbox_next(shop->session, T(destination), after, UINT32_MAX, 0, &visitor, &due_in_ms,
                                        &shop->error));
}

const char *shop_events(struct shop *shop)
{
    gw_buffer_reset(&shop->events);
    visit_outbox(shop, "events", shop->told_until, on_event);
    return text_of(&shop->events);
}

static enum gw_status on_row(void *context, const struct gw_outbox_row *row)
{
    struct gw_buffer *rows = &((struct shop *)context)->rows;

    require(row->event_unix_ms > 0 && row->stamp > 0 && row->sequence > 0);
    gw_buffer_append_int(rows, row->number);
    gw_buffer_append_byte(rows, ' ');
    append_text(rows, row->type);
    gw_buffer_append_byte(rows, ' ');
    append_text(rows, row->id);
    gw_buffer_append_byte(rows, ' ');
    append_text(rows, row->sku);
    gw_buffer_append_byte(rows, ' ');
    append_text(rows, row->payload);
    if (row->recipient.len > 0) {
        gw_buffer_append_string(rows, " to=");
        append_text(rows, row->recipient);
    }
    if (row->headers.len > 0) {
        gw_buffer_append_string(rows, " headers=");
        append_text(rows, row->headers);
    }
    gw_buffer_append_byte(rows, '\n');
    return GW_OK;
}

const char *shop_rows(struct shop *shop, const char *destination)
{
    gw_buffer_reset(&shop->rows);
    visit_outbox(shop, destination, 0, on_row);
    return text_of(&shop->rows);
}

/* ---- the state -------------------------------------------------------------------------------------------------- */

static enum gw_status on_batch_row(void *context, const struct gw_view_row *row)
{
    struct gw_buffer *stock = &((struct shop *)context)->stock;

    if (stock->len > 0)
        gw_buffer_append_string(stock, ", ");
    append_text(stock, row->ref);
    gw_buffer_append_byte(stock, ' ');
    gw_buffer_append_int(stock, row->qty);
    return GW_OK;
}

const char *shop_stock(struct shop *shop, const char *sku)
{
    struct gw_view_arguments arguments = {.size = sizeof arguments, .sku = T(sku)};
    struct gw_view_visitor visitor = {.size = sizeof visitor, .context = shop, .row = on_batch_row};

    gw_buffer_reset(&shop->stock);
    succeed(shop, shop->ops.query(shop->session, GW_VIEW_AVAILABILITY, &arguments, &visitor, &shop->error));
    return text_of(&shop->stock);
}

static enum gw_status on_line_row(void *context, const struct gw_view_row *row)
{
    struct gw_buffer *state = &((struct shop *)context)->state;

    if (state->len > 0)
        gw_buffer_append_string(state, ", ");
    append_text(state, row->sku);
    gw_buffer_append_byte(state, ' ');
    append_text(state, row->ref);
    gw_buffer_append_byte(state, ' ');
    gw_buffer_append_int(state, row->qty);
    return GW_OK;
}

const char *shop_order(struct shop *shop, const char *orderid)
{
    struct gw_view_arguments arguments = {.size = sizeof arguments, .orderid = T(orderid)};
    struct gw_view_visitor visitor = {.size = sizeof visitor, .context = shop, .row = on_line_row};

    gw_buffer_reset(&shop->state);
    succeed(shop, shop->ops.query(shop->session, GW_VIEW_ALLOCATIONS, &arguments, &visitor, &shop->error));
    return text_of(&shop->state);
}

static enum gw_status on_product(void *context, const struct gw_product_snapshot *product)
{
    *(int64_t *)context = product->version;
    return GW_OK;
}

static enum gw_status on_batch(void *context, const struct gw_batch_snapshot *batch)
{
    (void)context, (void)batch;
    return GW_OK;
}

int64_t shop_version(struct shop *shop, const char *sku)
{
    int64_t version = -1;
    struct gw_product_request product = {.sku = T(sku), .room = 1, .limit = 1};
    struct gw_load_request request = {.size = sizeof request, .products = {&product, 1, sizeof product}};
    struct gw_load_visitor visitor = {
        .size = sizeof visitor, .context = &version, .product = on_product, .batch = on_batch};

    succeed(shop, shop->ops.load(shop->session, &request, &visitor, &shop->error));
    return version;
}

static enum gw_status on_letter(void *context, const struct gw_dead_entry *entry)
{
    struct gw_buffer *letters = &((struct shop *)context)->letters;

    append_text(letters, entry->letter.reason);
    gw_buffer_append_byte(letters, '\n');
    return GW_OK;
}

const char *shop_letters(struct shop *shop)
{
    struct gw_dead_filter filter = {.size = sizeof filter};
    struct gw_dead_visitor visitor = {.size = sizeof visitor, .context = shop, .entry = on_letter};

    gw_buffer_reset(&shop->letters);
    succeed(shop, shop->ops.dead_list(shop->session, &filter, &visitor, &shop->error));
    return text_of(&shop->letters);
}

static enum gw_status on_position(void *context, const struct gw_position *position)
{
    *(int64_t *)context = position->next;
    return GW_OK;
}

int64_t shop_position(struct shop *shop, const char *source)
{
    int64_t next = GW_OFFSET_NONE;
    struct gw_text name = T(source);
    struct gw_array sources = {&name, 1, sizeof name};
    struct gw_position_visitor visitor = {.size = sizeof visitor, .context = &next, .position = on_position};

    succeed(shop, shop->ops.positions(shop->session, &sources, &visitor, &shop->error));
    return next;
}
