/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event codes: the stable names of log records. The letter is the level: E error, W warning, I info. The number names
 * the event, is unique over all levels, and is never used for another event, also not after its event is gone. A record
 * without a code is for debugging.
 *
 * Each code is logged at one place and documented in docs/operations.md with its cause, what Gangway does and what to
 * do; a test compares the three. Here each has one sentence that says when it is logged.
 *
 * Life cycle
 *
 *   A code is added with its record and its row of the manual, at the next free number of its hundred. Alerts and tests
 *   rely on it from then on, not on the text of the record, which may change at any time. When the event is gone, the
 *   number is listed as retired.
 *
 * Plugins of this repository use this table, with gw_host_log (gangway/host.h) on any thread. Any other plugin uses
 * codes of the same form with a prefix of its own, such as "ACME-W001".
 */
#ifndef GANGWAY_EVENT_CODE_H
#define GANGWAY_EVENT_CODE_H

/* 001 to 019: the process. */

/* The gateway is open and all its threads run. */
#define GW_CODE_GATEWAY_STARTED "GW-I001"
/* SIGTERM or SIGINT came: no more messages are taken, and what is there is finished for up to ten seconds. */
#define GW_CODE_GATEWAY_DRAINING "GW-I002"
/* A component could not be opened; the text names it and the cause. */
#define GW_CODE_GATEWAY_FAILED "GW-E003"
/* Standard output or error took no summary: its disk is full or its reader is gone. State and events are complete. */
#define GW_CODE_SUMMARY_NOT_WRITTEN "GW-E004"
/* Nobody read standard error for half a second; the field `dropped` counts the records that were lost. */
#define GW_CODE_LOG_RECORDS_DROPPED "GW-W005"
/* The thread of this component crashed; the field `signal` says by which signal. */
#define GW_CODE_CRASH_OF_COMPONENT "GW-E006"
/* The main thread or a thread of a library crashed. */
#define GW_CODE_CRASH_OF_LIBRARY "GW-E007"
/* After a crash: the messages of one source that the thread was processing. */
#define GW_CODE_CRASH_MESSAGES "GW-E008"
/* After a crash: from where this source is read at the next start. */
#define GW_CODE_CRASH_POSITION "GW-E009"
/* After a crash: messages of an input without positions were being processed. */
#define GW_CODE_CRASH_UNPOSITIONED "GW-E010"
/* A repository or a plugin returned what its contract excludes. The process aborts. */
#define GW_CODE_INVARIANT_BROKEN "GW-E011"

/* A new configuration is in force; the text says what changed. */
#define GW_CODE_CONFIGURATION_APPLIED "GW-I012"
/* A file was not applied; the text names the component and the cause. The old configuration runs on. */
#define GW_CODE_CONFIGURATION_REFUSED "GW-E013"
/* A mistake or a warning in a file that is applied, with its place. */
#define GW_CODE_CONFIGURATION_FINDING "GW-W014"
/* A new configuration is in force, and a new component has not come up yet. */
#define GW_CODE_CONFIGURATION_NOT_UP "GW-W015"
/* A file was applied that changes nothing. */
#define GW_CODE_CONFIGURATION_UNCHANGED "GW-I016"

/* The system gave no thread to an entrypoint of a new configuration. */
#define GW_CODE_INPUT_NOT_STARTED "GW-E017"

/* The admin socket has no path in the file, and none could be created in the runtime directory. */
#define GW_CODE_ADMIN_SOCKET_MISSING "GW-W018"

/* All other inputs have ended, and this one is paused, so the run does not end. */
#define GW_CODE_INPUT_PAUSED "GW-W019"

/* 090 to 099: the process, continued. */

/* At the end, a call of this component's plugin did not return although it was cancelled. The process ends without it. */
#define GW_CODE_THREAD_ABANDONED "GW-W090"

/* 020 to 089: the repository, whichever thread uses it. */

/* The database is away, full, locked or starting. Retried with backoff. */
#define GW_CODE_REPOSITORY_FAILED "GW-W020"
/* The database needs an operator, such as for a missing right. Retried with backoff. */
#define GW_CODE_REPOSITORY_REFUSED "GW-E021"
/* The repository answers after failed attempts. */
#define GW_CODE_REPOSITORY_RECOVERED "GW-I022"
/* The schema was of an older version and was migrated at the start. */
#define GW_CODE_SCHEMA_MIGRATED "GW-I023"
/* Old message ids could not be deleted. Retried every minute. */
#define GW_CODE_INBOX_NOT_EXPIRED "GW-W024"
/* Message ids come faster than the database deletes old ones. */
#define GW_CODE_INBOX_GROWS "GW-W025"
/* Metrics and status are without the figures of outbox and dead letters. */
#define GW_CODE_BACKLOG_NOT_READ "GW-W026"

