/* SPDX-License-Identifier: Apache-2.0 */
/* Verdict: the comparisons of apply and the texts of its refusals. Knows no storage. */
#include <gangway/sdk/show.h>
#include <gangway/sdk/verdict.h>

/* ---- positions */

void gw_position_verdict_add(struct gw_position_verdict *verdict, const struct gw_position_change *change,
                             int64_t stored)
{
    verdict->count++;
    verdict->done += stored == change->next;
    if (stored == change->expected || verdict->moved != NULL)
        return;
    verdict->moved = change;
    verdict->stored = stored;
}

enum gw_status gw_position_verdict_end(const struct gw_position_verdict *verdict, struct gw_error *reterr)
{
    const struct gw_position_change *moved = verdict->moved;

    if (moved == NULL)
        return GW_OK;
    if (verdict->done == verdict->count)
        return gw_error_set(reterr, GW_ALREADY, "every position is where the changeset puts it");
    return gw_error_set(reterr, GW_MOVED, "source %.*s is at %lld, not at %lld", gw_shown(moved->source),
                        moved->source.ptr, (long long)verdict->stored, (long long)moved->expected);
}

enum gw_status gw_position_check(int64_t next, struct gw_error *reterr)
{
    if (next >= 0)
        return GW_OK;
    return gw_error_set(reterr, GW_INVALID, "a position is 0 or more, not %lld", (long long)next);
}

enum gw_status gw_position_missing(struct gw_text source, struct gw_error *reterr)
{
    return gw_error_set(reterr, GW_NOT_FOUND, "source %.*s has no position", gw_shown(source), source.ptr);
}

/* ---- message ids */

void gw_id_verdict_add(struct gw_id_verdict *verdict, const struct gw_id_change *change)
{
    if (verdict->known == 0)
        verdict->first = change;
    verdict->known++;
}

int gw_ids_are_done(const struct gw_changeset *set, uint32_t known)
{
    return known > 0 && known == set->ids.count && set->positions.count == 0;
}

enum gw_status gw_id_verdict_done(const struct gw_id_verdict *verdict, const struct gw_changeset *set,
                                  struct gw_error *reterr)
{
    if (!gw_ids_are_done(set, verdict->known))
        return GW_OK;
    return gw_error_set(reterr, GW_ALREADY, "every message id is known");
}

enum gw_status gw_id_verdict_end(const struct gw_id_verdict *verdict, const struct gw_changeset *set,
                                 struct gw_error *reterr)
{
    char first[2 * GW_ID_BYTES + 1] = "";

    if (verdict->known == 0)
        return GW_OK;
    for (size_t i = 0; i < GW_ID_BYTES; i++)
        (void)snprintf(first + 2 * i, 3, "%02x", verdict->first->id[i]);
    return gw_error_set(reterr, GW_CONFLICT, "%u of %u message ids are known, the first is %s", verdict->known,
                        set->ids.count, first);
}

/* ---- products */

enum gw_status gw_product_verdict(const struct gw_product_change *change, int64_t version, int64_t stamp,
                                  struct gw_error *reterr)
{
    int len = gw_shown(change->sku);
    const char *sku = change->sku.ptr;

    if (version != change->expected)
        return gw_error_set(reterr, GW_CONFLICT, "product %.*s has version %lld, not %lld", len, sku,
                            (long long)version, (long long)change->expected);
    if (stamp != change->stamp)
        return gw_error_set(reterr, GW_CONFLICT, "product %.*s has version %lld with stamp %lld, not %lld", len, sku,
                            (long long)version, (long long)stamp, (long long)change->stamp);
    return GW_OK;
}

/* ---- the texts of conflicts */

enum gw_status gw_conflict_product(struct gw_text sku, struct gw_error *reterr)
{
    return gw_error_set(reterr, GW_CONFLICT, "product %.*s does not exist", gw_shown(sku), sku.ptr);
}

enum gw_status gw_conflict_reference(struct gw_text ref, struct gw_error *reterr)
{
    return gw_error_set(reterr, GW_CONFLICT, "batch %.*s exists", gw_shown(ref), ref.ptr);
}

static enum gw_status refuse_batch(struct gw_text ref, struct gw_text sku, const char *how, struct gw_error *reterr)
{
    return gw_error_set(reterr, GW_CONFLICT, "batch %.*s of product %.*s %s", gw_shown(ref), ref.ptr, gw_shown(sku),
                        sku.ptr, how);
}

enum gw_status gw_conflict_batch_exists(struct gw_text ref, struct gw_text sku, struct gw_error *reterr)
{
    return refuse_batch(ref, sku, "exists already", reterr);
}

enum gw_status gw_conflict_batch_missing(struct gw_text ref, struct gw_text sku, struct gw_error *reterr)
{
    return refuse_batch(ref, sku, "is not there", reterr);
}

enum gw_status gw_conflict_quantities(const struct gw_batch_update *update, int64_t purchased, int64_t allocated,
                                      struct gw_error *reterr)
{
    return gw_error_set(reterr, GW_CONFLICT, "batch %.*s has %lld of %lld allocated, not %lld of %lld",
                        gw_shown(update->ref), update->ref.ptr, (long long)allocated, (long long)purchased,
                        (long long)update->old_allocated, (long long)update->old_purchased);
}

static enum gw_status refuse_line(struct gw_text orderid, int64_t qty, struct gw_text sku, const char *how,
                                  struct gw_error *reterr)
{
    return gw_error_set(reterr, GW_CONFLICT, "the line of order %.*s for %lld units of product %.*s %s",
                        gw_shown(orderid), orderid.ptr, (long long)qty, gw_shown(sku), sku.ptr, how);
}

enum gw_status gw_conflict_line_held(struct gw_text orderid, int64_t qty, struct gw_text sku, struct gw_error *reterr)
{
    return refuse_line(orderid, qty, sku, "is held already", reterr);
}

enum gw_status gw_conflict_line_missing(struct gw_text orderid, int64_t qty, struct gw_text sku,
                                        struct gw_error *reterr)
{
    return refuse_line(orderid, qty, sku, "is not held", reterr);
}

enum gw_status gw_conflict_dead_letter(int64_t id, struct gw_error *reterr)
{
    return gw_error_set(reterr, GW_CONFLICT, "dead letter %lld is not there", (long long)id);
}
