/* SPDX-License-Identifier: Apache-2.0 */
/* An instance of kafka_consumer, in a core in miniature (reading.h), on a topic and in a group of the test's own. */
#ifndef GW_TEST_KAFKA_MEMBER_H
#define GW_TEST_KAFKA_MEMBER_H

#include "kafka_topics.h"
#include "reading.h"

#include <stdint.h>

struct member {
    struct reading reading;
    const char *topic; /* and its group, of the same name */
    int found[4096];   /* how often the payload {"n":N} was settled as applied, by N */
};

/* Of a cleared member; again after member_close, with the positions that it left. `more` may be NULL. */
void member_open(struct member *member, const char *topic, const char *more);
void member_close(struct member *member);

/* One turn: poll, start, settle. What came is counted in `found`. Its status. */
enum gw_status member_turn(struct member *member, int64_t timeout_ms);

/* Turns until there were so many messages in all, or until the status is not OK. */
enum gw_status member_until(struct member *member, size_t count);

/* Turns that must bring nothing. */
void member_expect_nothing(struct member *member);

/* The position of a partition; NULL: it was never opened. */
struct position *member_position(struct member *member, int32_t partition);
int member_open_sources(const struct member *member);

/* Where a repository that both use would have the sources that `to` has not: at the positions of `from`. */
void member_share(const struct member *from, struct member *to);

#endif
