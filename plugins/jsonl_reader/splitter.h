/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Splits bytes into lines. A line within the limit is complete in one block. Of a longer one the first 4 KiB are kept,
 * and the rest is hashed and dropped as it arrives, so a line of any length needs the same memory. Lines of white space
 * are skipped. Knows nothing of files. Belongs to one thread.
 *
 *     read into splitter_room(), report it with splitter_filled(), call splitter_next() until there is no line
 */
#ifndef JSONL_READER_SPLITTER_H
#define JSONL_READER_SPLITTER_H

#include "block.h"
#include "mark.h"

#include <gangway/message.h>
#include <gangway/text.h>

#include <stddef.h>
#include <stdint.h>

enum { LINE_HEAD_MAX = 4096 }; /* how much of an oversized line is kept */

struct line {
    struct gw_text text; /* without its newline; the beginning of an oversized line */
    int64_t offset;
    int64_t next; /* behind its newline */
    uint64_t number;
    uint64_t full_len;
    uint64_t mark;
    uint64_t block; /* the serial of the block that it borrows until block_settle */
    int is_oversized;
    uint8_t digest[GW_DIGEST_BYTES]; /* of an oversized line: of the whole line */
};

struct splitter {
    struct digest digest; /* of the line that is being dropped */
    struct block_pool pool;
    struct block *block; /* NULL: none yet */
    size_t limit;
    size_t begin; /* the offset of the current line in block */
    size_t scanned;
    size_t end;
    int64_t offset; /* the offset of begin in the input */
    uint64_t number;
    uint64_t dropped; /* the number of bytes that were dropped behind the beginning */
    int is_dropping;
    int is_blank; /* everything that was dropped is white space */
};

void splitter_init(struct splitter *splitter, size_t limit);
void splitter_done(struct splitter *splitter);

/* Begins at an offset of an input, and drops what was not taken. Borrowed lines stay borrowed. */
void splitter_seek(struct splitter *splitter, int64_t offset, uint64_t number);

/* The memory for the next bytes, at least a few KiB. NULL: no memory. */
char *splitter_room(struct splitter *splitter, size_t *ret_len);
void splitter_filled(struct splitter *splitter, size_t len);

/* The input's offset behind the last byte that was read. */
int64_t splitter_read_offset(const struct splitter *splitter);

/* 1 and the next line, which is now borrowed; 0: more bytes are needed. With at_end, text without a newline is a line
 * too. */
int splitter_next(struct splitter *splitter, int at_end, struct line *ret_line);

/* Whether a line consists of white space. */
int is_blank(const char *bytes, size_t len);

#endif
