/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stores answers, and checks the rules for every answer: a product comes before its batches, a batch before its lines.
 */
#include "answers.h"

#include "fixture.h"

#include <inttypes.h>
#include <stdio.h>

enum { LIST_BYTES = 1 << 16 };

/* ---- asking ---- */

static struct gw_text borrow(const char *text)
{
    return T(text);
}

void ask_product(struct question *question, const char *sku, int64_t room, uint32_t limit)
{
    struct gw_product_request *request = vector_add(&question->products, sizeof *request);

    request->sku = borrow(sku);
    request->room = room;
    request->limit = limit;
}

void ask_batch(struct question *question, const char *ref, int64_t lowest)
{
    struct gw_batch_request *request = vector_add(&question->batches, sizeof *request);

    request->ref = borrow(ref);
    request->lowest = lowest;
}

void ask_line(struct question *question, const char *sku, const char *orderid, int64_t qty)
{
    struct gw_line_request *request = vector_add(&question->lines, sizeof *request);

    request->sku = borrow(sku);
    request->orderid = borrow(orderid);
    request->qty = qty;
}

void ask_id(struct question *question, const char *id)
{
    struct gw_id_request *request = vector_add(&question->ids, sizeof *request);

    bytes_of(request->id, id);
}

/* ---- keeping ---- */

static void keep(char *to, struct gw_text text)
{
    ck_assert_uint_lt(text.len, 256);
    if (text.len > 0)
        memcpy(to, text.ptr, text.len);
    to[text.len] = '\0';
}

static enum gw_status keep_product(void *context, const struct gw_product_snapshot *product)
{
    struct told_product *kept = vector_add(&((struct answer *)context)->products, sizeof *kept);

    keep(kept->sku, product->sku);
    kept->version = product->version;
    kept->stamp = product->stamp;
    return GW_OK;
}

static enum gw_status keep_batch(void *context, const struct gw_batch_snapshot *batch)
{
    struct told_batch *kept = vector_add(&((struct answer *)context)->batches, sizeof *kept);

    keep(kept->sku, batch->sku);
    keep(kept->ref, batch->ref);
    kept->snapshot = *batch;
    ck_assert_msg(told_version(context, kept->sku) > 0, "batch %s is told before its product", kept->ref);
    return GW_OK;
}

static enum gw_status keep_line(void *context, const struct gw_line_snapshot *line)
{
    struct told_line *kept = vector_add(&((struct answer *)context)->lines, sizeof *kept);

    keep(kept->sku, line->sku);
    keep(kept->orderid, line->orderid);
    keep(kept->ref, line->ref);
    kept->snapshot = *line;
    ck_assert_msg(told(context, kept->ref) != NULL, "line %s is told before its batch", kept->orderid);
    return GW_OK;
}

static enum gw_status keep_id(void *context, const struct gw_id_snapshot *id)
{
    struct told_id *kept = vector_add(&((struct answer *)context)->ids, sizeof *kept);

    kept->snapshot = *id;
    keep(kept->reason, id->reason);
    return GW_OK;
}

static struct gw_array array_of(const struct vector *vector)
{
    return (struct gw_array){vector->items, vector->count, vector->stride};
}

enum gw_status load_in(struct gw_session *session, struct question *question, struct answer *ret_answer)
{
    struct gw_load_request request = {
        .size = sizeof request,
        .products = array_of(&question->products),
        .batches = array_of(&question->batches),
        .lines = array_of(&question->lines),
        .ids = array_of(&question->ids),
    };
    struct gw_load_visitor visitor = {
        .size = sizeof visitor,
        .context = ret_answer,
        .product = keep_product,
        .batch = keep_batch,
        .line = keep_line,
        .id = keep_id,
    };
    enum gw_status status;

    memset(ret_answer, 0, sizeof *ret_answer);
    status = repo.ops->load(session, &request, &visitor, &last_error);
    free(question->products.items);
    free(question->batches.items);
    free(question->lines.items);
    free(question->ids.items);
    memset(question, 0, sizeof *question);
    return status;
}

