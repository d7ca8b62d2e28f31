/* SPDX-License-Identifier: Apache-2.0 */
/* Records: the one place that says which member is which column of which file. */
#include "records.h"

#define TEXT(record, member)                                                          \
    {                                                                                 \
        .name = #member, .type = CELL_TEXT, .offset = offsetof(struct record, member) \
    }
#define TEXT_KEY(record, member)                                                                      \
    {                                                                                                 \
        .name = #member, .type = CELL_TEXT, .is_key = true, .offset = offsetof(struct record, member) \
    }
#define IDENTIFIER(record, member)                                                          \
    {                                                                                       \
        .name = #member, .type = CELL_IDENTIFIER, .offset = offsetof(struct record, member) \
    }
#define KEY(record, member)                                                                                 \
    {                                                                                                       \
        .name = #member, .type = CELL_IDENTIFIER, .is_key = true, .offset = offsetof(struct record, member) \
    }
#define HASH(record, member)                                                          \
    {                                                                                 \
        .name = #member, .type = CELL_HASH, .offset = offsetof(struct record, member) \
    }
#define HASH_KEY(record, member)                                                                      \
    {                                                                                                 \
        .name = #member, .type = CELL_HASH, .is_key = true, .offset = offsetof(struct record, member) \
    }
#define NUMBER(record, member)                                                                            \
    {                                                                                                     \
        .name = #member, .type = CELL_NUMBER, .offset = offsetof(struct record, member), .max = INT64_MAX \
    }
#define NUMBER_KEY(record, member)                                                                       \
    {                                                                                                    \
        .name = #member, .type = CELL_NUMBER, .is_key = true, .offset = offsetof(struct record, member), \
        .max = INT64_MAX                                                                                 \
    }
/* One that files of format 1 do not have: 0 there. */
#define NUMBER_SINCE_2(record, member)                                                                        \
    {                                                                                                         \
        .name = #member, .type = CELL_NUMBER, .is_optional = true, .offset = offsetof(struct record, member), \
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
#define MARK(record)                                                               \
    {                                                                              \
        .name = "mark", .type = CELL_MARK, .offset = offsetof(struct record, mark) \
    }
#define OFFSET(record)                                                                                                \
    {                                                                                                                 \
        .name = "offset", .type = CELL_NUMBER, .offset = offsetof(struct record, offset), .min = -1, .max = INT64_MAX \
    }
#define BATCHREF(record)                                                                    \
    {                                                                                       \
        .name = "batchref", .type = CELL_IDENTIFIER, .offset = offsetof(struct record, ref) \
    }

static const struct column batches[] = {KEY(batch, ref), IDENTIFIER(batch, sku), QTY(batch, false, 0), ETA(batch)};

static const struct column allocations[] = {KEY(line, orderid), KEY(line, sku), QTY(line, true, 1), BATCHREF(line)};

static const struct column products[] = {KEY(product, sku), NUMBER(product, version), NUMBER_SINCE_2(product, stamp),
                                         NUMBER_SINCE_2(product, events)};

/* What people's files held when they were written, so that what was changed by hand can be told. */
static const struct column known_batches[] = {KEY(batch, ref), IDENTIFIER(batch, sku), QTY(batch, false, 0),
                                              ETA(batch),      NUMBER(batch, created), NUMBER(batch, allocated)};

static const struct column known_allocations[] = {KEY(line, orderid), KEY(line, sku), QTY(line, true, 1),
                                                  BATCHREF(line), NUMBER(line, seq)};

static const struct column positions[] = {TEXT_KEY(place, source), NUMBER(place, next), MARK(place),
                                          NUMBER(place, has_mark)};

static const struct column inbox[] = {
    HASH_KEY(known_id, id), HASH(known_id, fingerprint),        NUMBER(known_id, outcome),
    TEXT(known_id, reason), NUMBER(known_id, received_unix_ms), NUMBER_SINCE_2(known_id, running_ms)};

static const struct column outbox[] = {
    NUMBER_KEY(effect, number),
    TEXT(effect, destination),
    TEXT(effect, recipient),
    TEXT(effect, id),
    TEXT(effect, type),
    TEXT(effect, sku),
    TEXT(effect, payload),
    TEXT(effect, headers),
    NUMBER(effect, attempts),
    NUMBER(effect, created_unix_ms),
    NUMBER(effect, due_unix_ms),
    NUMBER_SINCE_2(effect, stamp),
    NUMBER_SINCE_2(effect, sequence),
    NUMBER_SINCE_2(effect, event_unix_ms),
};

static const struct column dead_letters[] = {
    NUMBER_KEY(dead_letter, id),
    NUMBER(dead_letter, kind),
    NUMBER(dead_letter, replays),
    NUMBER(dead_letter, unix_ms),
    TEXT(dead_letter, entrypoint),
    TEXT(dead_letter, source),
    OFFSET(dead_letter),
    NUMBER(dead_letter, line),
    TEXT(dead_letter, reason),
    TEXT(dead_letter, payload),
    TEXT(dead_letter, type),
    TEXT(dead_letter, key),
    TEXT(dead_letter, headers),
    TEXT(dead_letter, identity),
    NUMBER(dead_letter, full_len),
    HASH(dead_letter, digest),
    NUMBER(dead_letter, flags),
    TEXT(dead_letter, recipient),
    NUMBER_SINCE_2(dead_letter, sequence),
    NUMBER_SINCE_2(dead_letter, event_unix_ms),
};

static const struct column counters[] = {TEXT_KEY(counter, name), NUMBER(counter, next)};

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

/* The file that holds all that is kept of a table, and how long its records are. */
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
