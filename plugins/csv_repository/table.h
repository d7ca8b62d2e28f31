/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table: records of one kind, in order, found by their key. A format says which members of the record are the columns
 * of a file, which is enough to read and write that file. A table may have two formats, one for people and one for the
 * gateway. One thread at a time.
 */
#ifndef CSV_TABLE_H
#define CSV_TABLE_H

#include "sheet.h"

enum { TABLE_BYTES = 16 };

enum cell_type {
    CELL_TEXT,       /* struct gw_text: any bytes */
    CELL_IDENTIFIER, /* struct gw_text: UTF-8, 1 to 255 bytes, no control characters */
    CELL_NUMBER,     /* int64_t from min to max */
    CELL_COUNT,      /* uint32_t */
    CELL_MARK,       /* uint64_t in hexadecimal digits */
    CELL_DATE,       /* int64_t as in the port: 20261224; 0 for an empty cell */
    CELL_HASH        /* uint8_t[TABLE_BYTES] in hexadecimal digits */
};

struct column {
    const char *name;
    enum cell_type type;
    bool is_key;      /* part of the key */
    bool is_optional; /* a file may lack the column; then the member is 0 */
    uint32_t offset;
    int64_t min;
    int64_t max;
};

struct format {
    const char *file; /* within the folder */
    const struct column *columns;
    uint32_t column_count;
};

/* The beginning of every record. */
struct row {
    struct row *next; /* in the table's order */
    struct row *previous;
    struct row *chain; /* in the index */
    uint64_t hash;
    uint64_t line; /* its line in the file; 0: not read from a file */
};

struct table {
    const struct format *format; /* all stored members */
    size_t record_size;
    struct row *first;
    struct row *last;
    struct row **buckets;
    uint64_t bucket_count;
    uint64_t count;
    unsigned char hash_key[TABLE_BYTES]; /* random, because senders choose the identifiers */
};

void table_init(struct table *table, const struct format *format, size_t record_size);

/* Frees all records. The table is empty then, and can be used again. */
void table_done(struct table *table);

/* The record with the key of `like`. NULL: there is none. */
void *table_find(const struct table *table, const void *like);

/* Adds a copy of a record with its texts at the end. Its key must be new. NULL: no memory. */
void *table_add(struct table *table, const void *record);

/* Removes a record and frees it. */
void table_remove(struct table *table, void *record);

/* Replaces `old` by a copy of `record`, which has the same key, and frees `old`. NULL: no memory, and nothing has
 * changed. */
void *table_replace(struct table *table, void *old, const void *record);

/* Adds the rows of a file's text, which reading changes. path is for errors. OK and *ret_style; CONFIG: a row is wrong,
 * and the text says where it is, what is wrong and what was expected; NOMEM. */
enum gw_status table_read(struct table *table, const struct format *format, const char *path, char *text, size_t len,
                          struct sheet_style *ret_style, struct gw_error *reterr);

/* Appends the header and all rows. */
void table_write(const struct table *table, const struct format *format, const struct sheet_style *style,
                 struct gw_buffer *buffer);

#endif
