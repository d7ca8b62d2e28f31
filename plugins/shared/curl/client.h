/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Client: the handles of libcurl that a plugin sends with, one transfer at a time, and the rules that hold for all
 * transfers. Knows the protocols' names only.
 *
 * Life cycle
 *
 *   init     In the plugin's open. Connects nothing.
 *   begin    Before each transfer: an easy handle with the common settings; the plugin adds those of its protocol.
 *   perform  Runs the transfer. The connection stays open for the next one.
 *   rest     In keepalive: closes connections that were idle for some seconds.
 *   done     In the plugin's close.
 *
 * What begin sets, and no plugin changes: no signals, only the protocols of init, no redirects, certificates and names
 * are verified, TLS 1.2 or newer, `ca`, `cert`, `key` and `proxy` of the options, no proxy, login or setting from the
 * environment.
 *
 * Reports CURL_METRIC_CONNECTION_UP after each transfer: 1 if there was a connection, with TLS and login, on which it
 * could begin; 0 if there was none.
 *
 * Connections belong to one instance of a plugin, so a new generation of a configuration never reuses one of an older
 * generation.
 *
 * Waiting: perform blocks in slices, between which it calls host->is_stopping, and libcurl calls it where it blocks
 * itself. So the lease stays alive, and a shutdown is noticed, while libcurl resolves a name, connects, sends or waits.
 * Names are resolved on a thread of libcurl's own, for which perform never waits beyond the deadline.
 *
 * Threads: the thread of the slots. Ownership: host and options belong to the core; the easy handle to the client.
 */
#ifndef CURL_CLIENT_H
#define CURL_CLIENT_H

#include "answer.h"
#include "options.h"
#include "redaction.h"

#include <gangway/error.h>
#include <gangway/host.h>
#include <gangway/metric.h>

#include <curl/curl.h>

#include <stdbool.h>

enum { CURL_CLIENT_SOCKETS = 8 };

/* The first row of the metric table of each plugin that has a client. A client connects when it has something to send,
 * and closes a connection that is idle, so it is the last transfer that counts. */
enum { CURL_METRIC_CONNECTION_UP = 0, CURL_METRICS_END };
#define CURL_METRICS                                                                        \
    {                                                                                       \
        .name = GW_METRIC_CONNECTION_UP, .type = GW_METRIC_GAUGE,                           \
        .help = "1 while the server could be reached when something was last sent, else 0." \
    }

struct curl_client {
    const struct gw_host *host;
    const struct curl_options *options;
    const char *protocols;            /* such as "https" or "smtp,smtps"; static */
    struct redaction redaction;       /* the secrets that no text may contain; the plugin adds its own */
    CURLM *multi;                     /* NULL: there is none */
    CURL *easy;                       /* NULL: there is none */
    bool keeps_settings;              /* the handle was begun with curl_client_begin_again */
    bool has_run;                     /* the last transfer was begun; otherwise libcurl's figures are older */
    CURLcode code;                    /* of the last transfer */
    int64_t used_ms;                  /* when the last transfer ended */
    int64_t asked_ms;                 /* when the host was last asked whether it is stopping */
    int64_t deadline_ms;              /* of the transfer that runs */
    struct curl_answer *answer;       /* of the transfer that runs; NULL: none */
    bool is_connected;                /* the last transfer had a connection */
    CURLcode end;                     /* why the transfer is to end before it is complete; CURLE_OK: it is not */
    char trouble[CURL_ERROR_SIZE];    /* libcurl's text about the last transfer */
    int sockets[CURL_CLIENT_SOCKETS]; /* that are open now; -1: none */
};

/* Prepares libcurl, once for each client and safely on several threads. OK; CONFIG: this libcurl cannot be initialised
 * on several threads, or blocks while it resolves names; NOMEM. After a failure the client is empty, and
 * curl_client_done does nothing. */
enum gw_status curl_client_init(struct curl_client *client, const struct gw_host *host,
                                const struct curl_options *options, const char *protocols, struct gw_error *reterr);

/* Closes all connections and frees everything. A client that is all zeros is allowed. */
void curl_client_done(struct curl_client *client);

/* The easy handle for the next transfer, with the common settings and nothing of an earlier transfer. It belongs to the
 * client and is valid until the next call for this client. OK, NOMEM; CONFIG: libcurl refuses a setting, such as an
 * unreadable certificate. */
enum gw_status curl_client_begin(struct curl_client *client, CURL **ret_easy, struct gw_error *reterr);

/* The same for a caller who sets the same options before each transfer: those of its last transfer are kept, which
 * saves a tenth of a short transfer's time. */
enum gw_status curl_client_begin_again(struct curl_client *client, CURL **ret_easy, struct gw_error *reterr);

/*
 * Runs the transfer of the easy handle until deadline_ms. answer (NULL: none) is where curl_answer_receive sends its
 * bytes.
 *
 * OK: it is complete; or the final head of the answer is, and the body was longer than the limit, took longer than two
 *   seconds, or broke off: such a connection is closed.
 * TRANSIENT, CONFIG, NOMEM, CANCELLED: curl_status says why; the error begins with `doing`, such as "posting to
 *   example.org", and has libcurl's text, without secrets. client->code has the code.
 */
enum gw_status curl_client_perform(struct curl_client *client, struct curl_answer *answer, int64_t deadline_ms,
                                   const char *doing, struct gw_error *reterr);

/* Connects to the URL with the common settings, and sends no request: for check. The statuses of curl_client_perform.
 */
enum gw_status curl_client_connect(struct curl_client *client, const char *url, int64_t deadline_ms,
                                   struct gw_error *reterr);

/* For a plugin that sets CURLOPT_PREREQFUNCTION itself, to be called there: there is a connection. */
void curl_client_note_connection(struct curl_client *client);

/* Closes the connections unless there was a transfer within the last seconds. Returns at once. */
void curl_client_rest(struct curl_client *client);

/* Reads nothing more from the open connections, which libcurl then closes without waiting for an answer. From a
 * callback too, when the rest of a transfer does not matter. */
void curl_client_hang_up(struct curl_client *client);

/* Closes the connections. The next transfer connects. */
void curl_client_close(struct curl_client *client);

#endif
