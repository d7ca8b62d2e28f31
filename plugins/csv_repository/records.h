/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records: the contents of the tables, and their files. batches.csv and allocations.csv are for people; what those two
 * cannot contain is in files under .gangway. No state.
 */
#ifndef CSV_RECORDS_H
#define CSV_RECORDS_H

#include "table.h"

#include <gangway/port/repository.h>

#define RECORDS_FOLDER ".gangway"

/* A product. It has all its batches, which are sorted by rule 2 when that is first requested. */
struct product {
    struct row row;
    struct gw_text sku;
    int64_t version; /* 0: it does not exist; the row waits for its first batch */
    int64_t stamp;   /* of the changeset, or of the change by hand, that raised it to this version */
    int64_t events;  /* the event counter */
    struct batch **batches;
    size_t batch_capacity;
    uint32_t batch_count;
    bool is_sorted;
};

struct batch {
    struct row row;
    struct gw_text ref;
    struct gw_text sku;
    int64_t qty; /* purchased */
    int64_t eta;
    int64_t created;
    int64_t allocated;
    struct product *product;
    struct line *newest;
    bool is_unknown; /* while files are read: the row was added by hand */
};

struct line {
    struct row row;
    struct gw_text orderid;
    struct gw_text sku;
    int64_t qty;
    struct gw_text ref;
    int64_t seq;
    struct batch *batch;
    struct line *older; /* in the batch */
    struct line *newer;
};

struct place {
    struct row row;
    struct gw_position position;
};

struct known_id {
    struct row row;
    uint8_t id[TABLE_BYTES];
    uint8_t fingerprint[TABLE_BYTES];
    int64_t outcome;
    struct gw_text reason;
    int64_t received_unix_ms;
    int64_t running_ms; /* the running time when it was stored */
};

struct effect {
    struct row row;
    struct gw_outbox_row event; /* event time 0 means the time of queueing: use effect_told */
    int64_t due_unix_ms;        /* 0: at once */
};

struct dead_letter {
    struct row row;
    struct gw_dead_entry entry; /* of a delivery, event time 0 means unknown: use dead_told */
};

/* Counters for numbers that are never used again; `format`, the version of all these files; and `running_ms`, the
 * running time. */
struct counter {
    struct row row;
    struct gw_text name;
    int64_t next;
};

enum table_id {
    TABLE_PRODUCTS,
    TABLE_BATCHES,
    TABLE_LINES,
    TABLE_PLACES,
    TABLE_IDS,
    TABLE_EFFECTS,
    TABLE_DEAD_LETTERS,
    TABLE_COUNTERS,
    TABLE_COUNT
};

/* The files, in the order of writing: first those for people. */
enum file_id {
    FILE_BATCHES,
    FILE_ALLOCATIONS,
    FILE_PRODUCTS,
    FILE_KNOWN_BATCHES,
    FILE_KNOWN_ALLOCATIONS,
    FILE_POSITIONS,
    FILE_INBOX,
    FILE_OUTBOX,
    FILE_DEAD_LETTERS,
    FILE_COUNTERS,
    FILE_COUNT,
    FILES_FOR_PEOPLE = FILE_PRODUCTS /* the number of those, from the first on */
};

struct record_file {
    enum table_id table;
    struct format format;
};

extern const struct record_file record_files[FILE_COUNT];

/* Creates an empty table of this kind. */
void records_init(struct table *table, enum table_id id);

#endif
