/* SPDX-License-Identifier: Apache-2.0 */
/* See scripted.h. */
#include "scripted.h"

#include "process/wakeup.h"

#include <stdio.h>
#include <string.h>

struct scripted_repository scripted_repository;

/* ---- load and apply --------------------------------------------------------------------------------------------- */

const struct gw_repository_ops *scripted_memory_ops(void)
{
    return scripted_repository.memory.descriptor->ops;
}

static int allocates_for(const struct gw_changeset *changeset, const char *orderid)
{
    for (uint32_t index = 0; index < changeset->line_inserts.count; index++) {
        const struct gw_line_insert *line = gw_array_at(&changeset->line_inserts, index);

        if (gw_text_is(line->orderid, orderid))
            return 1;
    }
    return 0;
}

static enum gw_status scripted_load(struct gw_session *session, const struct gw_load_request *request,
                                    const struct gw_load_visitor *visitor, struct gw_error *reterr)
{
    atomic_fetch_add(&scripted_repository.loads, 1);
    return scripted_memory_ops()->load(session, request, visitor, reterr);
}

static enum gw_status next_in_script(struct scripted_repository *repository, const struct gw_changeset *changeset)
{
    const struct gw_position_change *position = gw_array_at(&changeset->positions, 0);
    uint32_t index = repository->applies++;

    repository->applied_counts[index] = (uint32_t)(position->next - position->expected);
    if (repository->refused_orderid != NULL && allocates_for(changeset, repository->refused_orderid))
        return GW_PERMANENT;
    if (repository->conflicting_orderid != NULL && allocates_for(changeset, repository->conflicting_orderid))
        return GW_CONFLICT;
    return index < repository->apply_script_len ? repository->apply_script[index] : GW_OK;
}

static enum gw_status scripted_apply(struct gw_session *session, const struct gw_changeset *changeset,
                                     struct gw_apply_result *ret_result, struct gw_error *reterr)
{
    struct scripted_repository *repository = &scripted_repository;
    const struct gw_position_change *position =
        changeset->positions.count > 0 ? gw_array_at(&changeset->positions, 0) : NULL;
    enum gw_status status = GW_OK;

    if (repository->in_apply != NULL)
        repository->in_apply(changeset);
    if (position != NULL && position->expected != GW_OFFSET_NONE)
        status = next_in_script(repository, changeset);
    if (status == GW_UNKNOWN && repository->applies_before_unknown)
        (void)scripted_memory_ops()->apply(session, changeset, ret_result, reterr);
    if (status != GW_OK)
        return gw_error_set(reterr, status, "scripted: %s", gw_status_word((int)status));
    return scripted_memory_ops()->apply(session, changeset, ret_result, reterr);
}

/* ---- the outbox and its leases ---------------------------------------------------------------------------------- */

static enum gw_status scripted(const enum gw_status *script, uint32_t len, uint32_t index)
{
    return index < len ? script[index] : GW_OK;
}

/* The lease of a destination, or a free place for it. */
static struct scripted_lease *find_lease(struct gw_text destination)
{
    struct scripted_lease *free_place = NULL;

    for (size_t index = 0; index < 4; index++) {
        struct scripted_lease *lease = &scripted_repository.held[index];

        if (lease->session != NULL && gw_text_is(destination, lease->destination))
            return lease;
        if (lease->session == NULL)
            free_place = lease;
    }
    return free_place;
}

static void drop_leases(const struct gw_session *session)
{
    (void)pthread_mutex_lock(&scripted_repository.lock);
    for (size_t index = 0; index < 4; index++)
        if (scripted_repository.held[index].session == session)
            scripted_repository.held[index].session = NULL;
    (void)pthread_mutex_unlock(&scripted_repository.lock);
}

static int is_leased_elsewhere(struct gw_text destination)
{
    const char *elsewhere = atomic_load(&scripted_repository.leased_elsewhere);

    return elsewhere != NULL && gw_text_is(destination, elsewhere);
}

