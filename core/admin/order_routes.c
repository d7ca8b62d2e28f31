/* SPDX-License-Identifier: Apache-2.0 */
/* Orders: see order_routes.h. A handler takes the order and returns; the gateway carries it out meanwhile. */
#include "admin/order_routes.h"

#include "base/arena.h"
#include "json/json.h"
#include "json/json_writer.h"

#include <gangway/scope.h>

#include <stdlib.h>
#include <string.h>

enum { ACCEPTED = 202, BAD_REQUEST = 400, NOT_FOUND = 404, BUSY = 409, UNAVAILABLE = 503 };
enum { ORDER_MAX_BYTES = 64 * 1024 };

static const char json_type[] = "application/json";

GW_DEFINE_AUTO(struct gw_arena, gw_arena_free);
GW_DEFINE_AUTO(struct gw_json_reader, gw_json_reader_free);

static void refuse(struct gw_admin_response *response, unsigned status, const char *text)
{
    struct gw_json_writer json;

    gw_json_writer_init(&json, &response->body, 1);
    response->status = status;
    response->content_type = json_type;
    gw_json_write_open(&json, '{');
    gw_json_write_string_at(&json, "error", text);
    gw_json_write_close(&json, '}');
}

/* ---- taking one */

/* A text of the order; *ret_text stays NULL where there is none. False: it is of another type. */
static bool take_text(struct gw_arena *arena, const struct gw_json_object *object, const char *name,
                      const char **ret_text)
{
    const struct gw_json_member *member = gw_json_find(object, name);

    if (member == NULL || member->kind == GW_JSON_NULL)
        return true;
    if (member->kind != GW_JSON_STRING || memchr(member->text.ptr, '\0', (size_t)member->text.len) != NULL)
        return false;
    *ret_text = gw_arena_copy(arena, member->text.ptr, (size_t)member->text.len);
    return *ret_text != NULL;
}

static bool read_order(struct gw_arena *arena, const struct gw_admin_request *request, struct gw_order *order)
{
    gw_auto(gw_json_reader_free) struct gw_json_reader *reader = gw_json_reader_new(ORDER_MAX_BYTES);
    struct gw_json_object object;

    if (request->body.len == 0)
        return true;
    if (reader == NULL || gw_json_read_object(reader, arena, request->body, &object, NULL) != GW_OK)
        return false;
    return take_text(arena, &object, "file", &order->file) && take_text(arena, &object, "plan", &order->hash) &&
           (order->file == NULL || order->file[0] == '/');
}

static void take(struct gw_gateway *gateway, const struct gw_order *order, struct gw_admin_response *response)
{
    struct gw_json_writer json;
    struct gw_error error = {0};
    uint64_t number;
    enum gw_status status = gw_gateway_order(gateway, order, &number, &error);

    if (status != GW_OK) {
        refuse(response, status == GW_ALREADY ? BUSY : UNAVAILABLE, error.text);
        return;
    }
    gw_json_writer_init(&json, &response->body, 1);
    response->status = ACCEPTED;
    response->content_type = json_type;
    gw_json_write_open(&json, '{');
    gw_json_write_int_at(&json, "order", (int64_t)number);
    gw_json_write_close(&json, '}');
}

static void take_order(void *context, enum gw_order_kind kind, const struct gw_admin_request *request,
                       struct gw_admin_response *response)
{
    struct gw_gateway *gateway = *(struct gw_gateway **)context;
    gw_auto(gw_arena_free) struct gw_arena *arena = gw_arena_new(4 * ORDER_MAX_BYTES);
    struct gw_order order = {.kind = kind};

    if (gateway == NULL)
        refuse(response, UNAVAILABLE, "the gateway is not open yet");
    else if (arena == NULL || !read_order(arena, request, &order))
        refuse(response, BAD_REQUEST, "expected an object with `file`, an absolute path, and `plan`, a hash");
    else
        take(gateway, &order, response);
}

void gw_admin_take_plan(void *context, const struct gw_admin_request *request, struct gw_admin_response *response)
{
    take_order(context, GW_ORDER_PLAN, request, response);
}

void gw_admin_take_apply(void *context, const struct gw_admin_request *request, struct gw_admin_response *response)
{
    take_order(context, GW_ORDER_APPLY, request, response);
}

/* ---- its verdict */

static void write_buffer(struct gw_json_writer *json, const char *key, const struct gw_buffer *buffer)
{
    gw_json_write_key(json, key);
    gw_json_write_text(json, gw_text_span(buffer->ptr, buffer->len));
}

static void write_components(struct gw_json_writer *json, const struct gw_order_verdict *verdict)
{
    gw_json_write_open_at(json, "components", '{');
    for (uint32_t index = 0; index < verdict->component_count; index++) {
        const struct gw_component_verdict *component = &verdict->components[index];

        gw_json_write_open_at(json, component->id, '{');
        gw_json_write_string_at(json, "change", component->change);
        gw_json_write_string_at(json, "state", component->state);
        gw_json_write_string_at(json, "reason", component->reason);
        gw_json_write_close(json, '}');
    }
    gw_json_write_close(json, '}');
}

static void write_verdict(const struct gw_order_verdict *verdict, struct gw_admin_response *response)
{
    struct gw_json_writer json;

    gw_json_writer_init(&json, &response->body, 1);
    response->content_type = json_type;
    gw_json_write_open(&json, '{');
    gw_json_write_int_at(&json, "order", (int64_t)verdict->number);
    gw_json_write_string_at(&json, "kind", verdict->kind == GW_ORDER_PLAN ? "plan" : "apply");
    gw_json_write_string_at(&json, "verdict", gw_verdict_word(verdict->word));
    gw_json_write_string_at(&json, "text", verdict->text);
    write_components(&json, verdict);
    write_buffer(&json, "findings", &verdict->findings);
    gw_json_write_key(&json, "plan");
    gw_json_write_raw(&json, verdict->plan_json.len > 0 ? verdict->plan_json.ptr : "null");
    write_buffer(&json, "plan_text", &verdict->plan_text);
    gw_json_write_close(&json, '}');
}

void gw_admin_answer_order(void *context, const struct gw_admin_request *request, struct gw_admin_response *response)
{
    const struct gw_gateway *gateway = *(struct gw_gateway **)context;
    const char *number = gw_admin_request_query(request, "number");
    const struct gw_order_verdict *verdict = NULL;

    if (gateway != NULL && number != NULL)
        verdict = gw_gateway_verdict(gateway, strtoull(number, NULL, 10));
    if (verdict == NULL)
        refuse(response, NOT_FOUND, "no order of this number is known");
    else
        write_verdict(verdict, response);
}