/* 100 to 199: entrypoints and their workers. */

/* The broker or file of this entrypoint failed. Retried with backoff. */
#define GW_CODE_INPUT_FAILED "GW-W100"
/* The broker or file needs an operator, such as for a refused password. Retried with backoff. */
#define GW_CODE_INPUT_REFUSED "GW-E101"
/* The input answers after failed attempts. */
#define GW_CODE_INPUT_RECOVERED "GW-I102"
/* The input can never be read, or too many messages in a row were refused by the repository. The worker ended. */
#define GW_CODE_WORKER_STOPPED "GW-E103"
/* A worker got a source and reads it from this offset. */
#define GW_CODE_SOURCE_STARTED "GW-I104"
/* A source that had stopped is read again: the cause is gone, or a position was set. */
#define GW_CODE_SOURCE_RESUMED "GW-I105"
/* What is before the position is not what was read there. Only this source stops. */
#define GW_CODE_SOURCE_STOPPED "GW-E106"
/* The start of a source failed and is retried with backoff. */
#define GW_CODE_SOURCE_NOT_STARTED "GW-W107"
/* The stored position is another one: another gateway took the source over, or it was set or restored. */
#define GW_CODE_SOURCE_MOVED "GW-W108"
/* Messages wait in a source that has not moved for ten seconds. */
#define GW_CODE_SOURCE_STALLED "GW-W109"
/* The source of SOURCE_STALLED moved. */
#define GW_CODE_SOURCE_UNSTALLED "GW-I110"
/* A message is wrong for good; the field `outcome` says what became of it. */
#define GW_CODE_MESSAGE_REFUSED "GW-W111"
/* A message changes nothing, such as the release of a line that is not held. */
#define GW_CODE_MESSAGE_SKIPPED "GW-W112"
/* More messages were refused or skipped in ten seconds than are logged. */
#define GW_CODE_MESSAGES_NOT_LOGGED "GW-W113"
/* The broker did not take the settlement of messages that are applied. They may come again. */
#define GW_CODE_SETTLE_FAILED "GW-W114"
/* Ten or more turns in a row conflicted: another gateway or program changes the same products. */
#define GW_CODE_CONFLICTS_REPEATED "GW-W115"
/* A turn was applied after CONFLICTS_REPEATED. */
#define GW_CODE_CONFLICTS_ENDED "GW-I116"

/* 200 to 299: publishers, notifiers and their relays. */

/* The destination is away, or it refused in passing. Retried with backoff; events wait in their order. */
#define GW_CODE_DELIVERY_FAILED "GW-W200"
/* The destination needs an operator, such as for a missing topic. Retried with backoff. */
#define GW_CODE_DELIVERY_REFUSED "GW-E201"
/* The destination takes deliveries after failed attempts. */
#define GW_CODE_DELIVERY_RECOVERED "GW-I202"
/* Another gateway delivers to this destination; this one stands by. */
#define GW_CODE_LEASE_AWAITED "GW-I203"
/* The other gateway ended or lost the lease; this one delivers. */
#define GW_CODE_LEASE_TAKEN "GW-I204"
/* At the start: events wait for a destination that the file does not name. */
#define GW_CODE_DESTINATION_NOT_NAMED "GW-W205"
/* A finite run ends and leaves events in the outbox, because their destination is paused. */
#define GW_CODE_EVENTS_KEPT "GW-W206"

/* 300 to 399: plugins for databases. */

/* The lock that finds a second gateway on the file under another name could not be taken. */
#define GW_CODE_SQLITE_NOT_LOCKED "GW-W300"
/* PostgreSQL ends the connection: a shutdown, a crash, an administrator. */
#define GW_CODE_POSTGRES_ENDS "GW-W310"
/* PostgreSQL sent a warning; the text is the server's. */
#define GW_CODE_POSTGRES_WARNING "GW-W311"
/* The connection goes through a pooler. */
#define GW_CODE_POSTGRES_POOLER "GW-W312"
/* The connection to PostgreSQL is open again after it was lost. */
#define GW_CODE_POSTGRES_RECONNECTED "GW-I313"

/* 400 to 499: plugins for files. */

