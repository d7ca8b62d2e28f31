/* SPDX-License-Identifier: Apache-2.0 */
/* Offset commits, once a second. See courtesy.h. */
#include "courtesy.h"

#include "lag.h"

enum { TICK_MS = 1000 };

/* The offset behind everything that is settled, and behind offsets without messages there. */
static int64_t reached(const struct source *source)
{
    return source->settled == source->given && source->passed > source->settled ? source->passed : source->settled;
}

void courtesy_send(struct consumer *self)
{
    rd_kafka_topic_partition_list_t *list;
    struct source *source = NULL;

    if (self->client == NULL || self->sources.count == 0)
        return;
    list = rd_kafka_topic_partition_list_new(8);
    while ((source = sources_next(&self->sources, source)) != NULL) {
        if (source->state != SOURCE_RUNNING || reached(source) == source->told)
            continue;
        source->told = reached(source);
        rd_kafka_topic_partition_list_add(list, source->topic->name, source->partition)->offset = source->told;
    }
    if (list->cnt > 0)
        (void)rd_kafka_commit(self->client, list, 1);
    rd_kafka_topic_partition_list_destroy(list);
}

void courtesy_answered(struct consumer *self, rd_kafka_resp_err_t code, const rd_kafka_topic_partition_list_t *offsets)
{
    int index;

    for (index = 0; offsets != NULL && index < offsets->cnt; index++) {
        const rd_kafka_topic_partition_t *item = &offsets->elems[index];
        rd_kafka_resp_err_t found = code != RD_KAFKA_RESP_ERR_NO_ERROR ? code : item->err;
        struct source *source = sources_find(&self->sources, item->topic, item->partition);

        if (found == RD_KAFKA_RESP_ERR_NO_ERROR)
            continue;
        if (source != NULL)
            source->told = SOURCE_NO_OFFSET;
        gw_host_log(self->host, NULL, "the broker refused the offset commit %lld of %s/%d: %s", (long long)item->offset,
                    item->topic, (int)item->partition, rd_kafka_err2str(found));
    }
}

void courtesy_forget(struct consumer *self, struct source *source)
{
    source->settled = source->told = SOURCE_NO_OFFSET;
    lag_forget(self, source);
}

void consumer_tick(struct consumer *self)
{
    int64_t now_ms = self->host->monotonic_ms(self->host);

    if (self->client == NULL || now_ms - self->ticked_ms < TICK_MS)
        return;
    self->ticked_ms = now_ms;
    courtesy_send(self);
    lag_figures(self);
    lookup_rest(&self->lookup);
}