static enum gw_status scripted_lease(struct gw_session *session, struct gw_text destination, struct gw_error *reterr)
{
    struct scripted_repository *repository = &scripted_repository;
    enum gw_status status =
        scripted(repository->lease_script, repository->lease_script_len, atomic_fetch_add(&repository->leases, 1));
    struct scripted_lease *lease;

    if (repository->in_lease != NULL)
        repository->in_lease(atomic_load(&repository->session_host));
    if (status == GW_OK && is_leased_elsewhere(destination))
        status = GW_CONFLICT;
    if (status != GW_OK) {
        drop_leases(session);
        return gw_error_set(reterr, status, "scripted: %s", gw_status_word((int)status));
    }
    (void)pthread_mutex_lock(&repository->lock);
    lease = find_lease(destination);
    if (lease->session == NULL) {
        (void)snprintf(lease->destination, sizeof lease->destination, "%.*s", (int)destination.len, destination.ptr);
        lease->session = session;
    }
    status = lease->session == session ? GW_OK : GW_CONFLICT;
    (void)pthread_mutex_unlock(&repository->lock);
    return status;
}

static int may_settle(const struct gw_session *session, struct gw_text destination)
{
    const struct scripted_lease *lease;
    int has_it;

    if ((scripted_repository.plugin.features & GW_REPOSITORY_SHARED) == 0)
        return 1;
    (void)pthread_mutex_lock(&scripted_repository.lock);
    lease = find_lease(destination);
    has_it = lease != NULL && lease->session == session;
    (void)pthread_mutex_unlock(&scripted_repository.lock);
    return has_it && !is_leased_elsewhere(destination);
}

static void note_failures(const struct gw_array *settlements)
{
    struct scripted_repository *repository = &scripted_repository;

    for (uint32_t index = 0; index < settlements->count && repository->failure_count < SCRIPT_MAX; index++) {
        const struct gw_outbox_settlement *settlement = gw_array_at(settlements, index);
        struct scripted_failure *failure = &repository->failures[repository->failure_count];

        if (settlement->from < settlement->to)
            continue;
        *failure = (struct scripted_failure){settlement->number, settlement->delay_ms, settlement->attempts, ""};
        (void)snprintf(failure->answer, sizeof failure->answer, "%.*s", (int)settlement->answer.len,
                       settlement->answer.ptr);
        repository->failure_count++;
    }
}

typedef enum gw_status settle_fn(struct gw_session *session, struct gw_text destination,
                                 const struct gw_array *settlements, int64_t stamp, struct gw_error *reterr);

static enum gw_status settle_by_script(settle_fn *settle, struct gw_session *session, struct gw_text destination,
                                       const struct gw_array *settlements, int64_t stamp, struct gw_error *reterr)
{
    struct scripted_repository *repository = &scripted_repository;
    enum gw_status status =
        scripted(repository->settle_script, repository->settle_script_len, atomic_fetch_add(&repository->settles, 1));

    if (repository->in_settle != NULL)
        repository->in_settle();
    if (status != GW_OK)
        drop_leases(session);
    else if (!may_settle(session, destination))
        status = GW_CONFLICT;
    if (status != GW_OK)
        return gw_error_set(reterr, status, "scripted: %s", gw_status_word((int)status));
    note_failures(settlements);
    atomic_fetch_add(&repository->settled, settlements->count);
    return settle(session, destination, settlements, stamp, reterr);
}

/* The settlement of the event at this index of a block, as the memory repository knows it. */
static struct gw_outbox_settlement settlement_of_event(const struct gw_outbox_settlement *settlement, uint32_t index)
{
    struct gw_outbox_settlement single = *settlement;

    single.number += index;
    single.stamp += index;
    single.to = single.from < single.to;
    single.from = 0;
    return single;
}

