/* SPDX-License-Identifier: Apache-2.0 */
/* Some lines about the gateway, then a row for each component, then what waits for nobody. */
#include "cli/verbs/status_table.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/listing.h"
#include "json/json.h"

#include <gangway/scope.h>

#include <inttypes.h>
#include <string.h>

GW_DEFINE_AUTO(struct gw_arena, gw_arena_free);
GW_DEFINE_AUTO(struct gw_json_reader, gw_json_reader_free);

enum { JSON_MAX_BYTES = 16 * 1024 * 1024, ARENA_MAX_BYTES = 8 * JSON_MAX_BYTES, UNKNOWN = -1 };

/* A status that was read. */
struct reading {
    struct gw_json_reader *reader;
    struct gw_arena *arena;
    struct gw_json_object gateway;
    struct gw_json_object components; /* each an object that is not read yet */
};

/* ---- members ---------------------------------------------------------------------------------------------------- */

static int64_t int_of(const struct gw_json_object *object, const char *name)
{
    const struct gw_json_member *member = gw_json_find(object, name);

    return member != NULL && member->kind == GW_JSON_INTEGER ? member->integer : UNKNOWN;
}

static bool is_true(const struct gw_json_object *object, const char *name)
{
    const struct gw_json_member *member = gw_json_find(object, name);

    return member != NULL && member->kind == GW_JSON_BOOL && member->boolean;
}

/* The empty text: there is none. */
static struct gw_text text_of(const struct gw_json_object *object, const char *name)
{
    const struct gw_json_member *member = gw_json_find(object, name);

    return member != NULL && member->kind == GW_JSON_STRING ? member->text : gw_text_of("");
}

/* No members: it is null or missing. */
static enum gw_status object_of(struct reading *reading, const struct gw_json_object *object, const char *name,
                                struct gw_json_object *ret_object, struct gw_error *reterr)
{
    const struct gw_json_member *member = gw_json_find(object, name);

    *ret_object = (struct gw_json_object){0};
    if (member == NULL || member->kind != GW_JSON_OBJECT)
        return GW_OK;
    return gw_json_read_object(reading->reader, reading->arena, member->text, ret_object, reterr);
}

static enum gw_status read_status(struct reading *reading, struct gw_text json, struct gw_error *reterr)
{
    enum gw_status status = gw_json_read_object(reading->reader, reading->arena, json, &reading->gateway, reterr);

    if (status == GW_OK)
        status = object_of(reading, &reading->gateway, "components", &reading->components, reterr);
    return status;
}

/* ---- cells ------------------------------------------------------------------------------------------------------ */

/* `12s`, `3m 20s`, `5h 3m`, `2d 4h`. */
static void append_age(struct gw_buffer *buffer, int64_t ms)
{
    int64_t s = ms > 0 ? ms / 1000 : 0;

    if (s < 60)
        gw_buffer_append_format(buffer, "%" PRId64 "s", s);
    else if (s < 3600)
        gw_buffer_append_format(buffer, "%" PRId64 "m %" PRId64 "s", s / 60, s % 60);
    else if (s < 86400)
        gw_buffer_append_format(buffer, "%" PRId64 "h %" PRId64 "m", s / 3600, s / 60 % 60);
    else
        gw_buffer_append_format(buffer, "%" PRId64 "d %" PRId64 "h", s / 86400, s / 3600 % 24);
}

/* The cells of a row, as offsets into one buffer: a cell that is not known is empty. */
struct row {
    struct gw_buffer text;
    size_t starts[GW_LISTING_MAX_COLUMNS + 1];
    size_t count;
};

static struct gw_buffer *begin_cell(struct row *row)
{
    row->starts[row->count++] = row->text.len;
    return &row->text;
}

static void end_cell(struct row *row)
{
    gw_buffer_append_byte(&row->text, '\0');
}

static void add_text(struct row *row, struct gw_text text)
{
    gw_buffer_append(begin_cell(row), text.ptr, (size_t)text.len);
    end_cell(row);
}

static void add_int(struct row *row, int64_t value)
{
    struct gw_buffer *cell = begin_cell(row);

    if (value >= 0)
        gw_buffer_append_int(cell, value);
    end_cell(row);
}

static void add_age(struct row *row, int64_t ms)
{
    struct gw_buffer *cell = begin_cell(row);

    if (ms >= 0)
        append_age(cell, ms);
    end_cell(row);
}

