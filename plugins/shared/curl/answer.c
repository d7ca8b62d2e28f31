/* SPDX-License-Identifier: Apache-2.0 */
/* Receives the bytes of an answer. See answer.h. */
#include "answer.h"

#include "retry_after.h"

#include <gangway/text.h>

#include <string.h>

enum { FINAL_CODE = 200 }; /* heads below are interim (RFC 9110, section 15.2) */

/* Whether the transfer may go on. libcurl ends it when a callback returns another number than that of its bytes. */
static bool count(struct curl_answer *answer, size_t len)
{
    answer->bytes += len;
    answer->is_too_long = answer->bytes > CURL_ANSWER_LIMIT;
    return !answer->is_too_long;
}

static size_t on_body(char *bytes, size_t size, size_t number, void *opaque)
{
    struct curl_answer *answer = opaque;
    size_t len = size * number;
    size_t room = sizeof answer->kept - answer->kept_len;
    size_t kept = len < room ? len : room;

    memcpy(answer->kept + answer->kept_len, bytes, kept);
    answer->kept_len += kept;
    return count(answer, len) ? len : 0;
}

/* An empty line ends a head. libcurl 7.88 has no limit of its own for heads. */
static size_t on_head(char *bytes, size_t size, size_t number, void *opaque)
{
    struct curl_answer *answer = opaque;
    size_t len = size * number;

    if (len > 0 && (bytes[0] == '\r' || bytes[0] == '\n') && curl_answer_code(answer) >= FINAL_CODE)
        answer->has_head = true;
    return count(answer, len) ? len : 0;
}

void curl_answer_receive(struct curl_answer *answer, CURL *easy)
{
    memset(answer, 0, offsetof(struct curl_answer, kept)); /* the bytes themselves are a quarter of a megabyte */
    answer->easy = easy;
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, answer);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, answer);
}

long curl_answer_code(const struct curl_answer *answer)
{
    long code = 0;

    (void)curl_easy_getinfo(answer->easy, CURLINFO_RESPONSE_CODE, &code);
    return code;
}

int64_t curl_answer_retry_after_ms(const struct curl_answer *answer, int64_t unix_ms)
{
    struct curl_header *header = NULL;

    if (curl_easy_header(answer->easy, "Retry-After", 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return 0;
    return curl_retry_after_ms(gw_text_of(header->value), unix_ms);
}
