/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event codes: the stable names of log records. The letter is the level: E error, W warning, I info. The number names
 * the event, is unique over all levels, and is never used for another event, also not after its event is gone. A record
 * without a code is for debugging.
 *
 * Each code is logged at one place and documented in docs/operations.md with its cause, what Gangway does and what to
 * do; a test compares the three. Plugins of this repository use this table. Any other plugin uses codes of the same
 * form with a prefix of its own, such as "ACME-W001".
 */
#ifndef GANGWAY_EVENT_CODE_H
#define GANGWAY_EVENT_CODE_H

/* 001 to 019: the process. */
#define GW_CODE_GATEWAY_STARTED     "GW-I001"
#define GW_CODE_GATEWAY_DRAINING    "GW-I002"
#define GW_CODE_GATEWAY_FAILED      "GW-E003"
#define GW_CODE_SUMMARY_NOT_WRITTEN "GW-E004"
#define GW_CODE_LOG_RECORDS_DROPPED "GW-W005"
#define GW_CODE_CRASH_OF_COMPONENT  "GW-E006"
#define GW_CODE_CRASH_OF_LIBRARY    "GW-E007"
#define GW_CODE_CRASH_MESSAGES      "GW-E008"
#define GW_CODE_CRASH_POSITION      "GW-E009"
#define GW_CODE_CRASH_UNPOSITIONED  "GW-E010"
#define GW_CODE_INVARIANT_BROKEN    "GW-E011"

/* 020 to 099: the repository, whichever thread uses it. */
#define GW_CODE_REPOSITORY_FAILED    "GW-W020"
#define GW_CODE_REPOSITORY_REFUSED   "GW-E021"
#define GW_CODE_REPOSITORY_RECOVERED "GW-I022"
#define GW_CODE_SCHEMA_MIGRATED      "GW-I023"
#define GW_CODE_INBOX_NOT_EXPIRED    "GW-W024"
#define GW_CODE_INBOX_GROWS          "GW-W025"

/* 100 to 199: entrypoints and their workers. */
#define GW_CODE_INPUT_FAILED        "GW-W100"
#define GW_CODE_INPUT_REFUSED       "GW-E101"
#define GW_CODE_INPUT_RECOVERED     "GW-I102"
#define GW_CODE_WORKER_STOPPED      "GW-E103"
#define GW_CODE_SOURCE_STARTED      "GW-I104"
#define GW_CODE_SOURCE_RESUMED      "GW-I105"
#define GW_CODE_SOURCE_STOPPED      "GW-E106"
#define GW_CODE_SOURCE_NOT_STARTED  "GW-W107"
#define GW_CODE_SOURCE_MOVED        "GW-W108"
#define GW_CODE_SOURCE_STALLED      "GW-W109"
#define GW_CODE_SOURCE_UNSTALLED    "GW-I110"
#define GW_CODE_MESSAGE_REFUSED     "GW-W111"
#define GW_CODE_MESSAGE_SKIPPED     "GW-W112"
#define GW_CODE_MESSAGES_NOT_LOGGED "GW-W113"
#define GW_CODE_SETTLE_FAILED       "GW-W114"
#define GW_CODE_CONFLICTS_REPEATED  "GW-W115"
#define GW_CODE_CONFLICTS_ENDED     "GW-I116"

/* 200 to 299: publishers, notifiers and their relays. */
#define GW_CODE_DELIVERY_FAILED    "GW-W200"
#define GW_CODE_DELIVERY_REFUSED   "GW-E201"
#define GW_CODE_DELIVERY_RECOVERED "GW-I202"
#define GW_CODE_LEASE_AWAITED      "GW-I203"
#define GW_CODE_LEASE_TAKEN        "GW-I204"

/* 300 to 399: plugins for databases. */
#define GW_CODE_SQLITE_NOT_LOCKED    "GW-W300"
#define GW_CODE_POSTGRES_ENDS        "GW-W310"
#define GW_CODE_POSTGRES_WARNING     "GW-W311"
#define GW_CODE_POSTGRES_POOLER      "GW-W312"
#define GW_CODE_POSTGRES_RECONNECTED "GW-I313"

/* 400 to 499: plugins for files. */
#define GW_CODE_TORN_LINE_KEPT       "GW-W400"
#define GW_CODE_TORN_LINE_CUT        "GW-W401"
#define GW_CODE_NEWLINE_ADDED        "GW-W402"
#define GW_CODE_GROUP_NOT_CUT        "GW-W403"
#define GW_CODE_ROTATED_FILE_SKIPPED "GW-W404"
#define GW_CODE_FILE_TRUNCATED       "GW-W405"

/* 500 to 599: plugins for Kafka. */
#define GW_CODE_KAFKA_DISCONNECTED     "GW-W500"
#define GW_CODE_KAFKA_BROKER_DOWN      "GW-W501"
#define GW_CODE_KAFKA_RECONNECTED      "GW-I502"
#define GW_CODE_KAFKA_CLIENT_FATAL     "GW-W503"
#define GW_CODE_KAFKA_CLIENT_ERROR     "GW-W504"
#define GW_CODE_KAFKA_CLIENT_LOG       "GW-W505"
#define GW_CODE_KAFKA_UNREADABLE       "GW-W510"
#define GW_CODE_KAFKA_RECHECK          "GW-W511"
#define GW_CODE_KAFKA_TOPIC_MISSING    "GW-W512"
#define GW_CODE_KAFKA_TURN_TOO_LONG    "GW-W513"
#define GW_CODE_KAFKA_REVOKE_FAILED    "GW-W514"
#define GW_CODE_KAFKA_ASSIGN_FAILED    "GW-W515"
#define GW_CODE_KAFKA_PARTITIONS_LOST  "GW-W516"
#define GW_CODE_KAFKA_LEAVE_UNANSWERED "GW-W517"

#endif
