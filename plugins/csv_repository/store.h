/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store: all tables of one folder, in memory. The memory is only a copy: if an operation fails after it has changed
 * something, the memory is dropped, and the next operation reads the files again. The caller holds the lock.
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
    struct stat seen[FILES_FOR_PEOPLE]; /* the versions that were last read or written */
    uint32_t changed;                   /* bit i: file i must be written */
    bool is_loaded;
    bool has_journal; /* a commit whose files are not all written yet */
};

void store_init(struct store *store, const char *path);
void store_done(struct store *store);

/* Makes memory equal to the files: completes a committed journal, and reads the files if they were not read yet, or if
 * another program has written the files for people. OK; CONFIG: a file is wrong, and the text says where; TRANSIENT. */
enum gw_status store_ready(struct store *store, struct gw_error *reterr);

/* Reads all files. It completes no journal and takes no lock. */
enum gw_status store_load(struct store *store, struct gw_error *reterr);

/* The version of the files: 0 if there are only files for people, or none. */
int64_t store_version(const struct store *store);

enum { STORE_VERSION = 2 };

/* Records that a table has changed, and so must be written. */
void store_touch(struct store *store, enum file_id file);

/* Writes what has changed. OK: committed, even if the files are still to be written. Otherwise the memory is dropped.
 * UNKNOWN: see journal_commit. */
enum gw_status store_commit(struct store *store, struct gw_error *reterr);

/* Calls store_commit if status is OK, otherwise drops the memory. Returns the status of the whole. */
enum gw_status store_end(struct store *store, enum gw_status status, struct gw_error *reterr);

/* A counter. If it does not exist, it begins at `first`. NULL: no memory. */
struct counter *store_counter(struct store *store, const char *name, int64_t first);

/* The counter with the running time. NULL: no memory. */
struct counter *store_running_time(struct store *store);

/* Draws a new random stamp, for a product that was changed by hand. */
int64_t store_draw_stamp(void);

#endif