/* Settles blocks as the events that they are made of. */
static enum gw_status settle_events(struct gw_session *session, struct gw_text destination,
                                    const struct gw_array *settlements, int64_t stamp, struct gw_error *reterr)
{
    struct gw_outbox_settlement events[SCRIPT_MAX];
    struct gw_array array = {events, 0, sizeof *events};

    if (scripted_repository.block_events == 0)
        return scripted_memory_ops()->outbox_settle(session, destination, settlements, stamp, reterr);
    for (uint32_t i = 0; i < settlements->count; i++) {
        const struct gw_outbox_settlement *settlement = gw_array_at(settlements, i);
        uint32_t end = settlement->from < settlement->to ? settlement->to : settlement->from + 1;

        for (uint32_t index = settlement->from; index < end && array.count < SCRIPT_MAX; index++)
            events[array.count++] = settlement_of_event(settlement, index);
    }
    return scripted_memory_ops()->outbox_settle(session, destination, &array, stamp, reterr);
}

static enum gw_status scripted_settle(struct gw_session *session, struct gw_text destination,
                                      const struct gw_array *settlements, int64_t stamp, struct gw_error *reterr)
{
    atomic_fetch_add(&scripted_repository.settlements, settlements->count);
    return settle_by_script(settle_events, session, destination, settlements, stamp, reterr);
}

static enum gw_status scripted_settle_notices(struct gw_session *session, struct gw_text destination,
                                              const struct gw_array *settlements, int64_t stamp,
                                              struct gw_error *reterr)
{
    return settle_by_script(scripted_memory_ops()->notices_settle, session, destination, settlements, stamp, reterr);
}

/* The row as an event of its block. The memory repository numbers them from 1. */
static struct gw_outbox_row event_of(const struct gw_outbox_row *row)
{
    struct gw_outbox_row event = *row;

    if (scripted_repository.block_events > 0)
        event.index = (uint32_t)((row->number - 1) % scripted_repository.block_events);
    event.number -= event.index;
    event.stamp -= event.index;
    return event;
}

static enum gw_status tell_event(void *context, const struct gw_outbox_row *row)
{
    const struct gw_outbox_visitor *visitor = context;
    struct gw_outbox_row event = event_of(row);

    return visitor->row(visitor->context, &event);
}

static enum gw_status tell_bare(void *context, const struct gw_outbox_row *row)
{
    const struct gw_outbox_visitor *visitor = context;
    struct gw_outbox_row event = event_of(row);
    struct gw_outbox_row bare = {.number = event.number, .stamp = event.stamp, .index = event.index, .is_bare = 1};

    return visitor->row(visitor->context, &bare);
}

/* Who wants numbers gets no more than that, or all. */
static enum gw_status scripted_next(struct gw_session *session, struct gw_text destination, int64_t after,
                                    uint32_t limit, int64_t longest_wait_ms, const struct gw_outbox_visitor *visitor,
                                    int64_t *ret_due_in_ms, struct gw_error *reterr)
{
    bool is_bare = visitor->wants_numbers != 0 && scripted_repository.tells_whole == 0;
    struct gw_outbox_visitor told = {
        .size = sizeof told, .context = (void *)(uintptr_t)visitor, .row = is_bare ? tell_bare : tell_event};
    enum gw_status status;

    atomic_fetch_add(&scripted_repository.looks, 1);
    if (atomic_exchange(&scripted_repository.is_announced, false))
        gw_wakeup_lower(scripted_repository.announced);
    if (scripted_repository.in_look != NULL)
        scripted_repository.in_look(destination);
    status = atomic_exchange(&scripted_repository.look_fails, GW_OK);
    if (status != GW_OK)
        return gw_error_set(reterr, status, "scripted");
    status = scripted_memory_ops()->outbox_next(session, destination, after, limit, longest_wait_ms, &told,
                                                ret_due_in_ms, reterr);
    if (scripted_repository.after_look != NULL)
        scripted_repository.after_look();
    return status;
}

