/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SQL. It uses parameters only, never quoting. A change that must match what the core expects has the condition in
 * its WHERE, or does nothing if a key exists; the caller counts the rows. Only a violated CHECK is an error.
 */
#include "statements.h"

#define SENT_COLUMNS                                                                                          \
    "SELECT sent_unix_ms, number, destination, recipient, event_id, type, sku, event_unix_ms, answer, count," \
    " attempts FROM sent_notices"

/* ?1: destination, ?2: after, ?3: now, ?4: the longest wait from now on. */
#define NOTICE_COLUMNS                                                              \
    "SELECT number, destination, recipient, event_id, type, sku, payload, headers," \
    " queued_unix_ms, attempts, stamp, sequence, event_unix_ms, further, count, is_open FROM notices"
#define NOTICES_LATER " SELECT number FROM notices WHERE destination = ?1 AND due_unix_ms <> 0 AND is_behind = 0"

const char *const statement_texts[STATEMENT_COUNT] = {
    [STATEMENT_BEGIN_READ] = "BEGIN",
    [STATEMENT_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [STATEMENT_COMMIT] = "COMMIT",
    [STATEMENT_ROLLBACK] = "ROLLBACK",
    [STATEMENT_TAKE_NUMBERS] = "UPDATE counters SET next = next + ?2 WHERE name = ?1 RETURNING next - ?2",

    [STATEMENT_PRODUCT] = "SELECT version, stamp, events FROM products WHERE sku = ?1",
    [STATEMENT_ROOM] = "SELECT ref, purchased, allocated, created, eta FROM batches"
                       " WHERE sku = ?1 AND open = 1 AND purchased - allocated >= ?2 ORDER BY eta, created LIMIT ?3",
    [STATEMENT_BATCH] = "SELECT ref, purchased, allocated, created, eta, sku, newest FROM batches WHERE ref = ?1",
    [STATEMENT_NEWEST] = "SELECT orderid, qty, seq, older FROM allocations WHERE number = ?1",
    [STATEMENT_LINE] = "SELECT ref, seq FROM allocations WHERE orderid = ?1 AND sku = ?2 AND qty = ?3",
    [STATEMENT_ID] = "SELECT outcome, fingerprint, reason FROM inbox WHERE id = ?1",

    [STATEMENT_POSITION] = "SELECT source, next, mark FROM positions WHERE source = ?1",
    [STATEMENT_ALL_POSITIONS] = "SELECT source, next, mark FROM positions ORDER BY source",
    [STATEMENT_MOVE_POSITION] = "UPDATE positions SET next = ?2, mark = ?3 WHERE source = ?1",
    [STATEMENT_SET_POSITION] = "INSERT INTO positions (source, next, mark) VALUES (?1, ?2, ?3)"
                               " ON CONFLICT (source) DO UPDATE SET next = excluded.next, mark = excluded.mark",
    [STATEMENT_FORGET_POSITION] = "DELETE FROM positions WHERE source = ?1",

    [STATEMENT_ADD_ID] = "INSERT INTO inbox (id, fingerprint, outcome, reason, received_unix_ms, running_ms)"
                         " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
    [STATEMENT_EXPIRE] = "DELETE FROM inbox WHERE id IN"
                         " (SELECT id FROM inbox WHERE running_ms < ?1 ORDER BY running_ms LIMIT ?2)",
    [STATEMENT_RUNNING_TIME] = "SELECT ms FROM running_time",
    [STATEMENT_ADVANCE] = "UPDATE running_time SET ms = ms + iif(ms = ?1, ?2, 0) RETURNING ms",
    [STATEMENT_ADD_PRODUCT] =
        "INSERT INTO products (sku, version, stamp, events) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    [STATEMENT_CHANGE_PRODUCT] = "UPDATE products SET version = ?2, stamp = ?3, events = events + ?4"
                                 " WHERE sku = ?1 AND version = ?5 AND stamp = ?6 AND note(events)",
    [STATEMENT_HAS_BATCH] = "SELECT 1 FROM batches WHERE ref = ?1",
    [STATEMENT_ADD_BATCH] = "INSERT INTO batches (ref, sku, purchased, allocated, open, eta, created)"
                            " VALUES (?1, ?2, ?3, ?4, ?4 < ?3, ?5, ?6) ON CONFLICT DO NOTHING",
    /* A batch that stays open, or stays full, does not move in the index; TURN is for the others. */
    [STATEMENT_CHANGE_BATCH] = "UPDATE batches SET purchased = ?3, allocated = ?4"
                               " WHERE ref = ?1 AND sku = ?2 AND purchased = ?5 AND allocated = ?6",
    [STATEMENT_TURN_BATCH] = "UPDATE batches SET purchased = ?3, allocated = ?4, open = ?4 < ?3"
                             " WHERE ref = ?1 AND sku = ?2 AND purchased = ?5 AND allocated = ?6",
    [STATEMENT_HELD] = "SELECT number, ref, older FROM allocations WHERE orderid = ?1 AND sku = ?2 AND qty = ?3",
    [STATEMENT_DROP_LINE] = "DELETE FROM allocations WHERE number = ?1",
    [STATEMENT_UNLINK_NEWEST] = "UPDATE batches SET newest = ?3 WHERE ref = ?2 AND newest = ?1",
    [STATEMENT_UNLINK_OLDER] = "UPDATE allocations SET older = ?3 WHERE older = ?1 AND older > 0",
    [STATEMENT_ADD_LINE] = "INSERT INTO allocations (number, orderid, sku, qty, ref, seq, older)"
                           " SELECT ?1, ?2, ?3, ?4, ?5, ?6, newest FROM batches WHERE ref = ?5 AND sku = ?3"
                           " ON CONFLICT (orderid, sku, qty) DO NOTHING",
    [STATEMENT_LINK_NEWEST] = "UPDATE batches SET newest = ?1 WHERE ref = ?5",

    [STATEMENT_ADD_BLOCK] =
        "INSERT INTO outbox_blocks (number, destination, stamp, created_unix_ms, event_unix_ms, count, events)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [STATEMENT_OUTBOX] =
        "SELECT number, stamp, first_pending, count, created_unix_ms, coalesce(event_unix_ms, created_unix_ms), "
        "attempts,"
        " events FROM outbox_blocks WHERE destination = ?1 AND number > ?2 AND (due_unix_ms <= ?3 OR due_unix_ms > ?4)"
        " ORDER BY number",
    [STATEMENT_OUTBOX_DUE] =
        "SELECT due_unix_ms FROM outbox_blocks WHERE destination = ?1 AND number > ?2"
        " AND due_unix_ms > ?3 AND due_unix_ms <= ?4 AND due_unix_ms > 0 ORDER BY due_unix_ms LIMIT 1",
    /* ?4: where the block stands, ?5: up to which event it is settled. */
    [STATEMENT_REMOVE_BLOCK] = "DELETE FROM outbox_blocks WHERE number = ?1 AND destination = ?2 AND stamp = ?3"
                               " AND first_pending = ?4 AND count = ?5",
    [STATEMENT_MOVE_BLOCK] =
        "UPDATE outbox_blocks SET first_pending = ?6, attempts = 0, due_unix_ms = 0, last_error = NULL"
        " WHERE number = ?1 AND destination = ?2 AND stamp = ?3 AND first_pending = ?4 AND count > ?5",
    [STATEMENT_DELAY_BLOCK] = "UPDATE outbox_blocks SET due_unix_ms = ?5, last_error = ?6, attempts = ?7"
                              " WHERE number = ?1 AND destination = ?2 AND stamp = ?3 AND first_pending = ?4",
    [STATEMENT_ADD_NOTICE] =
        "INSERT INTO notices (number, destination, recipient, event_id, type, sku, payload, headers, queued_unix_ms,"
        " stamp, sequence, event_unix_ms, attempts, group_key, is_open, repeat_ms, due_unix_ms, wait_ms, is_behind)"
        " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, coalesce(?12, ?9), ?13, ?14, ?14 <> '', ?16,"
        " max(?15, repeated), iif(repeated > ?15, ?16, ?17), ?18 FROM (SELECT coalesce(max(sent_unix_ms) + ?16, 0) AS "
        "repeated"
        " FROM sent_notices WHERE ?16 > 0 AND destination = ?2 AND recipient = ?3 AND group_key = ?14"
        " AND group_key <> '')",
    /* On its own, because SQLite copies each row of an INSERT that reads the same table. */
    [STATEMENT_NOTICE_AHEAD] = "SELECT 1 FROM notices WHERE destination = ?1 AND recipient = ?2 AND group_key = ?3"
                               " AND repeat_ms > 0 LIMIT 1",
    [STATEMENT_JOIN_NOTICE] = "UPDATE notices SET count = count + 1, stamp = ?4,"
                              " further = iif(count < ?5, further || ?6, further)"
                              " WHERE destination = ?1 AND recipient = ?2 AND group_key = ?3 AND is_open = 1",
    /*
     * Three lists in the order of their numbers, which SQLite merges as it reads them: those that do not wait; those
     * that waited and are due, as long as they are few (?8), which are read by their times and sorted; and otherwise,
     * or if others than these are due (?6, ?7), all those that wait. That is a bound of the number, because SQLite
     * would ask for each row what a condition with a subquery says.
     */
    [STATEMENT_NOTICES] =
        "WITH later (number) AS MATERIALIZED (SELECT number FROM (" NOTICES_LATER
        " AND due_unix_ms <= ?3 UNION ALL" NOTICES_LATER " AND due_unix_ms > ?4 UNION ALL" NOTICES_LATER
        " AND due_unix_ms - wait_ms > ?3) LIMIT ?8 + 1)"
        " " NOTICE_COLUMNS " WHERE destination = ?1 AND waiting = 0 AND number > ?2"
        " UNION ALL " NOTICE_COLUMNS " WHERE number IN (SELECT number FROM later) AND number > ?2"
        " AND NOT (?6 OR ?7 OR (SELECT count(*) > ?8 FROM later))"
        " UNION ALL " NOTICE_COLUMNS " WHERE destination = ?1 AND waiting = 1"
        " AND number > iif(?6 OR ?7 OR (SELECT count(*) > ?8 FROM later), ?2, 9223372036854775807) AND (?7 OR "
        "(is_behind = 0 AND (due_unix_ms <= ?3 OR due_unix_ms > ?4 OR due_unix_ms - wait_ms > ?3"
        " OR (?6 AND is_open = 1)))) ORDER BY number LIMIT ?5",
    [STATEMENT_NOTICES_DUE] =
        "SELECT due_unix_ms FROM notices WHERE destination = ?1 AND number > ?2 AND NOT (?5 AND is_open = 1) AND NOT ?6"
        " AND due_unix_ms <> 0 AND due_unix_ms > ?3 AND due_unix_ms <= ?4 AND is_behind = 0"
        " AND due_unix_ms - wait_ms <= ?3 ORDER BY due_unix_ms LIMIT 1",
    [STATEMENT_NOTICE_DONE] = "DELETE FROM notices WHERE number = ?1 AND destination = ?2 AND stamp = ?3",
    [STATEMENT_NOTICE_FAILED] =
        "UPDATE notices SET attempts = ?6, due_unix_ms = ?4, wait_ms = ?7, last_error = ?5, is_open = 0"
        " WHERE number = ?1 AND destination = ?2 AND stamp = ?3",
    [STATEMENT_NOTICE_SENT] =
        "INSERT INTO sent_notices (sent_unix_ms, number, destination, recipient, event_id, type, sku, event_unix_ms,"
        " group_key, answer, count, attempts)"
        " SELECT ?4, number, destination, recipient, event_id, type, sku, event_unix_ms, group_key, ?5, count,"
        " attempts + 1 FROM notices WHERE number = ?1 AND destination = ?2 AND stamp = ?3 AND note(group_key <> '')",
    /* The notices of the group of one that was sent just now. */
    [STATEMENT_DELAY_REPEAT] =
        "UPDATE notices SET due_unix_ms = max(due_unix_ms, ?4 + repeat_ms),"
        " wait_ms = iif(due_unix_ms > ?4 + repeat_ms, wait_ms, repeat_ms) WHERE (destination, recipient, group_key) ="
        " (SELECT destination, recipient, group_key FROM notices WHERE number = ?1 AND destination = ?2 AND stamp = ?3"
        " AND group_key <> '') AND repeat_ms > 0 AND number <> ?1",
    [STATEMENT_NOTICE_RECIPIENTS] = "SELECT recipient FROM notices WHERE event_id = ?1 AND +destination = ?2 UNION"
                                    " SELECT recipient FROM sent_notices WHERE event_id = ?1 AND +destination = ?2",
    [STATEMENT_LAST_ANSWER] = "SELECT s.answer FROM notices n JOIN sent_notices s ON s.destination = n.destination"
                              " AND s.recipient = n.recipient AND s.group_key = n.group_key AND s.group_key <> ''"
                              " WHERE n.number = ?1 AND n.destination = ?2 AND n.stamp = ?3"
                              " ORDER BY s.sent_unix_ms DESC, s.number DESC LIMIT 1",
    [STATEMENT_SENT] = SENT_COLUMNS " WHERE (sent_unix_ms, number) > (?1, ?2) ORDER BY sent_unix_ms, number LIMIT ?3",
    [STATEMENT_SENT_TO] = SENT_COLUMNS " WHERE recipient = ?4 AND (sent_unix_ms, number) > (?1, ?2)"
                                       " ORDER BY sent_unix_ms, number LIMIT ?3",
    [STATEMENT_EXPIRE_SENT] = "DELETE FROM sent_notices WHERE (sent_unix_ms, number) IN (SELECT sent_unix_ms, number"
                              " FROM sent_notices WHERE sent_unix_ms < ?1 ORDER BY sent_unix_ms, number LIMIT ?2)",
    [STATEMENT_FORGET_SENT] = "DELETE FROM sent_notices WHERE (sent_unix_ms, number) IN (SELECT sent_unix_ms, number"
                              " FROM sent_notices WHERE recipient = ?1 LIMIT ?2)",
    /* The row with the lowest number was queued first. */
    [STATEMENT_FIGURES] = "SELECT destination, sum(pending), min(oldest) FROM ("
                          "SELECT f.destination, f.pending, o.created_unix_ms AS oldest FROM (SELECT destination,"
                          " sum(count - first_pending) AS pending, min(number) AS number FROM outbox_blocks"
                          " GROUP BY destination) f JOIN outbox_blocks o ON o.number = f.number UNION ALL "
                          "SELECT f.destination, f.pending, n.queued_unix_ms FROM (SELECT destination,"
                          " count(*) AS pending, min(number) AS number FROM notices GROUP BY destination) f"
                          " JOIN notices n ON n.number = f.number) GROUP BY destination",

    [STATEMENT_COUNT_DEAD] = "SELECT count(*) FROM dead_letters",
    [STATEMENT_ADD_DEAD] =
        "INSERT INTO dead_letters (kind, unix_ms, entrypoint, source, \"offset\", line, identity, type, key, headers,"
        " payload, reason, full_len, digest, flags, recipient, sequence, event_unix_ms)"
        " VALUES (?15, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?16, ?17, ?18)",
    [STATEMENT_REPLAYED] = "UPDATE dead_letters SET replays = replays + 1, reason = ?2 WHERE id = ?1",
    [STATEMENT_DROP_DEAD] = "DELETE FROM dead_letters WHERE id = ?1",
    [STATEMENT_DEAD_LETTERS] =
        "SELECT id, kind, replays, unix_ms, entrypoint, source, \"offset\", line, identity, type, key, headers,"
        " payload, reason, full_len, digest, flags, recipient, sequence,"
        " iif(kind = 2, coalesce(event_unix_ms, unix_ms), 0) FROM dead_letters"
        " WHERE id > ?1 AND id <= ?2 AND (?3 = '' OR source = ?3 OR entrypoint = ?3)"
        " AND (?4 = '' OR instr(reason, ?4) > 0) ORDER BY id LIMIT ?5",
    [STATEMENT_DEAD_DELIVERY] = "SELECT entrypoint, recipient, identity, type, key, payload, headers, sequence, "
                                "coalesce(event_unix_ms, unix_ms)"
                                " FROM dead_letters WHERE id = ?1 AND kind = 2",

    [STATEMENT_VIEW_ALLOCATIONS] =
        "SELECT a.sku, a.ref, a.qty, b.eta FROM allocations a LEFT JOIN batches b ON b.ref = a.ref"
        " WHERE a.orderid = ?1 ORDER BY a.number",
    [STATEMENT_VIEW_AVAILABILITY] = "SELECT sku, ref, purchased - allocated, eta FROM batches WHERE sku = ?1"
                                    " ORDER BY eta, created",
    [STATEMENT_VIEW_FIRST_FIT] = "SELECT sku, ref, purchased - allocated, eta FROM batches WHERE sku = ?1"
                                 " AND open = 1 AND purchased - allocated >= ?2 ORDER BY eta, created LIMIT 1",
};
