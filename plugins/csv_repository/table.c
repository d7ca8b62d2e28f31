/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Table: a record is one block of memory, followed by its texts. The index is a hash table with chains. The hash is
 * keyed, because senders choose the identifiers.
 */
#include "table.h"

#include "cell.h"
#include "csv/first_row.h"

#include <sodium.h>
#include <stdlib.h>

enum { BUCKETS_AT_FIRST = 64 };

void table_init(struct table *table, const struct format *format, size_t record_size)
{
    *table = (struct table){.format = format, .record_size = record_size};
    randombytes_buf(table->hash_key, sizeof table->hash_key);
}

void table_done(struct table *table)
{
    for (struct row *row = table->first, *next; row != NULL; row = next) {
        next = row->next;
        free(row);
    }
    free(table->buckets);
    table_init(table, table->format, table->record_size);
}

/* ---- the index ------------------------------------------------------------------------------------------------- */

static bool is_text(const struct column *column)
{
    return column->type == CELL_TEXT || column->type == CELL_IDENTIFIER;
}

static struct gw_text *text_of(const struct column *column, void *record)
{
    return (struct gw_text *)(void *)((char *)record + column->offset);
}

/* The bytes of a key member. */
static struct gw_text key_bytes(const struct column *column, const void *record)
{
    const char *at = (const char *)record + column->offset;

    if (is_text(column))
        return *(const struct gw_text *)(const void *)at;
    return gw_text_span(at, column->type == CELL_HASH ? TABLE_BYTES : sizeof(int64_t));
}

static uint64_t hash_of(const struct table *table, const void *record)
{
    uint64_t hash = 0;

    for (uint32_t i = 0; i < table->format->column_count; i++) {
        const struct column *column = &table->format->columns[i];
        struct gw_text bytes;
        uint64_t part;

        if (!column->is_key)
            continue;
        bytes = key_bytes(column, record);
        (void)crypto_shorthash((unsigned char *)&part, (const unsigned char *)bytes.ptr, bytes.len, table->hash_key);
        hash = hash * 31 + part;
    }
    return hash;
}

static bool has_key_of(const struct table *table, const void *record, const void *like)
{
    for (uint32_t i = 0; i < table->format->column_count; i++) {
        const struct column *column = &table->format->columns[i];

        if (column->is_key && !gw_text_equal(key_bytes(column, record), key_bytes(column, like)))
            return false;
    }
    return true;
}

static struct row **bucket_of(const struct table *table, uint64_t hash)
{
    return &table->buckets[hash & (table->bucket_count - 1)];
}

static bool grow_index(struct table *table)
{
    uint64_t bucket_count = table->bucket_count == 0 ? BUCKETS_AT_FIRST : 2 * table->bucket_count;
    struct row **buckets;

    if (table->count < table->bucket_count)
        return true;
    buckets = calloc(bucket_count, sizeof(struct row *));
    if (buckets == NULL)
        return false;
    free(table->buckets);
    table->buckets = buckets;
    table->bucket_count = bucket_count;
    for (struct row *row = table->first; row != NULL; row = row->next) {
        row->chain = *bucket_of(table, row->hash);
        *bucket_of(table, row->hash) = row;
    }
    return true;
}

static struct row **link_to(const struct table *table, const struct row *row)
{
    struct row **link = bucket_of(table, row->hash);

    while (*link != row)
        link = &(*link)->chain;
    return link;
}

void *table_find(const struct table *table, const void *like)
{
    uint64_t hash = hash_of(table, like);

    if (table->bucket_count == 0)
        return NULL;
    for (struct row *row = *bucket_of(table, hash); row != NULL; row = row->chain)
        if (row->hash == hash && has_key_of(table, row, like))
            return row;
    return NULL;
}

/* ---- records --------------------------------------------------------------------------------------------------- */

/* Copies a record into one block, followed by all its texts. */
static struct row *copy_record(const struct table *table, const void *record)
{
    size_t size = table->record_size;
    struct row *copy;
    char *at;

    for (uint32_t i = 0; i < table->format->column_count; i++)
        if (is_text(&table->format->columns[i]))
            size += key_bytes(&table->format->columns[i], record).len;
    copy = malloc(size);
    if (copy == NULL)
        return NULL;
    memcpy(copy, record, table->record_size);
    at = (char *)copy + table->record_size;
    for (uint32_t i = 0; i < table->format->column_count; i++) {
        const struct column *column = &table->format->columns[i];
        struct gw_text text = is_text(column) ? key_bytes(column, record) : gw_text_of(NULL);

        if (!is_text(column))
            continue;
        if (text.len > 0)
            memcpy(at, text.ptr, text.len);
        *text_of(column, copy) = gw_text_span(at, text.len);
        at += text.len;
    }
    copy->hash = hash_of(table, copy);
    return copy;
}

