/* SPDX-License-Identifier: Apache-2.0 */
/* SMTP with libcurl. See session.h. */
#include "session.h"

#include "outcome.h"

#include "curl/address.h"

#include <gangway/scope.h>

#include <stdio.h>
#include <string.h>

GW_DEFINE_AUTO(struct curl_slist, curl_slist_free_all);

/* Why a transfer ended before MAIL. */
enum obstacle { OBSTACLE_NONE, OBSTACLE_NO_LOGIN, OBSTACLE_SENDER_UTF8, OBSTACLE_RECIPIENT_UTF8 };

/* One transfer. */
struct exchange {
    struct session *session;
    const struct envelope *envelope; /* NULL: nothing is sent */
    struct replies replies;
    enum obstacle obstacle;
    uint64_t sent; /* bytes of the mail */
    bool is_reused;
};

static const char *const schemes[] = {"smtp", "smtps", NULL};

/* ---- life ------------------------------------------------------------------------------------------------------ */

enum gw_status session_url_check(const char *url, struct gw_error *reterr)
{
    struct curl_address address = {0};
    enum gw_status status = curl_address_read(url, schemes, &address, reterr);

    if (status == GW_OK && address.has_login)
        status = gw_error_set(reterr, GW_INVALID, "contains a login; expected `user` and `password`");
    if (status == GW_OK && address.has_fragment)
        status = gw_error_set(reterr, GW_INVALID, "contains a `#`; expected smtp://HOST:PORT");
    curl_address_done(&address);
    return status;
}

enum gw_status session_init(struct session *session, const struct gw_host *host, const struct curl_options *options,
                            struct gw_error *reterr)
{
    struct curl_address address = {0};
    enum gw_status status = curl_address_read(session->url, schemes, &address, reterr);

    if (status == GW_OK)
        (void)snprintf(session->name, sizeof session->name, "%s:%s", address.host, address.port);
    curl_address_done(&address);
    return status == GW_OK ? curl_client_init(&session->client, host, options, "smtp,smtps", reterr) : status;
}

void session_done(struct session *session)
{
    curl_client_done(&session->client);
    redaction_done(&session->secrets);
}

/* ---- callbacks of libcurl -------------------------------------------------------------------------------------- */

/* After a refusal before the mail libcurl sends QUIT, and would wait for the answer of a server that is silent. */
static size_t on_reply(char *line, size_t size, size_t count, void *opaque)
{
    struct exchange *exchange = opaque;
    struct replies *replies = &exchange->replies;

    if (!replies_take(replies, gw_text_span(line, size * count)))
        return 0;
    if (replies->code >= 400 && replies->phase > PHASE_CONNECTION && replies->phase < PHASE_MAIL)
        curl_client_hang_up(&exchange->session->client);
    return size * count;
}

static size_t on_read(char *room, size_t size, size_t count, void *opaque)
{
    struct exchange *exchange = opaque;
    struct gw_text mail = exchange->envelope->mail;
    uint64_t left = mail.len - exchange->sent;
    size_t len = left < size * count ? (size_t)left : size * count;

    memcpy(room, mail.ptr + exchange->sent, len);
    exchange->sent += len;
    return len;
}

/* The replies are kept already: libcurl passes that of NOOP on a second time, as a body. */
static size_t on_body(char *bytes, size_t size, size_t count, void *opaque)
{
    (void)bytes;
    (void)opaque;
    return size * count;
}

/* libcurl sends without a login where the server offers none, and sends addresses in UTF-8 without asking whether the
 * server can read them. */
static enum obstacle find_obstacle(const struct exchange *exchange)
{
    const struct session *session = exchange->session;

    if (session->login->user != NULL && !session->offers.logged_in)
        return OBSTACLE_NO_LOGIN;
    if (exchange->envelope == NULL || session->offers.utf8)
        return OBSTACLE_NONE;
    if (exchange->envelope->from->needs_utf8)
        return OBSTACLE_SENDER_UTF8;
    return exchange->envelope->to->needs_utf8 ? OBSTACLE_RECIPIENT_UTF8 : OBSTACLE_NONE;
}