void load(struct question *question, struct answer *ret_answer)
{
    ck_assert_ok(load_in(repo.session, question, ret_answer));
}

void answer_done(struct answer *answer)
{
    free(answer->products.items);
    free(answer->batches.items);
    free(answer->lines.items);
    free(answer->ids.items);
    memset(answer, 0, sizeof *answer);
}

/* ---- reading what was told ---- */

int64_t told_version(const struct answer *answer, const char *sku)
{
    const struct told_product *products = answer->products.items;

    for (uint32_t i = 0; i < answer->products.count; i++) {
        if (strcmp(products[i].sku, sku) == 0)
            return products[i].version;
    }
    return -1;
}

int64_t told_stamp(const struct answer *answer, const char *sku)
{
    const struct told_product *products = answer->products.items;

    for (uint32_t i = 0; i < answer->products.count; i++)
        if (strcmp(products[i].sku, sku) == 0)
            return products[i].stamp;
    return -1;
}

int64_t stamp_of(const char *sku)
{
    struct question question = {0};
    struct answer answer;
    int64_t stamp;

    ask_product(&question, sku, 1, 1);
    load(&question, &answer);
    stamp = told_stamp(&answer, sku);
    answer_done(&answer);
    return stamp;
}

void quantities_of(const char *ref, int64_t *ret_purchased, int64_t *ret_allocated)
{
    struct question question = {0};
    struct answer answer;
    const struct gw_batch_snapshot *batch;

    ask_batch(&question, ref, GW_LOWEST_NONE);
    load(&question, &answer);
    batch = told(&answer, ref);
    *ret_purchased = batch != NULL ? batch->purchased : 0;
    *ret_allocated = batch != NULL ? batch->allocated : 0;
    answer_done(&answer);
}

static void append(char *list, const char *separator, const char *text)
{
    size_t used = strlen(list);

    ck_assert_int_lt(snprintf(list + used, LIST_BYTES - used, "%s%s", used == 0 ? "" : separator, text),
                     (int)(LIST_BYTES - used));
}

const char *found(const struct answer *answer, const char *sku, int64_t room)
{
    static char list[LIST_BYTES];
    const struct told_batch *batches = answer->batches.items;

    list[0] = '\0';
    for (uint32_t i = 0; i < answer->batches.count; i++) {
        const struct told_batch *batch = &batches[i];

        if (strcmp(batch->sku, sku) != 0 || !(batch->snapshot.flags & GW_BATCH_FOUND) || batch->snapshot.room != room)
            continue;
        append(list, " ", batch->ref);
        if (batch->snapshot.flags & GW_BATCH_LAST)
            append(list, "", "+");
    }
    return list;
}

const struct gw_batch_snapshot *told(const struct answer *answer, const char *ref)
{
    const struct told_batch *batches = answer->batches.items;

    for (uint32_t i = 0; i < answer->batches.count; i++) {
        if (strcmp(batches[i].ref, ref) == 0)
            return &batches[i].snapshot;
    }
    return NULL;
}

const char *holder(const struct answer *answer, const char *sku, const char *orderid, int64_t qty)
{
    const struct told_line *lines = answer->lines.items;

    for (uint32_t i = 0; i < answer->lines.count; i++) {
        if (strcmp(lines[i].sku, sku) == 0 && strcmp(lines[i].orderid, orderid) == 0 && lines[i].snapshot.qty == qty &&
            !(lines[i].snapshot.flags & GW_LINE_NEWEST))
            return lines[i].ref;
    }
    return "";
}

const char *newest(const struct answer *answer, const char *ref)
{
    static char list[LIST_BYTES];
    const struct told_line *lines = answer->lines.items;

    list[0] = '\0';
    for (uint32_t i = 0; i < answer->lines.count; i++) {
        char text[512];

        if (strcmp(lines[i].ref, ref) != 0 || !(lines[i].snapshot.flags & GW_LINE_NEWEST))
            continue;
        (void)snprintf(text, sizeof text, "%s:%" PRId64 "@%" PRId64, lines[i].orderid, lines[i].snapshot.qty,
                       lines[i].snapshot.seq);
        append(list, " ", text);
    }
    return list;
}

