/* SPDX-License-Identifier: Apache-2.0 */
/* A POST and its answer. See post.h. */
#include "post.h"

#include "status.h"

#include <gangway/sdk/buffer.h>

#include <stdio.h>

enum { HEADER_MAX = 64 * 1024, PAUSE_FIRST_MS = 1000, PAUSE_LONGEST_MS = 60000 };

bool curl_post_header(struct curl_slist **headers, const char *name, const char *value)
{
    struct curl_slist *longer = NULL;
    struct gw_buffer line;

    gw_buffer_init(&line, HEADER_MAX);
    gw_buffer_append_format(&line, "%s: %s", name, value);
    if (!line.has_failed)
        longer = curl_slist_append(*headers, line.ptr);
    gw_buffer_done(&line);
    if (longer == NULL)
        return false;
    *headers = longer;
    return true;
}

static CURLcode set_login(CURL *easy, const struct curl_post *post)
{
    CURLcode code = curl_easy_setopt(easy, CURLOPT_USERNAME, post->user);

    return code == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_PASSWORD, post->password) : code;
}

/* Sets the same options each time, as curl_client_begin_again requires. */
static CURLcode set_request(CURL *easy, const struct curl_post *post)
{
    CURLcode code = curl_easy_setopt(easy, CURLOPT_URL, post->url);

    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_POST, 1L);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)post->body.len);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_POSTFIELDS, post->body.len > 0 ? post->body.ptr : "");
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_HTTPHEADER, post->headers);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_USERAGENT, "gangway");
    /* One request at a time gains nothing from HTTP/2. */
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    return code == CURLE_OK ? set_login(easy, post) : code;
}

enum gw_status curl_post(struct curl_client *client, const struct curl_post *post, struct curl_answer *answer,
                         int64_t deadline_ms, const char *doing, struct gw_error *reterr)
{
    CURL *easy;
    enum gw_status status = curl_client_begin_again(client, &easy, reterr);
    CURLcode code;

    if (status != GW_OK)
        return status;
    curl_answer_receive(answer, easy);
    code = set_request(easy, post);
    if (code != CURLE_OK)
        return gw_error_set(reterr, curl_status(code), "%s: %s", doing, curl_easy_strerror(code));
    return curl_client_perform(client, answer, deadline_ms, doing, reterr);
}

bool curl_post_is_unanswered(const struct curl_client *client, enum gw_status status)
{
    long sent = 0; /* bytes of the head of the request */

    return status == GW_TRANSIENT && client->has_run && client->easy != NULL &&
           curl_easy_getinfo(client->easy, CURLINFO_REQUEST_SIZE, &sent) == CURLE_OK && sent > 0;
}

void curl_post_describe(const struct curl_client *client, const struct curl_answer *answer, char *ret_text, size_t size)
{
    struct gw_text text = gw_text_span(answer->kept, answer->kept_len);
    bool is_part = client->code != CURLE_OK;
    long code = curl_answer_code(answer);
    int used = snprintf(ret_text, size, "HTTP %ld", code);
    struct curl_header *location;

    if (code / 100 == 3 && curl_easy_header(answer->easy, "Location", 0, CURLH_HEADER, -1, &location) == CURLHE_OK) {
        used += snprintf(ret_text + used, size - (size_t)used, ", redirects are not followed");
        text = gw_text_of(location->value);
        is_part = false;
    }
    if (text.len == 0)
        return;
    used += snprintf(ret_text + used, size - (size_t)used, ": ");
    redaction_write(&client->redaction, text, is_part, ret_text + used, size - (size_t)used);
}

static int32_t longer_pause_ms(struct curl_pause *pause)
{
    int32_t twice_ms = pause->own_ms * 2;

    pause->own_ms = twice_ms == 0 ? PAUSE_FIRST_MS : twice_ms < PAUSE_LONGEST_MS ? twice_ms : PAUSE_LONGEST_MS;
    return pause->own_ms;
}

int32_t curl_pause_ms(struct curl_pause *pause, const struct curl_answer *answer, bool is_busy, int64_t unix_ms)
{
    int64_t asked_ms = curl_answer_retry_after_ms(answer, unix_ms);

    if (asked_ms > 0)
        return (int32_t)asked_ms;
    if (is_busy)
        return longer_pause_ms(pause);
    pause->own_ms = 0;
    return 0;
}

void curl_post_judge_unanswered(const struct curl_client *client, struct curl_pause *pause,
                                const struct gw_error *error, struct gw_verdict *ret_verdict)
{
    ret_verdict->status = GW_TRANSIENT;
    ret_verdict->retry_after_ms = longer_pause_ms(pause);
    redaction_write(&client->redaction, gw_text_of(error->text), false, ret_verdict->answer,
                    sizeof ret_verdict->answer);
}

bool curl_pause_is_busy(long code)
{
    return code == 429 || code == 502 || code == 503 || code == 504;
}