static enum gw_status count_notice(void *context, const struct gw_notice_row *notice)
{
    const struct gw_notice_visitor *visitor = context;

    atomic_fetch_add(&scripted_repository.notices_told, 1);
    return visitor->notice(visitor->context, notice);
}

static enum gw_status scripted_next_notices(struct gw_session *session, struct gw_text destination,
                                            const struct gw_notice_look *look, const struct gw_notice_visitor *visitor,
                                            int64_t *ret_due_in_ms, struct gw_error *reterr)
{
    struct gw_notice_visitor counting = {
        .size = sizeof counting, .context = (void *)(uintptr_t)visitor, .notice = count_notice};

    return scripted_memory_ops()->notices_next(session, destination, look, &counting, ret_due_in_ms, reterr);
}

static enum gw_status scripted_open_session(void *self, const struct gw_host *host, struct gw_session **ret_session,
                                            struct gw_error *reterr)
{
    struct scripted_repository *repository = &scripted_repository;
    enum gw_status status =
        scripted(repository->open_script, repository->open_script_len, atomic_fetch_add(&repository->opens, 1));

    if (status != GW_OK)
        return gw_error_set(reterr, status, "scripted: %s", gw_status_word((int)status));
    atomic_store(&repository->session_host, host);
    return scripted_memory_ops()->open_session(self, host, ret_session, reterr);
}

static enum gw_status scripted_claim(void *self, struct gw_error *reterr)
{
    struct scripted_repository *repository = &scripted_repository;
    enum gw_status status =
        scripted(repository->claim_script, repository->claim_script_len, atomic_fetch_add(&repository->claims, 1));

    (void)self;
    return status == GW_OK ? GW_OK : gw_error_set(reterr, status, "scripted: %s", gw_status_word((int)status));
}

static enum gw_status scripted_migrate(void *self, const struct gw_host *host, int64_t *ret_from, int64_t *ret_to,
                                       struct gw_error *reterr)
{
    struct scripted_repository *repository = &scripted_repository;
    enum gw_status status = scripted(repository->migrate_script, repository->migrate_script_len,
                                     atomic_fetch_add(&repository->migrates, 1));

    if (status != GW_OK)
        return gw_error_set(reterr, status, "scripted: %s", gw_status_word((int)status));
    return scripted_memory_ops()->migrate(self, host, ret_from, ret_to, reterr);
}

static void scripted_close_session(struct gw_session *session)
{
    drop_leases(session);
    scripted_memory_ops()->close_session(session);
}

static enum gw_status open_lent(const struct gw_host *host, const void *config, void **ret_self,
                                struct gw_error *reterr)
{
    (void)host;
    (void)config;
    (void)reterr;
    *ret_self = scripted_repository.self;
    return GW_OK;
}

static void close_lent(void *self)
{
    (void)self;
}

void scripted_repository_lend(void)
{
    scripted_repository.plugin.open = open_lent;
    scripted_repository.plugin.close = close_lent;
}

void scripted_repository_share(void)
{
    scripted_repository.plugin.features |= GW_REPOSITORY_SHARED;
    scripted_repository.ops.lease = scripted_lease;
}

static enum gw_status scripted_announce(struct gw_session *session, struct gw_text destination, struct gw_error *reterr)
{
    (void)session, (void)destination, (void)reterr;
    atomic_fetch_add(&scripted_repository.announcements, 1);
    return GW_OK;
}

static enum gw_status scripted_await(struct gw_session *session, int32_t *ret_fd)
{
    (void)session;
    *ret_fd = scripted_repository.announced;
    return atomic_load(&scripted_repository.is_announced) ? GW_ALREADY : GW_OK;
}

void scripted_repository_announce(void)
{
    scripted_repository.announced = gw_wakeup_open();
    scripted_repository.ops.outbox_announce = scripted_announce;
    scripted_repository.ops.outbox_await = scripted_await;
}

