/* SPDX-License-Identifier: Apache-2.0 */
/* Splits at newlines. See splitter.h. */
#include "splitter.h"

#include <string.h>

/* With less free space than this, a read is not worth it. */
enum { READ_MIN = 64 * 1024 };

void splitter_init(struct splitter *splitter, size_t limit)
{
    *splitter = (struct splitter){.limit = limit, .number = 1};
}

void splitter_done(struct splitter *splitter)
{
    block_pool_done(&splitter->pool);
    splitter->block = NULL;
}

void splitter_seek(struct splitter *splitter, int64_t offset, uint64_t number)
{
    block_leave(&splitter->pool, splitter->block);
    splitter->block = NULL;
    splitter->begin = 0;
    splitter->scanned = 0;
    splitter->end = 0;
    splitter->offset = offset;
    splitter->number = number;
    splitter->dropped = 0;
    splitter->is_dropping = 0;
}

int64_t splitter_read_offset(const struct splitter *splitter)
{
    return splitter->offset + (int64_t)(splitter->end - splitter->begin) +
           (splitter->is_dropping ? (int64_t)splitter->dropped : 0);
}

int is_blank(const char *bytes, size_t len)
{
    size_t index = 0;

    while (index < len && (bytes[index] == ' ' || bytes[index] == '\t' || bytes[index] == '\r'))
        index++;
    return index == len;
}

/* ---- memory ---------------------------------------------------------------------------------------------------- */

/* Continues in a block of at least that size, and copies len bytes of the current line to it. */
static int splitter_move(struct splitter *splitter, size_t capacity, size_t len)
{
    struct block *block = block_take(&splitter->pool, capacity);

    if (block == NULL)
        return -1;
    if (len > 0)
        memcpy(block->bytes, splitter->block->bytes + splitter->begin, len);
    block_leave(&splitter->pool, splitter->block);
    splitter->block = block;
    splitter->scanned -= splitter->begin;
    splitter->begin = 0;
    splitter->end = len;
    return 0;
}

/* Doubles, so that a long line is copied only a few times, up to the longest line that is kept. */
static size_t capacity_for(const struct splitter *splitter, size_t len)
{
    size_t most = (splitter->limit > LINE_HEAD_MAX ? splitter->limit : LINE_HEAD_MAX) + READ_MIN;
    size_t capacity = 2 * len < most ? 2 * len : most;

    return capacity > len + READ_MIN ? capacity : len + READ_MIN;
}

static int splitter_make_room(struct splitter *splitter)
{
    size_t len = splitter->end - splitter->begin;
    struct block *block = splitter->block;

    if (block == NULL)
        return splitter_move(splitter, BLOCK_SIZE, 0);
    if (block->lent == 0 && splitter->begin > 0 && block->capacity - len >= READ_MIN) {
        memmove(block->bytes, block->bytes + splitter->begin, len);
        splitter->scanned -= splitter->begin;
        splitter->begin = 0;
        splitter->end = len;
        return 0;
    }
    return splitter_move(splitter, capacity_for(splitter, len), len);
}

char *splitter_room(struct splitter *splitter, size_t *ret_len)
{
    struct block *block = splitter->block;

    if (block != NULL && block->lent == 0 && splitter->begin == splitter->end)
        splitter->begin = splitter->scanned = splitter->end = 0;
    if ((block == NULL || block->capacity - splitter->end < READ_MIN) && splitter_make_room(splitter) != 0)
        return NULL;
    *ret_len = splitter->block->capacity - splitter->end;
    return splitter->block->bytes + splitter->end;
}

void splitter_filled(struct splitter *splitter, size_t len)
{
    splitter->end += len;
}

/* ---- lines ----------------------------------------------------------------------------------------------------- */

/* Takes the line of len bytes at begin, with the newline behind it, if there is one. */
static void splitter_take(struct splitter *splitter, size_t len, size_t newline, struct line *ret_line)
{
    const char *bytes = splitter->block->bytes + splitter->begin;

    ret_line->text = gw_text_span(bytes, len);
    ret_line->offset = splitter->offset;
    ret_line->number = splitter->number;
    ret_line->full_len = len + splitter->dropped;
    ret_line->next = splitter->offset + (int64_t)(ret_line->full_len + newline);
    ret_line->is_oversized = ret_line->full_len > splitter->limit;
    ret_line->block = splitter->block->serial;
    splitter->offset = ret_line->next;
    splitter->number += newline;
}

