/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Header: turns column names into JSON names once, and the bytes of a cell into a JSON string as they are copied.
 * csv/first_row.h explains a first row that names no columns.
 */
#include "header.h"

#include "csv/first_row.h"

#include <gangway/sdk/json_escape.h>
#include <gangway/sdk/utf8.h>

#include <stdio.h>
#include <string.h>

void header_done(struct header *header)
{
    gw_buffer_done(&header->bytes);
    header->count = 0;
}

/* ---- JSON names and strings ------------------------------------------------------------------------------------ */

/* Returns the next piece of a cell's text, from *at up to the first of a pair of doubled quotes, which is part of it.
 * Moves *at behind the pair. */
static struct gw_text next_piece(const struct csv_cell *cell, uint64_t *at)
{
    const char *from = cell->text.ptr + *at;
    uint64_t left = cell->text.len - *at;
    const char *quote = cell->is_quoted ? memchr(from, '"', left) : NULL;
    uint64_t len = quote != NULL ? (uint64_t)(quote - from) + 1 : left;

    *at += quote != NULL ? len + 1 : len;
    return gw_text_span(from, len);
}

/* Appends a cell as a JSON string. */
static void append_string(struct gw_buffer *buffer, const struct csv_cell *cell)
{
    gw_buffer_append_byte(buffer, '"');
    for (uint64_t at = 0; at < cell->text.len;) {
        struct gw_text piece = next_piece(cell, &at);

        gw_json_escape_append(buffer, piece.ptr, piece.len);
    }
    gw_buffer_append_byte(buffer, '"');
}

/* `0`, or digits without a leading zero, optionally after a minus. */
static bool is_integer(struct gw_text text)
{
    uint64_t at = text.len > 0 && text.ptr[0] == '-';

    if (at == text.len || (text.ptr[at] == '0' && text.len > 1))
        return false;
    for (; at < text.len; at++)
        if (text.ptr[at] < '0' || text.ptr[at] > '9')
            return false;
    return true;
}

/* ---- the field of a column -------------------------------------------------------------------------------------- */

static bool is_listed(const struct gw_option_list *list, struct gw_text name)
{
    for (uint64_t i = 0; i < list->count; i++)
        if (gw_text_is(name, list->items[i]))
            return true;
    return false;
}

static bool is_name_of(const struct gw_option_field *field, struct gw_text name)
{
    return gw_text_is(name, field->name) || (field->alias != NULL && gw_text_is(name, field->alias));
}

static bool is_field(const struct gw_option_fields *fields, struct gw_text name)
{
    for (uint64_t i = 0; i < fields->count; i++)
        if (is_name_of(&fields->items[i], name))
            return true;
    return fields->count == 0;
}

/* The field for a column with this name; empty: none. A field in `columns` has no other column. */
static struct gw_text field_of(const struct header_options *options, struct gw_text column)
{
    for (uint64_t i = 0; i < options->columns.count; i++)
        if (gw_text_is(column, options->columns.items[i].value))
            return gw_text_of(options->columns.items[i].key);
    for (uint64_t i = 0; i < options->columns.count; i++)
        if (gw_text_is(column, options->columns.items[i].key))
            return gw_text_of(NULL);
    return is_field(&options->fields, column) ? column : gw_text_of(NULL);
}

enum gw_status header_check_options(const struct header_options *options, struct gw_error *reterr)
{
    const struct gw_option_pair *pairs = options->columns.items;

    for (uint64_t i = 0; i < options->columns.count; i++) {
        if (!is_field(&options->fields, gw_text_of(pairs[i].key)))
            return gw_error_set(reterr, GW_CONFIG, "columns: %.64s is not a field of the command", pairs[i].key);
        if (pairs[i].value == NULL || pairs[i].value[0] == '\0')
            return gw_error_set(reterr, GW_CONFIG, "columns: %.64s: expected the name of a column", pairs[i].key);
        for (uint64_t j = 0; j < i; j++)
            if (strcmp(pairs[i].value, pairs[j].value) == 0)
                return gw_error_set(reterr, GW_CONFIG, "columns: %.64s and %.64s have the same column", pairs[j].key,
                                    pairs[i].key);
    }
    return GW_OK;
}

/* ---- names ----------------------------------------------------------------------------------------------------- */

/* Returns the text of a cell, with doubled quotes as single ones. The text is in scratch. */
static struct gw_text unquote(const struct csv_cell *cell, struct gw_buffer *scratch)
{
    gw_buffer_reset(scratch);
    for (uint64_t at = 0; at < cell->text.len;) {
        struct gw_text piece = next_piece(cell, &at);

        gw_buffer_append(scratch, piece.ptr, piece.len);
    }
    return gw_buffer_text(scratch);
}

