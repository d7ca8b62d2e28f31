/* SPDX-License-Identifier: Apache-2.0 */
/* The client of a member, and its assignment. See membership.h. leaving.c leaves the group. */
#include "membership.h"

#include "courtesy.h"
#include "kafka/ending.h"
#include "lag.h"
#include "settings.h"
#include "trouble.h"

#include <gangway/scope.h>

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* ---- callbacks of librdkafka ----------------------------------------------------------------------------------- */

static struct consumer *consumer_of(void *opaque)
{
    struct kafka_watch *watch = kafka_reports_watch(opaque);

    return gw_container_of(watch, struct consumer, watch);
}

static void unassign(struct consumer *self, const rd_kafka_topic_partition_list_t *partitions)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions->cnt);
    rd_kafka_error_t *error;
    int index;

    /* librdkafka refuses a list with a partition that it does not fetch */
    for (index = 0; index < partitions->cnt; index++) {
        const rd_kafka_topic_partition_t *item = &partitions->elems[index];
        struct source *source = sources_find(&self->sources, item->topic, item->partition);

        if (source == NULL || !source->is_fetched)
            continue;
        source->is_fetched = false;
        rd_kafka_topic_partition_list_add(list, item->topic, item->partition);
    }
    error = rd_kafka_incremental_unassign(self->client, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (error == NULL)
        return;
    gw_host_log(self->host, GW_CODE_KAFKA_REVOKE_FAILED, "partitions could not be given back: %s; reconnecting",
                rd_kafka_error_string(error));
    self->is_broken = true;
    rd_kafka_error_destroy(error);
}

/* The group waits for this answer, and gets it at once. Where each partition is fetched from is decided later, when the
 * core has read its position. So an unreachable database delays no other member. */
static void accept_assignment(struct consumer *self)
{
    rd_kafka_topic_partition_list_t *nothing = rd_kafka_topic_partition_list_new(0);
    rd_kafka_error_t *error = rd_kafka_incremental_assign(self->client, nothing);

    rd_kafka_topic_partition_list_destroy(nothing);
    if (error == NULL)
        return;
    gw_host_log(self->host, GW_CODE_KAFKA_ASSIGN_FAILED, "assigned partitions could not be accepted: %s; reconnecting",
                rd_kafka_error_string(error));
    self->is_broken = true;
    rd_kafka_error_destroy(error);
}

static void on_rebalance(rd_kafka_t *client, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *partitions,
                         void *opaque)
{
    struct consumer *self = consumer_of(opaque);
    bool is_revoked = code == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS;

    (void)client;
    self->was_assigned = true;
    if (self->is_leaving) {
        if (is_revoked)
            unassign(self, partitions);
        else
            accept_assignment(self);
        return;
    }
    if ((!is_revoked && code != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) || self->rebalance_count == REBALANCES_MAX) {
        self->is_broken = true;
        return;
    }
    self->rebalances[self->rebalance_count++] =
        (struct rebalance){.partitions = rd_kafka_topic_partition_list_copy(partitions), .is_revoked = is_revoked};
}

static void on_commit(rd_kafka_t *client, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *offsets,
                      void *opaque)
{
    (void)client;
    courtesy_answered(consumer_of(opaque), code, offsets);
}

/* librdkafka reports a deleted partition here, and not in the queue of messages. */
static void on_error(rd_kafka_t *client, int code, const char *text, void *opaque)
{
    if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
        code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION)
        consumer_doubt(consumer_of(opaque), text);
    else
        kafka_watch_error(kafka_reports_watch(opaque), client, (rd_kafka_resp_err_t)code, text);
}

/* ---- the client ------------------------------------------------------------------------------------------------ */

static enum gw_status member_conf(struct consumer *self, rd_kafka_conf_t **ret_conf, struct gw_error *reterr)
{
    enum gw_status status = settings_conf(self->config, self->host->instance, &self->watch, ret_conf, reterr);

    if (status != GW_OK)
        return status;
    rd_kafka_conf_set_error_cb(*ret_conf, on_error);
    rd_kafka_conf_set_rebalance_cb(*ret_conf, on_rebalance);
    rd_kafka_conf_set_offset_commit_cb(*ret_conf, on_commit);
    return GW_OK;
}

static enum gw_status subscribe(struct consumer *self, struct gw_error *reterr)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)self->sources.topic_count);
    rd_kafka_resp_err_t code;
    uint32_t index;

    for (index = 0; index < self->sources.topic_count; index++)
        rd_kafka_topic_partition_list_add(list, self->sources.topics[index].name, RD_KAFKA_PARTITION_UA);
    code = rd_kafka_subscribe(self->client, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return kafka_error(reterr, &self->watch, code, "subscribing in group %s", self->config->group);
    return GW_OK;
}

/* librdkafka before 2.3.0 aborts the process if a client is destroyed between the answer to JoinGroup and its first
 * assignment. Such a client leaves before it is destroyed (leaving.h). One that was fenced then cannot leave, and is no
 * member of the group any more, so it is left alone. */
