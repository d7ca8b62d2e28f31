/* SPDX-License-Identifier: Apache-2.0 */
/* Replaces secrets in texts. See redaction.h. */
#include "redaction.h"

#include <gangway/sdk/terminal_text.h>

#include <curl/curl.h>

#include <stdlib.h>
#include <string.h>

static const char redacted[] = "***";
static const char tail[] = "...";

static bool is_known(const struct redaction *redaction, struct gw_text secret)
{
    for (size_t i = 0; i < redaction->count; i++)
        if (gw_text_is(secret, redaction->secrets[i]))
            return true;
    return false;
}

bool redaction_add(struct redaction *redaction, struct gw_text secret)
{
    size_t place = redaction->count;
    char *copy;

    if (secret.len < REDACTION_SHORTEST || is_known(redaction, secret))
        return true;
    copy = redaction->count < REDACTION_SECRETS ? strndup(secret.ptr, (size_t)secret.len) : NULL;
    if (copy == NULL)
        return false;
    for (; place > 0 && strlen(redaction->secrets[place - 1]) < secret.len; place--)
        redaction->secrets[place] = redaction->secrets[place - 1];
    redaction->secrets[place] = copy;
    redaction->count++;
    return true;
}

/* As it is written, and decoded. */
static bool add_both(struct redaction *redaction, struct gw_text written)
{
    int len = 0;
    char *decoded;
    bool is_added;

    if (!redaction_add(redaction, written))
        return false;
    decoded = curl_easy_unescape(NULL, written.ptr, (int)written.len, &len);
    is_added = decoded != NULL && redaction_add(redaction, gw_text_span(decoded, (uint64_t)len));
    curl_free(decoded);
    return is_added;
}

/* The parts between any of the separators. */
static bool add_parts(struct redaction *redaction, const char *text, const char *separators)
{
    while (*text != '\0') {
        size_t len = strcspn(text, separators);

        if (len >= REDACTION_SHORTEST && !add_both(redaction, gw_text_span(text, len)))
            return false;
        text += len;
        text += strspn(text, separators);
    }
    return true;
}

static bool add_url_part(struct redaction *redaction, CURLU *handle, CURLUPart part, const char *separators)
{
    char *text = NULL;
    bool is_added = true;

    if (curl_url_get(handle, part, &text, 0) == CURLUE_OK)
        is_added = redaction_add(redaction, gw_text_of(text)) && add_parts(redaction, text, separators);
    curl_free(text);
    return is_added;
}

bool redaction_add_url(struct redaction *redaction, const char *url)
{
    CURLU *handle = url != NULL ? curl_url() : NULL;
    bool is_added = true;

    if (handle != NULL && curl_url_set(handle, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK)
        is_added = add_url_part(redaction, handle, CURLUPART_PATH, "/") &&
                   add_url_part(redaction, handle, CURLUPART_QUERY, "&=") &&
                   add_url_part(redaction, handle, CURLUPART_USER, "") &&
                   add_url_part(redaction, handle, CURLUPART_PASSWORD, "");
    curl_url_cleanup(handle);
    return is_added && (url == NULL || handle != NULL);
}

/* The length of the secret that begins here; 0: none does. */
static size_t secret_at(const struct redaction *redaction, const char *at, size_t left)
{
    for (size_t i = 0; i < redaction->count; i++) {
        size_t len = strlen(redaction->secrets[i]);

        if (len <= left && memcmp(at, redaction->secrets[i], len) == 0)
            return len;
    }
    return 0;
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* What is written in the place of the bytes here, and how many bytes it replaces. */
static size_t replace(const struct redaction *redaction, const char *at, size_t left,
                      char piece[GW_TERMINAL_ESCAPE_MAX], size_t *ret_taken)
{
    *ret_taken = secret_at(redaction, at, left);
    if (*ret_taken > 0) {
        memcpy(piece, redacted, sizeof redacted - 1);
        return sizeof redacted - 1;
    }
    while (*ret_taken < left && is_space(at[*ret_taken]))
        ++*ret_taken;
    if (*ret_taken == 0)
        return gw_terminal_escape(at, left, piece, ret_taken);
    piece[0] = ' ';
    return 1;
}

/* A secret whose end is missing could begin anywhere in the last bytes. */
static size_t certain_len(const struct redaction *redaction, struct gw_text text, bool is_part)
{
    size_t longest = redaction->count > 0 ? strlen(redaction->secrets[0]) : 0;

    if (!is_part || longest == 0)
        return (size_t)text.len;
    return text.len > longest ? (size_t)text.len - longest : 0;
}

void redaction_write(const struct redaction *redaction, struct gw_text text, bool is_part, char *ret_line, size_t size)
{
    size_t left = certain_len(redaction, text, is_part);
    const char *at = text.ptr;
    size_t used = 0;
    size_t cut = 0; /* the last place at which there is room for the tail */

    while (left > 0) {
        char piece[GW_TERMINAL_ESCAPE_MAX];
        size_t taken;
        size_t len = replace(redaction, at, left, piece, &taken);

        if (used + sizeof tail <= size)
            cut = used;
        if (used + len + 1 > size)
            break;
        memcpy(ret_line + used, piece, len);
        used += len;
        at += taken;
        left -= taken;
    }
    if (left > 0 || is_part) {
        used = used + sizeof tail <= size ? used : cut;
        memcpy(ret_line + used, tail, sizeof tail);
        return;
    }
    ret_line[used] = '\0';
}

void redaction_done(struct redaction *redaction)
{
    for (size_t i = 0; i < redaction->count; i++) {
        explicit_bzero(redaction->secrets[i], strlen(redaction->secrets[i]));
        free(redaction->secrets[i]);
    }
    *redaction = (struct redaction){0};
}