/* The connection is made, or there is one already, and the commands of a mail come next. */
static int on_connected(void *opaque, char *peer, char *local, int peer_port, int local_port)
{
    struct exchange *exchange = opaque;

    (void)peer;
    (void)local;
    (void)peer_port;
    (void)local_port;
    curl_client_note_connection(&exchange->session->client);
    replies_connected(&exchange->replies);
    exchange->obstacle = find_obstacle(exchange);
    return exchange->obstacle == OBSTACLE_NONE ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

/* ---- settings -------------------------------------------------------------------------------------------------- */

/* Without CURLUSESSL_ALL libcurl would continue in clear text where an attacker removes STARTTLS from the answer. */
static bool set_connection(const struct session *session, struct exchange *exchange, CURL *easy)
{
    long use_ssl = session->is_plain ? CURLUSESSL_NONE : CURLUSESSL_ALL;

    return curl_easy_setopt(easy, CURLOPT_URL, session->url) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_USE_SSL, use_ssl) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_reply) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PREREQDATA, exchange) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK;
}

static bool set_mail(struct exchange *exchange, CURL *easy, struct curl_slist *recipients)
{
    const struct envelope *envelope = exchange->envelope;

    return recipients != NULL && curl_easy_setopt(easy, CURLOPT_MAIL_FROM, envelope->from->address) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, recipients) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_READDATA, exchange) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)envelope->mail.len) == CURLE_OK;
}

/* NOOP shows that the connection can be used. */
static bool set_look(CURL *easy)
{
    return curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "NOOP") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOBODY, 1L) == CURLE_OK;
}

/* Every mail sets the same options, as curl_client_begin_again requires. Options that libcurl copies fail without
 * memory only. */
static enum gw_status prepare(struct exchange *exchange, struct curl_slist *recipients, CURL **ret_easy,
                              struct gw_error *reterr)
{
    struct session *session = exchange->session;
    enum gw_status status = exchange->envelope != NULL ? curl_client_begin_again(&session->client, ret_easy, reterr)
                                                       : curl_client_begin(&session->client, ret_easy, reterr);

    if (status == GW_OK)
        status = login_apply(session->login, *ret_easy, &session->secrets, reterr);
    if (status != GW_OK)
        return status;
    if (!set_connection(session, exchange, *ret_easy) ||
        !(exchange->envelope != NULL ? set_mail(exchange, *ret_easy, recipients) : set_look(*ret_easy)))
        return gw_error_set(reterr, GW_NOMEM, "no memory for a mail");
    replies_begin(&exchange->replies, &session->offers);
    return GW_OK;
}

/* ---- a transfer ------------------------------------------------------------------------------------------------ */

static enum gw_status transfer(struct exchange *exchange, int64_t deadline_ms, struct gw_error *reterr)
{
    gw_auto(curl_slist_free_all) struct curl_slist *recipients = NULL;
    struct session *session = exchange->session;
    char doing[SESSION_NAME_MAX + 32];
    CURL *easy = NULL;
    long connects = 0;
    enum gw_status status;

    if (exchange->envelope != NULL)
        recipients = curl_slist_append(NULL, exchange->envelope->to->address);
    status = prepare(exchange, recipients, &easy, reterr);
    if (status != GW_OK)
        return status;
    (void)snprintf(doing, sizeof doing, "%s %s", exchange->envelope != NULL ? "sending mail through" : "connecting to",
                   session->name);
    status = curl_client_perform(&session->client, NULL, deadline_ms, doing, reterr);
    if (curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connects) == CURLE_OK)
        exchange->is_reused = connects == 0;
    return status;
}

/* The server had closed the idle connection, or it ends each one after some mails. Nothing was sent. */
static bool is_stale(const struct exchange *exchange, enum gw_status status)
{
    const struct replies *replies = &exchange->replies;

    return status != GW_OK && status != GW_CANCELLED && exchange->is_reused && exchange->obstacle == OBSTACLE_NONE &&
           replies->phase < PHASE_MAIL && (replies->code == 0 || replies->code == 421);
}

