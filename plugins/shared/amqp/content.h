/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Assembles the frames of a content: the method (basic.deliver or basic.return), the header, and the pieces of the
 * body.
 *
 * The header claims how long the body is. The size is judged before any byte of the body is kept: a body up to the
 * limit gets one allocation of its exact size, a longer one keeps its first RABBIT_HEAD_MAX bytes, and its digest is
 * computed while it passes. A claim above what any RabbitMQ accepts is an error.
 *
 *     METHOD -> rabbit_assembly_begin -> HEADER, BODY ... -> rabbit_assembly_add -> a content
 *
 * One assembly per channel and thread. A content belongs to the caller, who frees it with free().
 */
#ifndef RABBIT_CONTENT_H
#define RABBIT_CONTENT_H

#include "frame.h"

#include <gangway/error.h>
#include <gangway/message.h>
#include <gangway/text.h>

#include <sodium.h>

#include <stdbool.h>
#include <stdint.h>

enum {
    RABBIT_HEAD_MAX = 4096,               /* of a body above the limit */
    RABBIT_CLAIM_MAX = 512 * 1024 * 1024, /* the longest body of RabbitMQ 3.10 to 4.x, whatever its configuration */
    RABBIT_CONTENT_METHOD_MAX = 4 + 12 + 4 * 256 /* of basic.deliver and basic.return: numbers and short strings */
};

/* A whole content. The texts point into its own memory. */
struct rabbit_content {
    struct gw_text method; /* the payload of the method frame, for rabbit_decode_method */
    struct gw_text header; /* the payload of the header frame, for rabbit_decode_properties */
    struct gw_text body;   /* whole, or its beginning when it is_oversized */
    uint64_t full_len;     /* of the body */
    bool is_oversized;
    uint8_t digest[GW_DIGEST_BYTES]; /* BLAKE2b-128 of the whole body, when it is_oversized */
    char bytes[];
};

struct rabbit_assembly {
    size_t max_body;                 /* bytes */
    bool is_open;                    /* a method came, and its content is not whole */
    struct rabbit_content *content;  /* after the header */
    uint64_t missing;                /* bytes of the body that are still to come */
    crypto_generichash_state *state; /* of an oversized body */
    size_t method_len;
    char method[RABBIT_CONTENT_METHOD_MAX];
};

/* An assembly for bodies up to max_body bytes. Allocates nothing. */
void rabbit_assembly_init(struct rabbit_assembly *assembly, size_t max_body);

/* Frees an unfinished content. The assembly can begin another one. */
void rabbit_assembly_reset(struct rabbit_assembly *assembly);

/* Begins a content with the payload of its method frame, which is copied. OK; TRANSIENT: the content before is not
 * whole, or the payload is longer than such a method can be. */
enum gw_status rabbit_assembly_begin(struct rabbit_assembly *assembly, struct gw_text method, struct gw_error *reterr);

/*
 * Adds a header or body frame.
 * OK: *ret_content is the content when the frame was its last one, and the caller's; else NULL.
 * TRANSIENT: the frame does not belong here, the body is longer than claimed, or the claim is above RABBIT_CLAIM_MAX.
 * The connection cannot be used any more. NOMEM: the same, because a part of the content is lost.
 */
enum gw_status rabbit_assembly_add(struct rabbit_assembly *assembly, const struct rabbit_frame *frame,
                                   struct rabbit_content **ret_content, struct gw_error *reterr);

#endif