/* ---- a component ------------------------------------------------------------------------------------------------ */

struct table {
    struct reading now;
    struct gw_listing listing;
    struct row row;
    int64_t taken_ms;
};

static const struct gw_column columns[] = {
    {.name = "component"},
    {.name = "plugin"},
    {.name = "state"},
    {.name = "for"},
    {.name = "connected"},
    {.name = "done", .is_raw = true},
    {.name = "rate", .heading = "per s", .is_raw = true},
    {.name = "waiting", .is_raw = true},
    {.name = "oldest", .is_raw = true},
    {.name = "dead", .is_raw = true},
    {.name = "error"},
};

/* Messages received, or events sent; UNKNOWN: the repository does neither. */
static int64_t done_of(const struct gw_json_object *component)
{
    int64_t received = int_of(component, "received");

    return received >= 0 ? received : int_of(component, "sent");
}

/* The number as the gateway wrote it. */
static void add_rate(struct table *table, const struct gw_json_object *component)
{
    const struct gw_json_member *rate = gw_json_find(component, "received_per_s");

    if (rate == NULL)
        rate = gw_json_find(component, "sent_per_s");
    add_text(&table->row, rate != NULL && rate->kind == GW_JSON_NUMBER ? rate->text : gw_text_of(""));
}

static enum gw_status add_dead(struct table *table, const struct gw_json_object *component, struct gw_error *reterr)
{
    struct gw_json_object settled;
    enum gw_status status = object_of(&table->now, component, "settled", &settled, reterr);

    add_int(&table->row, settled.count > 0 ? int_of(&settled, "dead") : int_of(component, "dead"));
    return status;
}

static void add_connected(struct table *table, const struct gw_json_object *component)
{
    const struct gw_json_member *member = gw_json_find(component, "connected");
    bool is_known = member != NULL && member->kind == GW_JSON_BOOL;

    add_text(&table->row, gw_text_of(!is_known ? "" : member->boolean ? "yes" : "no"));
}

/* Another process delivers: that is no error, but explains why nothing is sent. */
static enum gw_status add_error(struct table *table, const struct gw_json_object *component, struct gw_error *reterr)
{
    const struct gw_json_member *delivers = gw_json_find(component, "delivers");
    struct gw_json_object error;
    enum gw_status status = object_of(&table->now, component, "error", &error, reterr);
    struct gw_buffer *cell = begin_cell(&table->row);

    if (error.count > 0) {
        struct gw_text code = text_of(&error, "code");
        struct gw_text text = text_of(&error, "text");

        gw_buffer_append_format(cell, "%.*s, ", (int)code.len, code.ptr);
        append_age(cell, table->taken_ms - int_of(&error, "last_unix_ms"));
        gw_buffer_append_format(cell, " ago: %.*s", (int)text.len, text.ptr);
    } else if (delivers != NULL && delivers->kind == GW_JSON_BOOL && !delivers->boolean) {
        struct gw_text holder = text_of(component, "holder");

        gw_buffer_append_string(cell, "another gateway delivers");
        if (holder.len > 0)
            gw_buffer_append_format(cell, ": %.*s", (int)holder.len, holder.ptr);
    }
    end_cell(&table->row);
    return status;
}

static void add_state(struct table *table, const struct gw_json_object *component)
{
    const struct gw_json_member *replacing = gw_json_find(component, "replacing");
    struct gw_text state = text_of(component, "state");
    int64_t since_ms = int_of(component, "since_unix_ms");

    gw_buffer_append_format(begin_cell(&table->row), "%.*s%s", (int)state.len, state.ptr,
                            replacing != NULL && replacing->boolean ? ", replacing" : "");
    end_cell(&table->row);
    add_age(&table->row, since_ms >= 0 ? table->taken_ms - since_ms : UNKNOWN);
}

static enum gw_status fill_row(struct table *table, const char *id, const struct gw_json_object *component,
                               struct gw_error *reterr)
{
    struct gw_json_object plugin;
    enum gw_status status = object_of(&table->now, component, "plugin", &plugin, reterr);
    int64_t lag = int_of(component, "lag");

