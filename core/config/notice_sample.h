/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sample values for the fields of an event, from plausible ones to those that break a careless template: as long as a
 * field may be, quotes, control characters, text that runs from right to left, none at all. Static storage, any thread.
 */
#ifndef GW_CONFIG_NOTICE_SAMPLE_H
#define GW_CONFIG_NOTICE_SAMPLE_H

#include "base/buffer.h"
#include "service/catalog.h"
#include "json/json.h"

/* The first sample is the example of the catalog, whose values are plausible. */
enum { GW_NOTICE_SAMPLES = 7 };

/* A word for a sample, such as `longest`; index must be below GW_NOTICE_SAMPLES. */
const char *gw_notice_sample_name(size_t index);

/* Appends the payload of an event with these values: every text of example, which are the fields of the event's
 * example, becomes the sample's text, every number its number. Out of memory: the buffer has failed. */
void gw_notice_sample_append(struct gw_buffer *buffer, size_t index, const struct gw_json_object *example);

#endif
