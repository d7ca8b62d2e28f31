/* SPDX-License-Identifier: Apache-2.0 */
/* The handles of libcurl and the common settings. See client.h. */
#include "client.h"

#include "status.h"

#include <gangway/scope.h>

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SLICE_MS = 200,    /* how often perform looks whether to end; a lease needs a sign of life each second */
    ASK_MS = 50,       /* how often it asks the host whether it is stopping */
    BODY_MS = 2000,    /* how long the body of an answer may take: only its head matters */
    IDLE_MS = 5000,    /* how long an idle connection stays open; servers close theirs after 5 s or later */
    PROBE_SECONDS = 30 /* TCP keepalive, for a peer that is gone without a word */
};

/*
 * Since 7.84 curl_global_init is safe on several threads where the library says so, and it counts its calls, so that
 * every client may call it. The resolver of that build must be asynchronous: another one blocks in getaddrinfo, beyond
 * every deadline, or needs signals. Debian's libcurl is both.
 */
enum gw_status curl_client_init(struct curl_client *client, const struct gw_host *host,
                                const struct curl_options *options, const char *protocols, struct gw_error *reterr)
{
    const curl_version_info_data *version = curl_version_info(CURLVERSION_NOW);
    const int needed = CURL_VERSION_THREADSAFE | CURL_VERSION_ASYNCHDNS | CURL_VERSION_SSL;
    enum gw_status status = curl_options_check(options, reterr);

    *client = (struct curl_client){0};
    if (status != GW_OK)
        return status;
    if ((version->features & needed) != needed)
        return gw_error_set(reterr, GW_CONFIG,
                            "libcurl %s was built without one of: threadsafe initialisation, asynchronous name lookup, "
                            "TLS",
                            version->version);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return gw_error_set(reterr, GW_NOMEM, "libcurl could not be initialised");
    client->host = host;
    client->options = options;
    client->protocols = protocols;
    for (size_t i = 0; i < gw_array_length(client->sockets); i++)
        client->sockets[i] = -1;
    if (redaction_add_url(&client->redaction, options->proxy) &&
        redaction_add(&client->redaction, gw_text_of(options->key_password)))
        return GW_OK;
    curl_client_done(client);
    return gw_error_set(reterr, GW_NOMEM, "no memory for a client of libcurl");
}

void curl_client_done(struct curl_client *client)
{
    if (client->host == NULL)
        return;
    curl_client_close(client);
    redaction_done(&client->redaction);
    curl_global_cleanup();
    client->host = NULL;
}

/* ---- sockets --------------------------------------------------------------------------------------------------- */

static curl_socket_t on_open(void *opaque, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct curl_client *client = opaque;
    curl_socket_t opened = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

    (void)purpose;
    for (size_t i = 0; i < gw_array_length(client->sockets) && opened >= 0; i++)
        if (client->sockets[i] < 0) {
            client->sockets[i] = opened;
            break;
        }
    return opened;
}

static int on_close(void *opaque, curl_socket_t closed)
{
    struct curl_client *client = opaque;

    for (size_t i = 0; i < gw_array_length(client->sockets); i++)
        if (client->sockets[i] == closed)
            client->sockets[i] = -1;
    return close(closed);
}

static void shut_down(const struct curl_client *client, int how)
{
    for (size_t i = 0; i < gw_array_length(client->sockets); i++)
        if (client->sockets[i] >= 0)
            (void)shutdown(client->sockets[i], how);
}

/* SMTP ends a connection with QUIT, and libcurl waits up to two minutes for its answer when a connection is closed.
 * After this the answer is the end of the stream at once; what is still sent is sent. */
void curl_client_hang_up(struct curl_client *client)
{
    shut_down(client, SHUT_RD);
}

void curl_client_close(struct curl_client *client)
{
    curl_client_hang_up(client);
    if (client->easy != NULL)
        curl_easy_cleanup(client->easy);
    if (client->multi != NULL)
        (void)curl_multi_cleanup(client->multi);
    client->easy = NULL;
    client->multi = NULL;
}

enum gw_status curl_client_connect(struct curl_client *client, const char *url, int64_t deadline_ms,
                                   struct gw_error *reterr)
{
    CURL *easy;
    enum gw_status status = curl_client_begin(client, &easy, reterr);

