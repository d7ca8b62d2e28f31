/* SPDX-License-Identifier: Apache-2.0 */
/* The verdicts of a group. See group.h. */
#include "group.h"

#include <stdio.h>

void group_init(struct group *group, const struct gw_array *events, struct gw_verdict *verdicts)
{
    *group = (struct group){.events = events, .verdicts = verdicts, .is_alone = events->count == 1};
    for (uint32_t index = 0; index < events->count; index++)
        verdicts[index].status = GW_UNKNOWN;
}

bool group_is_open(const struct group *group, uint32_t index)
{
    return group->verdicts[index].status == GW_UNKNOWN;
}

bool group_has_open(const struct group *group)
{
    return group->confirmed + group->refused < group->events->count;
}

static void decide(struct group *group, uint32_t index, enum gw_status status, const char *answer)
{
    struct gw_verdict *verdict = &group->verdicts[index];

    verdict->status = (int32_t)status;
    (void)snprintf(verdict->answer, sizeof verdict->answer, "%s", answer);
}

void group_refuse(struct group *group, uint32_t index, const char *answer)
{
    group->refused++;
    decide(group, index, GW_PERMANENT, answer);
}

/* Errors that librdkafka reports for a message because another one failed. The cause may be reported later. */
static bool is_consequence(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR__PURGE_QUEUE ||
           code == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT || code == RD_KAFKA_RESP_ERR__FATAL;
}

void group_fail(struct group *group, rd_kafka_resp_err_t code, int64_t now_ms)
{
    group->reported_ms = now_ms;
    if (is_consequence(group->failure))
        group->failure = code;
}

static void note_failure(struct group *group, const rd_kafka_message_t *report, int64_t now_ms)
{
    group_fail(group, report->err, now_ms);
    if (rd_kafka_message_status(report) != RD_KAFKA_MSG_STATUS_NOT_PERSISTED)
        group->may_have_been_sent = true;
}

/* librdkafka reports on each message once. */
void group_report(struct group *group, const rd_kafka_message_t *report, int64_t now_ms)
{
    uint32_t index = (uint32_t)(uintptr_t)report->_private;

    group->outstanding--;
    group->reported_ms = now_ms;
    if (report->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        group->confirmed++;
        group->verdicts[index].status = GW_OK;
    } else if (kafka_status(report->err) == GW_PERMANENT && group->is_alone) {
        group_refuse(group, index, rd_kafka_err2str(report->err));
    } else if (kafka_status(report->err) == GW_PERMANENT) {
        group->has_refusal = true;
    } else {
        note_failure(group, report, now_ms);
    }
}

void group_give_up(struct group *group, const char *answer)
{
    for (uint32_t index = 0; index < group->events->count; index++)
        if (group_is_open(group, index))
            decide(group, index, GW_TRANSIENT, answer);
}
