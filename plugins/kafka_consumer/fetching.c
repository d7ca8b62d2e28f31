/* SPDX-License-Identifier: Apache-2.0 */
/* Decides when to wake the threads of librdkafka, and does it. See fetching.h. */
#include "consumer.h"

#include <librdkafka/rdkafka.h>

/*
 * librdkafka has no call for this. Any request to a broker wakes the broker's thread. This request goes only to the
 * brokers that lead our partitions, needs no right beyond reading, and costs the brokers almost nothing. With a timeout
 * of 0 it does not wait for the answer, which is not needed.
 */
static void wake(struct consumer *self)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)self->sources.count);
    struct source *source = NULL;

    while ((source = sources_next(&self->sources, source)) != NULL)
        if (source->is_fetched)
            rd_kafka_topic_partition_list_add(list, source->topic->name, source->partition)->offset =
                RD_KAFKA_OFFSET_END;
    if (list->cnt > 0)
        (void)rd_kafka_offsets_for_times(self->client, list, 0);
    rd_kafka_topic_partition_list_destroy(list);
}

bool fetching_needs_waking(void)
{
    return rd_kafka_version() < 0x020200ff;
}

void fetching_note(struct consumer *self)
{
    struct fetching *fetching = &self->fetching;
    uint64_t before = fetching->length;
    uint32_t index;

    if (!fetching_needs_waking())
        return;
    fetching->length = rd_kafka_queue_length(self->queue);
    if (fetching->length + self->batch_count > before) {
        fetching->messages = fetching->bytes = 0;
        return;
    }
    fetching->messages += self->batch_count;
    for (index = 0; index < self->batch_count; index++)
        fetching->bytes += self->batch[index]->len + self->batch[index]->key_len;
    if (fetching->messages < FETCHING_QUEUED_MESSAGES / 2 && fetching->bytes < (uint64_t)self->config->prefetch / 2)
        return;
    fetching->messages = fetching->bytes = 0;
    wake(self);
}
