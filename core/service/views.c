/* SPDX-License-Identifier: Apache-2.0 */
/* The table of views, and the conversion of a repository's row to cells and JSON. */
#include "service/views.h"

#include "domain/eta.h"
#include "domain/identifier.h"
#include "json/json_writer.h"

#include <gangway/scope.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum field { FIELD_SKU, FIELD_REF, FIELD_ETA, FIELD_ROW_QTY, FIELD_ASKED_QTY };

enum shape {
    SHAPE_LIST,    /* an object per row */
    SHAPE_PRODUCT, /* one object: the SKU, the sum, and the rows as its batches */
    SHAPE_ONE      /* one object, made of the only row */
};

static const struct gw_view_spec specs[] = {
    {.name = "allocations",
     .argument = "ORDERID",
     .missing = "nothing is allocated for order",
     .columns = {{.name = "sku", .field = FIELD_SKU}, {.name = "batchref", .field = FIELD_REF}},
     .column_count = 2,
     .view = GW_VIEW_ALLOCATIONS,
     .shape = SHAPE_LIST},
    {.name = "availability",
     .argument = "SKU",
     .missing = "nobody has the SKU",
     .columns = {{.name = "batchref", .field = FIELD_REF},
                 {.name = "eta", .field = FIELD_ETA},
                 {.name = "available", .is_number = true, .field = FIELD_ROW_QTY}},
     .column_count = 3,
     .view = GW_VIEW_AVAILABILITY,
     .shape = SHAPE_PRODUCT},
    {.name = "availability",
     .argument = "SKU",
     .has_quantity = true,
     .missing = "no batch could take as many of",
     .columns = {{.name = "sku", .field = FIELD_SKU},
                 {.name = "qty", .is_number = true, .field = FIELD_ASKED_QTY},
                 {.name = "batchref", .field = FIELD_REF},
                 {.name = "eta", .field = FIELD_ETA}},
     .column_count = 4,
     .view = GW_VIEW_FIRST_FIT,
     .shape = SHAPE_ONE},
};

const struct gw_view_spec *gw_view_find(struct gw_text name, bool has_quantity)
{
    for (size_t i = 0; i < gw_array_length(specs); i++)
        if (gw_text_is(name, specs[i].name) && specs[i].has_quantity == has_quantity)
            return &specs[i];
    return NULL;
}

bool gw_view_is_list(const struct gw_view_spec *spec)
{
    return spec->shape == SHAPE_LIST;
}

/* ---- from a row to cells -------------------------------------------------------------------------------------- */

/* An identifier, a date or a number, terminated by NUL. */
struct cell {
    char text[GW_IDENTIFIER_MAX_BYTES + 1];
};

static const char *identifier_cell(struct cell *cell, struct gw_text text)
{
    size_t len = text.len < sizeof cell->text ? (size_t)text.len : sizeof cell->text - 1;

    memcpy(cell->text, text.ptr, len);
    cell->text[len] = '\0';
    return cell->text;
}

static const char *number_cell(struct cell *cell, int64_t number)
{
    (void)snprintf(cell->text, sizeof cell->text, "%" PRId64, number);
    return cell->text;
}

static const char *eta_cell(struct cell *cell, int32_t eta)
{
    if (eta == GW_ETA_NONE)
        return NULL;
    gw_eta_format(eta, cell->text);
    return cell->text;
}

static const char *fill_cell(struct cell *cell, uint32_t field, const struct gw_view_row *row,
                             const struct gw_view_question *question)
{
    switch ((enum field)field) {
    case FIELD_SKU:
        return identifier_cell(cell, row->sku);
    case FIELD_REF:
        return identifier_cell(cell, row->ref);
    case FIELD_ETA:
        return eta_cell(cell, row->eta);
    case FIELD_ROW_QTY:
        return number_cell(cell, row->qty);
    case FIELD_ASKED_QTY:
        return number_cell(cell, question->qty);
    }
    return NULL;
}

/* ---- asking the repository ------------------------------------------------------------------------------------ */

struct asking {
    const struct gw_view_question *question;
    const struct gw_view_table_visitor *visitor;
    bool has_rows;
    int64_t total;
};

static enum gw_status on_row(void *context, const struct gw_view_row *row)
{
    struct asking *asking = context;
    const struct gw_view_spec *spec = asking->question->spec;
    struct cell storage[GW_VIEW_COLUMNS_MAX];
    const char *cells[GW_VIEW_COLUMNS_MAX] = {0};

    asking->has_rows = true;
    asking->total += row->qty;
    for (size_t i = 0; i < spec->column_count; i++)
        cells[i] = fill_cell(&storage[i], spec->columns[i].field, row, asking->question);
    return asking->visitor->row(asking->visitor->context, cells);
}

static enum gw_status check_question(const struct gw_view_question *question, struct gw_error *reterr)
{
    const struct gw_view_spec *spec = question->spec;

