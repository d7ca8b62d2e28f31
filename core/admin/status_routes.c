/* SPDX-License-Identifier: Apache-2.0 */
/* The state of the gateway: taken by the request, on the main thread, without a call of a plugin or the repository. */
#include "admin/status_routes.h"

#include "base/arena.h"
#include "gateway/metrics_text.h"
#include "gateway/status.h"
#include "gateway/status_json.h"

#include <gangway/scope.h>

enum { UNAVAILABLE = 503, STATUS_MAX_BYTES = 64 * 1024 * 1024 };

GW_DEFINE_AUTO(struct gw_arena, gw_arena_free);

typedef void append_fn(struct gw_buffer *buffer, const struct gw_gateway_status *status);

static void answer(void *context, append_fn *append, const char *content_type, struct gw_admin_response *response)
{
    struct gw_gateway *gateway = *(struct gw_gateway **)context;
    gw_auto(gw_arena_free) struct gw_arena *arena = gw_arena_new(STATUS_MAX_BYTES);
    struct gw_gateway_status status;

    if (gateway == NULL || arena == NULL || gw_gateway_status_take(gateway, arena, &status, NULL) != GW_OK) {
        response->status = UNAVAILABLE;
        gw_buffer_append_string(&response->body, "the gateway is not open yet\n");
        return;
    }
    response->content_type = content_type;
    append(&response->body, &status);
}

void gw_admin_answer_status(void *context, const struct gw_admin_request *request, struct gw_admin_response *response)
{
    (void)request;
    answer(context, gw_status_json_append, "application/json", response);
}

void gw_admin_answer_metrics(void *context, const struct gw_admin_request *request, struct gw_admin_response *response)
{
    (void)request;
    answer(context, gw_metrics_text_append, "text/plain; version=0.0.4; charset=utf-8", response);
}