const struct told_id *told_id(const struct answer *answer, uint32_t index)
{
    const struct told_id *ids = answer->ids.items;

    for (uint32_t i = 0; i < answer->ids.count; i++) {
        if (ids[i].snapshot.index == index)
            return &ids[i];
    }
    return NULL;
}

/* ---- the others ---- */

struct writing {
    FILE *stream;
    bool is_short;
    bool is_begun;
};

static void write_text(FILE *stream, struct gw_text text)
{
    (void)fputc('[', stream);
    for (uint64_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];

        (void)fprintf(stream, byte < ' ' ? "\\%02x" : "%c", byte);
    }
    (void)fputc(']', stream);
}

static void write_word(struct writing *writing, struct gw_text word)
{
    (void)fprintf(writing->stream, "%s%.*s", writing->is_begun ? " " : "", (int)word.len, word.ptr);
    writing->is_begun = true;
}

static char *written(struct writing *writing, char **text, enum gw_status status)
{
    (void)fclose(writing->stream);
    ck_assert_ok(status);
    return *text;
}

static enum gw_status write_position(void *context, const struct gw_position *position)
{
    struct writing *writing = context;

    (void)fprintf(writing->stream, "%.*s %" PRId64 " ", (int)position->source.len, position->source.ptr,
                  position->next);
    if (position->has_mark)
        (void)fprintf(writing->stream, "%" PRIu64 "\n", position->mark);
    else
        (void)fprintf(writing->stream, "-\n");
    return GW_OK;
}

char *positions_of(const char *const *sources, uint32_t count)
{
    struct gw_text texts[16];
    struct gw_array array = {texts, count, sizeof texts[0]};
    char *text = NULL;
    size_t len;
    struct writing writing = {.stream = open_memstream(&text, &len)};
    struct gw_position_visitor visitor = {sizeof visitor, 0, &writing, write_position};

    for (uint32_t i = 0; i < count; i++)
        texts[i] = T(sources[i]);
    return written(&writing, &text, repo.ops->positions(repo.session, &array, &visitor, &last_error));
}

typedef enum gw_status row_visit_fn(void *context, const struct gw_outbox_row *row);

struct outbox_range {
    int64_t after;
    uint32_t limit;
    int64_t longest_wait_ms;
};

static enum gw_status write_row(void *context, const struct gw_outbox_row *row)
{
    struct writing *writing = context;

    if (writing->is_short) {
        write_word(writing, row->id);
        return GW_OK;
    }
    (void)fprintf(writing->stream, "%" PRId64 " stamp %" PRId64 " sequence %" PRId64 " attempts %u ", row->number,
                  row->stamp, row->sequence, row->attempts);
    write_text(writing->stream, row->destination);
    write_text(writing->stream, row->recipient);
    write_text(writing->stream, row->id);
    write_text(writing->stream, row->type);
    write_text(writing->stream, row->sku);
    write_text(writing->stream, row->payload);
    write_text(writing->stream, row->headers);
    (void)fputc('\n', writing->stream);
    return GW_OK;
}

static char *outbox_text(row_visit_fn *write, uint32_t wants_numbers, bool is_short, const char *destination,
                         const struct outbox_range *range, int64_t *ret_due_in_ms)
{
    char *text = NULL;
    size_t len;
    struct writing writing = {.stream = open_memstream(&text, &len), .is_short = is_short};
    struct gw_outbox_visitor visitor = {sizeof visitor, wants_numbers, &writing, write};

    return written(&writing, &text,
                   repo.ops->outbox_next(repo.session, T(destination), range->after, range->limit,
                                         range->longest_wait_ms, &visitor, ret_due_in_ms, &last_error));
}

static enum gw_status write_number(void *context, const struct gw_outbox_row *row)
{
    struct writing *writing = context;

    (void)fprintf(writing->stream, "%" PRId64 "/%" PRId64 "[%u] ", row->number, row->stamp, row->index);
    ck_assert(row->is_bare != 0 || row->id.len > 0);
    ck_assert(row->is_bare == 0 || writing->is_short);
    return GW_OK;
}

