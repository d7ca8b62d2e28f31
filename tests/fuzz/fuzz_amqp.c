/* SPDX-License-Identifier: Apache-2.0 */
/* What an AMQP broker sends: frames do not depend on how their bytes arrive; deliveries and returned events are as long
 * as their headers claim, or their beginning is; whatever is decoded lies inside of the bytes; headers become texts,
 * and nested ones JSON. The bytes are an AMQP URL, too. */
#include "fuzz.h"

#include "amqp/address.h"
#include "amqp/content.h"
#include "amqp/decode.h"
#include "amqp/headers.h"

#include <gangway/sdk/utf8.h>

#include <stdbool.h>
#include <string.h>

enum { FRAME_MAX = RABBIT_FRAME_MAX_LEAST, MAX_BODY = 64, POOL_PAGE = 4096 };

static bool is_inside(struct gw_text outer, amqp_bytes_t inner)
{
    const char *begin = inner.bytes;

    return inner.len == 0 || (begin >= outer.ptr && begin + inner.len <= outer.ptr + outer.len);
}

/* Texts are borrowed; what was written for other values is among the texts. */
static void check_header(struct gw_text payload, const struct rabbit_headers *headers, const amqp_table_entry_t *entry,
                         const struct gw_header *header)
{
    const struct gw_text texts = gw_text_span(headers->texts.ptr, headers->texts.len);
    const amqp_bytes_t value = {.len = (size_t)header->value.len, .bytes = (void *)(uintptr_t)header->value.ptr};
    const bool is_text = entry->value.kind == AMQP_FIELD_KIND_UTF8 || entry->value.kind == AMQP_FIELD_KIND_BYTES;
    const bool is_nested = entry->value.kind == AMQP_FIELD_KIND_TABLE || entry->value.kind == AMQP_FIELD_KIND_ARRAY;

    fuzz_promise(gw_text_equal(header->name, gw_text_span(entry->key.bytes, entry->key.len)));
    fuzz_promise(is_inside(is_text ? payload : texts, value));
    if (is_text)
        return;
    fuzz_promise(gw_utf8_valid_len(header->value) == header->value.len);
    if (is_nested)
        fuzz_promise(header->value.len >= 2 && strchr("{[", header->value.ptr[0]) != NULL &&
                     strchr("}]", header->value.ptr[header->value.len - 1]) != NULL);
}

static void check_headers(struct gw_text payload, const amqp_table_t *table)
{
    struct rabbit_headers headers = {0};

    fuzz_promise(rabbit_headers_read(&headers, table));
    fuzz_promise(headers.count == (size_t)table->num_entries);
    for (size_t index = 0; index < headers.count; index++)
        check_header(payload, &headers, &table->entries[index], &headers.items[index]);
    rabbit_headers_done(&headers);
}

static void check_return(struct gw_text payload, amqp_pool_t *pool)
{
    amqp_method_t method;

    fuzz_promise(rabbit_decode_method(payload, pool, &method, NULL) == GW_OK);
    if (method.id != AMQP_BASIC_RETURN_METHOD)
        return;
    fuzz_promise(is_inside(payload, ((const amqp_basic_return_t *)method.decoded)->reply_text));
    fuzz_promise(is_inside(payload, ((const amqp_basic_return_t *)method.decoded)->routing_key));
}

static void check_content(struct rabbit_content *content, amqp_pool_t *pool)
{
    const amqp_basic_properties_t *properties;

    fuzz_promise(content->is_oversized == (content->full_len > MAX_BODY));
    fuzz_promise(content->body.len ==
                 (content->is_oversized && content->full_len > RABBIT_HEAD_MAX ? RABBIT_HEAD_MAX : content->full_len));
    if (rabbit_decode_properties(content->header, pool, &properties, NULL) == GW_OK) {
        for (int index = 0; index < properties->headers.num_entries; index++)
            fuzz_promise(is_inside(content->header, properties->headers.entries[index].key));
        check_headers(content->header, &properties->headers);
        if ((properties->_flags & AMQP_BASIC_MESSAGE_ID_FLAG) != 0)
            fuzz_promise(is_inside(content->header, properties->message_id));
    }
    check_return(content->method, pool);
    free(content);
}

static enum gw_status take(struct rabbit_assembly *assembly, const struct rabbit_frame *frame, amqp_pool_t *pool)
{
    struct rabbit_content *content = NULL;
    amqp_method_t method;
    enum gw_status status;

    recycle_amqp_pool(pool);
    if (frame->type == RABBIT_HEARTBEAT)
        return GW_OK;
    if (frame->type == RABBIT_METHOD) {
        status = rabbit_decode_method(frame->payload, pool, &method, NULL);
        return status == GW_OK && (method.id == AMQP_BASIC_DELIVER_METHOD || method.id == AMQP_BASIC_RETURN_METHOD)
                   ? rabbit_assembly_begin(assembly, frame->payload, NULL)
                   : status;
    }
    status = rabbit_assembly_add(assembly, frame, &content, NULL);
    if (content != NULL)
        check_content(content, pool);
    return status;
}

/* Takes frames until one is refused, and returns how many. */
static size_t take_all(struct gw_text bytes)
{
    struct rabbit_assembly assembly;
    struct rabbit_frame frame;
    amqp_pool_t pool;
    size_t count = 0;

    rabbit_assembly_init(&assembly, MAX_BODY);
    init_amqp_pool(&pool, POOL_PAGE);
    while (rabbit_frame_take(&bytes, FRAME_MAX, &frame, NULL) == GW_OK && frame.type != RABBIT_NO_FRAME) {
        count++;
        if (take(&assembly, &frame, &pool) != GW_OK)
            break;
    }
    rabbit_assembly_reset(&assembly);
    empty_amqp_pool(&pool);
    return count;
}

/* A beginning of a frame is never refused where the whole is none, and never taken. */
static void check_beginnings(struct gw_text bytes)
{
    struct gw_text rest = bytes;
    struct rabbit_frame frame;
    bool is_frame = rabbit_frame_take(&rest, FRAME_MAX, &frame, NULL) == GW_OK && frame.type != RABBIT_NO_FRAME;

    for (uint64_t len = 0; is_frame && len < frame.payload.len + RABBIT_FRAME_EXTRA; len++) {
        struct gw_text beginning = gw_text_span(bytes.ptr, len);
        struct rabbit_frame none;

        fuzz_promise(rabbit_frame_take(&beginning, FRAME_MAX, &none, NULL) == GW_OK && none.type == RABBIT_NO_FRAME);
        fuzz_promise(beginning.len == len);
    }
}

static void check_url(const uint8_t *bytes, size_t len)
{
    char *url = malloc(len + 1);
    struct rabbit_address address;

    fuzz_promise(url != NULL);
    memcpy(url, bytes, len);
    url[len] = '\0';
    if (rabbit_address_read(url, &address, NULL) == GW_OK) {
        fuzz_promise(address.host[0] != '\0' && address.vhost[0] != '\0' && address.port[0] != '\0');
        fuzz_promise(address.user == NULL || address.user[0] != '\0');
        fuzz_promise(address.password == NULL || address.user != NULL);
        rabbit_address_done(&address);
    }
    free(url);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct gw_text text = gw_text_span((const char *)bytes, len);

    (void)take_all(text);
    check_beginnings(text);
    if (len > 0)
        check_url(bytes, len);
    return 0;
}
