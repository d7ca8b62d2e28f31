/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `notify explain`: who would be notified of an event by this file, when, under which key, and what delays it. It asks
 * a running gateway only with --socket. A further rule of a route gets a function beside those of the cells.
 */
#include "cli/bootstrap_file.h"
#include "cli/complaint.h"
#include "cli/event_file.h"
#include "cli/exit_status.h"
#include "cli/printout.h"
#include "cli/verbs.h"
#include "cli/verbs/notify_delay.h"
#include "config/route_group.h"
#include "options/option_text.h"
#include "relay/notice_id.h"

#include <gangway/scope.h>

#include <string.h>

enum { ROLE, CHANNEL, RECIPIENT, WHEN, DELAYED_BY, KEY, TIMEOUT, BACKOFF, BACKOFF_MAX, GIVE_UP, THEN, EVENT, PLUGIN };

static const struct gw_column columns[] = {
    [ROLE] = {.name = "role"},
    [CHANNEL] = {.name = "channel"},
    [RECIPIENT] = {.name = "recipient"},
    [WHEN] = {.name = "when"},
    [DELAYED_BY] = {.name = "delayed_by"},
    [KEY] = {.name = "key"},
    [TIMEOUT] = {.name = "timeout"},
    [BACKOFF] = {.name = "backoff"},
    [BACKOFF_MAX] = {.name = "backoff_max", .heading = "to"},
    [GIVE_UP] = {.name = "give_up"},
    [THEN] = {.name = "then"},
    [EVENT] = {.name = "event", .is_json_only = true},
    [PLUGIN] = {.name = "plugin", .is_json_only = true},
};

enum { CELL_MAX_BYTES = 64 * 1024 };

struct explaining {
    struct gw_arena *arena;
    struct gw_printout printout;
    const struct gw_route *route;
    const struct gw_named_event *event;
    struct gw_notify_delays *delays;
};

/* ---- the cells -------------------------------------------------------------------------------------------------- */

/* The text in the buffer, which is freed. NULL: memory ran out, which the printout remembers. */
static const char *take_cell(struct explaining *explaining, struct gw_buffer *buffer)
{
    const char *cell = buffer->has_failed ? NULL : gw_arena_copy(explaining->arena, buffer->ptr, buffer->len);

    if (cell == NULL)
        explaining->printout.has_failed = true;
    gw_buffer_done(buffer);
    return cell;
}

/* Appends a setting of the core as the file would write it. */
static void append_setting(struct gw_buffer *buffer, const struct gw_component *notifier, const char *name)
{
    const struct gw_section_spec *section = gw_section_spec(notifier->section);

    for (size_t index = 0; index < section->table_count; index++) {
        const struct gw_option *option = gw_option_find(&section->tables[index], gw_text_of(name));

        if (option != NULL)
            (void)gw_option_append_value(option, &notifier->settings, buffer);
    }
}

static const char *setting_cell(struct explaining *explaining, const struct gw_component *notifier, const char *name)
{
    struct gw_buffer buffer;

    gw_buffer_init(&buffer, CELL_MAX_BYTES);
    append_setting(&buffer, notifier, name);
    return take_cell(explaining, &buffer);
}

static void append_ids(struct gw_buffer *buffer, const struct gw_component_list *list)
{
    for (size_t index = 0; index < list->count; index++) {
        gw_buffer_append_string(buffer, index > 0 ? ", " : "");
        gw_buffer_append_string(buffer, list->items[index]->id);
    }
}

/* A notice of a group waits for further events. A fallback gets the notice when one of the route's notifiers has given
 * it up. */
static const char *when_cell(struct explaining *explaining, bool is_fallback)
{
    struct gw_buffer buffer;

    if (!is_fallback && !gw_route_is_grouped(explaining->route))
        return "at the commit";
    gw_buffer_init(&buffer, CELL_MAX_BYTES);
    gw_buffer_append_string(&buffer, is_fallback ? "given up by " : "with its group ");
    if (is_fallback)
        append_ids(&buffer, &explaining->route->notify);
    else
        gw_group_append(&explaining->route->group, &buffer);
    return take_cell(explaining, &buffer);
}

/* What becomes of a notice that is given up. */
static const char *then_cell(struct explaining *explaining, bool is_fallback)
{
    struct gw_buffer buffer;

    if (is_fallback || explaining->route->fallback.count == 0)
        return "dead letter";
    gw_buffer_init(&buffer, CELL_MAX_BYTES);
    gw_buffer_append_string(&buffer, "dead letter, and to ");
    append_ids(&buffer, &explaining->route->fallback);
    return take_cell(explaining, &buffer);
}

