/* SPDX-License-Identifier: Apache-2.0 */
/* Remembers names, and reads all of them back through the port. */
#include "everything.h"

#include "answers.h"
#include "fixture.h"

#include <inttypes.h>
#include <stdio.h>

enum { NAMES_MAX = 64 };

struct name {
    char text[256];
    char orderid[256];
    int64_t qty;
};

struct names {
    struct name items[NAMES_MAX];
    uint32_t count;
};

static struct names products, batches, lines, ids, destinations;

/* Tests of great numbers name more than this; they do not ask for everything. */
static void remember(struct names *names, const char *text, const char *orderid, int64_t qty)
{
    struct name *name;

    for (uint32_t i = 0; i < names->count; i++) {
        name = &names->items[i];
        if (strcmp(name->text, text) == 0 && strcmp(name->orderid, orderid) == 0 && name->qty == qty)
            return;
    }
    if (names->count == NAMES_MAX)
        return;
    name = &names->items[names->count++];
    (void)snprintf(name->text, sizeof name->text, "%s", text);
    (void)snprintf(name->orderid, sizeof name->orderid, "%s", orderid);
    name->qty = qty;
}

void remember_product(const char *sku)
{
    remember(&products, sku, "", 0);
}

void remember_batch(const char *ref)
{
    remember(&batches, ref, "", 0);
}

void remember_line(const char *sku, const char *orderid, int64_t qty)
{
    remember(&lines, sku, orderid, qty);
}

void remember_id(const char *id)
{
    remember(&ids, id, "", 0);
}

void remember_destination(const char *destination)
{
    remember(&destinations, destination, "", 0);
}

static void ask_all(struct question *question)
{
    for (uint32_t i = 0; i < products.count; i++)
        ask_product(question, products.items[i].text, 1, NAMES_MAX);
    for (uint32_t i = 0; i < batches.count; i++)
        ask_batch(question, batches.items[i].text, 0);
    for (uint32_t i = 0; i < lines.count; i++)
        ask_line(question, lines.items[i].text, lines.items[i].orderid, lines.items[i].qty);
    for (uint32_t i = 0; i < ids.count; i++)
        ask_id(question, ids.items[i].text);
}

static void write_stock(FILE *stream, const struct answer *answer)
{
    for (uint32_t i = 0; i < products.count; i++)
        (void)fprintf(stream, "product %s at %" PRId64 " stamp %" PRId64 " found %s\n", products.items[i].text,
                      told_version(answer, products.items[i].text), told_stamp(answer, products.items[i].text),
                      found(answer, products.items[i].text, 1));
    for (uint32_t i = 0; i < batches.count; i++) {
        const struct gw_batch_snapshot *batch = told(answer, batches.items[i].text);

        if (batch != NULL)
            (void)fprintf(stream, "batch %s holds %" PRId64 " of %" PRId64 " eta %d created %" PRId64 ": %s\n",
                          batches.items[i].text, batch->allocated, batch->purchased, batch->eta, batch->created,
                          newest(answer, batches.items[i].text));
    }
    for (uint32_t i = 0; i < lines.count; i++)
        (void)fprintf(stream, "line %s %s %" PRId64 " in %s\n", lines.items[i].text, lines.items[i].orderid,
                      lines.items[i].qty,
                      holder(answer, lines.items[i].text, lines.items[i].orderid, lines.items[i].qty));
    for (uint32_t i = 0; i < ids.count; i++)
        (void)fprintf(stream, "id %s %s\n", ids.items[i].text, told_id(answer, i) != NULL ? "known" : "unknown");
}

static void write_and_free(FILE *stream, char *text)
{
    (void)fputs(text, stream);
    free(text);
}

char *everything(void)
{
    struct question question = {0};
    struct answer answer;
    char *text = NULL;
    size_t len;
    FILE *stream = open_memstream(&text, &len);

    ask_all(&question);
    load(&question, &answer);
    write_stock(stream, &answer);
    answer_done(&answer);
    write_and_free(stream, positions_of(NULL, 0));
    for (uint32_t i = 0; i < destinations.count && repository_has(GW_REPOSITORY_OUTBOX); i++)
        write_and_free(stream, outbox_rows(destinations.items[i].text));
    if (repository_has(GW_REPOSITORY_DEAD_LETTERS))
        write_and_free(stream, dead_letters());
    (void)fclose(stream);
    return text;
}