static enum gw_status transfer_freshly(struct exchange *exchange, int64_t deadline_ms, struct gw_error *reterr)
{
    enum gw_status status = transfer(exchange, deadline_ms, reterr);

    if (!is_stale(exchange, status))
        return status;
    curl_client_close(&exchange->session->client);
    exchange->sent = 0;
    return transfer(exchange, deadline_ms, reterr);
}

/* ---- results --------------------------------------------------------------------------------------------------- */

/* What the server said, where it refused; else what libcurl says. */
static void write_answer(const struct exchange *exchange, const struct gw_error *error, char *ret_answer, size_t size)
{
    const struct replies *replies = &exchange->replies;

    if (replies->code >= 400)
        redaction_write(&exchange->session->secrets, replies_text(replies), replies->is_cut, ret_answer, size);
    else
        (void)snprintf(ret_answer, size, "%.*s", (int)size - 1, error->text);
}

static enum gw_status report_obstacle(const struct exchange *exchange, struct gw_verdict *verdict,
                                      struct gw_error *reterr)
{
    const char *name = exchange->session->name;

    if (exchange->obstacle == OBSTACLE_NO_LOGIN)
        return gw_error_set(reterr, GW_CONFIG, "%s offers no login by this mechanism", name);
    if (exchange->obstacle == OBSTACLE_SENDER_UTF8)
        return gw_error_set(reterr, GW_CONFIG, "%s does not support SMTPUTF8, which the address of `from` needs", name);
    verdict->status = GW_PERMANENT;
    (void)snprintf(verdict->answer, sizeof verdict->answer,
                   "the server does not support SMTPUTF8, which the address of the recipient needs");
    return GW_OK;
}

static enum gw_status report_failure(const struct exchange *exchange, enum gw_status fallback,
                                     const struct gw_error *error, struct gw_verdict *verdict, struct gw_error *reterr)
{
    struct outcome outcome = smtp_status(&exchange->replies, fallback);
    char answer[sizeof verdict->answer];

    write_answer(exchange, error, answer, sizeof answer);
    if (outcome.status != GW_OK && exchange->replies.code >= 400)
        return gw_error_set(reterr, outcome.status, "%s answers: %s", exchange->session->name, answer);
    if (outcome.status != GW_OK)
        return gw_error_set(reterr, outcome.status, "%s", error->text);
    verdict->status = (int32_t)outcome.verdict;
    memcpy(verdict->answer, answer, sizeof answer);
    return GW_OK;
}

enum gw_status session_send(struct session *session, const struct envelope *envelope, int64_t deadline_ms,
                            struct gw_verdict *verdict, struct gw_error *reterr)
{
    struct exchange exchange = {.session = session, .envelope = envelope};
    struct gw_error error = {0};
    enum gw_status status = transfer_freshly(&exchange, deadline_ms, &error);

    if (exchange.obstacle != OBSTACLE_NONE)
        return report_obstacle(&exchange, verdict, reterr);
    if (status != GW_OK && exchange.replies.phase != PHASE_ACCEPTED)
        return report_failure(&exchange, status, &error, verdict, reterr);
    verdict->status = GW_OK;
    redaction_write(&session->secrets, replies_text(&exchange.replies), exchange.replies.is_cut, verdict->answer,
                    sizeof verdict->answer);
    return GW_OK;
}

enum gw_status session_look(struct session *session, int64_t deadline_ms, struct gw_error *reterr)
{
    struct exchange exchange = {.session = session};
    struct gw_verdict unused = {0};
    struct gw_error error = {0};
    enum gw_status status = transfer_freshly(&exchange, deadline_ms, &error);

    if (exchange.obstacle != OBSTACLE_NONE)
        return report_obstacle(&exchange, &unused, reterr);
    return status == GW_OK ? GW_OK : report_failure(&exchange, status, &error, &unused, reterr);
}
