/* SPDX-License-Identifier: Apache-2.0 */
/* Routing keys: a template of the event's fields, and a list of those that are allowed. See routing.h. */
#include "routing.h"

#include <gangway/sdk/show.h>

#include <string.h>

bool routing_is_fixed(const struct publisher_config *config)
{
    return strpbrk(config->routing_key, "{}") == NULL;
}

bool routing_is_allowed(const struct publisher_config *config, struct gw_text key)
{
    for (uint64_t index = 0; index < config->keys.count; index++)
        if (gw_text_is(key, config->keys.items[index]))
            return true;
    return config->keys.count == 0;
}

enum gw_status routing_key(const struct publisher_config *config, const struct gw_publication *event,
                           struct gw_text *ret_key, struct gw_error *reterr)
{
    const struct gw_text key = gw_rendered_text(&event->rendered, "routing_key");

    if (key.ptr == NULL)
        return gw_error_set(reterr, GW_PERMANENT, "the template of routing_key does not fit the event");
    if (key.len > SHORT_MAX)
        return gw_error_set(reterr, GW_PERMANENT, "the routing key is longer than %d bytes", SHORT_MAX);
    if (!routing_is_allowed(config, key))
        return gw_error_set(reterr, GW_PERMANENT, "the routing key %.*s is not among `keys`", gw_shown(key), key.ptr);
    *ret_key = key;
    return GW_OK;
}