    if (status != GW_OK)
        return status;
    if (curl_easy_setopt(easy, CURLOPT_URL, url) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L) != CURLE_OK)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a connection");
    return curl_client_perform(client, NULL, deadline_ms, "connecting", reterr);
}

void curl_client_rest(struct curl_client *client)
{
    if (client->multi != NULL && client->host->monotonic_ms(client->host) - client->used_ms >= IDLE_MS)
        curl_client_close(client);
}

/* Whether the head of the answer is complete, and its body has had its time. */
static bool has_had_its_time(struct curl_answer *answer, int64_t now_ms)
{
    if (answer == NULL || !answer->has_head)
        return false;
    if (answer->head_ms == 0)
        answer->head_ms = now_ms;
    return now_ms - answer->head_ms >= BODY_MS;
}

/* libcurl asks several times for each command, and the host makes a system call for each answer. */
static bool is_stopping(struct curl_client *client, int64_t now_ms)
{
    if (now_ms - client->asked_ms < ASK_MS)
        return false;
    client->asked_ms = now_ms;
    return client->host->is_stopping(client->host);
}

/* Whether the transfer is to end before it is complete; client->end says why. For SMTP, libcurl blocks in
 * curl_multi_perform until the server has answered a mail or QUIT, and calls on_progress once a second meanwhile, so
 * that the deadline is checked here, too. */
static bool is_over(struct curl_client *client)
{
    const struct gw_host *host = client->host;
    int64_t now_ms = host->monotonic_ms(host);

    if (client->end == CURLE_OK && is_stopping(client, now_ms))
        client->end = CURLE_ABORTED_BY_CALLBACK;
    else if (client->end == CURLE_OK && (has_had_its_time(client->answer, now_ms) || now_ms > client->deadline_ms))
        client->end = CURLE_OPERATION_TIMEDOUT;
    return client->end != CURLE_OK;
}

void curl_client_note_connection(struct curl_client *client)
{
    client->is_connected = true;
}

static int on_connected(void *opaque, char *peer, char *local, int peer_port, int local_port)
{
    (void)peer;
    (void)local;
    (void)peer_port;
    (void)local_port;
    curl_client_note_connection(opaque);
    return CURL_PREREQFUNC_OK;
}

static int on_progress(void *opaque, curl_off_t wanted, curl_off_t got, curl_off_t to_send, curl_off_t sent)
{
    (void)wanted;
    (void)got;
    (void)to_send;
    (void)sent;
    return is_over(opaque);
}

/* ---- settings -------------------------------------------------------------------------------------------------- */

static CURLcode set_text(CURL *easy, CURLoption option, const char *text, CURLcode before)
{
    return before != CURLE_OK || text == NULL ? before : curl_easy_setopt(easy, option, text);
}

static CURLcode set_number(CURL *easy, CURLoption option, long number, CURLcode before)
{
    return before != CURLE_OK ? before : curl_easy_setopt(easy, option, number);
}

/* An empty proxy and an empty list of exceptions are settings: without them libcurl reads http_proxy, https_proxy,
 * all_proxy and no_proxy. */
static CURLcode set_network(const struct curl_client *client, CURL *easy, CURLcode code)
{
    const struct curl_options *options = client->options;

    code = set_number(easy, CURLOPT_NOSIGNAL, 1, code);
    code = set_text(easy, CURLOPT_PROTOCOLS_STR, client->protocols, code);
    code = set_number(easy, CURLOPT_FOLLOWLOCATION, 0, code);
    code = set_text(easy, CURLOPT_PROXY, options->proxy != NULL ? options->proxy : "", code);
    code = set_text(easy, CURLOPT_NOPROXY, "", code);
    code = set_number(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1, code);
    code = set_number(easy, CURLOPT_NETRC, CURL_NETRC_IGNORED, code);
    code = set_number(easy, CURLOPT_TCP_KEEPALIVE, 1, code);
    code = set_number(easy, CURLOPT_TCP_KEEPIDLE, PROBE_SECONDS, code);
    /* Without it libcurl waits for the thread of a lookup that has timed out, for as long as getaddrinfo takes. The
     * thread then ends by itself. */
    return set_number(easy, CURLOPT_QUICK_EXIT, 1, code);
}

