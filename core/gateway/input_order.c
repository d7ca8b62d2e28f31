/* SPDX-License-Identifier: Apache-2.0 */
/* The order of inputs: see input_order.h. */
#include "gateway/input_order.h"

#include <string.h>

struct gw_gateway_input *gw_input_order_newest(struct gw_input_list inputs, const char *id)
{
    for (size_t index = inputs.count; index > 0; index--)
        if (!inputs.items[index - 1]->is_leaving && strcmp(inputs.items[index - 1]->component->id, id) == 0)
            return inputs.items[index - 1];
    return NULL;
}

static bool is_replaced(struct gw_input_list inputs, const struct gw_gateway_input *input)
{
    for (size_t index = 0; index < inputs.count; index++)
        if (inputs.items[index]->replaces == input)
            return true;
    return false;
}

/* Whether `input` must not start while `other` runs. */
static bool excludes(const struct gw_gateway_input *other, const struct gw_gateway_input *input)
{
    if (input->stops_first && strcmp(input->component->id, other->component->id) == 0)
        return true;
    return gw_component_place_excludes(&other->place, &input->place);
}

/* One that stays is not waited for: the file names both. */
static bool is_in_the_way(struct gw_input_list inputs, const struct gw_gateway_input *other,
                          const struct gw_gateway_input *input)
{
    return other != input && other->is_started && (other->is_leaving || is_replaced(inputs, other)) &&
           excludes(other, input);
}

bool gw_input_order_waits(struct gw_input_list inputs, const struct gw_gateway_input *input)
{
    for (size_t index = 0; index < inputs.count; index++)
        if (is_in_the_way(inputs, inputs.items[index], input))
            return true;
    return false;
}

static bool is_waited_for(struct gw_input_list inputs, const struct gw_gateway_input *other)
{
    for (size_t index = 0; index < inputs.count; index++) {
        const struct gw_gateway_input *input = inputs.items[index];

        if (!input->is_started && !input->is_leaving && is_in_the_way(inputs, other, input))
            return true;
    }
    return false;
}

bool gw_input_order_stops_first(struct gw_input_list inputs, const struct gw_gateway_input *input)
{
    if (!input->replaces->is_started)
        return true;
    return !input->is_started && gw_input_order_waits(inputs, input) && is_waited_for(inputs, input->replaces);
}

/* Whether the one that it replaces has to leave now. */
static bool takes_over(struct gw_input_list inputs, const struct gw_gateway_input *input)
{
    bool is_finished;

    return input->is_leaving || gw_gateway_input_is_up(input) || gw_gateway_input_has_ended(input, &is_finished) ||
           gw_input_order_stops_first(inputs, input);
}

struct gw_gateway_input *gw_input_order_take_replaced(struct gw_input_list inputs)
{
    for (size_t index = 0; index < inputs.count; index++) {
        struct gw_gateway_input *input = inputs.items[index];
        struct gw_gateway_input *old = input->replaces;

        if (old == NULL || !takes_over(inputs, input))
            continue;
        input->replaces = NULL;
        if (!old->is_started) {
            input->replaces = old->replaces;
            old->replaces = NULL; /* only one may refer to it: it is freed when that one makes it leave */
        }
        return old;
    }
    return NULL;
}