    add_text(&table->row, gw_text_of(id));
    add_text(&table->row, text_of(&plugin, "name"));
    add_state(table, component);
    add_connected(table, component);
    add_int(&table->row, done_of(component));
    add_rate(table, component);
    add_int(&table->row, lag >= 0 ? lag : int_of(component, "pending"));
    add_age(&table->row, int_of(component, "oldest_age_ms"));
    if (status == GW_OK)
        status = add_dead(table, component, reterr);
    if (status == GW_OK)
        status = add_error(table, component, reterr);
    return status;
}

static enum gw_status add_component(struct table *table, const struct gw_json_member *member, struct gw_error *reterr)
{
    const char *cells[gw_array_length(columns)];
    const char *id = gw_arena_copy(table->now.arena, member->name.ptr, (size_t)member->name.len);
    struct gw_json_object component;
    enum gw_status status;

    if (id == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a table");
    gw_buffer_reset(&table->row.text);
    table->row.count = 0;
    status = gw_json_read_object(table->now.reader, table->now.arena, member->text, &component, reterr);
    if (status == GW_OK)
        status = fill_row(table, id, &component, reterr);
    if (status != GW_OK)
        return status;
    if (table->row.text.has_failed)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a table");
    for (size_t index = 0; index < table->row.count; index++) {
        cells[index] = table->row.text.ptr + table->row.starts[index];
        if (cells[index][0] == '\0')
            cells[index] = NULL;
    }
    gw_listing_add(&table->listing, cells);
    return GW_OK;
}

/* ---- the gateway ------------------------------------------------------------------------------------------------ */

static void append_terminal(struct gw_buffer *buffer, struct gw_text text)
{
    gw_buffer_append_terminal(buffer, text.ptr, (size_t)text.len);
}

static enum gw_status append_last_apply(struct gw_buffer *buffer, struct table *table, struct gw_error *reterr)
{
    struct gw_json_object apply;
    enum gw_status status = object_of(&table->now, &table->now.gateway, "last_apply", &apply, reterr);

    if (status != GW_OK || apply.count == 0)
        return status;
    gw_buffer_append_format(buffer, "last apply: number %" PRId64 ", ", int_of(&apply, "number"));
    append_terminal(buffer, text_of(&apply, "verdict"));
    gw_buffer_append_string(buffer, ", ");
    append_age(buffer, table->taken_ms - int_of(&apply, "ended_unix_ms"));
    gw_buffer_append_string(buffer, " ago: ");
    append_terminal(buffer, text_of(&apply, "text"));
    gw_buffer_append_byte(buffer, '\n');
    return GW_OK;
}

static void append_count(struct gw_buffer *buffer, const struct gw_json_object *gateway, const char *name,
                         const char *words)
{
    int64_t count = int_of(gateway, name);

    if (count >= 0)
        gw_buffer_append_format(buffer, "%s: %" PRId64 "\n", words, count);
}

static enum gw_status append_gateway(struct gw_buffer *buffer, struct table *table, struct gw_error *reterr)
{
    const struct gw_json_object *gateway = &table->now.gateway;
    int64_t started_ms = int_of(gateway, "started_unix_ms");

