/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugin library: an event of the outbox as a line of JSON, for a repository that keeps the events of a block
 * (repository_queues.h) in one text that people and their tools can read.
 *
 *     {"product":2,"event":1,"type":"Allocated","sku":"LAMP","id":"orders/0/41/1","payload":{"orderid":"o1"}}
 *
 * Members, always in this order:
 *
 *   product    which of the event counters that are stored with the block counts this event, from 1. Left out when the
 *              event is counted from 0.
 *   event      the sequence of the event, minus that counter
 *   type, sku, id
 *   recipient  left out when it is empty
 *   headers    left out when they are empty; "header_bytes" in hexadecimal digits when they are no UTF-8
 *   payload    byte for byte, if it is a JSON object on one line; "bytes" in hexadecimal digits otherwise
 *
 * The payload is last, so it is read without a parser of JSON: it ends where the line ends. Its content is not checked.
 *
 * Life cycle
 *
 *     gw_event_line_append(&block, &line);             // any number of them; one check of block.has_failed at the end
 *
 *     struct gw_text rest = block_as_it_was_stored;
 *     while ((status = gw_event_line_read(&rest, &scratch, &line, reterr)) == GW_OK)
 *         visit(&line);                                // END: that was all
 *
 * Ownership: a line that was read borrows the text that it was read from and the scratch buffer, until the next call
 * with that buffer.
 *
 * No state, any thread.
 */
#ifndef GANGWAY_SDK_EVENT_LINE_H
#define GANGWAY_SDK_EVENT_LINE_H

#include <gangway/error.h>
#include <gangway/sdk/buffer.h>
#include <gangway/status.h>
#include <gangway/text.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An event, without what is stored beside its block. */
struct gw_event_line {
    uint32_t product; /* 0: none */
    uint32_t reserved;
    int64_t event;
    struct gw_text type;
    struct gw_text sku;
    struct gw_text id;
    struct gw_text recipient;
    struct gw_text headers;
    struct gw_text payload;
};

/* Appends the line and a line feed. Bytes of a name (type, sku, id, recipient) that are no UTF-8 are written as they
 * are: a database that stores text refuses them. */
void gw_event_line_append(struct gw_buffer *buffer, const struct gw_event_line *line);

/*
 * Reads the line at the beginning of *rest and removes it from there. The last line may lack its line feed.
 * OK.
 * END: *rest is empty.
 * INVALID: the line is not one that gw_event_line_append writes, or PostgreSQL's format and to_json; the text says what
 *   was expected. *rest is unchanged.
 * NOMEM: no memory for the texts that contain escapes.
 */
enum gw_status gw_event_line_read(struct gw_text *rest, struct gw_buffer *scratch, struct gw_event_line *ret_line,
                                  struct gw_error *reterr);

/* Removes so many lines from the beginning of *rest without reading them. False: there are fewer. */
bool gw_event_lines_skip(struct gw_text *rest, uint32_t count);

#ifdef __cplusplus
}
#endif

#endif
