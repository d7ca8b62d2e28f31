/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/config_routes.h"

#include "base/arena.h"

#include <gangway/scope.h>

GW_DEFINE_AUTO(struct gw_arena, gw_arena_free);

enum { TEXTS_MAX_BYTES = 64 * 1024 * 1024, FAILED = 500, UNAVAILABLE = 503 };

void gw_admin_answer_config(void *context, const struct gw_admin_request *request, struct gw_admin_response *response)
{
    struct gw_gateway *gateway = *(struct gw_gateway *const *)context;
    gw_auto(gw_arena_free) struct gw_arena *arena = gw_arena_new(TEXTS_MAX_BYTES);

    (void)request;
    if (gateway == NULL) {
        response->status = UNAVAILABLE;
        gw_buffer_append_string(&response->body, "the gateway is starting\n");
    } else if (arena == NULL || gw_gateway_append_config(gateway, arena, &response->body) != GW_OK) {
        response->status = FAILED;
        gw_buffer_reset(&response->body);
        gw_buffer_append_string(&response->body, "no memory for the configuration\n");
    } else {
        response->content_type = "application/json";
    }
}
