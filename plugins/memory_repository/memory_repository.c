/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory_repository: stores everything in the memory of the process, for tests, dry runs and measurements. The contents
 * are lost when the process ends. This file has the slots of the port, each of which holds the store's lock while it
 * runs; the other files do the work. Several threads may use sessions at once, one thread each.
 */
#include "notices.h"
#include "store.h"

#include <gangway/plugin.h>

#include <stdlib.h>

struct gw_session {
    struct store *store;
    const struct gw_host *host;
};

static struct store *enter(struct gw_session *session)
{
    pthread_mutex_lock(&session->store->lock);
    return session->store;
}

static int64_t now_ms(const struct gw_session *session)
{
    return session->host->unix_ms(session->host);
}

static enum gw_status leave(struct store *store, enum gw_status status)
{
    pthread_mutex_unlock(&store->lock);
    return status;
}

static enum gw_status repository_check(void *self, const struct gw_report *report)
{
    (void)self;
    return gw_report_line(report, GW_OK, "memory", "everything is in memory and ends with the process");
}

static enum gw_status repository_migrate(void *self, const struct gw_host *host, int64_t *ret_from, int64_t *ret_to,
                                         struct gw_error *reterr)
{
    (void)self, (void)host, (void)reterr;
    *ret_from = 1;
    *ret_to = 1;
    return GW_OK;
}

static enum gw_status repository_claim(void *self, struct gw_error *reterr)
{
    (void)self, (void)reterr;
    return GW_OK;
}

static enum gw_status repository_open_session(void *self, const struct gw_host *host, struct gw_session **ret_session,
                                              struct gw_error *reterr)
{
    struct gw_session *session = malloc(sizeof *session);

    if (session == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a session");
    *session = (struct gw_session){self, host};
    *ret_session = session;
    return GW_OK;
}

static void repository_close_session(struct gw_session *session)
{
    free(session);
}

static enum gw_status repository_load(struct gw_session *session, const struct gw_load_request *request,
                                      const struct gw_load_visitor *visitor, struct gw_error *reterr)
{
    struct store *store = enter(session);

    (void)reterr;
    return leave(store, store_load(store, request, visitor));
}

static enum gw_status repository_apply(struct gw_session *session, const struct gw_changeset *changeset,
                                       struct gw_apply_result *ret_result, struct gw_error *reterr)
{
    struct store *store = enter(session);

    return leave(store, store_apply(store, changeset, now_ms(session), ret_result, reterr));
}

static enum gw_status repository_positions(struct gw_session *session, const struct gw_array *sources,
                                           const struct gw_position_visitor *visitor, struct gw_error *reterr)
{
    struct store *store = enter(session);

    (void)reterr;
    return leave(store, positions_tell(&store->positions, sources, visitor));
}

static enum gw_status repository_set_position(struct gw_session *session, struct gw_text source, int64_t next,
                                              struct gw_error *reterr)
{
    struct store *store = enter(session);

    return leave(store, positions_set(&store->positions, source, next, reterr));
}

static enum gw_status repository_forget_position(struct gw_session *session, struct gw_text source,
                                                 struct gw_error *reterr)
{
    struct store *store = enter(session);

    return leave(store, positions_forget(&store->positions, source, reterr));
}

static enum gw_status repository_query(struct gw_session *session, uint32_t view,
                                       const struct gw_view_arguments *arguments, const struct gw_view_visitor *visitor,
                                       struct gw_error *reterr)
{
    struct store *store = enter(session);

    return leave(store, store_query(store, view, arguments, visitor, reterr));
}

static enum gw_status repository_advance(struct gw_session *session, int64_t seen_ms, int64_t add_ms,
                                         int64_t *ret_running_ms, struct gw_error *reterr)
{
    struct store *store = enter(session);

    (void)reterr;
    *ret_running_ms = inbox_advance(&store->inbox, seen_ms, add_ms);
    return leave(store, GW_OK);
}

static enum gw_status repository_expire(struct gw_session *session, int64_t before_running_ms, uint32_t limit,
                                        uint32_t *ret_count, struct gw_error *reterr)
{
    struct store *store = enter(session);

    (void)reterr;
    *ret_count = inbox_expire(&store->inbox, before_running_ms, limit);
    return leave(store, GW_OK);
}

static enum gw_status report_row(const void *context, const struct outbox_row *pending, const struct gw_outbox_row *row)
{
    const struct gw_outbox_visitor *visitor = context;

