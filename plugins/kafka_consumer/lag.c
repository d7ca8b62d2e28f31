/* SPDX-License-Identifier: Apache-2.0 */
/* See lag.h. */
#include "lag.h"

enum {
    RANGE_MS = 1000,
    STILL_MS = 5000,         /* how long a source may not move before the cluster is asked */
    ASK_AGAIN_MS = 5000,     /* the interval of asking after that; the client that asks is kept longer */
    PAUSE_MS = 1000,         /* between two rounds of questions */
    ASKING_MS = 100,         /* within this time a round asks further questions */
    OPEN_MS = 16 * 60 * 1000 /* a transaction that is open for longer is abandoned: brokers end it after 15 min */
};

void lag_forget(struct consumer *self, struct source *source)
{
    source->stillness = (struct stillness){0};
    self->host->metric(self->host, CONSUMER_METRIC_LAG, source->name, GW_METRIC_UNKNOWN);
}

static int64_t reached(const struct source *source)
{
    return source->passed > source->given ? source->passed : source->given;
}

static int64_t lag_of(struct source *source, int64_t end, int64_t now_ms)
{
    struct stillness *still = &source->stillness;
    int64_t at = reached(source);

    if (end <= at) {
        still->since_ms = 0;
        return 0;
    }
    if (still->since_ms == 0 || still->at != at)
        *still = (struct stillness){
            .at = at, .since_ms = now_ms, .ask_ms = now_ms + STILL_MS, .readable_end = SOURCE_NO_OFFSET};
    if (still->readable_end == at && now_ms - still->since_ms < OPEN_MS)
        return 0;
    return end - at;
}

void lag_figures(struct consumer *self)
{
    int64_t now_ms = self->host->monotonic_ms(self->host);
    struct source *source = NULL;

    while ((source = sources_next(&self->sources, source)) != NULL) {
        int64_t first = 0;
        int64_t end = 0;

        /* the lag of the last fetch is used; the cluster is not asked */
        if (source->state != SOURCE_RUNNING ||
            rd_kafka_get_watermark_offsets(self->client, source->topic->name, source->partition, &first, &end) !=
                RD_KAFKA_RESP_ERR_NO_ERROR ||
            end < 0)
            continue;
        self->host->metric(self->host, CONSUMER_METRIC_LAG, source->name, lag_of(source, end, now_ms));
    }
}

/* The source whose question is due for the longest time. NULL: none is due. */
static struct source *next_to_ask(struct consumer *self, int64_t now_ms)
{
    struct source *source = NULL;
    struct source *next = NULL;

    while ((source = sources_next(&self->sources, source)) != NULL)
        if (source->state == SOURCE_RUNNING && source->lent == 0 && source->stillness.since_ms != 0 &&
            now_ms >= source->stillness.ask_ms && (next == NULL || source->stillness.ask_ms < next->stillness.ask_ms))
            next = source;
    return next;
}

static void request_end(struct consumer *self, struct source *source, int64_t now_ms)
{
    int64_t first = 0;
    int64_t end = 0;
    rd_kafka_resp_err_t code =
        lookup_range(&self->lookup, source->topic->name, source->partition, RANGE_MS, &first, &end);

    source->stillness.ask_ms = now_ms + ASK_AGAIN_MS;
    source->stillness.readable_end = code == RD_KAFKA_RESP_ERR_NO_ERROR ? end : SOURCE_NO_OFFSET;
}

void lag_confirm(struct consumer *self)
{
    int64_t begun_ms = self->host->monotonic_ms(self->host);
    int64_t now_ms = begun_ms;
    struct source *source;

    if (now_ms < self->confirm_ms)
        return;
    while (now_ms - begun_ms < ASKING_MS && (source = next_to_ask(self, now_ms)) != NULL) {
        request_end(self, source, now_ms);
        now_ms = self->host->monotonic_ms(self->host);
    }
    self->confirm_ms = now_ms + PAUSE_MS;
}
