/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a server of a webhook or of Slack sends back: the first line is a Retry-After header, the rest a body. A pause
 * is at most an hour; the line that people read ends inside of its room, is one line of UTF-8 and shows no secret; a
 * body counts as sent only for the status 200; and a cut text has at most so many characters and ends between two.
 */
#include "fuzz.h"

#include "curl/redaction.h"
#include "curl/retry_after.h"
#include "message.h"
#include "reply.h"

#include <gangway/sdk/utf8.h>

#include <string.h>

enum { ROOM = 80, CHARACTERS = 16 };

/* Begins with a letter that ends no escape. */
static const char secret[] = "Zanary-4711";

static void check_line(struct gw_text body, bool is_part)
{
    struct redaction redaction = {0};
    char line[ROOM];
    size_t len;

    memset(line, 'x', sizeof line);
    fuzz_promise(redaction_add(&redaction, gw_text_of(secret)));
    redaction_write(&redaction, body, is_part, line, sizeof line);
    fuzz_promise(memchr(line, '\0', sizeof line) != NULL);
    len = strlen(line);
    fuzz_promise(gw_utf8_valid_len(gw_text_span(line, len)) == len);
    fuzz_promise(strstr(line, secret) == NULL);
    for (size_t i = 0; i < len; i++)
        fuzz_promise((unsigned char)line[i] >= ' ' && line[i] != 0x7f);
    redaction_done(&redaction);
}

static void check_reply(struct gw_text body)
{
    fuzz_promise(reply_of_webhook(404, body).meaning != REPLY_SENT);
    fuzz_promise(reply_of_api(500, body).meaning != REPLY_SENT);
    fuzz_promise(memchr(reply_of_webhook(200, body).word, '\0', REPLY_WORD_MAX) != NULL);
    fuzz_promise(memchr(reply_of_api(200, body).word, '\0', REPLY_WORD_MAX) != NULL);
}

static void check_cut(struct gw_text body)
{
    size_t len = message_cut(body, CHARACTERS);

    fuzz_promise(len <= body.len);
    fuzz_promise(len == body.len || len + sizeof "&amp;" > CHARACTERS);
    if (gw_utf8_valid_len(body) == body.len)
        fuzz_promise(gw_utf8_valid_len(gw_text_span(body.ptr, len)) == len);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const char *text = (const char *)bytes;
    const char *end = len > 0 ? memchr(text, '\n', len) : NULL;
    size_t line = end != NULL ? (size_t)(end - text) : len;
    size_t rest = end != NULL ? line + 1 : len;
    struct gw_text body = gw_text_span(text + rest, len - rest);
    int64_t pause_ms = curl_retry_after_ms(gw_text_span(text, line), 1767225600000);

    fuzz_promise(pause_ms >= 0 && pause_ms <= CURL_RETRY_AFTER_MAX_MS);
    check_line(body, false);
    check_line(body, true);
    check_reply(body);
    check_cut(body);
    return 0;
}
