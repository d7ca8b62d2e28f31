/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes become lines. A line within the limit lies whole in one block; of a longer one the first 4 KiB stay, and the
 * rest is hashed and dropped as it comes, so a line of any length costs the same memory. Lines of white space are
 * passed over. Knows nothing of files. Belongs to one thread.
 *
 *     read into splitter_room(), say so with splitter_filled(), take lines with splitter_next() until there is none
 */
#ifndef JSONL_READER_SPLITTER_H
#define JSONL_READER_SPLITTER_H

#include "block.h"
#include "mark.h"

#include <gangway/message.h>
#include <gangway/text.h>

#include <stddef.h>
#include <stdint.h>

enum { LINE_HEAD_MAX = 4096 }; /* what stays of an oversized line */

struct line {
    struct gw_text text; /* without its newline; of an oversized line the beginning */
    int64_t offset;
    int64_t next; /* behind its newline */
    uint64_t number;
    uint64_t full_len;
    uint64_t mark;
    uint64_t block; /* the serial of the block that it borrows until block_settle */
    int is_oversized;
    uint8_t digest[GW_DIGEST_BYTES]; /* of an oversized line: of the whole */
};

struct splitter {
    struct digest digest; /* of the line that is being dropped */
    struct block_pool pool;
    struct block *block; /* NULL: none yet */
    size_t limit;
    size_t begin; /* of the line in hand, in block */
    size_t scanned;
    size_t end;
    int64_t offset; /* of begin, in the input */
    uint64_t number;
    uint64_t dropped; /* bytes behind the head that are gone */
    int is_dropping;
    int is_blank; /* what is being dropped was all white space */
};

void splitter_init(struct splitter *splitter, size_t limit);
void splitter_done(struct splitter *splitter);

/* Begins at a place in an input, forgetting what was not taken. What is lent stays lent. */
void splitter_seek(struct splitter *splitter, int64_t offset, uint64_t number);

/* Where the next bytes go, at least a few KiB; NULL when memory ran out. */
char *splitter_room(struct splitter *splitter, size_t *ret_len);
void splitter_filled(struct splitter *splitter, size_t len);

/* The input's offset behind the last byte that was filled in. */
int64_t splitter_read_offset(const struct splitter *splitter);

/* 1 and the next line, which is now lent; 0: more bytes are needed. With at_end, what has no newline is a line too. */
int splitter_next(struct splitter *splitter, int at_end, struct line *ret_line);

/* Whether a line is nothing but white space. */
int is_blank(const char *bytes, size_t len);

#endif