    (void)pending;
    return visitor->row(visitor->context, row);
}

static enum gw_status repository_outbox_next(struct gw_session *session, struct gw_text destination, int64_t after,
                                             uint32_t limit, int64_t longest_wait_ms,
                                             const struct gw_outbox_visitor *visitor, int64_t *ret_due_in_ms,
                                             struct gw_error *reterr)
{
    struct outbox_look look = {
        .after = after, .limit = limit, .now_ms = now_ms(session), .longest_wait_ms = longest_wait_ms};
    struct store *store = enter(session);

    (void)reterr;
    return leave(store, outbox_tell(&store->outbox, destination, &look, report_row, visitor, ret_due_in_ms));
}

static enum gw_status repository_outbox_settle(struct gw_session *session, struct gw_text destination,
                                               const struct gw_array *settlements, int64_t stamp,
                                               struct gw_error *reterr)
{
    struct store *store = enter(session);

    return leave(store, store_settle(store, destination, settlements, stamp, now_ms(session), reterr));
}

static enum gw_status repository_outbox_figures(struct gw_session *session,
                                                const struct gw_outbox_figure_visitor *visitor, struct gw_error *reterr)
{
    struct store *store = enter(session);

    (void)reterr;
    return leave(store, store_tell_figures(store, now_ms(session), visitor));
}

static enum gw_status repository_dead_list(struct gw_session *session, const struct gw_dead_filter *filter,
                                           const struct gw_dead_visitor *visitor, struct gw_error *reterr)
{
    struct store *store = enter(session);

    (void)reterr;
    return leave(store, dead_tell(&store->dead_letters, filter, visitor));
}

static enum gw_status repository_dead_discard(struct gw_session *session, const struct gw_array *ids,
                                              uint32_t *ret_count, struct gw_error *reterr)
{
    struct store *store = enter(session);

    (void)reterr;
    *ret_count = dead_discard(&store->dead_letters, ids);
    return leave(store, GW_OK);
}

static enum gw_status repository_dead_requeue(struct gw_session *session, const struct gw_array *ids,
                                              const struct gw_array *targets, int64_t stamp, uint32_t *ret_count,
                                              struct gw_error *reterr)
{
    struct store *store = enter(session);

    return leave(store, store_requeue(store, ids, targets, stamp, now_ms(session), ret_count, reterr));
}

static enum gw_status repository_dead_count(struct gw_session *session, uint64_t *ret_count, struct gw_error *reterr)
{
    struct store *store = enter(session);

    (void)reterr;
    *ret_count = store->dead_letters.table.count;
    return leave(store, GW_OK);
}

static enum gw_status repository_notices_next(struct gw_session *session, struct gw_text destination,
                                              const struct gw_notice_look *wanted,
                                              const struct gw_notice_visitor *visitor, int64_t *ret_due_in_ms,
                                              struct gw_error *reterr)
{
    struct outbox_look look = {.after = wanted->after,
                               .limit = wanted->limit,
                               .now_ms = now_ms(session),
                               .longest_wait_ms = wanted->longest_wait_ms,
                               .is_ending = wanted->is_ending != 0,
                               .is_any = wanted->is_any != 0,
                               .except = wanted->except};
    struct store *store = enter(session);

    (void)reterr;
    return leave(store, notices_tell(&store->notices, destination, &look, visitor, ret_due_in_ms));
}

static enum gw_status repository_notices_settle(struct gw_session *session, struct gw_text destination,
                                                const struct gw_array *settlements, int64_t stamp,
                                                struct gw_error *reterr)
{
    struct store *store = enter(session);

