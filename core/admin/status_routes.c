/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/status_routes.h"

#include "gateway/metrics_text.h"
#include "gateway/status_json.h"

#include <gangway/scope.h>

GW_DEFINE_AUTO(struct gw_arena, gw_arena_free);

enum { SNAPSHOT_MAX_BYTES = 64 * 1024 * 1024, FAILED = 500, UNAVAILABLE = 503 };

static void answer(void *context, struct gw_admin_response *response,
                   void (*append)(struct gw_buffer *buffer, const struct gw_gateway_status *status))
{
    struct gw_gateway *gateway = *(struct gw_gateway *const *)context;
    gw_auto(gw_arena_free) struct gw_arena *arena = gw_arena_new(SNAPSHOT_MAX_BYTES);
    struct gw_gateway_status status;
    struct gw_error error = {0};

    response->content_type = NULL;
    if (gateway == NULL) {
        response->status = UNAVAILABLE;
        gw_buffer_append_string(&response->body, "the gateway is starting\n");
    } else if (arena == NULL || gw_gateway_status_take(gateway, arena, &status, &error) != GW_OK) {
        response->status = FAILED;
        gw_buffer_append_string(&response->body, "no memory for the status\n");
    } else {
        append(&response->body, &status);
    }
}

void gw_admin_answer_status(void *context, const struct gw_admin_request *request, struct gw_admin_response *response)
{
    (void)request;
    answer(context, response, gw_status_json_append);
    if (response->status < FAILED)
        response->content_type = "application/json";
}

void gw_admin_answer_metrics(void *context, const struct gw_admin_request *request, struct gw_admin_response *response)
{
    (void)request;
    answer(context, response, gw_metrics_text_append);
    if (response->status < FAILED)
        response->content_type = GW_METRICS_CONTENT_TYPE;
}
