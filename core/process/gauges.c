/* SPDX-License-Identifier: Apache-2.0 */
/* An array under a lock, searched from where the last search ended. */
#include "process/gauges.h"

#include <gangway/host.h>

#include <stdlib.h>
#include <string.h>

void gw_gauges_init(struct gw_gauges *gauges, bool only_opened)
{
    *gauges = (struct gw_gauges){.connection = GW_GAUGE_UNKNOWN, .only_opened = only_opened};
    (void)pthread_mutex_init(&gauges->lock, NULL);
}

void gw_gauges_done(struct gw_gauges *gauges)
{
    for (uint32_t index = 0; index < gauges->count; index++)
        free(gauges->sources[index].name);
    free(gauges->sources);
    gauges->sources = NULL;
    gauges->count = gauges->capacity = 0;
    (void)pthread_mutex_destroy(&gauges->lock);
}

/* The place of a source, or count. Where all are told in turn, each is the one after the last. */
static uint32_t find(struct gw_gauges *gauges, struct gw_text name)
{
    uint32_t at = gauges->last;

    for (uint32_t seen = 0; seen < gauges->count; seen++, at++) {
        if (at >= gauges->count)
            at = 0;
        if (!gw_text_equal(gw_text_span(gauges->sources[at].name, gauges->sources[at].len), name))
            continue;
        gauges->last = at + 1;
        return at;
    }
    return gauges->count;
}

static bool grow(struct gw_gauges *gauges)
{
    uint32_t capacity = gauges->capacity * 2 + 8;
    struct gw_gauge_source *sources = realloc(gauges->sources, capacity * sizeof *sources);

    if (sources == NULL)
        return false;
    gauges->sources = sources;
    gauges->capacity = capacity;
    return true;
}

static enum gw_status add(struct gw_gauges *gauges, struct gw_text name)
{
    char *copy;

    if (gauges->count == GW_GAUGES_MAX_SOURCES || (gauges->count == gauges->capacity && !grow(gauges)))
        return GW_NOMEM;
    copy = malloc((size_t)name.len + 1);
    if (copy == NULL)
        return GW_NOMEM;
    if (name.len > 0)
        memcpy(copy, name.ptr, (size_t)name.len);
    gauges->sources[gauges->count++] = (struct gw_gauge_source){.name = copy, .len = name.len, .lag = GW_GAUGE_UNKNOWN};
    return GW_OK;
}

static void take_out(struct gw_gauges *gauges, uint32_t at)
{
    free(gauges->sources[at].name);
    gauges->sources[at] = gauges->sources[--gauges->count];
}

enum gw_status gw_gauges_open(struct gw_gauges *gauges, struct gw_text source)
{
    enum gw_status status = GW_OK;

    (void)pthread_mutex_lock(&gauges->lock);
    if (find(gauges, source) == gauges->count)
        status = add(gauges, source);
    (void)pthread_mutex_unlock(&gauges->lock);
    return status;
}

void gw_gauges_close(struct gw_gauges *gauges, struct gw_text source)
{
    uint32_t at;

    (void)pthread_mutex_lock(&gauges->lock);
    at = find(gauges, source);
    if (at < gauges->count)
        take_out(gauges, at);
    (void)pthread_mutex_unlock(&gauges->lock);
}

static void set_lag(struct gw_gauges *gauges, struct gw_text source, int64_t lag)
{
    uint32_t at = find(gauges, source);

    if (at == gauges->count && (gauges->only_opened || lag < 0 || add(gauges, source) != GW_OK))
        return;
    if (lag < 0 && !gauges->only_opened)
        take_out(gauges, at);
    else
        gauges->sources[at].lag = lag < 0 ? GW_GAUGE_UNKNOWN : lag;
}

void gw_gauges_set(struct gw_gauges *gauges, uint32_t gauge, struct gw_text source, int64_t value)
{
    (void)pthread_mutex_lock(&gauges->lock);
    if (gauge == GW_GAUGE_CONNECTION_UP)
        gauges->connection = value < 0 ? GW_GAUGE_UNKNOWN : value > 0;
    else if (gauge == GW_GAUGE_LAG)
        set_lag(gauges, source, value);
    (void)pthread_mutex_unlock(&gauges->lock); /* any other is of a later minor version */
}

int64_t gw_gauges_connection(struct gw_gauges *gauges)
{
    int64_t connection;

    (void)pthread_mutex_lock(&gauges->lock);
    connection = gauges->connection;
    (void)pthread_mutex_unlock(&gauges->lock);
    return connection;
}

void gw_gauges_lags(struct gw_gauges *gauges, gw_gauges_lag_fn *visit, void *context)
{
    (void)pthread_mutex_lock(&gauges->lock);
    for (uint32_t index = 0; index < gauges->count; index++) {
        const struct gw_gauge_source *source = &gauges->sources[index];

        if (source->lag >= 0)
            visit(context, gw_text_span(source->name, source->len), source->lag);
    }
    (void)pthread_mutex_unlock(&gauges->lock);
}