void scripted_repository_announced(void)
{
    atomic_store(&scripted_repository.is_announced, true);
    gw_wakeup_raise(scripted_repository.announced);
}

/* The rows of a destination that are due. Their texts live in the memory repository until it removes them. */
struct settling {
    struct gw_outbox_settlement settlements[SCRIPT_MAX];
    struct gw_outbox_refusal refusals[SCRIPT_MAX];
    uint32_t count;
};

static enum gw_status on_due_row(void *context, const struct gw_outbox_row *row)
{
    struct settling *settling = context;

    settling->refusals[settling->count] = (struct gw_outbox_refusal){.entry = scripted_dead_entry(row, "given up")};
    settling->settlements[settling->count++] =
        (struct gw_outbox_settlement){.number = row->number, .stamp = row->stamp};
    return GW_OK;
}

static void find_due(struct gw_session *session, const char *destination, struct settling *settling)
{
    struct gw_outbox_visitor visitor = {.size = sizeof visitor, .context = settling, .row = on_due_row};
    int64_t due_in_ms;

    settling->count = 0;
    (void)scripted_memory_ops()->outbox_next(session, gw_text_of(destination), 0, SCRIPT_MAX, 0, &visitor, &due_in_ms,
                                             NULL);
}

static void settle_found(struct gw_session *session, const char *destination, const struct settling *settling)
{
    struct gw_array array = {settling->settlements, settling->count, sizeof *settling->settlements};

    (void)scripted_memory_ops()->outbox_settle(session, gw_text_of(destination), &array, 1, NULL);
}

struct gw_dead_entry scripted_dead_entry(const struct gw_outbox_row *row, const char *reason)
{
    return (struct gw_dead_entry){.recipient = row->recipient,
                                  .sequence = row->sequence,
                                  .event_unix_ms = row->event_unix_ms,
                                  .letter = {.entrypoint = row->destination,
                                             .offset = GW_OFFSET_NONE,
                                             .identity = row->id,
                                             .type = row->type,
                                             .key = row->sku,
                                             .headers = row->headers,
                                             .payload = row->payload,
                                             .reason = gw_text_of(reason),
                                             .full_len = row->payload.len}};
}

void scripted_deliver_elsewhere(struct gw_session *session, const char *destination)
{
    struct settling settling;

    find_due(session, destination, &settling);
    for (uint32_t index = 0; index < settling.count; index++)
        settling.settlements[index].to = 1;
    settle_found(session, destination, &settling);
}

void scripted_give_up_elsewhere(struct gw_session *session, const char *destination, const struct gw_array *targets)
{
    struct settling settling;

    find_due(session, destination, &settling);
    for (uint32_t index = 0; index < settling.count; index++) {
        settling.refusals[index].targets = *targets;
        settling.settlements[index].to = 1;
        settling.settlements[index].refusals =
            (struct gw_array){&settling.refusals[index], 1, sizeof settling.refusals[index]};
    }
    settle_found(session, destination, &settling);
}

void scripted_delay_all(struct gw_session *session, const char *destination, int64_t delay_ms)
{
    struct settling settling;

    find_due(session, destination, &settling);
    for (uint32_t index = 0; index < settling.count; index++) {
        settling.settlements[index].attempts = 1;
        settling.settlements[index].delay_ms = delay_ms;
    }
    settle_found(session, destination, &settling);
}

/* ---- opening ---------------------------------------------------------------------------------------------------- */

