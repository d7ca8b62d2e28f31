/* SPDX-License-Identifier: Apache-2.0 */
/* One request and its response: collects the body, finds the route, queues what the handler answers. */
#include "admin/admin_internal.h"

#include <gangway/scope.h>

#include <stdlib.h>
#include <string.h>

enum { ALLOW_MAX = 128 };

struct exchange {
    struct gw_buffer body;
    bool is_too_large;
};

/* ---- the response ----------------------------------------------------------------------------------------------- */

static enum MHD_Result respond(struct MHD_Connection *connection, const struct gw_admin_response *response,
                               const char *allow)
{
    struct MHD_Response *sent =
        MHD_create_response_from_buffer(response->body.len, response->body.ptr, MHD_RESPMEM_MUST_COPY);
    const char *type = response->content_type != NULL ? response->content_type : "text/plain; charset=utf-8";
    enum MHD_Result result;

    if (sent == NULL)
        return MHD_NO; /* the connection is closed */
    (void)MHD_add_response_header(sent, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    (void)MHD_add_response_header(sent, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (allow != NULL)
        (void)MHD_add_response_header(sent, MHD_HTTP_HEADER_ALLOW, allow);
    result = MHD_queue_response(connection, response->status, sent);
    MHD_destroy_response(sent);
    return result;
}

/* A response that needs no handler. */
static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned status, const char *text, const char *allow)
{
    struct gw_admin_response response = {.status = status};
    enum MHD_Result result;

    gw_buffer_init(&response.body, GW_ADMIN_RESPONSE_MAX_BYTES);
    gw_buffer_append_string(&response.body, text);
    result = respond(connection, &response, allow);
    gw_buffer_done(&response.body);
    return result;
}

static enum MHD_Result handle(struct MHD_Connection *connection, const struct gw_admin_route *route,
                              const struct gw_admin_request *request)
{
    struct gw_admin_response response = {.status = MHD_HTTP_OK};
    enum MHD_Result result;

    gw_buffer_init(&response.body, GW_ADMIN_RESPONSE_MAX_BYTES);
    route->handle(route->context, request, &response);
    if (response.body.has_failed)
        result = refuse(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "no memory for the response\n", NULL);
    else
        result = respond(connection, &response, NULL);
    gw_buffer_done(&response.body);
    return result;
}

/* ---- the route -------------------------------------------------------------------------------------------------- */

static bool is_here(const struct gw_admin_route *route, const struct gw_admin_request *request)
{
    return (request->is_local || !route->socket_only) && strcmp(route->path, request->path) == 0;
}

static bool takes(const struct gw_admin_route *route, const char *method)
{
    return strcmp(route->method, method) == 0 || (strcmp(route->method, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

static void add_method(char allow[ALLOW_MAX], const char *method)
{
    size_t length = strlen(allow);

    if (length + strlen(method) + 3 <= ALLOW_MAX) {
        (void)strcat(allow, length > 0 ? ", " : "");
        (void)strcat(allow, method);
    }
}

static enum MHD_Result dispatch(const struct gw_admin *admin, struct MHD_Connection *connection,
                                const struct gw_admin_request *request)
{
    char allow[ALLOW_MAX] = "";

    for (size_t index = 0; index < admin->plan.route_count; index++) {
        const struct gw_admin_route *route = &admin->plan.routes[index];

        if (!is_here(route, request))
            continue;
        if (takes(route, request->method))
            return handle(connection, route, request);
        add_method(allow, route->method);
        if (strcmp(route->method, "GET") == 0)
            add_method(allow, "HEAD");
    }
    if (allow[0] != '\0')
        return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "method not allowed\n", allow);
    return refuse(connection, MHD_HTTP_NOT_FOUND, "not found\n", NULL);
}

/* ---- the request ------------------------------------------------------------------------------------------------ */

const char *gw_admin_request_query(const struct gw_admin_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

static bool wants_json(struct MHD_Connection *connection)
{
    const char *format = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "format");
    const char *accept = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);
    const char *json;
    const char *text;

    if (format != NULL)
        return strcmp(format, "json") == 0;
    if (accept == NULL)
        return false;
    json = strcasestr(accept, "application/json");
    text = strcasestr(accept, "text/plain");
    return json != NULL && (text == NULL || json < text);
}

static const struct gw_admin_client *client_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* A body that is announced as too large is not read. */
static enum MHD_Result begin(struct MHD_Connection *connection, void **ret_exchange)
{
    const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    struct exchange *exchange;

    if (client_of(connection) == NULL)
        return MHD_NO;
    exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL)
        return MHD_NO;
    gw_buffer_init(&exchange->body, GW_ADMIN_BODY_MAX_BYTES);
    *ret_exchange = exchange;
    if (length == NULL || strtoull(length, NULL, 10) <= GW_ADMIN_BODY_MAX_BYTES)
        return MHD_YES;
    return refuse(connection, MHD_HTTP_CONTENT_TOO_LARGE, "the request is too large\n", NULL);
}

static void collect(struct exchange *exchange, const char *bytes, size_t size)
{
    if (!exchange->is_too_large)
        gw_buffer_append(&exchange->body, bytes, size);
    exchange->is_too_large = exchange->body.has_failed;
}

enum MHD_Result gw_admin_on_request(void *context, struct MHD_Connection *connection, const char *path,
                                    const char *method, const char *version, const char *bytes, size_t *size,
                                    void **exchange_at)
{
    struct exchange *exchange = *exchange_at;
    struct gw_admin_request request = {.method = method, .path = path, .connection = connection};

    (void)version;
    if (exchange == NULL)
        return begin(connection, exchange_at);
    if (*size > 0) {
        collect(exchange, bytes, *size);
        *size = 0;
        return MHD_YES;
    }
    if (exchange->is_too_large)
        return refuse(connection, MHD_HTTP_CONTENT_TOO_LARGE, "the request is too large\n", NULL);
    request.body = gw_buffer_text(&exchange->body);
    request.is_local = client_of(connection)->listener->is_local;
    request.wants_json = wants_json(connection);
    return dispatch(context, connection, &request);
}

void gw_admin_on_completed(void *context, struct MHD_Connection *connection, void **exchange_at,
                           enum MHD_RequestTerminationCode code)
{
    struct exchange *exchange = *exchange_at;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    (void)context;
    (void)code;
    if (info->socket_context != NULL)
        gw_admin_client_served(info->socket_context);
    if (exchange == NULL)
        return;
    gw_buffer_done(&exchange->body);
    free(exchange);
    *exchange_at = NULL;
}