void *table_add(struct table *table, const void *record)
{
    struct row *row = grow_index(table) ? copy_record(table, record) : NULL;

    if (row == NULL)
        return NULL;
    row->next = NULL;
    row->previous = table->last;
    *(table->last != NULL ? &table->last->next : &table->first) = row;
    table->last = row;
    row->chain = *bucket_of(table, row->hash);
    *bucket_of(table, row->hash) = row;
    table->count++;
    return row;
}

void table_remove(struct table *table, void *record)
{
    struct row *row = record;

    *link_to(table, row) = row->chain;
    *(row->previous != NULL ? &row->previous->next : &table->first) = row->next;
    *(row->next != NULL ? &row->next->previous : &table->last) = row->previous;
    table->count--;
    free(row);
}

void *table_replace(struct table *table, void *old, const void *record)
{
    struct row *was = old;
    struct row *row = copy_record(table, record);

    if (row == NULL)
        return NULL;
    row->next = was->next;
    row->previous = was->previous;
    row->chain = was->chain;
    *link_to(table, was) = row;
    *(was->previous != NULL ? &was->previous->next : &table->first) = row;
    *(was->next != NULL ? &was->next->previous : &table->last) = row;
    free(was);
    return row;
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

enum { ABSENT = SHEET_CELLS_MAX };

/* The index of each column of the format in a file, or ABSENT. */
struct layout {
    uint32_t cell[SHEET_CELLS_MAX];
    uint32_t count; /* number of cells in a row */
};

/* Writes the columns as in a header. */
static void name_columns(const struct format *format, char text[256])
{
    size_t len = 0;

    text[0] = '\0';
    for (uint32_t i = 0; i < format->column_count && len < 256; i++)
        len += (size_t)snprintf(text + len, 256 - len, "%s%s", i == 0 ? "" : ",", format->columns[i].name);
}

/* A line without its line end. */
static struct gw_text line_at(const char *from, const char *end)
{
    const char *newline = from < end ? memchr(from, '\n', (size_t)(end - from)) : NULL;
    struct gw_text line = gw_text_span(from, (uint64_t)((newline != NULL ? newline : end) - from));

    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    return line;
}

/* The index of the cell with this name; the number of cells if there is none. */
static uint32_t find_cell(const struct sheet_reader *reader, const char *name)
{
    uint32_t cell = 0;

    while (cell < reader->cell_count && !gw_text_is(reader->cells[cell], name))
        cell++;
    return cell;
}

static enum gw_status refuse_header(const struct sheet_reader *reader, const struct format *format,
                                    struct gw_error *reterr)
{
    char guess[CSV_GUESS_BYTES];
    char columns[256];

    name_columns(format, columns);
    for (uint32_t i = 0; i < format->column_count; i++) {
        const char *name = format->columns[i].name;

        if (!format->columns[i].is_optional && find_cell(reader, name) == reader->cell_count)
            return gw_error_set(reterr, GW_CONFIG, "%s:%llu: no column %s; %s; expected %s, in any order", reader->file,
                                (unsigned long long)reader->line, name,
                                csv_guess(line_at(reader->row, reader->at), gw_text_of(name), guess), columns);
    }
    return gw_error_set(reterr, GW_CONFIG, "%s:%llu: the first line names other columns; expected %s, in any order",
                        reader->file, (unsigned long long)reader->line, columns);
}

/* Even a table without rows has a header. A file without one was truncated, or is being written. */
static enum gw_status refuse_empty(const struct sheet_reader *reader, const struct format *format,
                                   struct gw_error *reterr)
{
    char columns[256];

    name_columns(format, columns);
    return gw_error_set(
        reterr, GW_CONFIG,
        "%s:1: the file is empty; expected a first line with %s, in any order, also when there are no rows",
        reader->file, columns);
}

/* Another encoding is detected before the row is split, because its bytes make no sense as cells. A first row that is
 * not CSV often is CSV with another separator. */
static enum gw_status next_header(struct sheet_reader *reader, const struct format *format, struct gw_error *reterr)
{
    struct gw_text line = line_at(reader->at, reader->end);
    const char *foreign = csv_foreign_text(line);
    struct gw_error cause = {0};
    char guess[CSV_GUESS_BYTES];
    enum gw_status status;

    if (foreign != NULL)
        return gw_error_set(reterr, GW_CONFIG, "%s:1: %s", reader->file, foreign);
    status = sheet_next(reader, &cause);
    if (status == GW_END)
        return refuse_empty(reader, format, reterr);
    if (status != GW_CONFIG)
        return status;
    return gw_error_set(reterr, status, "%s; %s", cause.text,
                        csv_guess(line, gw_text_of(format->columns[0].name), guess));
}

static enum gw_status read_header(struct sheet_reader *reader, const struct format *format, struct layout *layout,
                                  struct gw_error *reterr)
{
    layout->count = 0;
    for (uint32_t i = 0; i < format->column_count; i++) {
        uint32_t cell = find_cell(reader, format->columns[i].name);

        if (cell == reader->cell_count && !format->columns[i].is_optional)
            return refuse_header(reader, format, reterr);
        layout->cell[i] = cell < reader->cell_count ? cell : ABSENT;
        layout->count += cell < reader->cell_count;
    }
    /* the others are unknown or repeated */
    return layout->count == reader->cell_count ? GW_OK : refuse_header(reader, format, reterr);
}

static enum gw_status refuse_cell(const struct sheet_reader *reader, const struct column *column, struct gw_text cell,
                                  const char *expected, struct gw_error *reterr)
{
    return gw_error_set(reterr, GW_CONFIG, "%s:%llu: %s: expected %s; found \"%.*s\"", reader->file,
                        (unsigned long long)reader->line, column->name, expected, (int)(cell.len < 64 ? cell.len : 64),
                        cell.ptr != NULL ? cell.ptr : "");
}

static enum gw_status add_row(struct table *table, const struct sheet_reader *reader, const void *record,
                              struct gw_error *reterr)
{
    const struct row *same = table_find(table, record);
    struct row *row;

    if (same != NULL)
        return gw_error_set(reterr, GW_CONFIG, "%s:%llu: the same as line %llu; expected each only once", reader->file,
                            (unsigned long long)reader->line, (unsigned long long)same->line);
    row = table_add(table, record);
    if (row == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for the rows of %s", reader->file);
    row->line = reader->line;
    return GW_OK;
}

static enum gw_status read_record(struct table *table, const struct format *format, const struct sheet_reader *reader,
                                  const struct layout *layout, void *record, struct gw_error *reterr)
{
    if (reader->cell_count != layout->count)
        return gw_error_set(reterr, GW_CONFIG, "%s:%llu: expected %u cells, as in the first line; found %u",
                            reader->file, (unsigned long long)reader->line, layout->count, reader->cell_count);
    memset(record, 0, table->record_size);
    for (uint32_t i = 0; i < format->column_count; i++) {
        struct gw_text cell;
        const char *expected;

        if (layout->cell[i] == ABSENT)
            continue;
        cell = reader->cells[layout->cell[i]];
        expected = cell_read(&format->columns[i], cell, record);
        if (expected != NULL)
            return refuse_cell(reader, &format->columns[i], cell, expected, reterr);
    }
    return add_row(table, reader, record, reterr);
}

enum gw_status table_read(struct table *table, const struct format *format, const char *path, char *text, size_t len,
                          struct sheet_style *ret_style, struct gw_error *reterr)
{
    struct sheet_reader reader;
    struct layout layout = {.count = 0};
    void *record = malloc(table->record_size);
    enum gw_status status;

    if (record == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory to read %s", path);
    sheet_begin(&reader, path, text, len);
    status = next_header(&reader, format, reterr);
    if (status == GW_OK)
        status = read_header(&reader, format, &layout, reterr);
    while (status == GW_OK) {
        status = sheet_next(&reader, reterr);
        if (status == GW_OK)
            status = read_record(table, format, &reader, &layout, record, reterr);
    }
    free(record);
    *ret_style = reader.style;
    return status == GW_END ? GW_OK : status;
}

/* ---- writing --------------------------------------------------------------------------------------------------- */

void table_write(const struct table *table, const struct format *format, const struct sheet_style *style,
                 struct gw_buffer *buffer)
{
    if (style->has_mark)
        gw_buffer_append(buffer, "\xef\xbb\xbf", 3);
    for (uint32_t i = 0; i < format->column_count; i++)
        sheet_append_cell(buffer, i, gw_text_of(format->columns[i].name));
    sheet_end_row(buffer, style);
    for (const struct row *row = table->first; row != NULL; row = row->next) {
        for (uint32_t i = 0; i < format->column_count; i++)
            cell_write(&format->columns[i], row, i, buffer);
        sheet_end_row(buffer, style);
    }
}
