/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A core in miniature for tests of entrypoints: it keeps positions as a repository would, so that a reader can be
 * ended and begun again, and the messages that it was given. It checks what holds for every turn: a poll gives no more
 * than was asked for, a message has one of the three identities, a borrowed one stays as it was until it is settled,
 * positions only go forward, a message needs an open source. Belongs to one thread.
 */
#ifndef GW_TEST_READING_H
#define GW_TEST_READING_H

#include "test_host.h"
#include "test_plugin.h"

#include <gangway/port/entrypoint.h>

#include <stddef.h>

enum { READING_SOURCES = 64 };

struct position {
    char source[512];
    int64_t next; /* behind the settled messages; GW_OFFSET_NONE before the first start */
    uint64_t mark;
    uint32_t has_mark;
    int is_open;
    int is_pending;  /* opened, and not started, or stopped */
    int64_t begun;   /* where it was last started */
    int64_t reached; /* behind the delivered messages */
};

/* What is kept of a message. */
struct seen {
    char *payload;
    size_t len;
    struct gw_message message; /* its pointers are valid until the turn ends, except the copy of the payload */
    char source[512];
    int is_given_up; /* its source was closed: it is returned */
};

struct reading {
    struct test_host host;
    struct test_plugin plugin;
    const struct gw_entrypoint_ops *ops;
    void *self;
    struct gw_error error;

    struct position positions[READING_SOURCES]; /* survive reading_end */
    size_t position_count;

    struct seen *seen; /* since reading_begin */
    size_t count;
    size_t settled;
    size_t capacity;
    int keeps_nothing; /* only counts messages */
    size_t total;

    struct gw_text pending[READING_SOURCES]; /* opened, and not started */
    size_t pending_count;
    uint32_t closed_count;
    int loses_sources;         /* one may be closed under its messages, which are then returned */
    uint32_t has_no_memory;    /* 1: the sink's next message fails; 2: the one after it; and so on */
    int has_no_memory_to_open; /* the next source that is opened fails */
};

/* Opens an instance of a plugin with these settings. The reading is cleared before its first use. */
void reading_begin(struct reading *reading, const char *plugin, const char *const *settings, size_t count);

/* The parts of it: loads the plugin, so that it can be configured; opens it. */
void reading_load(struct reading *reading, const char *plugin);
void reading_open(struct reading *reading);

/* Closes it; the positions stay. */
void reading_end(struct reading *reading);

/* One poll; answers opened sources with their positions; settles, and keeps the positions. The status of poll, or of
 * start when that failed, or of the first source that could not start, whose reason is then the error's text. */
enum gw_status reading_turn(struct reading *reading, uint32_t max, int64_t timeout_ms);

/* The three parts of a turn: poll, start, and settle with the positions. */
enum gw_status reading_poll(struct reading *reading, uint32_t max, int64_t timeout_ms);
enum gw_status reading_start(struct reading *reading);
void reading_settle(struct reading *reading);

/* Settles the next count messages that are not settled, in one call, with this outcome. */
void reading_settle_some(struct reading *reading, size_t count, enum gw_outcome outcome);

/* Starts an open source at next. If it cannot start, it is stopped, and its own position comes with the next start. */
enum gw_status reading_seek(struct reading *reading, struct position *position, int64_t next, uint64_t mark,
                            uint32_t has_mark);

/* Turns until the status is not OK, which is returned, or there were `count` messages in all. Fails after a minute. */
enum gw_status reading_until(struct reading *reading, size_t count);

/* The payloads since reading_begin, joined by `|`. Static storage. */
const char *reading_text(const struct reading *reading);

/* The position of the only source whose name contains `part`. NULL: there is none. */
struct position *reading_position(struct reading *reading, const char *part);

#endif
