/* SPDX-License-Identifier: Apache-2.0 */
/* Turns of one member, and what they brought. See kafka_member.h. */
#include "kafka_member.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TURN_MESSAGES = 500, PATIENCE_MS = 45000, QUIET_TURNS = 5, QUIET_MS = 100 };

static int64_t now_of(struct member *member)
{
    return member->reading.host.host.monotonic_ms(&member->reading.host.host);
}

void member_open(struct member *member, const char *topic, const char *more)
{
    char brokers[256];
    char group[128];
    char topics[128];
    const char *const settings[] = {brokers, group, topics, more};

    member->topic = topic;
    (void)snprintf(brokers, sizeof brokers, "brokers=%s", kafka_brokers());
    (void)snprintf(group, sizeof group, "group=%s", topic);
    (void)snprintf(topics, sizeof topics, "topics.%s=auto", topic);
    reading_begin(&member->reading, "kafka_consumer", settings, more != NULL ? 4 : 3);
}

void member_close(struct member *member)
{
    if (member->reading.self != NULL)
        reading_end(&member->reading);
    member->reading.self = NULL;
}

static void count_found(struct member *member, size_t from)
{
    for (size_t index = from; index < member->reading.count; index++) {
        const struct seen *seen = &member->reading.seen[index];
        unsigned long number = 0;

        if (seen->len > 5)
            number = strtoul(seen->payload + 5, NULL, 10);
        if (seen->len > 5 && number < sizeof member->found / sizeof member->found[0])
            member->found[number]++;
    }
}

enum gw_status member_turn(struct member *member, int64_t timeout_ms)
{
    size_t before = member->reading.count;
    enum gw_status status = reading_turn(&member->reading, TURN_MESSAGES, timeout_ms);

    count_found(member, before);
    return status;
}

enum gw_status member_until(struct member *member, size_t count)
{
    int64_t deadline = now_of(member) + PATIENCE_MS;
    enum gw_status status = GW_OK;

    while (status == GW_OK && member->reading.total < count) {
        ck_assert_msg(now_of(member) < deadline, "%zu messages came instead of %zu", member->reading.total, count);
        status = member_turn(member, 100);
    }
    return status;
}

void member_expect_nothing(struct member *member)
{
    size_t before = member->reading.total;

    for (int turn = 0; turn < QUIET_TURNS; turn++)
        (void)member_turn(member, QUIET_MS);
    ck_assert_uint_eq(member->reading.total, before);
}

struct position *member_position(struct member *member, int32_t partition)
{
    char end[160];

    (void)snprintf(end, sizeof end, "/%s/%d", member->topic, (int)partition);
    for (size_t index = 0; index < member->reading.position_count; index++) {
        struct position *position = &member->reading.positions[index];
        size_t len = strlen(position->source);

        if (len > strlen(end) && strcmp(position->source + len - strlen(end), end) == 0)
            return position;
    }
    return NULL;
}

int member_open_sources(const struct member *member)
{
    int open = 0;

    for (size_t index = 0; index < member->reading.position_count; index++)
        open += member->reading.positions[index].is_open;
    return open;
}

void member_share(const struct member *from, struct member *to)
{
    for (size_t index = 0; index < from->reading.position_count; index++) {
        const struct position *known = &from->reading.positions[index];
        struct position *place = NULL;

        if (!known->is_open)
            continue;
        for (size_t other = 0; other < to->reading.position_count; other++)
            if (strcmp(to->reading.positions[other].source, known->source) == 0)
                place = &to->reading.positions[other];
        if (place == NULL) {
            ck_assert_uint_lt(to->reading.position_count, READING_SOURCES);
            place = &to->reading.positions[to->reading.position_count++];
            memset(place, 0, sizeof *place);
            memcpy(place->source, known->source, sizeof place->source);
        }
        if (!place->is_open) {
            place->next = known->next;
            place->mark = known->mark;
            place->has_mark = known->has_mark;
        }
    }
}
