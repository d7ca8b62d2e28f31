/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of plan_text.h: the lines below the head of an entry. No state, any thread. */
#ifndef GW_GATEWAY_PLAN_TEXT_INTERNAL_H
#define GW_GATEWAY_PLAN_TEXT_INTERNAL_H

#include "gateway/plan_text.h"

/* Text escaped for a terminal, then blanks up to width columns. */
void gw_plan_append_padded(struct gw_buffer *buffer, const char *text, size_t width);

/* One line per option that differs, or three where the values are long. */
void gw_plan_append_options(struct gw_buffer *buffer, const struct gw_option_changes *options);

/* One line per consequence of the change. */
void gw_plan_append_effects(struct gw_buffer *buffer, const struct gw_plan_component *component,
                            const struct gw_plan_figure *figure);

/* `a, b`, or `none`. */
void gw_plan_append_ids(struct gw_buffer *buffer, const struct gw_component_list *list);

#endif
