/* SPDX-License-Identifier: Apache-2.0 */
/* Classifies errors, and decides when to try again. See trouble.h. */
#include "trouble.h"

#include "membership.h"

enum { AGAIN_FIRST_MS = 1000, AGAIN_MAX_MS = 30000, QUIET_MS = 60000 };

/*
 * DAMAGE: librdkafka cannot read a record set. It may deliver later records and skip some. DOUBT: the topic was deleted
 * and perhaps recreated, retention was faster than this reader, or a right was revoked.
 */
enum source_trouble trouble_of(rd_kafka_resp_err_t code)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
    case RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED:
    case RD_KAFKA_RESP_ERR__UNDERFLOW:
        return TROUBLE_DAMAGE;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        return TROUBLE_DOUBT;
    default:
        return TROUBLE_NONE;
    }
}

/* After a time without trouble the wait is short again: a doubt is then checked at once. */
static int64_t next_wait_ms(const struct trouble *trouble, enum source_trouble kind, int64_t now_ms)
{
    int64_t doubled = trouble->wait_ms * 2 > AGAIN_FIRST_MS ? trouble->wait_ms * 2 : AGAIN_FIRST_MS;

    if (trouble->noted_ms == 0 || now_ms - trouble->noted_ms >= QUIET_MS)
        return kind == TROUBLE_DOUBT ? 0 : AGAIN_FIRST_MS;
    return doubled < AGAIN_MAX_MS ? doubled : AGAIN_MAX_MS;
}

static void log_trouble(struct consumer *self, struct source *source, const char *reason)
{
    if (source->trouble.kind == TROUBLE_DAMAGE)
        gw_host_log(
            self->host, GW_CODE_KAFKA_UNREADABLE,
            "source %s: the records behind offset %lld cannot be read: %s; they are fetched again every few seconds; "
            "other partitions are not affected",
            source->name.ptr, (long long)source->given - 1, reason);
    else
        gw_host_log(self->host, GW_CODE_KAFKA_RECHECK,
                    "source %s is compared with its stored position before it is read further: %s", source->name.ptr,
                    reason);
}

void trouble_note(struct consumer *self, struct source *source, enum source_trouble kind, const char *reason)
{
    struct trouble *trouble = &source->trouble;
    int64_t now_ms = self->host->monotonic_ms(self->host);

    if (source->state != SOURCE_RUNNING || trouble->kind >= kind)
        return;
    trouble->wait_ms = next_wait_ms(trouble, kind, now_ms);
    trouble->due_ms = now_ms + trouble->wait_ms;
    trouble->noted_ms = now_ms;
    trouble->kind = kind;
    self->has_trouble = true;
    self->has_news = self->has_news || trouble_is_due(self, source);
    if (gw_log_pace_is_due(&trouble->pace, now_ms))
        log_trouble(self, source, reason);
}

bool trouble_is_due(const struct consumer *self, const struct source *source)
{
    return source->trouble.kind == TROUBLE_DOUBT && source->state == SOURCE_RUNNING &&
           self->host->monotonic_ms(self->host) >= source->trouble.due_ms;
}

static enum gw_status serve_damage(struct consumer *self, struct source *source, int64_t now_ms,
                                   struct gw_error *reterr)
{
    enum gw_status status;

    if (source->is_fetched)
        membership_halt(self, source);
    if (now_ms < source->trouble.due_ms)
        return GW_OK;
    status = membership_fetch(self, &source, 1, reterr);
    if (status == GW_OK)
        source->trouble.kind = TROUBLE_NONE;
    return status;
}

enum gw_status trouble_serve(struct consumer *self, struct gw_error *reterr)
{
    int64_t now_ms = self->host->monotonic_ms(self->host);
    enum gw_status status = GW_OK;
    struct source *source = NULL;

    if (!self->has_trouble)
        return GW_OK;
    self->has_trouble = false;
    while (status == GW_OK && (source = sources_next(&self->sources, source)) != NULL) {
        if (source->trouble.kind == TROUBLE_NONE || source->state != SOURCE_RUNNING)
            continue;
        self->has_trouble = true;
        self->has_news = self->has_news || trouble_is_due(self, source);
        if (source->trouble.kind == TROUBLE_DAMAGE)
            status = serve_damage(self, source, now_ms, reterr);
    }
    self->has_trouble = self->has_trouble || status != GW_OK;
    return status;
}
