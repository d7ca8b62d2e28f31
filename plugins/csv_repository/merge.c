/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Merge: applies changes that a person made to the two files. Each row that was added, removed or changed counts as one
 * operation on its product: it raises the version by one and draws a new stamp. Removed rows come first, then added
 * ones, each in the order of the file, so that the same files give the same versions.
 */
#include "merge.h"

#include "stock.h"

#include <stdlib.h>

enum { TOLD_MAX = 64 };

struct merging {
    struct store *store;
    const struct table *known_batches;
    const struct table *known_lines;
    struct gw_error *reterr;
};

static enum gw_status no_memory(const struct merging *merging)
{
    return gw_error_set(merging->reterr, GW_NOMEM, "no memory for the files of %s", merging->store->folder.path);
}

GW_PRINTF(4, 5)
static enum gw_status refuse(const struct merging *merging, enum file_id file, const struct row *row,
                             const char *format, ...)
{
    char path[PATH_MAX];
    char what[256];
    va_list arguments;

    folder_name(&merging->store->folder, record_files[file].format.file, path);
    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return gw_error_set(merging->reterr, GW_CONFIG, "%s:%llu: %s", path, (unsigned long long)row->line, what);
}

static int told(struct gw_text text)
{
    return (int)(text.len < TOLD_MAX ? text.len : TOLD_MAX);
}

/* Counts one more operation on a product. */
static int64_t raise_version(const struct merging *merging, struct product *product)
{
    store_touch(merging->store, FILE_PRODUCTS);
    store_touch(merging->store, FILE_KNOWN_BATCHES);
    store_touch(merging->store, FILE_KNOWN_ALLOCATIONS);
    if (product->version < INT64_MAX)
        product->version++;
    product->stamp = store_draw_stamp();
    return product->version;
}

/* If products.csv is lost, versions are at least as high as the numbers in batches and lines. */
static bool know_product(const struct merging *merging, struct gw_text sku, int64_t version)
{
    struct product *product = stock_add_product(merging->store, sku);

    if (product == NULL)
        return false;
    if (product->version < version) {
        product->version = version;
        product->stamp = store_draw_stamp();
    }
    return true;
}

static enum gw_status know_products(const struct merging *merging)
{
    bool is_whole = true;

    for (const struct row *row = merging->known_batches->first; row != NULL && is_whole; row = row->next)
        is_whole = know_product(merging, ((const struct batch *)row)->sku, ((const struct batch *)row)->created);
    for (const struct row *row = merging->known_lines->first; row != NULL && is_whole; row = row->next)
        is_whole = know_product(merging, ((const struct line *)row)->sku, ((const struct line *)row)->seq);
    return is_whole ? GW_OK : no_memory(merging);
}

/* ---- batches --------------------------------------------------------------------------------------------------- */

static void miss_batches(const struct merging *merging)
{
    for (const struct row *row = merging->known_batches->first; row != NULL; row = row->next) {
        const struct batch *known = (const struct batch *)row;
        const struct batch *batch = stock_batch(merging->store, known->ref);

        if (batch == NULL || !gw_text_equal(batch->sku, known->sku))
            (void)raise_version(merging, stock_product(merging->store, known->sku));
    }
}

static enum gw_status take_batch(const struct merging *merging, struct batch *batch)
{
    const struct batch *known = table_find(merging->known_batches, batch);
    struct product *product = stock_add_product(merging->store, batch->sku);

    if (product == NULL)
        return no_memory(merging);
    batch->is_unknown = known == NULL || !gw_text_equal(known->sku, batch->sku);
    if (batch->is_unknown) {
        batch->created = raise_version(merging, product);
    } else {
        batch->created = known->created;
        batch->allocated = known->allocated;
        if (known->qty != batch->qty || known->eta != batch->eta)
            (void)raise_version(merging, product);
    }
    return stock_join_batch(product, batch) ? GW_OK : no_memory(merging);
}

