/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store: all tables of one folder, in memory. Memory is only a copy: an operation that fails after it began to
 * change something lets all of it be forgotten, and the next one reads the files again. The caller holds the lock.
 */
#ifndef CSV_STORE_H
#define CSV_STORE_H

#include "folder.h"
#include "records.h"

#include <gangway/port/repository.h>

struct store {
    struct folder folder;
    struct table tables[TABLE_COUNT];
    struct sheet_style styles[FILE_COUNT];
    struct stat seen[FILES_FOR_PEOPLE]; /* as they were when they were read or written last */
    uint32_t changed;                   /* bit i: file i is to be written */
    bool is_loaded;
    bool has_journal; /* committed, and the files are still to be written from it */
};

void store_init(struct store *store, const char *path);
void store_done(struct store *store);

/* Memory is what the files are: finishes what was committed, and reads them when they were not read yet or somebody
 * else has written to people's. CONFIG: a file is wrong, and the text says where; TRANSIENT. */
enum gw_status store_ready(struct store *store, struct gw_error *reterr);

/* Reads all files, and nothing else: neither finishes nor locks. */
enum gw_status store_load(struct store *store, struct gw_error *reterr);

/* The version of the files: 0 when there are none but people's. */
int64_t store_version(const struct store *store);

enum { STORE_VERSION = 2 };

/* Notes that a table has changed, and so its files. */
void store_touch(struct store *store, enum file_id file);

/* Writes what has changed. OK: committed, even when the files are still to be written. Otherwise memory is forgotten.
 * UNKNOWN: see journal_commit. */
enum gw_status store_commit(struct store *store, struct gw_error *reterr);

/* store_commit when status is OK, else forgets memory. The status of the whole. */
enum gw_status store_end(struct store *store, enum gw_status status, struct gw_error *reterr);

/* A counter, which begins at `first`. NULL: no memory. */
struct counter *store_counter(struct store *store, const char *name, int64_t first);

/* The running time, a counter as well. NULL: no memory. */
struct counter *store_running_time(struct store *store);

/* A new stamp, drawn at random, for a product that somebody has changed by hand. */
int64_t store_draw_stamp(void);

/* ---- stock.c: products, their batches, and the lines that those hold */

struct product *stock_product(const struct store *store, struct gw_text sku);
struct batch *stock_batch(const struct store *store, struct gw_text ref);
struct line *stock_line(const struct store *store, struct gw_text orderid, struct gw_text sku, int64_t qty);

/* The product, added with version 0 when there is none. NULL: no memory. */
struct product *stock_add_product(struct store *store, struct gw_text sku);

/* Makes a batch in its table one of its product's. False: no memory. */
bool stock_join_batch(struct product *product, struct batch *batch);

/* Makes a line in its table the newest one of its batch; takes it out again. */
void stock_join_line(struct line *line, struct batch *batch);
void stock_leave_batch(struct line *line);

/* Puts the batches of a product into the order of rule 2. */
void stock_sort(struct product *product);

/* ---- merge.c */

/* What people's files say, and what was known when they were written: puts the two together, and counts what was
 * changed by hand as operations on the products. CONFIG: people's files contradict each other. */
enum gw_status merge_tables(struct store *store, const struct table *known_batches, const struct table *known_lines,
                            struct gw_error *reterr);

#endif