/* A visitor who wants no more than numbers gets the same rows, with the same stamps. */
static void assert_numbers_are_the_same(const char *destination, const struct outbox_range *range)
{
    int64_t due_in_ms = -2;
    int64_t bare_due_in_ms = -2;
    char *whole = outbox_text(write_number, 0, false, destination, range, &due_in_ms);
    char *bare = outbox_text(write_number, 1, true, destination, range, &bare_due_in_ms);

    ck_assert_str_eq(bare, whole);
    ck_assert_int_eq(bare_due_in_ms == GW_DUE_NEVER, due_in_ms == GW_DUE_NEVER);
    free(whole);
    free(bare);
}

char *outbox_ids_at_once(const char *destination, int64_t after, uint32_t limit, int64_t *ret_due_in_ms)
{
    struct outbox_range range = {after, limit, LONGEST_WAIT_MS};

    return outbox_text(write_row, 0, true, destination, &range, ret_due_in_ms);
}

char *outbox_ids(const char *destination, int64_t after, uint32_t limit, int64_t *ret_due_in_ms)
{
    struct outbox_range range = {after, limit, LONGEST_WAIT_MS};

    assert_numbers_are_the_same(destination, &range);
    return outbox_ids_at_once(destination, after, limit, ret_due_in_ms);
}

/* No wait is allowed, so that every row is due. */
static const struct outbox_range whole_outbox = {0, UINT32_MAX, 0};

char *outbox_rows(const char *destination)
{
    int64_t due_in_ms;

    return outbox_text(write_row, 0, false, destination, &whole_outbox, &due_in_ms);
}

struct row_search {
    struct gw_text id; /* empty: by number */
    int64_t number;
    struct gw_outbox_row row;
};

static enum gw_status match_row(void *context, const struct gw_outbox_row *row)
{
    struct row_search *search = context;

    if (search->id.len > 0 ? gw_text_equal(row->id, search->id) : row->number == search->number)
        search->row = *row;
    return GW_OK;
}

static struct gw_outbox_row search_row(const char *destination, struct row_search search)
{
    struct gw_outbox_visitor visitor = {sizeof visitor, 0, &search, match_row};
    int64_t due_in_ms;

    ck_assert_ok(
        repo.ops->outbox_next(repo.session, T(destination), 0, UINT32_MAX, 0, &visitor, &due_in_ms, &last_error));
    return search.row;
}

struct gw_outbox_row outbox_row(const char *destination, const char *id)
{
    return search_row(destination, (struct row_search){.id = T(id)});
}