static void splitter_lend(struct splitter *splitter, struct line *line)
{
    splitter->block->lent++;
    if (!line->is_oversized) {
        line->mark = mark_of(line->text);
        return;
    }
    if (splitter->is_dropping)
        digest_end(&splitter->digest, line->digest);
    else
        digest_of(line->text, line->digest);
    line->mark = mark_of_digest(line->digest);
    if (line->text.len > LINE_HEAD_MAX)
        line->text.len = LINE_HEAD_MAX;
}

/* The current line is too long: its beginning is kept, the rest is hashed and dropped. */
static void splitter_begin_dropping(struct splitter *splitter)
{
    const char *bytes = splitter->block->bytes + splitter->begin;
    size_t len = splitter->end - splitter->begin;

    digest_begin(&splitter->digest);
    digest_add(&splitter->digest, bytes, len);
    splitter->is_blank = is_blank(bytes, len);
    splitter->dropped = len - LINE_HEAD_MAX;
    splitter->is_dropping = 1;
    splitter->end = splitter->begin + LINE_HEAD_MAX;
    splitter->scanned = splitter->end;
}

/* Drops up to a newline, or everything that was read. 1: the line has ended. */
static int splitter_drop(struct splitter *splitter, int at_end, struct line *ret_line)
{
    size_t head_end = splitter->begin + LINE_HEAD_MAX;
    const char *bytes = splitter->block->bytes + head_end;
    size_t len = splitter->end - head_end;
    const char *newline = len > 0 ? memchr(bytes, '\n', len) : NULL;
    size_t gone = newline != NULL ? (size_t)(newline - bytes) : len;

    digest_add(&splitter->digest, bytes, gone);
    splitter->is_blank = splitter->is_blank && is_blank(bytes, gone);
    splitter->dropped += gone;
    if (newline == NULL && !at_end) {
        splitter->end = head_end;
        return 0;
    }
    splitter_take(splitter, LINE_HEAD_MAX, newline != NULL, ret_line);
    if (!splitter->is_blank)
        splitter_lend(splitter, ret_line);
    splitter->begin = head_end + gone + (newline != NULL);
    splitter->scanned = splitter->begin;
    splitter->dropped = 0;
    splitter->is_dropping = 0;
    return 1;
}

/* 1: took a whole line from the block; 0: its newline was not read yet. */
static int splitter_cut(struct splitter *splitter, int at_end, struct line *ret_line)
{
    const char *bytes = splitter->block->bytes;
    size_t unseen = splitter->end - splitter->scanned;
    const char *newline = unseen > 0 ? memchr(bytes + splitter->scanned, '\n', unseen) : NULL;
    size_t len = (newline != NULL ? (size_t)(newline - bytes) : splitter->end) - splitter->begin;
    size_t start = splitter->begin;

    splitter->scanned = splitter->end;
    if (newline == NULL && (!at_end || len == 0))
        return 0;
    splitter_take(splitter, len, newline != NULL, ret_line);
    if (!is_blank(bytes + start, len))
        splitter_lend(splitter, ret_line);
    splitter->begin = start + len + (newline != NULL);
    splitter->scanned = splitter->begin;
    return 1;
}

int splitter_next(struct splitter *splitter, int at_end, struct line *ret_line)
{
    size_t keep = splitter->limit > LINE_HEAD_MAX ? splitter->limit : LINE_HEAD_MAX;

    while (splitter->block != NULL) {
        uint32_t lent = splitter->block->lent;
        int is_whole = splitter->is_dropping ? splitter_drop(splitter, at_end, ret_line)
                                             : splitter_cut(splitter, at_end, ret_line);

        if (!is_whole && !splitter->is_dropping && splitter->end - splitter->begin > keep)
            splitter_begin_dropping(splitter);
        if (!is_whole)
            return 0;
        if (splitter->block->lent > lent)
            return 1;
    }
    return 0;
}
