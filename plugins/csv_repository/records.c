/* SPDX-License-Identifier: Apache-2.0 */
/* Records: the members and their columns in each file. Only this file lists them. */
#include "records.h"

#define TEXT_IN(record, column, member)                                               \
    {                                                                                 \
        .name = #column, .type = CELL_TEXT, .offset = offsetof(struct record, member) \
    }
#define TEXT(record, member) TEXT_IN(record, member, member)
#define TEXT_KEY(record, column, member)                                                              \
    {                                                                                                 \
        .name = #column, .type = CELL_TEXT, .is_key = true, .offset = offsetof(struct record, member) \
    }
#define IDENTIFIER(record, member)                                                          \
    {                                                                                       \
        .name = #member, .type = CELL_IDENTIFIER, .offset = offsetof(struct record, member) \
    }
#define KEY(record, member)                                                                                 \
    {                                                                                                       \
        .name = #member, .type = CELL_IDENTIFIER, .is_key = true, .offset = offsetof(struct record, member) \
    }
#define HASH_IN(record, column, member)                                               \
    {                                                                                 \
        .name = #column, .type = CELL_HASH, .offset = offsetof(struct record, member) \
    }
#define HASH(record, member) HASH_IN(record, member, member)
#define HASH_KEY(record, member)                                                                      \
    {                                                                                                 \
        .name = #member, .type = CELL_HASH, .is_key = true, .offset = offsetof(struct record, member) \
    }
#define NUMBER_IN(record, column, member)                                                                 \
    {                                                                                                     \
        .name = #column, .type = CELL_NUMBER, .offset = offsetof(struct record, member), .max = INT64_MAX \
    }
#define NUMBER(record, member) NUMBER_IN(record, member, member)
#define NUMBER_KEY(record, column, member)                                                               \
    {                                                                                                    \
        .name = #column, .type = CELL_NUMBER, .is_key = true, .offset = offsetof(struct record, member), \
        .max = INT64_MAX                                                                                 \
    }
#define COUNT_IN(record, column, member)                                                                  \
    {                                                                                                     \
        .name = #column, .type = CELL_COUNT, .offset = offsetof(struct record, member), .max = UINT32_MAX \
    }
/* A column that files of format 1 do not have; its value is then 0. */
#define NUMBER_SINCE_2(record, column, member)                                                                \
    {                                                                                                         \
        .name = #column, .type = CELL_NUMBER, .is_optional = true, .offset = offsetof(struct record, member), \
        .max = INT64_MAX                                                                                      \
    }
#define QTY(record, is_part_of_key, least)                                                                    \
    {                                                                                                         \
        .name = "qty", .type = CELL_NUMBER, .is_key = is_part_of_key, .offset = offsetof(struct record, qty), \
        .min = least, .max = INT32_MAX                                                                        \
    }
#define ETA(record)                                                              \
    {                                                                            \
        .name = "eta", .type = CELL_DATE, .offset = offsetof(struct record, eta) \
    }
#define MARK(record, member)                                                         \
    {                                                                                \
        .name = "mark", .type = CELL_MARK, .offset = offsetof(struct record, member) \
    }
#define OFFSET(record, member)                                                                                        \
    {                                                                                                                 \
        .name = "offset", .type = CELL_NUMBER, .offset = offsetof(struct record, member), .min = -1, .max = INT64_MAX \
    }
#define BATCHREF(record)                                                                    \
    {                                                                                       \
        .name = "batchref", .type = CELL_IDENTIFIER, .offset = offsetof(struct record, ref) \
    }

static const struct column batches[] = {KEY(batch, ref), IDENTIFIER(batch, sku), QTY(batch, false, 0), ETA(batch)};

static const struct column allocations[] = {KEY(line, orderid), KEY(line, sku), QTY(line, true, 1), BATCHREF(line)};

static const struct column products[] = {KEY(product, sku), NUMBER(product, version),
                                         NUMBER_SINCE_2(product, stamp, stamp),
                                         NUMBER_SINCE_2(product, events, events)};

/* The contents of the files for people when they were last written, so that changes by hand are detected. */
static const struct column known_batches[] = {KEY(batch, ref), IDENTIFIER(batch, sku), QTY(batch, false, 0),
                                              ETA(batch),      NUMBER(batch, created), NUMBER(batch, allocated)};

static const struct column known_allocations[] = {KEY(line, orderid), KEY(line, sku), QTY(line, true, 1),
                                                  BATCHREF(line), NUMBER(line, seq)};

static const struct column positions[] = {TEXT_KEY(place, source, position.source),
                                          NUMBER_IN(place, next, position.next), MARK(place, position.mark),
                                          COUNT_IN(place, has_mark, position.has_mark)};

static const struct column inbox[] = {
    HASH_KEY(known_id, id), HASH(known_id, fingerprint),        NUMBER(known_id, outcome),
    TEXT(known_id, reason), NUMBER(known_id, received_unix_ms), NUMBER_SINCE_2(known_id, running_ms, running_ms)};

