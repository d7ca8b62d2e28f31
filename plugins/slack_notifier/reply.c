/* SPDX-License-Identifier: Apache-2.0 */
/* Slack's words. See reply.h. */
#include "reply.h"

#include <jansson.h>
#include <string.h>

struct word {
    const char *word;
    enum reply_meaning meaning;
};

/*
 * From the documents of incoming webhooks and of chat.postMessage.
 *
 * OPERATOR: about the token, the app, the workspace or the channel, none of which a notice chooses. All notices wait,
 * so that a revoked token is one error in the log and not a dead letter for each notice. NEVER: about the message. The
 * same message gets the same answer. UNTHREADED: about the thread. AGAIN: about Slack; it may pass. BUSY: too many
 * messages.
 */
static const struct word words[] = {
    {"access_denied", REPLY_OPERATOR},
    {"accesslimited", REPLY_OPERATOR},
    {"account_inactive", REPLY_OPERATOR},
    {"action_prohibited", REPLY_OPERATOR},
    {"as_user_not_supported", REPLY_OPERATOR},
    {"cannot_reply_to_message", REPLY_UNTHREADED},
    {"channel_is_archived", REPLY_OPERATOR},
    {"channel_not_found", REPLY_OPERATOR},
    {"deprecated_endpoint", REPLY_OPERATOR},
    {"ekm_access_denied", REPLY_OPERATOR},
    {"enterprise_is_restricted", REPLY_OPERATOR},
    {"fatal_error", REPLY_AGAIN},
    {"internal_error", REPLY_AGAIN},
    {"invalid_arguments", REPLY_NEVER},
    {"invalid_auth", REPLY_OPERATOR},
    {"invalid_blocks", REPLY_NEVER},
    {"invalid_blocks_format", REPLY_NEVER},
    {"invalid_json", REPLY_NEVER},
    {"invalid_metadata_format", REPLY_NEVER},
    {"invalid_payload", REPLY_NEVER},
    {"invalid_token", REPLY_OPERATOR},
    {"is_archived", REPLY_OPERATOR},
    {"message_limit_exceeded", REPLY_BUSY},
    {"messages_tab_disabled", REPLY_OPERATOR},
    {"method_deprecated", REPLY_OPERATOR},
    {"missing_scope", REPLY_OPERATOR},
    {"missing_text_or_fallback_or_attachments", REPLY_NEVER},
    {"msg_blocks_too_long", REPLY_NEVER},
    {"msg_too_long", REPLY_NEVER},
    {"no_active_hooks", REPLY_OPERATOR},
    {"no_permission", REPLY_OPERATOR},
    {"no_service", REPLY_OPERATOR},
    {"no_service_id", REPLY_OPERATOR},
    {"no_team", REPLY_OPERATOR},
    {"no_text", REPLY_NEVER},
    {"not_allowed_token_type", REPLY_OPERATOR},
    {"not_authed", REPLY_OPERATOR},
    {"not_in_channel", REPLY_OPERATOR},
    {"org_login_required", REPLY_OPERATOR},
    {"posting_to_general_channel_denied", REPLY_OPERATOR},
    {"rate_limited", REPLY_BUSY},
    {"ratelimited", REPLY_BUSY},
    {"request_timeout", REPLY_AGAIN},
    {"restricted_action", REPLY_OPERATOR},
    {"restricted_action_non_threadable_channel", REPLY_OPERATOR},
    {"restricted_action_read_only_channel", REPLY_OPERATOR},
    {"restricted_action_thread_only_channel", REPLY_OPERATOR},
    {"rollup_error", REPLY_AGAIN},
    {"service_unavailable", REPLY_AGAIN},
    {"team_access_not_granted", REPLY_OPERATOR},
    {"team_added_to_org", REPLY_AGAIN},
    {"team_disabled", REPLY_OPERATOR},
    {"thread_not_found", REPLY_UNTHREADED},
    {"token_expired", REPLY_OPERATOR},
    {"token_revoked", REPLY_OPERATOR},
    {"too_many_attachments", REPLY_NEVER},
    {"two_factor_setup_required", REPLY_OPERATOR},
    {"user_not_found", REPLY_NEVER},
};

static const struct word *find_word(struct gw_text text)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (gw_text_is(text, words[i].word))
            return &words[i];
    return NULL;
}

/* For an answer without a word of Slack's: it may be a proxy's. 4xx and redirects do not pass by themselves. */
static enum reply_meaning meaning_of_code(long code)
{
    if (code == 429 || code == 502 || code == 503 || code == 504)
        return REPLY_BUSY;
    return code >= 300 && code < 500 ? REPLY_NEVER : REPLY_AGAIN;
}

static struct reply reply_of_word(long code, struct gw_text text)
{
    struct reply reply = {.meaning = meaning_of_code(code)};
    const struct word *word = find_word(text);

    if (word == NULL)
        return reply;
    strcpy(reply.word, word->word);
    if (reply.meaning != REPLY_BUSY) /* the status code of a rate limit is certain */
        reply.meaning = word->meaning;
    return reply;
}

struct reply reply_of_webhook(long code, struct gw_text body)
{
    while (body.len > 0 && strchr(" \t\r\n", body.ptr[body.len - 1]) != NULL)
        body.len--;
    if (code == 200 && gw_text_is(body, "ok"))
        return (struct reply){.meaning = REPLY_SENT, .word = "ok"};
    return reply_of_word(code, body);
}

bool reply_is_time(struct gw_text text)
{
    for (uint64_t i = 0; i < text.len; i++)
        if (strchr("0123456789.", text.ptr[i]) == NULL)
            return false;
    return text.len > 0 && text.len < REPLY_TIME_MAX;
}

struct reply reply_of_api(long code, struct gw_text body)
{
    json_t *answer = json_loadb(body.len > 0 ? body.ptr : "", (size_t)body.len, 0, NULL);
    const char *error = json_string_value(json_object_get(answer, "error"));
    const char *time = json_string_value(json_object_get(answer, "ts"));
    struct reply reply = reply_of_word(code, gw_text_of(error));

    if (code == 200 && json_is_true(json_object_get(answer, "ok"))) {
        reply = (struct reply){.meaning = REPLY_SENT, .word = "ok"};
        if (reply_is_time(gw_text_of(time)))
            strcpy(reply.time, time);
    }
    json_decref(answer);
    return reply;
}