int64_t row_stamp(const char *destination, int64_t number)
{
    return search_row(destination, (struct row_search){.number = number}).stamp;
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum gw_status write_figure(void *context, const struct gw_outbox_figure *figure)
{
    char **line = vector_add(context, sizeof(char *));

    *line = malloc(figure->destination.len + 64);
    ck_assert_ptr_nonnull(*line);
    (void)sprintf(*line, "%.*s %" PRIu64 "\n", (int)figure->destination.len, figure->destination.ptr, figure->pending);
    return GW_OK;
}

char *figures(void)
{
    struct vector lines = {0};
    struct gw_outbox_figure_visitor visitor = {sizeof visitor, 0, &lines, write_figure};
    char *text = calloc(1, LIST_BYTES);

    ck_assert_ptr_nonnull(text);
    ck_assert_ok(repo.ops->outbox_figures(repo.session, &visitor, &last_error));
    if (lines.count > 0)
        qsort(lines.items, lines.count, sizeof(char *), compare_lines);
    for (uint32_t i = 0; i < lines.count; i++) {
        append(text, "", ((char **)lines.items)[i]);
        free(((char **)lines.items)[i]);
    }
    free(lines.items);
    return text;
}

struct figure_search {
    struct gw_text destination;
    struct gw_outbox_figure found;
};

static enum gw_status match_figure(void *context, const struct gw_outbox_figure *figure)
{
    struct figure_search *search = context;

    if (gw_text_equal(figure->destination, search->destination))
        search->found = *figure;
    return GW_OK;
}

struct gw_outbox_figure outbox_figure(const char *destination)
{
    struct figure_search search = {.destination = T(destination)};
    struct gw_outbox_figure_visitor visitor = {sizeof visitor, 0, &search, match_figure};

    ck_assert_ok(repo.ops->outbox_figures(repo.session, &visitor, &last_error));
    search.found.destination = search.found.holder = T("");
    return search.found;
}

static enum gw_status write_dead(void *context, const struct gw_dead_entry *entry)
{
    const struct gw_dead_letter *letter = &entry->letter;
    struct writing *writing = context;

    if (writing->is_short) {
        write_word(writing, letter->identity);
        return GW_OK;
    }
    (void)fprintf(writing->stream,
                  "%" PRId64 " kind %u replays %u sequence %" PRId64 " offset %" PRId64 " line %" PRIu64 " of %" PRIu64
                  " flags %u digest ",
                  entry->id, entry->kind, entry->replays, entry->sequence, letter->offset, letter->line,
                  letter->full_len, letter->flags);
    for (size_t i = 0; i < sizeof letter->digest; i++)
        (void)fprintf(writing->stream, "%02x", letter->digest[i]);
    write_text(writing->stream, letter->entrypoint);
    write_text(writing->stream, letter->source);
    write_text(writing->stream, letter->identity);
    write_text(writing->stream, letter->type);
    write_text(writing->stream, letter->key);
    write_text(writing->stream, letter->headers);
    write_text(writing->stream, letter->payload);
    write_text(writing->stream, letter->reason);
    write_text(writing->stream, entry->recipient);
    (void)fputc('\n', writing->stream);
    return GW_OK;
}

static char *dead_text(bool is_short, const struct gw_dead_filter *filter)
{
    char *text = NULL;
    size_t len;
    struct writing writing = {.stream = open_memstream(&text, &len), .is_short = is_short};
    struct gw_dead_visitor visitor = {sizeof visitor, 0, &writing, write_dead};

    return written(&writing, &text, repo.ops->dead_list(repo.session, filter, &visitor, &last_error));
}

char *dead_identities(const struct gw_dead_filter *filter)
{
    return dead_text(true, filter);
}

char *dead_letters(void)
{
    struct gw_dead_filter all = {.size = sizeof all};

    return dead_text(false, &all);
}

struct dead_search {
    struct gw_text identity;
    struct gw_dead_entry entry;
};

static enum gw_status match_dead(void *context, const struct gw_dead_entry *entry)
{
    struct dead_search *search = context;

    if (gw_text_equal(entry->letter.identity, search->identity))
        search->entry = *entry;
    return GW_OK;
}

struct gw_dead_entry dead_entry(const char *identity)
{
    struct dead_search search = {.identity = T(identity)};
    struct gw_dead_visitor visitor = {sizeof visitor, 0, &search, match_dead};
    struct gw_dead_filter all = {.size = sizeof all};

    ck_assert_ok(repo.ops->dead_list(repo.session, &all, &visitor, &last_error));
    return search.entry;
}

int64_t dead_id(const char *identity)
{
    return dead_entry(identity).id;
}

static enum gw_status write_view(void *context, const struct gw_view_row *row)
{
    struct writing *writing = context;

    (void)fprintf(writing->stream, "%.*s %.*s %" PRId64 " %d\n", (int)row->sku.len, row->sku.ptr, (int)row->ref.len,
                  row->ref.ptr, row->qty, row->eta);
    return GW_OK;
}

char *view_of(uint32_t view, const char *orderid, const char *sku, int64_t qty)
{
    char *text = NULL;
    size_t len;
    struct writing writing = {.stream = open_memstream(&text, &len)};
    struct gw_view_visitor visitor = {sizeof visitor, 0, &writing, write_view};
    struct gw_view_arguments arguments = {.size = sizeof arguments, .orderid = T(orderid), .sku = T(sku), .qty = qty};

    return written(&writing, &text, repo.ops->query(repo.session, view, &arguments, &visitor, &last_error));
}