static CURLcode set_tls(const struct curl_client *client, CURL *easy, CURLcode code)
{
    const struct curl_options *options = client->options;

    code = set_number(easy, CURLOPT_SSL_VERIFYPEER, 1, code);
    code = set_number(easy, CURLOPT_SSL_VERIFYHOST, 2, code);
    code = set_number(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2, code);
    code = set_number(easy, CURLOPT_PROXY_SSL_VERIFYPEER, 1, code);
    code = set_number(easy, CURLOPT_PROXY_SSL_VERIFYHOST, 2, code);
    code = set_number(easy, CURLOPT_PROXY_SSLVERSION, CURL_SSLVERSION_TLSv1_2, code);
    code = set_text(easy, CURLOPT_CAINFO, options->ca, code);
    if (code == CURLE_OK && options->ca != NULL) /* else the system's folder of authorities would count, too */
        code = curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    code = set_text(easy, CURLOPT_SSLCERT, options->cert, code);
    code = set_text(easy, CURLOPT_SSLKEY, options->key, code);
    return set_text(easy, CURLOPT_KEYPASSWD, options->key_password, code);
}

static CURLcode set_callbacks(struct curl_client *client, CURL *easy, CURLcode code)
{
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, client->trouble);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, client);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, client);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_PREREQDATA, client);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_XFERINFODATA, client);
    return set_number(easy, CURLOPT_NOPROGRESS, 0, code);
}

enum gw_status curl_client_begin(struct curl_client *client, CURL **ret_easy, struct gw_error *reterr)
{
    CURLcode code = CURLE_OK;

    client->keeps_settings = false;
    if (client->multi == NULL)
        client->multi = curl_multi_init();
    if (client->easy == NULL)
        client->easy = curl_easy_init();
    if (client->multi == NULL || client->easy == NULL ||
        curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, 1L) != CURLM_OK)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a client of libcurl");
    curl_easy_reset(client->easy);
    code = set_network(client, client->easy, code);
    code = set_tls(client, client->easy, code);
    code = set_callbacks(client, client->easy, code);
    if (code != CURLE_OK)
        return gw_error_set(reterr, curl_status(code), "libcurl refuses a setting: %s", curl_easy_strerror(code));
    *ret_easy = client->easy;
    return GW_OK;
}

enum gw_status curl_client_begin_again(struct curl_client *client, CURL **ret_easy, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    if (client->easy != NULL && client->keeps_settings)
        *ret_easy = client->easy;
    else
        status = curl_client_begin(client, ret_easy, reterr);
    client->keeps_settings = status == GW_OK;
    return status;
}

/* ---- a transfer ------------------------------------------------------------------------------------------------ */

/* The result of the transfer, when it has ended. */
static CURLcode result_of(const struct curl_client *client)
{
    int left;
    const CURLMsg *message = curl_multi_info_read(client->multi, &left);
    CURLcode code = message != NULL && message->msg == CURLMSG_DONE ? message->data.result : CURLE_FAILED_INIT;

    return code == CURLE_ABORTED_BY_CALLBACK && client->end != CURLE_OK ? client->end : code;
}

/*
 * libcurl ends the transfer at the deadline itself, and says where it was. A transfer that is to end earlier ends
 * through on_progress, because only this tells the protocol that the transfer has failed. A handle that is removed in
 * the middle of a mail has succeeded so far: libcurl 7.88 then ends the mail with its final dot, so that the server
 * accepts a part of it, and 8.14 waits for the server's answer. Before there is a connection, libcurl calls no
 * callback.
 */
static CURLcode run(struct curl_client *client)
{
    for (;;) {
        int running = 0;
        bool is_last = is_over(client);
        CURLMcode code = curl_multi_perform(client->multi, &running);

        if (code == CURLM_OK && running == 0)
            return result_of(client);
        if (code == CURLM_OK && is_last)
            return client->end;
        if (code == CURLM_OK)
            code = curl_multi_poll(client->multi, NULL, 0, SLICE_MS, NULL);
        if (code == CURLM_OK)
            continue;
        shut_down(client, SHUT_RDWR); /* a final dot must not get through */
        return code == CURLM_OUT_OF_MEMORY ? CURLE_OUT_OF_MEMORY : CURLE_FAILED_INIT;
    }
}