    if (question->argument.len == 0 || !gw_identifier_is_valid(question->argument.ptr, (size_t)question->argument.len))
        return gw_error_set(reterr, GW_INVALID, "%s must be 1 to %d bytes of UTF-8 without control characters",
                            spec->argument, GW_IDENTIFIER_MAX_BYTES);
    if (spec->has_quantity && (question->qty < 1 || question->qty > GW_VIEW_QUANTITY_MAX))
        return gw_error_set(reterr, GW_INVALID, "the quantity must be a whole number from 1 to %d",
                            GW_VIEW_QUANTITY_MAX);
    return GW_OK;
}

static enum gw_status run_view(struct asking *asking, const struct gw_repository_ops *repository,
                               struct gw_session *session, struct gw_error *reterr)
{
    const struct gw_view_question *question = asking->question;
    struct gw_view_arguments arguments = {
        .size = sizeof arguments, .orderid = question->argument, .sku = question->argument, .qty = question->qty};
    struct gw_view_visitor visitor = {.size = sizeof visitor, .context = asking, .row = on_row};
    enum gw_status status = check_question(question, reterr);

    if (status == GW_OK)
        status = repository->query(session, question->spec->view, &arguments, &visitor, reterr);
    if (status != GW_OK || asking->has_rows)
        return status;
    return gw_error_set(reterr, GW_NOT_FOUND, "%s %.*s", question->spec->missing, (int)question->argument.len,
                        question->argument.ptr);
}

enum gw_status gw_view_tell(const struct gw_view_question *question, const struct gw_repository_ops *repository,
                            struct gw_session *session, const struct gw_view_table_visitor *visitor,
                            struct gw_error *reterr)
{
    struct asking asking = {.question = question, .visitor = visitor};

    return run_view(&asking, repository, session, reterr);
}

/* ---- JSON ----------------------------------------------------------------------------------------------------- */

/* The rows as they come: a list, or the only row by itself. */
struct json_rows {
    const struct gw_view_spec *spec;
    struct gw_json_writer writer;
};

static enum gw_status write_row(void *context, const char *const *cells)
{
    struct json_rows *rows = context;

    gw_json_write_open(&rows->writer, '{');
    for (size_t i = 0; i < rows->spec->column_count; i++) {
        const struct gw_view_column *column = &rows->spec->columns[i];

        gw_json_write_key(&rows->writer, column->name);
        if (column->is_number && cells[i] != NULL)
            gw_json_write_raw(&rows->writer, cells[i]);
        else
            gw_json_write_string(&rows->writer, cells[i]);
    }
    gw_json_write_close(&rows->writer, '}');
    return rows->writer.buffer->has_failed ? GW_NOMEM : GW_OK;
}

/* The sum is known when all rows are. */
static void write_product(const struct asking *asking, const char *rows, struct gw_buffer *buffer)
{
    struct gw_json_writer writer;

    gw_json_writer_init(&writer, buffer, 0);
    gw_json_write_open(&writer, '{');
    gw_json_write_key(&writer, "sku");
    gw_json_write_text(&writer, asking->question->argument);
    gw_json_write_key(&writer, "available");
    gw_json_write_int(&writer, asking->total);
    gw_json_write_key(&writer, "batches");
    gw_json_write_raw(&writer, rows);
    gw_json_write_close(&writer, '}');
}

static void write_answer(const struct asking *asking, const struct gw_buffer *rows, struct gw_buffer *buffer)
{
    if (rows->has_failed)
        buffer->has_failed = true;
    else if (asking->question->spec->shape == SHAPE_PRODUCT)
        write_product(asking, rows->ptr, buffer);
    else
        gw_buffer_append(buffer, rows->ptr, rows->len);
}

enum gw_status gw_view_answer(const struct gw_view_question *question, const struct gw_repository_ops *repository,
                              struct gw_session *session, struct gw_buffer *buffer, struct gw_error *reterr)
{
    bool is_one = question->spec->shape == SHAPE_ONE;
    struct gw_buffer text;
    struct json_rows rows = {.spec = question->spec};
    struct gw_view_table_visitor visitor = {&rows, write_row};
    struct asking asking = {.question = question, .visitor = &visitor};
    enum gw_status status;

    gw_buffer_init(&text, buffer->max);
    gw_json_writer_init(&rows.writer, &text, 0);
    if (!is_one)
        gw_json_write_open(&rows.writer, '[');
    status = run_view(&asking, repository, session, reterr);
    if (!is_one)
        gw_json_write_close(&rows.writer, ']');
    if (status == GW_OK)
        write_answer(&asking, &text, buffer);
    if (text.has_failed || buffer->has_failed)
        status = gw_error_set(reterr, GW_NOMEM, "the answer needs more memory than there is");
    gw_buffer_done(&text);
    return status;
}
