/* SPDX-License-Identifier: Apache-2.0 */
/* Store: keeps memory and files equal. stock.c and merge.c know the meaning of the tables. */
#include "store.h"

#include "journal.h"
#include "merge.h"

#include <sodium.h>
#include <stdlib.h>

static const char format_name[] = "format";

void store_init(struct store *store, const char *path)
{
    *store = (struct store){0};
    folder_init(&store->folder, path);
    for (uint32_t id = 0; id < TABLE_COUNT; id++)
        records_init(&store->tables[id], id);
}

/* Drops everything. It is read again when needed. */
static void forget(struct store *store)
{
    for (struct row *row = store->tables[TABLE_PRODUCTS].first; row != NULL; row = row->next)
        free(((struct product *)row)->batches);
    for (uint32_t id = 0; id < TABLE_COUNT; id++)
        table_done(&store->tables[id]);
    store->changed = 0;
    store->is_loaded = false;
}

void store_done(struct store *store)
{
    forget(store);
    folder_done(&store->folder);
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

static enum gw_status read_file(struct store *store, enum file_id file, struct table *table, struct gw_error *reterr)
{
    const struct format *format = &record_files[file].format;
    char path[PATH_MAX];
    char *bytes;
    size_t len;
    enum gw_status status = folder_read(&store->folder, format->file, &bytes, &len,
                                        file < FILES_FOR_PEOPLE ? &store->seen[file] : NULL, reterr);

    if (status != GW_OK || bytes == NULL)
        return status;
    folder_name(&store->folder, format->file, path);
    status = table_read(table, format, path, bytes, len, &store->styles[file], reterr);
    free(bytes);
    return status;
}

static enum gw_status read_counters(struct store *store, struct gw_error *reterr)
{
    enum gw_status status = read_file(store, FILE_COUNTERS, &store->tables[TABLE_COUNTERS], reterr);

    if (status == GW_OK && store_version(store) > STORE_VERSION)
        status = gw_error_set(reterr, GW_CONFIG,
                              "%s/%s has format %lld, this plugin knows formats up to %d: it needs a newer gateway",
                              store->folder.path, RECORDS_FOLDER, (long long)store_version(store), STORE_VERSION);
    return status;
}

/* If counters.csv is lost, used numbers are not returned again, and the running time does not fall. */
static enum gw_status floor_counters(struct store *store, struct gw_error *reterr)
{
    struct counter *effects = store_counter(store, "outbox", 1);
    struct counter *letters = store_counter(store, "dead_letters", 1);
    struct counter *running = store_running_time(store);
    const struct effect *effect = (const struct effect *)store->tables[TABLE_EFFECTS].last;
    const struct dead_letter *letter = (const struct dead_letter *)store->tables[TABLE_DEAD_LETTERS].last;
    const struct known_id *id = (const struct known_id *)store->tables[TABLE_IDS].last;

    if (effects == NULL || letters == NULL || running == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for the files of %s", store->folder.path);
    if (effect != NULL && effects->next <= effect->event.number)
        effects->next = effect->event.number + 1;
    if (letter != NULL && letters->next <= letter->entry.id)
        letters->next = letter->entry.id + 1;
    if (id != NULL && running->next < id->running_ms)
        running->next = id->running_ms;
    return GW_OK;
}

static enum gw_status read_stock(struct store *store, struct gw_error *reterr)
{
    struct table known_batches;
    struct table known_lines;
    enum gw_status status;

    records_init(&known_batches, TABLE_BATCHES);
    records_init(&known_lines, TABLE_LINES);
    status = read_file(store, FILE_KNOWN_BATCHES, &known_batches, reterr);
    if (status == GW_OK)
        status = read_file(store, FILE_KNOWN_ALLOCATIONS, &known_lines, reterr);
    if (status == GW_OK)
        status = merge_tables(store, &known_batches, &known_lines, reterr);
    table_done(&known_batches);
    table_done(&known_lines);
    return status;
}

enum gw_status store_load(struct store *store, struct gw_error *reterr)
{
    static const enum file_id files[] = {FILE_BATCHES, FILE_ALLOCATIONS, FILE_PRODUCTS,    FILE_POSITIONS,
                                         FILE_INBOX,   FILE_OUTBOX,      FILE_DEAD_LETTERS};
    enum gw_status status;

    forget(store);
    status = read_counters(store, reterr);
    for (size_t i = 0; i < sizeof files / sizeof files[0] && status == GW_OK; i++)
        status = read_file(store, files[i], &store->tables[record_files[files[i]].table], reterr);
    if (status == GW_OK)
        status = read_stock(store, reterr);
    if (status == GW_OK)
        status = floor_counters(store, reterr);
    store->is_loaded = status == GW_OK;
    if (status != GW_OK)
        forget(store);
    return status;
}

int64_t store_version(const struct store *store)
{
    struct counter like = {.name = gw_text_of(format_name)};
    const struct counter *format = table_find(&store->tables[TABLE_COUNTERS], &like);

    return format != NULL ? format->next : 0;
}

struct counter *store_counter(struct store *store, const char *name, int64_t first)
{
    struct counter counter = {.name = gw_text_of(name), .next = first};
    struct counter *found = table_find(&store->tables[TABLE_COUNTERS], &counter);

    return found != NULL ? found : table_add(&store->tables[TABLE_COUNTERS], &counter);
}

struct counter *store_running_time(struct store *store)
{
    return store_counter(store, "running_ms", 0);
}

int64_t store_draw_stamp(void)
{
    uint64_t bits;

    randombytes_buf(&bits, sizeof bits);
    return (int64_t)(bits % (uint64_t)GW_STAMP_MAX) + 1;
}

/* ---- whether memory equals the files --------------------------------------------------------------------------- */

static bool is_seen(const struct store *store)
{
    for (uint32_t file = 0; file < FILES_FOR_PEOPLE; file++) {
        struct stat now;

        folder_look(&store->folder, record_files[file].format.file, &now);
        if (!folder_is_same(&now, &store->seen[file]))
            return false;
    }
    return true;
}

static enum gw_status redo(struct store *store, struct gw_error *reterr)
{
    enum gw_status status = journal_redo(&store->folder, store->seen, reterr);

    store->has_journal = status != GW_OK;
    return status;
}

static enum gw_status refuse_older(const struct store *store, struct gw_error *reterr)
{
    if (store_version(store) == 0)
        return gw_error_set(reterr, GW_CONFIG, "%s/%s does not exist or is not complete: run `gangway migrate`",
                            store->folder.path, RECORDS_FOLDER);
    return gw_error_set(reterr, GW_CONFIG, "%s/%s has format %lld, this plugin needs %d: run `gangway migrate`",
                        store->folder.path, RECORDS_FOLDER, (long long)store_version(store), STORE_VERSION);
}

enum gw_status store_ready(struct store *store, struct gw_error *reterr)
{
    enum gw_status status = folder_open(&store->folder, reterr);

    if (status == GW_OK && (store->has_journal || !store->is_loaded))
        status = redo(store, reterr);
    if (status != GW_OK || (store->is_loaded && is_seen(store)))
        return status;
    status = store_load(store, reterr);
    if (status == GW_OK && store_version(store) != STORE_VERSION)
        status = refuse_older(store, reterr);
    if (status != GW_OK)
        forget(store);
    return status;
}

/* ---- writing --------------------------------------------------------------------------------------------------- */

void store_touch(struct store *store, enum file_id file)
{
    store->changed |= 1u << file;
}

static bool writes_peoples(const struct store *store)
{
    return (store->changed & ((1u << FILES_FOR_PEOPLE) - 1)) != 0;
}

static void write_files(const struct store *store, struct journal *journal)
{
    journal_begin(journal);
    for (uint32_t file = 0; file < FILE_COUNT; file++) {
        if ((store->changed >> file & 1) == 0)
            continue;
        journal_begin_file(journal, file);
        table_write(&store->tables[record_files[file].table], &record_files[file].format, &store->styles[file],
                    &journal->bytes);
    }
    journal_end(journal);
}

enum gw_status store_commit(struct store *store, struct gw_error *reterr)
{
    struct journal journal;
    enum gw_status status;

    if (store->changed == 0)
        return GW_OK;
    if (writes_peoples(store) && !is_seen(store)) {
        forget(store);
        return gw_error_set(
            reterr, GW_TRANSIENT,
            "%s: a file was changed by hand during this change, which is tried again on what the file says now",
            store->folder.path);
    }
    write_files(store, &journal);
    if (journal.bytes.has_failed)
        status = gw_error_set(reterr, GW_NOMEM, "no memory to write the files of %s", store->folder.path);
    else
        status = journal_commit(&journal, &store->folder, reterr);
    if (status == GW_OK) {
        store->changed = 0;
        /* The next operation reports a failure here; it first tries again. */
        store->has_journal = journal_spread(&journal, &store->folder, store->seen, NULL) != GW_OK;
    } else {
        forget(store);
    }
    journal_done(&journal);
    return status;
}

enum gw_status store_end(struct store *store, enum gw_status status, struct gw_error *reterr)
{
    if (status == GW_OK)
        return store_commit(store, reterr);
    forget(store);
    return status;
}