void *scripted_repository_open(void)
{
    struct scripted_repository *repository = &scripted_repository;
    struct gw_error error = {0};
    int64_t from;
    int64_t to;
    struct gw_session *session;

    test_host_init(&repository->host, "repository");
    test_plugin_load(&repository->memory, "memory_repository", GW_PORT_REPOSITORY);
    test_plugin_configure(&repository->memory, NULL, 0);
    repository->ops = *scripted_memory_ops();
    repository->ops.load = scripted_load;
    repository->ops.apply = scripted_apply;
    repository->ops.claim = scripted_claim;
    repository->ops.migrate = scripted_migrate;
    repository->ops.open_session = scripted_open_session;
    repository->ops.close_session = scripted_close_session;
    repository->ops.outbox_next = scripted_next;
    repository->ops.outbox_settle = scripted_settle;
    repository->ops.notices_next = scripted_next_notices;
    repository->ops.notices_settle = scripted_settle_notices;
    (void)pthread_mutex_init(&repository->lock, NULL);
    repository->plugin = *repository->memory.descriptor;
    repository->plugin.ops = &repository->ops;
    if (repository->plugin.open(&repository->host.host, repository->memory.config, &repository->self, &error) !=
            GW_OK ||
        repository->ops.migrate(repository->self, &repository->host.host, &from, &to, &error) != GW_OK ||
        repository->ops.open_session(repository->self, &repository->host.host, &session, &error) != GW_OK) {
        (void)fprintf(stderr, "memory_repository: %s\n", error.text);
        return NULL;
    }
    atomic_store(&repository->opens, 0);
    atomic_store(&repository->migrates, 0);
    return session;
}

/* ---- looking ---------------------------------------------------------------------------------------------------- */

struct looked {
    const char *destination;
    uint64_t count;
    int64_t position;
};

static enum gw_status on_figure(void *context, const struct gw_outbox_figure *figure)
{
    struct looked *looked = context;

    if (gw_text_is(figure->destination, looked->destination))
        looked->count = figure->pending;
    return GW_OK;
}

uint64_t scripted_outbox_count(struct gw_session *session, const char *destination)
{
    struct looked looked = {.destination = destination};
    struct gw_outbox_figure_visitor visitor = {.size = sizeof visitor, .context = &looked, .figure = on_figure};

    (void)scripted_memory_ops()->outbox_figures(session, &visitor, NULL);
    return looked.count;
}

static enum gw_status on_entry(void *context, const struct gw_dead_entry *entry)
{
    (void)entry;
    ((struct looked *)context)->count++;
    return GW_OK;
}

uint64_t scripted_dead_count(struct gw_session *session)
{
    struct looked looked = {.count = 0};
    struct gw_dead_filter filter = {.size = sizeof filter};
    struct gw_dead_visitor visitor = {.size = sizeof visitor, .context = &looked, .entry = on_entry};

    filter.ids = (struct gw_array){NULL, 0, sizeof(int64_t)};
    (void)scripted_memory_ops()->dead_list(session, &filter, &visitor, NULL);
    return looked.count;
}

void scripted_requeue_all(struct gw_session *session)
{
    int64_t ids[SCRIPT_MAX];
    struct gw_array array = {ids, SCRIPT_MAX, sizeof *ids};
    struct gw_array none = {NULL, 0, sizeof(struct gw_outbox_target)};
    uint32_t count;

    for (uint32_t index = 0; index < SCRIPT_MAX; index++)
        ids[index] = index + 1;
    (void)scripted_memory_ops()->dead_requeue(session, &array, &none, 1000, &count, NULL);
}

static enum gw_status on_position(void *context, const struct gw_position *position)
{
    ((struct looked *)context)->position = position->next;
    return GW_OK;
}

int64_t scripted_position_of(struct gw_session *session, const char *source)
{
    struct looked looked = {.position = GW_OFFSET_NONE};
    struct gw_text name = gw_text_of(source);
    struct gw_array sources = {&name, source != NULL, sizeof name};
    struct gw_position_visitor visitor = {.size = sizeof visitor, .context = &looked, .position = on_position};

    (void)scripted_memory_ops()->positions(session, &sources, &visitor, NULL);
    return looked.position;
}

int64_t scripted_position(struct gw_session *session)
{
    return scripted_position_of(session, NULL);
}
