/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the status of the admin interface, whose components are objects by id. */
#include "cli/verbs/notify_delay.h"

#include "cli/admin_client.h"
#include "cli/complaint.h"
#include "cli/exit_status.h"
#include "json/json.h"

#include <gangway/scope.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { HTTP_OK = 200, JSON_MAX_BYTES = 16 * 1024 * 1024, ARENA_MAX_BYTES = 8 * JSON_MAX_BYTES };

struct gw_notify_delays {
    struct gw_json_reader *json; /* NULL: no gateway was asked */
    struct gw_arena *arena;
    struct gw_json_object components;
};

GW_DEFINE_AUTO(struct gw_notify_delays, gw_notify_delays_free);
GW_DEFINE_AUTO(struct gw_admin_client, gw_admin_client_close);

void gw_notify_delays_free(struct gw_notify_delays *delays)
{
    if (delays == NULL)
        return;
    gw_arena_free(delays->arena);
    gw_json_reader_free(delays->json);
    free(delays);
}

/* No members: it is null or missing. */
static enum gw_status read_member(struct gw_notify_delays *delays, const struct gw_json_object *object,
                                  const char *name, struct gw_json_object *ret_object, struct gw_error *reterr)
{
    const struct gw_json_member *member = gw_json_find(object, name);

    *ret_object = (struct gw_json_object){0};
    if (member == NULL || member->kind != GW_JSON_OBJECT)
        return GW_OK;
    return gw_json_read_object(delays->json, delays->arena, member->text, ret_object, reterr);
}

static int read_status(const struct gw_command_line *line, struct gw_notify_delays *delays, struct gw_text body)
{
    struct gw_json_object status_object;
    struct gw_error error = {0};
    enum gw_status status = GW_NOMEM;

    delays->json = gw_json_reader_new(JSON_MAX_BYTES);
    delays->arena = gw_arena_new(ARENA_MAX_BYTES);
    if (delays->json != NULL && delays->arena != NULL)
        status = gw_json_read_object(delays->json, delays->arena, body, &status_object, &error);
    if (status == GW_OK)
        status = read_member(delays, &status_object, "components", &delays->components, &error);
    if (status == GW_NOMEM)
        return gw_complain_memory(line);
    return status == GW_OK ? GW_EXIT_DONE : gw_complain(line, "the gateway answered what is no status: %s", error.text);
}

static int ask(const struct gw_command_line *line, struct gw_notify_delays *delays)
{
    gw_auto(gw_admin_client_close) struct gw_admin_client *client = NULL;
    struct gw_admin_answer answer;
    int exit_status = gw_admin_client_open(line, NULL, &client);

    if (exit_status == GW_EXIT_DONE)
        exit_status = gw_admin_client_ask(client, "GET", "/api/v1/status", (struct gw_text){0}, &answer);
    if (exit_status != GW_EXIT_DONE)
        return exit_status;
    if (answer.status != HTTP_OK)
        return gw_complain(line, "the gateway answers with status %ld: %s", answer.status, answer.body.ptr);
    return read_status(line, delays, answer.body);
}

int gw_notify_delays_new(const struct gw_command_line *line, struct gw_notify_delays **ret_delays)
{
    gw_auto(gw_notify_delays_free) struct gw_notify_delays *delays = calloc(1, sizeof *delays);
    int exit_status = GW_EXIT_DONE;

    if (delays == NULL)
        return gw_complain_memory(line);
    if (gw_command_line_has(line, GW_FLAG_SOCKET))
        exit_status = ask(line, delays);
    if (exit_status == GW_EXIT_DONE)
        *ret_delays = gw_take(delays);
    return exit_status;
}

static void begin_cause(struct gw_buffer *buffer)
{
    gw_buffer_append_string(buffer, buffer->len > 0 ? "; " : "");
}

static void append_error(struct gw_buffer *buffer, const struct gw_json_object *failure)
{
    const struct gw_json_member *code = gw_json_find(failure, "code");
    const struct gw_json_member *text = gw_json_find(failure, "text");

    if (code == NULL || text == NULL)
        return;
    begin_cause(buffer);
    gw_buffer_append(buffer, code->text.ptr, (size_t)code->text.len);
    gw_buffer_append_string(buffer, ": ");
    gw_buffer_append(buffer, text->text.ptr, (size_t)text->text.len);
}

/* What the gateway knows of a component. It may run another file, which does not name this one. */
static void append_live(struct gw_notify_delays *delays, const char *id, struct gw_buffer *buffer)
{
    static const char absent[] = "the gateway has no such channel";
    const struct gw_json_member *state;
    const struct gw_json_member *pending;
    struct gw_json_object component;
    struct gw_json_object failure;

    if (read_member(delays, &delays->components, id, &component, NULL) != GW_OK ||
        read_member(delays, &component, "error", &failure, NULL) != GW_OK) {
        buffer->has_failed = true;
        return;
    }
    state = gw_json_find(&component, "state");
    pending = gw_json_find(&component, "pending");
    if (state == NULL || !gw_text_is(state->text, "running")) {
        begin_cause(buffer);
        gw_buffer_append_format(buffer, "%.*s", state != NULL ? (int)state->text.len : (int)strlen(absent),
                                state != NULL ? state->text.ptr : absent);
    }
    append_error(buffer, &failure);
    if (pending == NULL || pending->kind != GW_JSON_INTEGER || pending->integer == 0)
        return;
    begin_cause(buffer);
    gw_buffer_append_format(buffer, "%" PRId64 " wait", pending->integer);
}

bool gw_notify_delays_append(struct gw_notify_delays *delays, const struct gw_component *notifier,
                             struct gw_buffer *buffer)
{
    if (notifier->settings.delivery.paused != 0)
        gw_buffer_append_string(buffer, "paused in the file");
    if (delays->json != NULL)
        append_live(delays, notifier->id, buffer);
    return buffer->len > 0 || buffer->has_failed;
}