static enum gw_status check_batch(const struct merging *merging, const struct batch *batch)
{
    if (0 <= batch->allocated && batch->allocated <= batch->qty)
        return GW_OK;
    return refuse(merging, FILE_BATCHES, &batch->row,
                  "qty: expected at least the %lld that %s gives of batch %.*s; "
                  "found %lld",
                  (long long)batch->allocated, record_files[FILE_ALLOCATIONS].format.file, told(batch->ref),
                  batch->ref.ptr, (long long)batch->qty);
}

/* ---- lines ----------------------------------------------------------------------------------------------------- */

static void miss_lines(const struct merging *merging)
{
    for (const struct row *row = merging->known_lines->first; row != NULL; row = row->next) {
        const struct line *known = (const struct line *)row;
        const struct line *line = table_find(&merging->store->tables[TABLE_LINES], known);
        struct batch *batch;

        if (line != NULL && gw_text_equal(line->ref, known->ref))
            continue;
        (void)raise_version(merging, stock_product(merging->store, known->sku));
        batch = stock_batch(merging->store, known->ref);
        if (batch != NULL && !batch->is_unknown)
            batch->allocated -= known->qty;
    }
}

static enum gw_status take_line(const struct merging *merging, struct line *line)
{
    const struct line *known = table_find(merging->known_lines, line);
    struct batch *batch = stock_batch(merging->store, line->ref);
    bool is_unknown = known == NULL || !gw_text_equal(known->ref, line->ref);

    if (batch == NULL)
        return refuse(merging, FILE_ALLOCATIONS, &line->row, "batchref: expected a batch that is in %s; found \"%.*s\"",
                      record_files[FILE_BATCHES].format.file, told(line->ref), line->ref.ptr);
    if (!gw_text_equal(batch->sku, line->sku))
        return refuse(merging, FILE_ALLOCATIONS, &line->row, "sku: expected %.*s, which batch %.*s is of; found %.*s",
                      told(batch->sku), batch->sku.ptr, told(batch->ref), batch->ref.ptr, told(line->sku),
                      line->sku.ptr);
    line->seq = is_unknown ? raise_version(merging, batch->product) : known->seq;
    if (is_unknown || batch->is_unknown)
        batch->allocated += line->qty;
    line->batch = batch;
    return GW_OK;
}

static int compare_age(const void *a, const void *b)
{
    const struct line *left = *(struct line *const *)a;
    const struct line *right = *(struct line *const *)b;

    return (left->seq > right->seq) - (left->seq < right->seq);
}

/* By age, whatever the order of rows in the file is. */
static enum gw_status join_lines(const struct merging *merging)
{
    const struct table *table = &merging->store->tables[TABLE_LINES];
    struct line **lines = malloc((table->count + 1) * sizeof(struct line *));
    size_t count = 0;

    if (lines == NULL)
        return no_memory(merging);
    for (struct row *row = table->first; row != NULL; row = row->next)
        lines[count++] = (struct line *)row;
    qsort(lines, count, sizeof(struct line *), compare_age);
    for (size_t i = 0; i < count; i++)
        stock_join_line(lines[i], lines[i]->batch);
    free(lines);
    return GW_OK;
}

enum gw_status merge_tables(struct store *store, const struct table *known_batches, const struct table *known_lines,
                            struct gw_error *reterr)
{
    struct merging merging = {store, known_batches, known_lines, reterr};
    enum gw_status status = know_products(&merging);

    if (status == GW_OK)
        miss_batches(&merging);
    for (struct row *row = store->tables[TABLE_BATCHES].first; row != NULL && status == GW_OK; row = row->next)
        status = take_batch(&merging, (struct batch *)row);
    if (status == GW_OK)
        miss_lines(&merging);
    for (struct row *row = store->tables[TABLE_LINES].first; row != NULL && status == GW_OK; row = row->next)
        status = take_line(&merging, (struct line *)row);
    for (struct row *row = store->tables[TABLE_BATCHES].first; row != NULL && status == GW_OK; row = row->next)
        status = check_batch(&merging, (struct batch *)row);
    return status == GW_OK ? join_lines(&merging) : status;
}
