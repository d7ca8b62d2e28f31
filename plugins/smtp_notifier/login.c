/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords, token files, and the forms in which they are sent. See login.h. */
#include "login.h"

#include "encoding.h"

#include <gangway/scope.h>
#include <gangway/sdk/buffer.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SECRET_MAX = 4 * LOGIN_TOKEN_MAX };

static bool uses_token(const struct login_options *options)
{
    return options->mechanism == LOGIN_XOAUTH2 || (options->mechanism == LOGIN_AUTO && options->token_file != NULL);
}

/* ---- lint ------------------------------------------------------------------------------------------------------ */

enum gw_status login_lint(const struct login_options *options, const struct gw_lint *lint)
{
    if (options->user == NULL) {
        const char *lonely = options->password != NULL          ? "password"
                             : options->token_file != NULL      ? "token_file"
                             : options->mechanism != LOGIN_AUTO ? "mechanism"
                                                                : NULL;

        return lonely == NULL ? GW_OK : gw_lint_line(lint, GW_CONFIG, lonely, NULL, "`%s` needs `user`", lonely);
    }
    if (options->password != NULL && options->token_file != NULL)
        return gw_lint_line(lint, GW_CONFIG, "token_file", NULL, "expected either `password` or `token_file`");
    if (uses_token(options) && options->token_file == NULL)
        return gw_lint_line(lint, GW_CONFIG, "mechanism", NULL, "XOAUTH2 needs `token_file`");
    if (!uses_token(options) && options->password == NULL)
        return gw_lint_line(lint, GW_CONFIG, "user", NULL, "`user` needs `password`, or `token_file` for XOAUTH2");
    return GW_OK;
}

/* ---- secrets --------------------------------------------------------------------------------------------------- */

/* A server may repeat a command that it does not know, and SASL sends secrets in base64. */
static bool add_encoded(struct redaction *secrets, struct gw_buffer *scratch, struct gw_text secret)
{
    struct gw_buffer encoded;
    bool is_added = false;

    gw_buffer_init(&encoded, SECRET_MAX);
    encoding_base64_token(&encoded, secret);
    if (!encoded.has_failed && !scratch->has_failed)
        is_added = redaction_add(secrets, gw_buffer_text(&encoded));
    gw_buffer_done(&encoded);
    return is_added;
}

static bool add_secret(struct redaction *secrets, const char *user, const char *secret, bool is_token)
{
    struct gw_buffer sent;
    bool is_added;

    gw_buffer_init(&sent, SECRET_MAX);
    if (is_token) {
        gw_buffer_append_format(&sent, "user=%s\001auth=Bearer %s\001\001", user, secret);
    } else {
        gw_buffer_append_byte(&sent, '\0');
        gw_buffer_append_string(&sent, user);
        gw_buffer_append_byte(&sent, '\0');
        gw_buffer_append_string(&sent, secret);
    }
    is_added = redaction_add(secrets, gw_text_of(secret)) && add_encoded(secrets, &sent, gw_text_of(secret)) &&
               add_encoded(secrets, &sent, gw_buffer_text(&sent));
    gw_buffer_done(&sent);
    return is_added;
}

/* ---- token ----------------------------------------------------------------------------------------------------- */

static ssize_t read_whole(const char *path, char *bytes, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe without a writer must not block */
    size_t len = 0;
    ssize_t got = fd < 0 ? -1 : 1;

    while (got > 0 && len < size) {
        got = read(fd, bytes + len, size - len);
        len += got > 0 ? (size_t)got : 0;
    }
    if (fd >= 0) {
        int kept = errno;

        (void)close(fd);
        errno = kept;
    }
    return got < 0 ? -1 : (ssize_t)len;
}

/* One word of visible ASCII; white space around it, such as the newline of an editor, is no part of it. */
static enum gw_status read_token(const char *path, char token[LOGIN_TOKEN_MAX], struct gw_error *reterr)
{
    ssize_t len = read_whole(path, token, LOGIN_TOKEN_MAX);
    size_t begin = 0;
    size_t end;

    if (len < 0)
        return gw_error_set_errno(reterr, GW_CONFIG, errno, "reading the token from %s", path);
    if (len == LOGIN_TOKEN_MAX)
        return gw_error_set(reterr, GW_CONFIG, "%s is longer than a token (%d bytes)", path, LOGIN_TOKEN_MAX);
    end = (size_t)len;
    while (end > 0 && (token[end - 1] == '\n' || token[end - 1] == '\r' || token[end - 1] == ' '))
        end--;
    while (begin < end && token[begin] == ' ')
        begin++;
    end -= begin;
    memmove(token, token + begin, end);
    token[end] = '\0';
    for (begin = 0; token[begin] > ' ' && token[begin] <= '~'; begin++)
        continue;
    if (begin == 0 || begin != end)
        return gw_error_set(reterr, GW_CONFIG, "%s holds no token: expected one line of visible characters", path);
    return GW_OK;
}

/* ---- settings -------------------------------------------------------------------------------------------------- */

/* Without a mechanism libcurl would choose among more than these, such as NTLM. */
static CURLcode set_mechanism(const struct login_options *options, CURL *easy)
{
    static const char *const choices[] = {
        [LOGIN_AUTO] = "AUTH=PLAIN;AUTH=LOGIN",
        [LOGIN_PLAIN] = "AUTH=PLAIN",
        [LOGIN_LOGIN] = "AUTH=LOGIN",
        [LOGIN_XOAUTH2] = "AUTH=XOAUTH2",
    };

    return curl_easy_setopt(easy, CURLOPT_LOGIN_OPTIONS,
                            choices[uses_token(options) ? LOGIN_XOAUTH2 : options->mechanism]);
}

static enum gw_status apply(const struct login_options *options, CURL *easy, const char *secret,
                            struct redaction *secrets, struct gw_error *reterr)
{
    bool is_token = uses_token(options);

    redaction_done(secrets);
    *secrets = (struct redaction){0};
    if (!add_secret(secrets, options->user, secret, is_token) ||
        curl_easy_setopt(easy, CURLOPT_USERNAME, options->user) != CURLE_OK ||
        curl_easy_setopt(easy, is_token ? CURLOPT_XOAUTH2_BEARER : CURLOPT_PASSWORD, secret) != CURLE_OK ||
        set_mechanism(options, easy) != CURLE_OK)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a login");
    return GW_OK;
}

enum gw_status login_apply(const struct login_options *options, CURL *easy, struct redaction *secrets,
                           struct gw_error *reterr)
{
    char token[LOGIN_TOKEN_MAX];
    enum gw_status status = GW_OK;

    if (options->user == NULL)
        return GW_OK;
    if (!uses_token(options))
        return apply(options, easy, options->password, secrets, reterr);
    status = read_token(options->token_file, token, reterr);
    if (status == GW_OK)
        status = apply(options, easy, token, secrets, reterr);
    explicit_bzero(token, sizeof token);
    return status;
}
