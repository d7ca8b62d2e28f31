/* SPDX-License-Identifier: Apache-2.0 */
/* Assembles contents in one allocation each: method, header and body behind each other. See content.h. */
#include "content.h"

#include <gangway/scope.h>

#include <stdlib.h>
#include <string.h>

enum { SIZE_AT = 4 /* of a header: where the size of the body is */ };

void rabbit_assembly_init(struct rabbit_assembly *assembly, size_t max_body)
{
    *assembly = (struct rabbit_assembly){.max_body = max_body};
}

void rabbit_assembly_reset(struct rabbit_assembly *assembly)
{
    free(assembly->content);
    free(assembly->state);
    assembly->content = NULL;
    assembly->state = NULL;
    assembly->is_open = false;
}

enum gw_status rabbit_assembly_begin(struct rabbit_assembly *assembly, struct gw_text method, struct gw_error *reterr)
{
    if (assembly->is_open)
        return gw_error_set(reterr, GW_TRANSIENT, "a method in the middle of a message");
    if (method.len > sizeof assembly->method)
        return gw_error_set(reterr, GW_TRANSIENT, "a method of %llu bytes", (unsigned long long)method.len);
    assembly->is_open = true;
    assembly->method_len = (size_t)method.len;
    memcpy(assembly->method, method.ptr, assembly->method_len);
    return GW_OK;
}

/* Copies bytes behind those that were copied before. */
static struct gw_text keep(char **at, const char *bytes, size_t len)
{
    struct gw_text kept = gw_text_span(*at, len);

    memcpy(*at, bytes, len);
    *at += len;
    return kept;
}

/* The state of a digest has an alignment that malloc does not give. */
static bool begin_digest(struct rabbit_assembly *assembly)
{
    const size_t alignment = _Alignof(crypto_generichash_state);
    const size_t size = (sizeof *assembly->state + alignment - 1) / alignment * alignment;

    assembly->state = aligned_alloc(alignment, size);
    return assembly->state != NULL && crypto_generichash_init(assembly->state, NULL, 0, GW_DIGEST_BYTES) == 0;
}

static enum gw_status take_header(struct rabbit_assembly *assembly, struct gw_text header, struct gw_error *reterr)
{
    const uint64_t claimed = rabbit_u64(header.ptr + SIZE_AT);
    const bool is_oversized = claimed > assembly->max_body;
    const size_t kept = is_oversized && claimed > RABBIT_HEAD_MAX ? RABBIT_HEAD_MAX : (size_t)claimed;
    struct rabbit_content *content;
    char *at;

    if (claimed > RABBIT_CLAIM_MAX)
        return gw_error_set(reterr, GW_TRANSIENT, "a message that claims to have %llu bytes",
                            (unsigned long long)claimed);
    content = malloc(sizeof *content + assembly->method_len + (size_t)header.len + kept);
    if (content == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a message of %llu bytes", (unsigned long long)claimed);
    *content = (struct rabbit_content){.full_len = claimed, .is_oversized = is_oversized};
    at = content->bytes;
    content->method = keep(&at, assembly->method, assembly->method_len);
    content->header = keep(&at, header.ptr, (size_t)header.len);
    content->body = gw_text_span(at, 0);
    assembly->content = content;
    assembly->missing = claimed;
    if (is_oversized && !begin_digest(assembly))
        return gw_error_set(reterr, GW_NOMEM, "no memory for the digest of a message");
    return GW_OK;
}

static enum gw_status take_body(struct rabbit_assembly *assembly, struct gw_text piece, struct gw_error *reterr)
{
    struct rabbit_content *content = assembly->content;
    uint64_t kept = piece.len;

    if (piece.len > assembly->missing)
        return gw_error_set(reterr, GW_TRANSIENT, "a message that is longer than the %llu bytes of its header",
                            (unsigned long long)content->full_len);
    assembly->missing -= piece.len;
    if (content->is_oversized) {
        const uint64_t room = content->body.len < RABBIT_HEAD_MAX ? RABBIT_HEAD_MAX - content->body.len : 0;

        (void)crypto_generichash_update(assembly->state, (const unsigned char *)piece.ptr, piece.len);
        kept = kept < room ? kept : room;
    }
    memcpy(content->bytes + (content->body.ptr - content->bytes) + content->body.len, piece.ptr, (size_t)kept);
    content->body.len += kept;
    return GW_OK;
}

static struct rabbit_content *finish(struct rabbit_assembly *assembly)
{
    struct rabbit_content *content = gw_take(assembly->content);

    if (content->is_oversized)
        (void)crypto_generichash_final(assembly->state, content->digest, sizeof content->digest);
    rabbit_assembly_reset(assembly);
    return content;
}

enum gw_status rabbit_assembly_add(struct rabbit_assembly *assembly, const struct rabbit_frame *frame,
                                   struct rabbit_content **ret_content, struct gw_error *reterr)
{
    const bool expects_body = assembly->content != NULL;
    enum gw_status status;

    *ret_content = NULL;
    if (!assembly->is_open || frame->type != (expects_body ? RABBIT_BODY : RABBIT_HEADER))
        return gw_error_set(reterr, GW_TRANSIENT, "a frame of type %u where none belongs", (unsigned)frame->type);
    status = expects_body ? take_body(assembly, frame->payload, reterr) : take_header(assembly, frame->payload, reterr);
    if (status == GW_OK && assembly->missing == 0)
        *ret_content = finish(assembly);
    return status;
}