static enum gw_status refuse(struct gw_error *reterr, const struct row *row, const char *what)
{
    return gw_error_set(reterr, GW_PERMANENT, "line %llu: %s", (unsigned long long)row->line, what);
}

/* A name must be UTF-8. */
static enum gw_status check_name(struct gw_text name, uint32_t index, const struct row *row, struct gw_error *reterr)
{
    uint64_t valid = gw_utf8_valid_len(name);

    if (valid == name.len)
        return GW_OK;
    return gw_error_set(reterr, GW_PERMANENT,
                        "line %llu: the name of column %u: byte 0x%02x is not UTF-8; save the file as UTF-8",
                        (unsigned long long)row->line, index + 1, (unsigned char)name.ptr[valid]);
}

/* Two columns for the same field are refused, because the choice would be a guess. */
static enum gw_status check_different(const struct header *header, uint32_t index, const struct row *row,
                                      struct gw_error *reterr)
{
    const struct gw_text *name = &header->names[index];

    for (uint32_t i = 0; i < index && name->len > 0; i++)
        if (gw_text_equal(header->names[i], *name))
            return gw_error_set(reterr, GW_PERMANENT, "line %llu: columns %u and %u both are %.*s",
                                (unsigned long long)row->line, i + 1, index + 1, (int)(name->len < 64 ? name->len : 64),
                                name->ptr);
    return GW_OK;
}

static enum gw_status refuse_missing(const struct row *row, const char *column, const char *field,
                                     struct gw_error *reterr)
{
    char guess[CSV_GUESS_BYTES];

    (void)csv_guess(row->text, gw_text_of(column), guess);
    if (field != NULL)
        return gw_error_set(reterr, GW_PERMANENT, "line %llu: no column %.64s, which is %.64s in `columns`; %s",
                            (unsigned long long)row->line, column, field, guess);
    return gw_error_set(reterr, GW_PERMANENT, "line %llu: no column %.64s; %s", (unsigned long long)row->line, column,
                        guess);
}

/* The name of a required column; NULL: no column is required. */
static const char *any_required(const struct header_options *options)
{
    if (options->columns.count > 0)
        return options->columns.items[0].value;
    for (uint64_t i = 0; i < options->fields.count; i++)
        if (options->fields.items[i].is_required != 0)
            return options->fields.items[i].name;
    return NULL;
}

/* A first row that seems not to be CSV often is CSV with another separator. */
static enum gw_status refuse_wrong(const struct row *row, const struct header_options *options, struct gw_error *reterr)
{
    const char *wrong = row->wrong != NULL ? row->wrong : "the first row is too long for the names of columns";
    const char *column = any_required(options);
    char guess[CSV_GUESS_BYTES];

    if (column == NULL)
        return refuse(reterr, row, wrong);
    return gw_error_set(reterr, GW_PERMANENT, "line %llu: %s; %s", (unsigned long long)row->line, wrong,
                        csv_guess(row->text, gw_text_of(column), guess));
}

static bool has_member(const struct header *header, const char *name)
{
    size_t len = name != NULL ? strlen(name) : 0;

    for (uint32_t i = 0; i < header->count && name != NULL; i++)
        if (header->names[i].len == len + 2 && memcmp(header->names[i].ptr + 1, name, len) == 0)
            return true;
    return false;
}

/* Checks the columns that `columns` names and those that the command requires. */
static enum gw_status check_required(const struct header *header, const struct row *row,
                                     const struct header_options *options, struct gw_error *reterr)
{
    for (uint64_t i = 0; i < options->columns.count; i++)
        if (!has_member(header, options->columns.items[i].key))
            return refuse_missing(row, options->columns.items[i].value, options->columns.items[i].key, reterr);
    for (uint64_t i = 0; i < options->fields.count; i++) {
        const struct gw_option_field *field = &options->fields.items[i];

        if (field->is_required != 0 && !has_member(header, field->name) && !has_member(header, field->alias))
            return refuse_missing(row, field->name, NULL, reterr);
    }
    return GW_OK;
}

/* Finds the field of each column, and writes its JSON name. Until all names are written they have a length only,
 * because the buffer moves while it grows. */