static const struct column outbox[] = {
    NUMBER_KEY(effect, number, event.number),
    TEXT_IN(effect, destination, event.destination),
    TEXT_IN(effect, recipient, event.recipient),
    TEXT_IN(effect, id, event.id),
    TEXT_IN(effect, type, event.type),
    TEXT_IN(effect, sku, event.sku),
    TEXT_IN(effect, payload, event.payload),
    TEXT_IN(effect, headers, event.headers),
    COUNT_IN(effect, attempts, event.attempts),
    NUMBER_IN(effect, created_unix_ms, event.queued_unix_ms),
    NUMBER(effect, due_unix_ms),
    NUMBER_SINCE_2(effect, stamp, event.stamp),
    NUMBER_SINCE_2(effect, sequence, event.sequence),
    NUMBER_SINCE_2(effect, event_unix_ms, event.event_unix_ms),
};

static const struct column dead_letters[] = {
    NUMBER_KEY(dead_letter, id, entry.id),
    COUNT_IN(dead_letter, kind, entry.kind),
    COUNT_IN(dead_letter, replays, entry.replays),
    NUMBER_IN(dead_letter, unix_ms, entry.unix_ms),
    TEXT_IN(dead_letter, entrypoint, entry.letter.entrypoint),
    TEXT_IN(dead_letter, source, entry.letter.source),
    OFFSET(dead_letter, entry.letter.offset),
    NUMBER_IN(dead_letter, line, entry.letter.line),
    TEXT_IN(dead_letter, reason, entry.letter.reason),
    TEXT_IN(dead_letter, payload, entry.letter.payload),
    TEXT_IN(dead_letter, type, entry.letter.type),
    TEXT_IN(dead_letter, key, entry.letter.key),
    TEXT_IN(dead_letter, headers, entry.letter.headers),
    TEXT_IN(dead_letter, identity, entry.letter.identity),
    NUMBER_IN(dead_letter, full_len, entry.letter.full_len),
    HASH_IN(dead_letter, digest, entry.letter.digest),
    COUNT_IN(dead_letter, flags, entry.letter.flags),
    TEXT_IN(dead_letter, recipient, entry.recipient),
    NUMBER_SINCE_2(dead_letter, sequence, entry.sequence),
    NUMBER_SINCE_2(dead_letter, event_unix_ms, entry.event_unix_ms),
};

static const struct column counters[] = {TEXT_KEY(counter, name, name), NUMBER(counter, next)};

#define COLUMNS(array) array, sizeof(array) / sizeof(array)[0]

const struct record_file record_files[FILE_COUNT] = {
    [FILE_BATCHES] = {TABLE_BATCHES, {"batches.csv", COLUMNS(batches)}},
    [FILE_ALLOCATIONS] = {TABLE_LINES, {"allocations.csv", COLUMNS(allocations)}},
    [FILE_PRODUCTS] = {TABLE_PRODUCTS, {RECORDS_FOLDER "/products.csv", COLUMNS(products)}},
    [FILE_KNOWN_BATCHES] = {TABLE_BATCHES, {RECORDS_FOLDER "/batches.csv", COLUMNS(known_batches)}},
    [FILE_KNOWN_ALLOCATIONS] = {TABLE_LINES, {RECORDS_FOLDER "/allocations.csv", COLUMNS(known_allocations)}},
    [FILE_POSITIONS] = {TABLE_PLACES, {RECORDS_FOLDER "/positions.csv", COLUMNS(positions)}},
    [FILE_INBOX] = {TABLE_IDS, {RECORDS_FOLDER "/inbox.csv", COLUMNS(inbox)}},
    [FILE_OUTBOX] = {TABLE_EFFECTS, {RECORDS_FOLDER "/outbox.csv", COLUMNS(outbox)}},
    [FILE_DEAD_LETTERS] = {TABLE_DEAD_LETTERS, {RECORDS_FOLDER "/dead_letters.csv", COLUMNS(dead_letters)}},
    [FILE_COUNTERS] = {TABLE_COUNTERS, {RECORDS_FOLDER "/counters.csv", COLUMNS(counters)}},
};

/* The file with all members of a table, and the size of its records. */
static const struct {
    enum file_id file;
    size_t record_size;
} kinds[TABLE_COUNT] = {
    [TABLE_PRODUCTS] = {FILE_PRODUCTS, sizeof(struct product)},
    [TABLE_BATCHES] = {FILE_KNOWN_BATCHES, sizeof(struct batch)},
    [TABLE_LINES] = {FILE_KNOWN_ALLOCATIONS, sizeof(struct line)},
    [TABLE_PLACES] = {FILE_POSITIONS, sizeof(struct place)},
    [TABLE_IDS] = {FILE_INBOX, sizeof(struct known_id)},
    [TABLE_EFFECTS] = {FILE_OUTBOX, sizeof(struct effect)},
    [TABLE_DEAD_LETTERS] = {FILE_DEAD_LETTERS, sizeof(struct dead_letter)},
    [TABLE_COUNTERS] = {FILE_COUNTERS, sizeof(struct counter)},
};

void records_init(struct table *table, enum table_id id)
{
    table_init(table, &record_files[kinds[id].file].format, kinds[id].record_size);
}
