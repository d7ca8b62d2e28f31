/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests of workers: an entrypoint with many ordered sources, which the test opens, closes, refuses and fills from a
 * hook in each poll. It checks the promises of the port: nothing is settled twice, only open sources are started, and
 * every slot runs on one thread. One at a time.
 */
#ifndef GW_TEST_MANY_SOURCES_H
#define GW_TEST_MANY_SOURCES_H

#include <gangway/plugin.h>
#include <gangway/port/entrypoint.h>

#include <pthread.h>
#include <stdbool.h>

enum { MANY_SOURCES = 256, MANY_OFFSETS = 64 };

struct many_source {
    char name[32];
    bool is_open;
    bool is_running;
    int64_t next;
    int64_t end;
    bool is_once;           /* it cannot be opened again */
    char refusal[64];       /* why it does not start; empty: it does */
    int64_t refused_offset; /* only there; -1: anywhere */
    unsigned starts;
    int64_t started_at; /* the last time */
    unsigned given[MANY_OFFSETS];
    unsigned applied[MANY_OFFSETS]; /* and anything else that is no return */
    unsigned returned[MANY_OFFSETS];
};

struct many_sources {
    struct many_source sources[MANY_SOURCES];
    uint32_t count;
    const struct gw_host *host;
    unsigned polls;
    unsigned start_calls;
    uint32_t most_together;  /* in one start */
    unsigned failing_starts; /* this number of calls of start fail with a transient status */
    enum gw_status refused;  /* the status of the sink in this poll, which the poll returns; OK or NOMEM */
    bool is_closed;
    pthread_t thread; /* of the first poll */

    /* Called at the beginning of each poll; true: this poll gives no more than that did. */
    bool (*in_poll)(struct gw_entrypoint_sink *sink);
    void (*in_settle)(void);
};

extern struct many_sources many;
enum { MANY_METRIC_CONNECTION_UP, MANY_METRIC_LAG };

extern const struct gw_plugin many_sources_plugin;

/* A source with this number of messages; open_all opens those that are not open. */
struct many_source *many_add(const char *name, int64_t end);
void many_open_all(struct gw_entrypoint_sink *sink);
void many_open(struct gw_entrypoint_sink *sink, struct many_source *source);
void many_close(struct gw_entrypoint_sink *sink, struct many_source *source);

/* Gives the next messages of a source, as long as there are some and the sink takes them. */
void many_give(struct gw_entrypoint_sink *sink, struct many_source *source, uint32_t count);

/* Whether every running source was given to its end. */
bool many_is_exhausted(void);

/* That each message of a source was applied once. */
void many_assert_applied_once(const struct many_source *source);

#endif