static enum gw_status write_names(struct header *header, const struct row *row, const struct csv_cell *cells,
                                  const struct header_options *options, struct gw_buffer *scratch,
                                  struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < row->cell_count && status == GW_OK; i++) {
        struct gw_text column = unquote(&cells[i], scratch);
        struct csv_cell field = {.text = field_of(options, column)};
        size_t begin = header->bytes.len;

        status = check_name(field.text, i, row, reterr);
        header->is_nameless[i] = column.len == 0;
        header->is_number[i] = is_listed(&options->numbers, field.text);
        if (column.len > 0 && field.text.len > 0)
            append_string(&header->bytes, &field);
        header->names[i] = gw_text_span(NULL, header->bytes.len - begin);
    }
    if (status == GW_OK && (scratch->has_failed || header->bytes.has_failed))
        return gw_error_set(reterr, GW_NOMEM, "no memory for the names of the columns");
    return status;
}

static enum gw_status take_names(struct header *header, const struct row *row, const struct csv_cell *cells,
                                 const struct header_options *options, struct gw_error *reterr)
{
    const char *at;
    struct gw_buffer scratch;
    enum gw_status status;

    gw_buffer_init(&scratch, SIZE_MAX); /* the row is in memory already, and so are the fields */
    gw_buffer_init(&header->bytes, SIZE_MAX);
    status = write_names(header, row, cells, options, &scratch, reterr);
    gw_buffer_done(&scratch);
    at = header->bytes.ptr != NULL ? header->bytes.ptr : "";
    for (; header->count < row->cell_count && status == GW_OK; header->count++) {
        header->names[header->count].ptr = at;
        at += header->names[header->count].len;
        status = check_different(header, header->count, row, reterr);
    }
    return status;
}

enum gw_status header_take(struct header *header, const struct row *row, const struct csv_cell *cells,
                           const struct header_options *options, struct gw_error *reterr)
{
    const char *foreign = csv_foreign_text(row->text);
    enum gw_status status;

    header_done(header);
    if (foreign != NULL)
        return refuse(reterr, row, foreign);
    if (row->kind != ROW_CELLS)
        return refuse_wrong(row, options, reterr);
    status = take_names(header, row, cells, options, reterr);
    if (status == GW_OK)
        status = check_required(header, row, options, reterr);
    if (status != GW_OK)
        header_done(header);
    return status;
}

/* ---- refused rows ---------------------------------------------------------------------------------------------- */

static void find_cell_fault(const struct header *header, const struct csv_cell *cells, uint32_t index,
                            char ret_fault[FAULT_BYTES])
{
    const struct gw_text *name = &header->names[index];
    uint64_t valid;

    if (cells[index].text.len == 0)
        return;
    if (header->is_nameless[index]) {
        (void)snprintf(ret_fault, FAULT_BYTES, "column %u has no name in the first row; expected an empty cell",
                       index + 1);
        return;
    }
    valid = name->len > 0 ? gw_utf8_valid_len(cells[index].text) : cells[index].text.len;
    if (valid < cells[index].text.len)
        (void)snprintf(ret_fault, FAULT_BYTES,
                       "%.*s (column %u): byte 0x%02x of the cell is not UTF-8; save the file as UTF-8",
                       (int)(name->len - 2 < 64 ? name->len - 2 : 64), name->ptr + 1, index + 1,
                       (unsigned char)cells[index].text.ptr[valid]);
}

void header_find_fault(const struct header *header, const struct row *row, const struct csv_cell *cells,
                       char ret_fault[FAULT_BYTES])
{
    ret_fault[0] = '\0';
    if (row->kind == ROW_WRONG)
        (void)snprintf(ret_fault, FAULT_BYTES, "%s", row->wrong);
    if (row->kind != ROW_CELLS)
        return;
    if (row->cell_count != header->count) {
        (void)snprintf(ret_fault, FAULT_BYTES, "expected %u cells, as in the first row; found %u", header->count,
                       row->cell_count);
        return;
    }
    for (uint32_t i = 0; i < header->count && ret_fault[0] == '\0'; i++)
        find_cell_fault(header, cells, i, ret_fault);
}

/* ---- objects --------------------------------------------------------------------------------------------------- */

void header_object(const struct header *header, const struct csv_cell *cells, struct gw_buffer *object)
{
    gw_buffer_reset(object);
    gw_buffer_append_byte(object, '{');
    for (uint32_t i = 0; i < header->count; i++) {
        if (cells[i].text.len == 0 || header->names[i].len == 0)
            continue;
        if (object->len > 1)
            gw_buffer_append_byte(object, ',');
        gw_buffer_append(object, header->names[i].ptr, header->names[i].len);
        gw_buffer_append_byte(object, ':');
        if (header->is_number[i] && is_integer(cells[i].text))
            gw_buffer_append(object, cells[i].text.ptr, cells[i].text.len);
        else
            append_string(object, &cells[i]);
    }
    gw_buffer_append_byte(object, '}');
}