/* A crash cut the last line of the file short. It cannot be removed, so it is ended and its event written again. */
#define GW_CODE_TORN_LINE_KEPT "GW-W400"
/* The last line of the file was cut short by a crash: it was removed, its event is written again. */
#define GW_CODE_TORN_LINE_CUT "GW-W401"
/* The last line of the file had no newline, and got one. */
#define GW_CODE_NEWLINE_ADDED "GW-W402"
/* A group of events failed, and its part in the file could not be removed. Readers may find its events twice. */
#define GW_CODE_GROUP_NOT_CUT "GW-W403"
/* A rotated file of a followed input cannot be read and is skipped. */
#define GW_CODE_ROTATED_FILE_SKIPPED "GW-W404"
/* A file was truncated while it was read. Its source is started again. */
#define GW_CODE_FILE_TRUNCATED "GW-W405"

/* 500 to 599: plugins for Kafka. */

/* No broker can be reached. librdkafka reconnects. */
#define GW_CODE_KAFKA_DISCONNECTED "GW-W500"
/* One broker cannot be reached while others can. Partitions that it leads wait. */
#define GW_CODE_KAFKA_BROKER_DOWN "GW-W501"
/* A broker answers after KAFKA_DISCONNECTED. */
#define GW_CODE_KAFKA_RECONNECTED "GW-I502"
/* librdkafka ended its client with a fatal error. A new client is opened. */
#define GW_CODE_KAFKA_CLIENT_FATAL "GW-W503"
/* librdkafka reported an error; the text is its own. */
#define GW_CODE_KAFKA_CLIENT_ERROR "GW-W504"
/* librdkafka logged a warning; the text is its own. */
#define GW_CODE_KAFKA_CLIENT_LOG "GW-W505"
/* Records from this offset on cannot be read. They are fetched again; other partitions are read. */
#define GW_CODE_KAFKA_UNREADABLE "GW-W510"
/* It is doubtful whether the partition is the one that was read. The record before the position is compared. */
#define GW_CODE_KAFKA_RECHECK "GW-W511"
/* A topic does not exist, or the user may not see it. The entrypoint waits for it. */
#define GW_CODE_KAFKA_TOPIC_MISSING "GW-W512"
/* A turn took longer than max.poll.interval.ms, so the group reassigned the partitions. */
#define GW_CODE_KAFKA_TURN_TOO_LONG "GW-W513"
/* librdkafka refused to give partitions back. A new client is opened. */
#define GW_CODE_KAFKA_REVOKE_FAILED "GW-W514"
/* librdkafka refused to accept assigned partitions. A new client is opened. */
#define GW_CODE_KAFKA_ASSIGN_FAILED "GW-W515"
/* The group took partitions away: the session timed out, or a topic was deleted. */
#define GW_CODE_KAFKA_PARTITIONS_LOST "GW-W516"
/* At the stop the coordinator did not answer LeaveGroup. The member expires. */
#define GW_CODE_KAFKA_LEAVE_UNANSWERED "GW-W517"

/* 600 to 699: plugins for RabbitMQ. */

/* The broker accepts no messages on this connection, because memory or disk is short. Publishing waits. */
#define GW_CODE_AMQP_BLOCKED "GW-W602"
/* The broker accepts messages after AMQP_BLOCKED. */
#define GW_CODE_AMQP_UNBLOCKED "GW-I603"
/* The broker returned an event, because no queue takes it, after it had confirmed it or after Gangway had given it up. */
#define GW_CODE_AMQP_LATE_RETURN "GW-W604"
/* The broker cancelled a consumer: its queue was deleted, or its leader moved. It consumes again. */
#define GW_CODE_AMQP_CANCELLED "GW-W610"
/* A queue of the file does not exist. The entrypoint waits for it and reads the others. */
#define GW_CODE_AMQP_QUEUE_MISSING "GW-W611"
/* Messages were not acknowledged within the broker's consumer_timeout. They are delivered again. */
#define GW_CODE_AMQP_CONSUMER_TIMEOUT "GW-W612"
/* The broker sent what the protocol does not allow, such as a message of an absurd size. A new connection is opened. */
#define GW_CODE_AMQP_PROTOCOL_ERROR "GW-W613"
/* The repository was away for too long, so messages that were not applied are back in their queues. */
#define GW_CODE_AMQP_GIVEN_BACK "GW-W614"
/* A missing or cancelled queue is consumed again. */
#define GW_CODE_AMQP_QUEUE_CONSUMED "GW-I615"

#endif