    return leave(store, store_settle_notices(store, destination, settlements, stamp, now_ms(session), reterr));
}

static enum gw_status repository_notices_recipients(struct gw_session *session, struct gw_text destination,
                                                    const struct gw_array *event_ids,
                                                    const struct gw_recipient_visitor *visitor, struct gw_error *reterr)
{
    struct store *store = enter(session);

    (void)reterr;
    return leave(store, store_tell_recipients(store, destination, event_ids, visitor));
}

static enum gw_status repository_notices_last_answer(struct gw_session *session, struct gw_text destination,
                                                     int64_t number, int64_t stamp,
                                                     const struct gw_answer_visitor *visitor, struct gw_error *reterr)
{
    struct store *store = enter(session);
    const struct pending *pending = outbox_find(&store->notices, destination, number, stamp);

    (void)reterr;
    if (pending == NULL)
        return leave(store, GW_OK);
    return leave(store,
                 sent_tell_last_answer(&store->sent, &pending->row->row, notice_key(pending->row->notice), visitor));
}

static enum gw_status repository_notices_history(struct gw_session *session, const struct gw_sent_look *look,
                                                 const struct gw_sent_visitor *visitor, struct gw_error *reterr)
{
    struct store *store = enter(session);

    (void)reterr;
    return leave(store, sent_tell(&store->sent, look, visitor, now_ms(session)));
}

static enum gw_status repository_notices_expire(struct gw_session *session, int64_t keep_ms, uint32_t limit,
                                                uint32_t *ret_count, struct gw_error *reterr)
{
    struct store *store = enter(session);

    (void)reterr;
    *ret_count = sent_expire(&store->sent, keep_ms, limit, now_ms(session));
    return leave(store, GW_OK);
}

static enum gw_status repository_notices_forget(struct gw_session *session, struct gw_text recipient, uint32_t limit,
                                                uint32_t *ret_count, struct gw_error *reterr)
{
    struct store *store = enter(session);

    (void)reterr;
    *ret_count = sent_forget(&store->sent, recipient, limit);
    return leave(store, GW_OK);
}

static void repository_close(void *self)
{
    struct store *store = self;

    if (store == NULL)
        return;
    stock_done(&store->stock);
    positions_done(&store->positions);
    inbox_done(&store->inbox);
    outbox_done(&store->outbox);
    outbox_done(&store->notices);
    sent_done(&store->sent);
    dead_done(&store->dead_letters);
    plan_done(&store->plan);
    slab_done(&store->slab);
    pthread_mutex_destroy(&store->lock);
    free(store);
}

static enum gw_status repository_open(const struct gw_host *host, const void *config, void **ret_self,
                                      struct gw_error *reterr)
{
    struct store *store = calloc(1, sizeof *store);

    (void)host, (void)config;
    if (store == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a repository");
    pthread_mutex_init(&store->lock, NULL);
    store->stock.key = store->positions.key = store->inbox.key = hash_key_draw();
    store->notices.key = store->sent.hash_key = store->stock.key;
    store->stock.slab = &store->slab;
    store->positions.slab = &store->slab;
    store->inbox.slab = &store->slab;
    store->outbox.slab = &store->slab;
    store->outbox.next_number = 1;
    store->notices.slab = &store->slab;
    store->sent.slab = &store->slab;
    store->notices.next_number = 1;
    store->dead_letters.slab = &store->slab;
    store->dead_letters.next_id = 1;
    *ret_self = store;
    return GW_OK;
}

static const struct gw_repository_ops repository_ops = {
    .size = sizeof repository_ops,
    .migrate = repository_migrate,
    .claim = repository_claim,
    .open_session = repository_open_session,
    .close_session = repository_close_session,
    .load = repository_load,
    .apply = repository_apply,
    .positions = repository_positions,
    .set_position = repository_set_position,
    .forget_position = repository_forget_position,
    .query = repository_query,
    .advance = repository_advance,
    .expire = repository_expire,
    .outbox_next = repository_outbox_next,
    .outbox_settle = repository_outbox_settle,
    .outbox_figures = repository_outbox_figures,
    .dead_list = repository_dead_list,
    .dead_discard = repository_dead_discard,
    .dead_requeue = repository_dead_requeue,
    .dead_count = repository_dead_count,
    .notices_next = repository_notices_next,
    .notices_settle = repository_notices_settle,
    .notices_recipients = repository_notices_recipients,
    .notices_last_answer = repository_notices_last_answer,
    .notices_history = repository_notices_history,
    .notices_expire = repository_notices_expire,
    .notices_forget = repository_notices_forget,
};

const struct gw_plugin gw_plugin_descriptor = {
    GW_PLUGIN(REPOSITORY),
    .features = GW_REPOSITORY_OUTBOX | GW_REPOSITORY_DEAD_LETTERS | GW_REPOSITORY_INBOX | GW_REPOSITORY_NOTICES,
    .name = "memory_repository",
    .version = "0.1.0",
    .summary = "Keeps everything in memory until the process ends; for tests and dry runs",
    .ops = &repository_ops,
    .open = repository_open,
    .close = repository_close,
    .check = repository_check,
};
