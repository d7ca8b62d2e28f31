/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order in which inputs start and leave while files are applied. An input waits until every one has ended that is
 * leaving, or will leave, and cannot run at the same time. That may be of an earlier file, of another id, or several.
 *
 * No state but the links of the inputs (replaces); main thread.
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

/*
 * The next input that has to leave now because what replaces it is up, has ended, is leaving itself or waits for it;
 * NULL: none. Its successor does not refer to it any more. One that was never started leaves what it was to replace to
 * its successor.
 *
 * The caller makes it leave and asks again until there is none: an input that leaves takes along what it was to
 * replace, and may be freed as soon as its threads have ended, so that nobody would remember that the other one has to
 * leave.
 */
struct gw_gateway_input *gw_input_order_take_replaced(struct gw_input_list inputs);

#endif
