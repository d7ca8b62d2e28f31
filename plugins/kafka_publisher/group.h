/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Group: the events of one publish with what is known about each. Until its verdict is final, the verdict of an event
 * is UNKNOWN: not sent, or sent and not confirmed.
 */
#ifndef KAFKA_PUBLISHER_GROUP_H
#define KAFKA_PUBLISHER_GROUP_H

#include "kafka/client.h"

#include <gangway/port/publisher.h>

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>

struct group {
    const struct gw_array *events;
    struct gw_verdict *verdicts;
    uint32_t outstanding; /* handed to the producer, which has not reported on them */
    uint32_t confirmed;
    uint32_t refused;            /* refused permanently */
    bool is_alone;               /* records are sent one at a time, so a refusal is about that record */
    bool has_refusal;            /* a batch was refused because of one of its records */
    bool may_have_been_sent;     /* an event that was not confirmed may have been written nevertheless */
    rd_kafka_resp_err_t failure; /* the first failure that is not about a record; 0: none */
    int64_t reported_ms;         /* the time of the last report or failure */
};

void group_init(struct group *group, const struct gw_array *events, struct gw_verdict *verdicts);

/* Whether the verdict of an event is not final. */
bool group_is_open(const struct group *group, uint32_t index);

/* Whether there is any such event. */
bool group_has_open(const struct group *group);

/* Gives up an event that cannot be sent at all. */
void group_refuse(struct group *group, uint32_t index, const char *answer);

/* Records a failure that is not about a record. Nothing is sent after it. */
void group_fail(struct group *group, rd_kafka_resp_err_t code, int64_t now_ms);

/* Handles a delivery report. The opaque of the message is the event. */
void group_report(struct group *group, const rd_kafka_message_t *report, int64_t now_ms);

/* Sets every verdict that is not final to TRANSIENT, with this answer. */
void group_give_up(struct group *group, const char *answer);

#endif