static CURLcode transfer(struct curl_client *client, struct curl_answer *answer, int64_t left_ms)
{
    CURLcode code = set_number(client->easy, CURLOPT_TIMEOUT_MS, (long)left_ms, CURLE_OK);

    code = set_number(client->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)left_ms, code);
    if (code != CURLE_OK)
        return code;
    client->trouble[0] = '\0';
    if (curl_multi_add_handle(client->multi, client->easy) != CURLM_OK)
        return CURLE_OUT_OF_MEMORY;
    client->answer = answer;
    client->end = CURLE_OK;
    client->has_run = true;
    code = run(client);
    client->answer = NULL;
    (void)curl_multi_remove_handle(client->multi, client->easy); /* closes the connection of an unfinished transfer */
    return code;
}

/*
 * With TLS 1.3 a server looks at the client's certificate after the client has begun to send, so its refusal arrives as
 * an error of receiving, which only the alert in OpenSSL's text tells from a lost connection. It processes nothing of
 * such a client.
 */
static bool is_certificate_refused(const struct curl_client *client)
{
    static const char *const alerts[] = {"alert certificate", "alert bad certificate", "alert unsupported certificate",
                                         "alert unknown ca", "alert access denied"};
    bool may_be_alert =
        client->code == CURLE_RECV_ERROR || client->code == CURLE_SEND_ERROR || client->code == CURLE_SSL_CONNECT_ERROR;

    for (size_t i = 0; i < gw_array_length(alerts) && may_be_alert; i++)
        if (strstr(client->trouble, alerts[i]) != NULL)
            return true;
    return false;
}

/* A proxy that refuses a tunnel because of the login or its rules is an error of receiving to libcurl. */
static enum gw_status status_of(const struct curl_client *client)
{
    long code = 0;

    if (is_certificate_refused(client))
        return GW_CONFIG;
    if (client->code == CURLE_RECV_ERROR || client->code == CURLE_COULDNT_CONNECT)
        (void)curl_easy_getinfo(client->easy, CURLINFO_HTTP_CONNECTCODE, &code);
    return code == 401 || code == 403 || code == 407 ? GW_CONFIG : curl_status(client->code);
}

static enum gw_status failure(const struct curl_client *client, const struct curl_answer *answer, const char *doing,
                              struct gw_error *reterr)
{
    const char *trouble = client->trouble[0] != '\0' ? client->trouble : curl_easy_strerror(client->code);
    char line[CURL_ERROR_SIZE];

    if (client->code == CURLE_ABORTED_BY_CALLBACK)
        trouble = "a shutdown was requested";
    else if (answer != NULL && answer->is_too_long)
        return gw_error_set(reterr, GW_TRANSIENT, "%s: the head of the answer is longer than %d KiB", doing,
                            CURL_ANSWER_LIMIT / 1024);
    redaction_write(&client->redaction, gw_text_of(trouble), false, line, sizeof line);
    return gw_error_set(reterr, status_of(client), "%s: %s", doing, line);
}

/* A transfer that we cut off before there was a connection says nothing about the server. */
static void report_connection(const struct curl_client *client)
{
    bool is_up = client->code == CURLE_OK || client->is_connected;

    if (is_up || (client->code != CURLE_ABORTED_BY_CALLBACK && client->code != CURLE_OUT_OF_MEMORY))
        client->host->metric(client->host, CURL_METRIC_CONNECTION_UP, gw_text_of(NULL), is_up);
}

enum gw_status curl_client_perform(struct curl_client *client, struct curl_answer *answer, int64_t deadline_ms,
                                   const char *doing, struct gw_error *reterr)
{
    const struct gw_host *host = client->host;
    int64_t left_ms = deadline_ms - host->monotonic_ms(host);

    client->has_run = false;
    if (left_ms <= 0) {
        client->code = CURLE_OPERATION_TIMEDOUT;
        return gw_error_set(reterr, GW_TRANSIENT, "%s: no time is left", doing);
    }
    client->deadline_ms = deadline_ms;
    client->is_connected = false;
    client->code = host->is_stopping(host) ? CURLE_ABORTED_BY_CALLBACK : transfer(client, answer, left_ms);
    client->used_ms = host->monotonic_ms(host);
    report_connection(client);
    if (client->code == CURLE_OK || (answer != NULL && answer->has_head))
        return GW_OK;
    return failure(client, answer, doing, reterr);
}