/* The idempotency key of every attempt for this recipient. A program gets no key of an event without id. */
static const char *key_cell(struct explaining *explaining, const struct gw_component *notifier, const char *recipient)
{
    struct gw_text id = explaining->event->id;
    const char *cell = NULL;

    if (id.len == 0)
        return explaining->printout.format == GW_FORMAT_JSON ? NULL : "a hash of channel, recipient and event id";
    id = gw_notice_id(explaining->arena, gw_text_of(notifier->id), gw_text_of(recipient), id);
    if (id.len > 0)
        cell = gw_arena_copy(explaining->arena, id.ptr, (size_t)id.len);
    if (cell == NULL)
        explaining->printout.has_failed = true;
    return cell;
}

static const char *delay_cell(struct explaining *explaining, const struct gw_component *notifier)
{
    struct gw_buffer buffer;
    bool is_delayed;

    gw_buffer_init(&buffer, CELL_MAX_BYTES);
    is_delayed = gw_notify_delays_append(explaining->delays, notifier, &buffer);
    if (is_delayed)
        return take_cell(explaining, &buffer);
    gw_buffer_done(&buffer);
    return NULL;
}

/* ---- the rows --------------------------------------------------------------------------------------------------- */

static void explain_notifier(struct explaining *explaining, const struct gw_component *notifier, bool is_fallback)
{
    const char *cells[] = {[ROLE] = is_fallback ? "fallback" : "notify",
                           [CHANNEL] = notifier->id,
                           [WHEN] = when_cell(explaining, is_fallback),
                           [DELAYED_BY] = delay_cell(explaining, notifier),
                           [TIMEOUT] = setting_cell(explaining, notifier, "timeout"),
                           [BACKOFF] = setting_cell(explaining, notifier, "backoff"),
                           [BACKOFF_MAX] = setting_cell(explaining, notifier, "backoff_max"),
                           [GIVE_UP] = setting_cell(explaining, notifier, "give_up"),
                           [THEN] = then_cell(explaining, is_fallback),
                           [EVENT] = explaining->event->spec->name,
                           [PLUGIN] = notifier->plugin != NULL ? notifier->plugin->name : NULL,
                           [RECIPIENT] = NULL};

    for (size_t index = 0; index < notifier->recipient_count; index++) {
        cells[RECIPIENT] = notifier->recipients[index];
        cells[KEY] = key_cell(explaining, notifier, notifier->recipients[index]);
        gw_printout_add(&explaining->printout, cells);
    }
}

static void explain_list(struct explaining *explaining, const struct gw_component_list *list, bool is_fallback)
{
    for (size_t index = 0; index < list->count; index++)
        explain_notifier(explaining, list->items[index], is_fallback);
}

static const struct gw_route *route_of(const struct gw_bootstrap *bootstrap, const struct gw_event_spec *event)
{
    for (size_t index = 0; index < bootstrap->route_count; index++)
        if (bootstrap->routes[index].event == event)
            return &bootstrap->routes[index];
    return NULL;
}

static int explain(const struct gw_command_line *line, struct explaining *explaining)
{
    const struct gw_route *route = explaining->route;

    gw_printout_open(&explaining->printout, line->format, columns, gw_array_length(columns));
    if (route != NULL) {
        explain_list(explaining, &route->notify, false);
        explain_list(explaining, &route->fallback, true);
    }
    if (!gw_printout_close(&explaining->printout))
        return gw_complain_memory(line);
    if (route == NULL || route->notify.count == 0)
        return gw_complain(line, "nobody is notified of %s: the file has no route with 'notify' for it",
                           explaining->event->spec->name);
    return GW_EXIT_DONE;
}

GW_DEFINE_AUTO(struct gw_arena, gw_arena_free);
GW_DEFINE_AUTO(struct gw_notify_delays, gw_notify_delays_free);

static int run(const struct gw_command_line *line, struct gw_arena *arena, const struct gw_bootstrap *bootstrap)
{
    gw_auto(gw_notify_delays_free) struct gw_notify_delays *delays = NULL;
    struct explaining explaining = {.arena = arena};
    struct gw_named_event event;
    struct gw_error error = {0};
    enum gw_status status = gw_event_file_read(arena, line->operands[1], &event, &error);
    int exit_status;

    if (status != GW_OK)
        return status == GW_NOMEM ? gw_complain_memory(line) : gw_complain_usage(line, "%s", error.text);
    exit_status = gw_notify_delays_new(line, &delays);
    if (exit_status != GW_EXIT_DONE)
        return exit_status;
    explaining.event = &event;
    explaining.route = route_of(bootstrap, event.spec);
    explaining.delays = delays;
    return explain(line, &explaining);
}

int gw_verb_notify_explain(const struct gw_command_line *line)
{
    gw_auto(gw_arena_free) struct gw_arena *arena = gw_bootstrap_arena_new();
    struct gw_bootstrap_request request = gw_bootstrap_request_of(line, line->operands[0], false);
    const struct gw_bootstrap *bootstrap = NULL;
    int exit_status;

    if (arena == NULL)
        return gw_complain_memory(line);
    exit_status = gw_bootstrap_file_read(arena, &request, &bootstrap);
    return exit_status == GW_EXIT_DONE ? run(line, arena, bootstrap) : exit_status;
}
