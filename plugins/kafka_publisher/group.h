/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Group: the events of one publish and what is known of each. Until its verdict is final an event is UNKNOWN in the
 * verdicts: not sent, or sent and not confirmed.
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
    uint32_t outstanding; /* are with the producer, which has not reported on them */
    uint32_t confirmed;
    uint32_t refused;            /* for good */
    bool is_alone;               /* one record is sent at a time: what is refused is its own fault */
    bool has_refusal;            /* a batch was refused: the fault of one of its records */
    bool may_have_been_sent;     /* something that was not confirmed may have been written all the same */
    rd_kafka_resp_err_t failure; /* the first that is no record's fault; 0: none */
    int64_t reported_ms;         /* when the last report or failure came */
};

void group_init(struct group *group, const struct gw_array *events, struct gw_verdict *verdicts);

/* Whether nothing final is known of an event. */
bool group_is_open(const struct group *group, uint32_t index);

/* Whether there is any such event. */
bool group_has_open(const struct group *group);

/* An event that cannot be sent at all. */
void group_refuse(struct group *group, uint32_t index, const char *answer);

/* Something that is no record's fault: nothing is sent behind it. */
void group_fail(struct group *group, rd_kafka_resp_err_t code, int64_t now_ms);

/* A delivery report: the event is the message's opaque. */
void group_report(struct group *group, const rd_kafka_message_t *report, int64_t now_ms);

/* Makes what is open TRANSIENT, with this answer. */
void group_give_up(struct group *group, const char *answer);

#endif