static bool is_destroyable(const struct consumer *self)
{
    return rd_kafka_version() >= 0x02030000 || self->was_assigned ||
           rd_kafka_fatal_error(self->client, NULL, 0) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

static void destroy(struct consumer *self)
{
    if (is_destroyable(self))
        client_destroy(self->client, &self->watch);
    else
        client_abandon(self->client, &self->watch);
}

void membership_client_end(struct consumer *self)
{
    uint32_t index;

    for (index = 0; index < self->rebalance_count; index++)
        rd_kafka_topic_partition_list_destroy(self->rebalances[index].partitions);
    self->rebalance_count = 0;
    consumer_drop_batch(self, NULL);
    sources_forget_handles(&self->sources);
    if (self->queue != NULL) {
        rd_kafka_queue_io_event_enable(self->queue, -1, NULL, 0); /* the client may live longer than the eventfd */
        rd_kafka_queue_destroy(self->queue);
    }
    if (self->client != NULL)
        destroy(self);
    if (self->wake >= 0)
        (void)close(self->wake);
    self->queue = NULL;
    self->client = NULL;
    self->wake = -1;
}

static enum gw_status client_make(struct consumer *self, struct gw_error *reterr)
{
    static const uint64_t one = 1;
    rd_kafka_conf_t *conf = NULL;
    enum gw_status status = member_conf(self, &conf, reterr);

    if (status == GW_OK)
        status = kafka_client_new(RD_KAFKA_CONSUMER, conf, &self->client, reterr);
    if (status != GW_OK)
        return status;
    (void)rd_kafka_poll_set_consumer(self->client);
    self->queue = rd_kafka_queue_get_consumer(self->client);
    self->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (self->queue == NULL || self->wake < 0)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a Kafka consumer");
    rd_kafka_queue_io_event_enable(self->queue, self->wake, &one, sizeof one);
    return GW_OK;
}

enum gw_status membership_join(struct consumer *self, struct gw_error *reterr)
{
    enum gw_status status;

    if (self->client != NULL)
        return GW_OK;
    self->is_broken = false;
    self->was_assigned = false;
    self->trouble.status = GW_OK;
    status = client_make(self, reterr);
    if (status == GW_OK)
        status = subscribe(self, reterr);
    if (status != GW_OK)
        membership_client_end(self);
    return status;
}

/* ---- rebalances ------------------------------------------------------------------------------------------------ */

/* A source that was never reported to the core is not reported as closed. */
static enum gw_status close_source(struct consumer *self, struct source *source, struct gw_entrypoint_sink *sink,
                                   bool *ret_is_busy, struct gw_error *reterr)
{
    if (source->state != SOURCE_FOUND) {
        if (sink->closed(sink, source->name) != GW_OK)
            return gw_error_set(reterr, GW_NOMEM, "no memory to close %s", source->name.ptr);
        *ret_is_busy = true;
    }
    courtesy_forget(self, source);
    source->state = SOURCE_FOUND;
    return GW_OK;
}

/* The group is answered last, so that everything is done when another member gets the partitions. */
static enum gw_status serve_revoked(struct consumer *self, const rd_kafka_topic_partition_list_t *partitions,
                                    struct gw_entrypoint_sink *sink, bool *ret_is_busy, struct gw_error *reterr)
{
    bool is_lost = rd_kafka_assignment_lost(self->client) != 0;
    int index;

    if (!is_lost)
        courtesy_send(self);
    for (index = 0; index < partitions->cnt; index++) {
        const rd_kafka_topic_partition_t *item = &partitions->elems[index];
        struct source *source = sources_find(&self->sources, item->topic, item->partition);
        enum gw_status status = source != NULL ? close_source(self, source, sink, ret_is_busy, reterr) : GW_OK;

        if (status != GW_OK)
            return status;
    }
    if (is_lost)
        gw_host_log(self->host, GW_CODE_KAFKA_PARTITIONS_LOST,
                    "%d partitions were lost: the group had no heartbeat of this member in time, or their topic was "
                    "deleted; joining again",
                    partitions->cnt);
    unassign(self, partitions);
    for (index = 0; index < partitions->cnt; index++) {
        const rd_kafka_topic_partition_t *item = &partitions->elems[index];
        struct source *source = sources_find(&self->sources, item->topic, item->partition);

        if (source == NULL)
            continue;
        consumer_drop_batch(self, source);
        sources_remove(&self->sources, source);
    }
    return GW_OK;
}

/* librdkafka gets the cluster's id with its first metadata. TRANSIENT: it does not know the id yet. */
static enum gw_status serve_assigned(struct consumer *self, const rd_kafka_topic_partition_list_t *partitions,
                                     struct gw_error *reterr)
{
    char *cluster = rd_kafka_clusterid(self->client, 0);
    enum gw_status status = GW_OK;
    int index;

    if (cluster == NULL)
        return GW_TRANSIENT;
    for (index = 0; index < partitions->cnt && status == GW_OK; index++) {
        const rd_kafka_topic_partition_t *item = &partitions->elems[index];

        if (sources_find(&self->sources, item->topic, item->partition) == NULL &&
            sources_add(&self->sources, item->topic, item->partition, cluster, self->config->group) == NULL)
            status =
                gw_error_set(reterr, GW_NOMEM, "no memory for partition %d of %s", (int)item->partition, item->topic);
    }
    rd_kafka_mem_free(self->client, cluster);
    self->has_news = true;
    if (status == GW_OK)
        accept_assignment(self);
    return status;
}

static enum gw_status serve_rebalances(struct consumer *self, struct gw_entrypoint_sink *sink, bool *ret_is_busy,
                                       struct gw_error *reterr)
{
    while (self->rebalance_count > 0) {
        const struct rebalance *first = &self->rebalances[0];
        enum gw_status status = first->is_revoked ? serve_revoked(self, first->partitions, sink, ret_is_busy, reterr)
                                                  : serve_assigned(self, first->partitions, reterr);

        if (status != GW_OK)
            return status == GW_TRANSIENT ? GW_OK : status;
        rd_kafka_topic_partition_list_destroy(first->partitions);
        self->rebalance_count--;
        memmove(&self->rebalances[0], &self->rebalances[1], self->rebalance_count * sizeof self->rebalances[0]);
        self->trouble.status = GW_OK; /* the group has answered */
    }
    return GW_OK;
}

/* A doubtful source is closed and opened again, so that the core calls start for it. */
static enum gw_status report(struct consumer *self, struct source *source, struct gw_entrypoint_sink *sink,
                             bool *ret_is_busy, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    if (trouble_is_due(self, source)) {
        status = close_source(self, source, sink, ret_is_busy, reterr);
        if (status == GW_OK)
            consumer_drop_batch(self, source);
    }
    if (status != GW_OK)
        return status;
    if (source->state != SOURCE_FOUND)
        return GW_OK;
    source->trouble.kind = TROUBLE_NONE;
    if (sink->opened(sink, source->name) != GW_OK)
        return gw_error_set(reterr, GW_NOMEM, "no memory to open %s", source->name.ptr);
    source->state = SOURCE_OPENED;
    *ret_is_busy = true;
    return GW_OK;
}

enum gw_status membership_serve(struct consumer *self, struct gw_entrypoint_sink *sink, bool *ret_is_busy,
                                struct gw_error *reterr)
{
    enum gw_status status = serve_rebalances(self, sink, ret_is_busy, reterr);
    struct source *source = NULL;

    while (status == GW_OK && self->has_news && (source = sources_next(&self->sources, source)) != NULL)
        if (source->state == SOURCE_FOUND || trouble_is_due(self, source))
            status = report(self, source, sink, ret_is_busy, reterr);
    self->has_news = self->has_news && status != GW_OK;
    return status;
}

/* ---- fetching -------------------------------------------------------------------------------------------------- */

void membership_halt(struct consumer *self, struct source *source)
{
    rd_kafka_topic_partition_list_t *one = rd_kafka_topic_partition_list_new(1);

    rd_kafka_topic_partition_list_add(one, source->topic->name, source->partition);
    if (source->is_fetched)
        unassign(self, one);
    rd_kafka_topic_partition_list_destroy(one);
    consumer_drop_batch(self, source);
}

void membership_halt_all(struct consumer *self)
{
    rd_kafka_topic_partition_list_t *all = rd_kafka_topic_partition_list_new(8);
    struct source *source = NULL;

    while ((source = sources_next(&self->sources, source)) != NULL)
        if (source->is_fetched)
            rd_kafka_topic_partition_list_add(all, source->topic->name, source->partition);
    if (all->cnt > 0)
        unassign(self, all);
    rd_kafka_topic_partition_list_destroy(all);
}

/* A source that is already fetched is unassigned first: this is a seek that discards the messages in flight. */
enum gw_status membership_fetch(struct consumer *self, struct source *const *sources, uint32_t count,
                                struct gw_error *reterr)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    rd_kafka_error_t *error;
    uint32_t index;

    for (index = 0; index < count; index++) {
        membership_halt(self, sources[index]);
        rd_kafka_topic_partition_list_add(list, sources[index]->topic->name, sources[index]->partition)->offset =
            sources[index]->given;
    }
    error = rd_kafka_incremental_assign(self->client, list);
    rd_kafka_topic_partition_list_destroy(list);
    for (index = 0; index < count; index++)
        sources[index]->is_fetched = error == NULL;
    if (error == NULL)
        return GW_OK;
    (void)gw_error_set(reterr, GW_TRANSIENT, "starting to fetch: %s", rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    return GW_TRANSIENT;
}

/* ---- the end --------------------------------------------------------------------------------------------------- */

enum gw_status membership_end(struct consumer *self, struct gw_entrypoint_sink *sink, struct gw_error *reterr)
{
    struct source *source;
    bool is_busy = false;

    while ((source = sources_next(&self->sources, NULL)) != NULL) {
        enum gw_status status = close_source(self, source, sink, &is_busy, reterr);

        if (status != GW_OK)
            return status;
        sources_remove(&self->sources, source);
    }
    membership_client_end(self);
    return GW_OK;
}
