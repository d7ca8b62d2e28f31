/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order in which inputs start and leave while files are applied. An input waits until every one has ended that is
 * leaving, or will leave, and cannot run at the same time. That may be of an earlier file, of another id, or several.
 *
 * No state; main thread.
 */
#ifndef GW_GATEWAY_INPUT_ORDER_H
#define GW_GATEWAY_INPUT_ORDER_H

#include "gateway/gateway_input.h"

/* All inputs of a gateway, those that wait and those that leave included. */
struct gw_input_list {
    struct gw_gateway_input *const *items;
    size_t count;
};

/* The newest input of an id that is not leaving; NULL: none. While one replaces another there are several. */
struct gw_gateway_input *gw_input_order_newest(struct gw_input_list inputs, const char *id);

/* Whether an input that was not started has to wait for another one. */
bool gw_input_order_waits(struct gw_input_list inputs, const struct gw_gateway_input *input);

/* Whether what this input replaces has to leave before the input is up: it was never started, or this input and perhaps
 * others wait for it. Two entrypoints that exchange a value wait for each other, so both stop first. */
bool gw_input_order_stops_first(struct gw_input_list inputs, const struct gw_gateway_input *input);

#endif
