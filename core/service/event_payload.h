/* SPDX-License-Identifier: Apache-2.0 */
/* The payload of an event: a JSON object with the fields and the order of the catalog. */
#ifndef GW_SERVICE_EVENT_PAYLOAD_H
#define GW_SERVICE_EVENT_PAYLOAD_H

#include "base/buffer.h"
#include "domain/event.h"

/* Appends `{"orderid": "o1", "sku": "LAMP", "qty": 2, "batchref": "b1"}`. */
void gw_event_payload_append(struct gw_buffer *buffer, const struct gw_event *event);

#endif
