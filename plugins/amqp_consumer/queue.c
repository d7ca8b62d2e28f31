/* SPDX-License-Identifier: Apache-2.0 */
/* A queue is looked at, or declared, on the side channel before it is consumed, so that one that is missing does not
 * end the connection of the others. See queue.h. */
#include "queue.h"

#include "tag.h"

#include <gangway/event_code.h>
#include <gangway/scope.h>

#include <string.h>

enum { RETRY_MS = 5000, AFTER_CANCEL_MS = 500 };

static amqp_bytes_t bytes_of(const char *text)
{
    return (amqp_bytes_t){.len = strlen(text), .bytes = (void *)text};
}

static const char *name_of(const struct consumer *self, uint64_t index)
{
    return self->config->queues.items[index].key;
}

static int64_t now(const struct consumer *self)
{
    return self->host->monotonic_ms(self->host);
}

/* ---- look and declare ---- */

static enum gw_status ask(struct consumer *self, amqp_queue_declare_t *request, amqp_method_t *ret_answer,
                          struct gw_error *reterr)
{
    struct gw_error error = {0};
    enum gw_status status =
        rabbit_link_ask(&self->link, AMQP_QUEUE_DECLARE_METHOD, request, AMQP_QUEUE_DECLARE_OK_METHOD,
                        rabbit_broker_deadline(&self->broker), ret_answer, &error);

    if (status == GW_OK)
        return GW_OK;
    return gw_error_wrap(reterr, &error, "queue %.*s", (int)request->queue.len, (const char *)request->queue.bytes);
}

enum gw_status queue_look(struct consumer *self, uint64_t index, uint32_t *ret_messages, uint32_t *ret_consumers,
                          struct gw_error *reterr)
{
    amqp_queue_declare_t request = {.queue = bytes_of(name_of(self, index)), .passive = 1};
    const amqp_queue_declare_ok_t *found;
    amqp_method_t answer;
    enum gw_status status = ask(self, &request, &answer, reterr);

    if (status != GW_OK)
        return status;
    found = answer.decoded;
    *ret_messages = found->message_count;
    *ret_consumers = found->consumer_count;
    return GW_OK;
}

static amqp_table_entry_t text_argument(const char *name, const char *value)
{
    return (amqp_table_entry_t){.key = bytes_of(name),
                                .value = {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = bytes_of(value)}};
}

enum gw_status queue_declare(struct consumer *self, uint64_t index, struct gw_error *reterr)
{
    const struct consumer_config *config = self->config;
    amqp_table_entry_t arguments[3];
    amqp_queue_declare_t request = {.queue = bytes_of(name_of(self, index)), .durable = 1};
    int count = 0;

    arguments[count++] = text_argument("x-queue-type", config->queue_type == CONSUMER_QUORUM ? "quorum" : "classic");
    if (config->dead_letter_exchange != NULL)
        arguments[count++] = text_argument("x-dead-letter-exchange", config->dead_letter_exchange);
    if (config->single_active)
        arguments[count++] = (amqp_table_entry_t){.key = bytes_of("x-single-active-consumer"),
                                                  .value = {.kind = AMQP_FIELD_KIND_BOOLEAN, .value.boolean = 1}};
    request.arguments = (amqp_table_t){count, arguments};
    return ask(self, &request, NULL, reterr);
}

/* ---- consume ---- */

static enum gw_status consume(struct consumer *self, uint64_t index, struct gw_error *reterr)
{
    char tag[CONSUMER_TAG_MAX];
    amqp_basic_consume_t request = {.queue = bytes_of(name_of(self, index))};
    struct gw_error error = {0};
    enum gw_status status;

    consumer_tag_write(index, tag);
    request.consumer_tag = bytes_of(tag);
    self->queues[index].is_consumed = true; /* before the answer: a cancel may follow it at once */
    self->consumed++;
    status = rabbit_link_call(&self->link, RABBIT_CHANNEL, AMQP_BASIC_CONSUME_METHOD, &request,
                              AMQP_BASIC_CONSUME_OK_METHOD, rabbit_broker_deadline(&self->broker), NULL, &error);
    return status == GW_OK ? GW_OK : gw_error_wrap(reterr, &error, "queue %s", name_of(self, index));
}

/* Logs the first failure of a queue, not those that follow. */
static void note_absent(struct consumer *self, uint64_t index, const struct gw_error *error)
{
    struct consumer_queue *queue = &self->queues[index];

    if (!queue->is_missing)
        gw_host_log(self->host, GW_CODE_AMQP_QUEUE_MISSING, "%s; looking again every %d s, reading the other queues",
                    error->text, RETRY_MS / 1000);
    queue->is_missing = true;
    queue->is_awaited = true;
    queue->retry_ms = now(self) + RETRY_MS;
    self->absent = *error;
}

static void note_consumed(struct consumer *self, uint64_t index)
{
    struct consumer_queue *queue = &self->queues[index];

    if (queue->is_awaited)
        gw_host_log(self->host, GW_CODE_AMQP_QUEUE_CONSUMED, "queue %s is consumed again", name_of(self, index));
    queue->is_awaited = false;
    queue->is_missing = false;
}

/* OK, also for a queue that is missing; else why the connection ended. */
static enum gw_status begin(struct consumer *self, uint64_t index, struct gw_error *reterr)
{
    struct gw_error error = {0};
    uint32_t messages;
    uint32_t consumers;
    enum gw_status status = self->config->declare ? queue_declare(self, index, &error)
                                                  : queue_look(self, index, &messages, &consumers, &error);

    if (status != GW_OK && rabbit_link_is_open(&self->link)) {
        note_absent(self, index, &error);
        return GW_OK;
    }
    if (status == GW_OK)
        status = consume(self, index, &error);
    if (status == GW_OK)
        note_consumed(self, index);
    else if (reterr != NULL)
        *reterr = error;
    return status;
}

enum gw_status queues_consume(struct consumer *self, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (uint64_t index = 0; index < self->config->queues.count && status == GW_OK; index++)
        if (!self->queues[index].is_consumed && self->queues[index].retry_ms <= now(self))
            status = begin(self, index, reterr);
    if (status != GW_OK || self->consumed > 0)
        return status;
    return gw_error_wrap(reterr, &self->absent, "no queue can be read");
}

void queues_forget(struct consumer *self)
{
    for (uint64_t index = 0; index < self->config->queues.count; index++) {
        self->queues[index].is_consumed = false;
        self->queues[index].retry_ms = 0;
    }
    self->consumed = 0;
}

/* ---- cancel ---- */

void queue_cancelled(struct consumer *self, uint64_t index)
{
    struct consumer_queue *queue = &self->queues[index];

    if (!queue->is_consumed)
        return;
    queue->is_consumed = false;
    queue->retry_ms = now(self) + AFTER_CANCEL_MS;
    self->consumed--;
    gw_host_log(self->host, GW_CODE_AMQP_CANCELLED,
                "the broker cancelled the consumer of queue %s, which was deleted or has moved; consuming again",
                name_of(self, index));
    queue->is_awaited = true;
    self->absent = (struct gw_error){0};
}

enum gw_status queues_cancel(struct consumer *self, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (uint64_t index = 0; index < self->config->queues.count && status == GW_OK; index++) {
        char tag[CONSUMER_TAG_MAX];
        amqp_basic_cancel_t cancel = {.nowait = 1};

        consumer_tag_write(index, tag);
        cancel.consumer_tag = bytes_of(tag);
        if (self->queues[index].is_consumed)
            status = rabbit_link_send(&self->link, AMQP_BASIC_CANCEL_METHOD, &cancel, reterr);
    }
    return status;
}
