/* SPDX-License-Identifier: Apache-2.0 */
/* An instance of the reader, shared by its slots in jsonl_reader.c and turn.c. Belongs to the worker's thread. */
#ifndef JSONL_READER_READER_H
#define JSONL_READER_READER_H

#include "inputs.h"
#include "splitter.h"
#include "watch.h"

#include <gangway/port/entrypoint.h>

struct reader {
    struct splitter splitter;
    struct inputs inputs;
    struct watch watch;
    const struct gw_host *host;
    const char *path;
    const char *written; /* as in the bootstrap file */
    struct gw_text type;
    uint64_t unsettled;
    struct line refused; /* taken from the splitter, but the sink had no memory for it */
    int has_refused;
};

/* The slot poll of entrypoint.h. */
enum gw_status reader_poll(void *opaque, uint32_t max, int64_t timeout_ms, struct gw_entrypoint_sink *sink,
                           struct gw_error *reterr);

/* Continues where the start of the first input says, and drops what was read and not handed over. */
void reader_begin(struct reader *reader);

#endif
