/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answer: what a server sends back, up to a limit. The transfer of a longer one ends at the limit (client.h). For HTTP
 * the head decides whether a request was answered, however its body ends. Belongs to one transfer, on one thread.
 */
#ifndef CURL_ANSWER_H
#define CURL_ANSWER_H

#include <curl/curl.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CURL_ANSWER_LIMIT = 256 * 1024 }; /* of head and body together */

struct curl_answer {
    CURL *easy;
    size_t kept_len;
    uint64_t bytes;               /* of head and body */
    bool has_head;                /* the final head is complete, so the status of the server is known */
    bool is_too_long;             /* the limit was exceeded, and the rest was not read */
    int64_t head_ms;              /* when has_head was first seen by the client; 0: not yet */
    char kept[CURL_ANSWER_LIMIT]; /* the body; the last member */
};

/* Empties the answer and makes it the receiver of this transfer's bytes, until it has ended. */
void curl_answer_receive(struct curl_answer *answer, CURL *easy);

/* The status code of the server; 0: there is none yet. */
long curl_answer_code(const struct curl_answer *answer);

/* The pause that the header Retry-After asks for, in milliseconds; 0: none. See retry_after.h. */
int64_t curl_answer_retry_after_ms(const struct curl_answer *answer, int64_t unix_ms);

#endif