    append_terminal(buffer, text_of(gateway, "service"));
    gw_buffer_append_string(buffer, is_true(gateway, "starting")   ? ": starting"
                                    : is_true(gateway, "stopping") ? ": stopping"
                                                                   : ": running");
    if (started_ms >= 0) {
        gw_buffer_append_string(buffer, " for ");
        append_age(buffer, table->taken_ms - started_ms);
    }
    gw_buffer_append_format(buffer, ", generation %" PRId64 ", configuration ", int_of(gateway, "generation"));
    append_terminal(buffer, text_of(gateway, "config_hash"));
    gw_buffer_append_byte(buffer, '\n');
    if (int_of(gateway, "generations_alive") > 1)
        append_count(buffer, gateway, "generations_alive", "generations in use, because turns still run by older ones");
    if (int_of(gateway, "calls_not_returned") > 0)
        append_count(buffer, gateway, "calls_not_returned",
                     "calls of plugins that were abandoned and have not returned");
    append_count(buffer, gateway, "dead_letters", "dead letters");
    if (int_of(gateway, "log_records_dropped") > 0)
        append_count(buffer, gateway, "log_records_dropped", "log records dropped");
    return append_last_apply(buffer, table, reterr);
}

/* Which turns of a component run by older configurations, and since when. */
static enum gw_status append_old_generations(struct gw_buffer *buffer, struct table *table,
                                             const struct gw_json_member *member, struct gw_error *reterr)
{
    struct reading *now = &table->now;
    struct gw_json_object component;
    struct gw_json_object held = {0};
    enum gw_status status = gw_json_read_object(now->reader, now->arena, member->text, &component, reterr);

    if (status == GW_OK)
        status = object_of(now, &component, "old_generations", &held, reterr);
    for (size_t index = 0; status == GW_OK && index < held.count; index++) {
        struct gw_json_object generation;

        status = gw_json_read_object(now->reader, now->arena, held.members[index].text, &generation, reterr);
        if (status != GW_OK)
            break;
        append_terminal(buffer, member->name);
        gw_buffer_append_string(buffer, " holds generation ");
        append_terminal(buffer, held.members[index].name);
        gw_buffer_append_string(buffer, " for ");
        append_age(buffer, int_of(&generation, "held_ms"));
        gw_buffer_append_format(buffer, ", turns: %" PRId64 "\n", int_of(&generation, "turns"));
    }
    return status;
}

static enum gw_status append_holders(struct gw_buffer *buffer, struct table *table, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (size_t index = 0; status == GW_OK && index < table->now.components.count; index++)
        status = append_old_generations(buffer, table, &table->now.components.members[index], reterr);
    return status;
}

static void append_holder(struct gw_buffer *buffer, struct gw_text holder)
{
    if (holder.len == 0)
        return;
    gw_buffer_append_string(buffer, "; another gateway delivers them: ");
    append_terminal(buffer, holder);
}

static enum gw_status append_orphans(struct gw_buffer *buffer, struct table *table, struct gw_error *reterr)
{
    struct gw_json_object orphans;
    enum gw_status status = object_of(&table->now, &table->now.gateway, "orphans", &orphans, reterr);

    for (size_t index = 0; status == GW_OK && index < orphans.count; index++) {
        struct gw_json_object orphan;

        status = gw_json_read_object(table->now.reader, table->now.arena, orphans.members[index].text, &orphan, reterr);
        if (status != GW_OK)
            break;
        gw_buffer_append_format(buffer, "%" PRId64 " events wait for ", int_of(&orphan, "pending"));
        append_terminal(buffer, orphans.members[index].name);
        gw_buffer_append_string(buffer, ", which the configuration does not name; the oldest for ");
        append_age(buffer, int_of(&orphan, "oldest_age_ms"));
        append_holder(buffer, text_of(&orphan, "holder"));
        gw_buffer_append_byte(buffer, '\n');
    }
    return status;
}

static enum gw_status append_all(struct gw_buffer *buffer, struct table *table, struct gw_error *reterr)
{
    enum gw_status status = append_gateway(buffer, table, reterr);

    gw_listing_init(&table->listing, table->now.arena, columns, gw_array_length(columns));
    for (size_t index = 0; status == GW_OK && index < table->now.components.count; index++)
        status = add_component(table, &table->now.components.members[index], reterr);
    if (status != GW_OK)
        return status;
    gw_buffer_append_byte(buffer, '\n');
    gw_listing_print(&table->listing, GW_FORMAT_PLAIN, buffer);
    status = append_holders(buffer, table, reterr);
    return status == GW_OK ? append_orphans(buffer, table, reterr) : status;
}

enum gw_status gw_status_table(struct gw_buffer *buffer, struct gw_text json, struct gw_error *reterr)
{
    gw_auto(gw_arena_free) struct gw_arena *arena = gw_arena_new(ARENA_MAX_BYTES);
    gw_auto(gw_json_reader_free) struct gw_json_reader *reader = gw_json_reader_new(JSON_MAX_BYTES);
    struct table table = {.now = {.reader = reader, .arena = arena}};
    enum gw_status status;

    if (arena == NULL || reader == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a table");
    status = read_status(&table.now, json, reterr);
    if (status != GW_OK)
        return status;
    gw_buffer_init(&table.row.text, JSON_MAX_BYTES);
    table.taken_ms = int_of(&table.now.gateway, "taken_unix_ms");
    status = append_all(buffer, &table, reterr);
    gw_buffer_done(&table.row.text);
    if (status == GW_OK && buffer->has_failed)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a table");
    return status;
}
