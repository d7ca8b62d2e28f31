/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts messages where the plugin under test reads: through a shell command of the test's, which knows how, given with
 * --feed. It gets one JSON object a line on standard input and ends with status 0 when all of it can be read:
 *
 *     payload          a text; or payload_base64, where the bytes are none
 *     key, type, id    texts, where the suite was told that the plugin's protocol carries them
 *     headers          a list of pairs of texts: in this order, names may repeat
 *     source           the number of the source (the partition), from 0, where there are several; else 0
 *
 * Run without any message it makes what is missing: an empty file, a topic, a queue.
 */
#ifndef GW_CONTRACT_FEED_H
#define GW_CONTRACT_FEED_H

#include "suite.h"

#include <gangway/message.h>

#include <stdint.h>
#include <stdio.h>

struct feed_message {
    struct gw_text payload;
    struct gw_text key;
    struct gw_text type;
    struct gw_text id;
    const struct gw_header *headers;
    uint32_t header_count;
    uint32_t source;
};

/* Starts the command for a place; feed_end ends its input, and fails the test if it failed. */
FILE *feed_begin(const struct suite_place *place);
void feed_put(FILE *feed, const struct feed_message *message);
void feed_end(FILE *feed);

/* The payload of the message of this number. Static storage, good for the next call only; any thread. */
const char *feed_payload(uint32_t number);

/* Feeds the messages of these numbers, in their order, to source 0. */
void feed_numbers(const struct suite_place *place, uint32_t first, uint32_t count);

/* Feeds one message of these bytes. */
void feed_bytes(const struct suite_place *place, const void *bytes, size_t len);

#endif
