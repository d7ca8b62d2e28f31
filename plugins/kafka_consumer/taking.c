/* SPDX-License-Identifier: Apache-2.0 */
/* Takes messages from librdkafka's queue. See taking.h. */
#include "taking.h"

#include <stdbool.h>

enum { BATCH_IS_RIGHT_FROM = 0x020d02ff };

uint32_t taking_batch(rd_kafka_queue_t *queue, rd_kafka_message_t **messages, uint32_t max)
{
    uint32_t count = 0;
    ssize_t got;

    if (rd_kafka_version() < BATCH_IS_RIGHT_FROM) {
        while (count < max && (messages[count] = rd_kafka_consume_queue(queue, 0)) != NULL)
            count++;
        return count;
    }
    got = rd_kafka_consume_batch_queue(queue, 0, messages, max);
    return got > 0 ? (uint32_t)got : 0;
}
