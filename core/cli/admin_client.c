/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/admin_client.h"

#include "admin/admin_socket.h"
#include "base/terminal_text.h"
#include "cli/complaint.h"
#include "cli/exit_status.h"

#include <curl/curl.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SOCKETS_MAX = 32, ANSWER_MAX_BYTES = 64 * 1024 * 1024, URL_MAX = 1024 };
static const long TIMEOUT_S = 60;

struct gw_admin_client {
    const struct gw_command_line *line;
    CURL *curl;
    char socket[GW_ADMIN_PATH_MAX];
    struct gw_buffer body;
};

/* ---- the socket ------------------------------------------------------------------------------------------------- */

/* The live sockets of the runtime directory. */
struct sockets {
    char directory[GW_ADMIN_PATH_MAX];
    char paths[SOCKETS_MAX][GW_ADMIN_PATH_MAX];
    size_t count;
};

static void add_if_live(struct sockets *sockets, const char *name)
{
    const char *end = strrchr(name, '.');
    char path[GW_ADMIN_PATH_MAX];
    int length;

    if (end == NULL || strcmp(end, ".sock") != 0)
        return;
    length = snprintf(path, sizeof path, "%s/%s", sockets->directory, name);
    if (length > 0 && length < GW_ADMIN_PATH_MAX && gw_admin_socket_is_live(path))
        (void)memcpy(sockets->paths[sockets->count++], path, sizeof path);
}

static void find_sockets(struct sockets *sockets)
{
    const struct dirent *entry;
    DIR *entries;

    sockets->count = 0;
    if (!gw_admin_runtime_directory(sockets->directory, sizeof sockets->directory))
        return;
    entries = opendir(sockets->directory);
    if (entries == NULL)
        return;
    while (sockets->count < SOCKETS_MAX && (entry = readdir(entries)) != NULL)
        add_if_live(sockets, entry->d_name);
    (void)closedir(entries);
}

static int refuse_choice(const struct gw_command_line *line, const struct sockets *sockets)
{
    if (sockets->count == 0)
        return gw_complain(line, "no gateway of this user runs with a socket in %s; name its socket with --socket PATH",
                           sockets->directory);
    (void)gw_complain(line, "several gateways run; choose one with --socket PATH:");
    for (size_t index = 0; index < sockets->count; index++)
        gw_terminal_print_line(stderr, "  %s", sockets->paths[index]);
    return GW_EXIT_USAGE;
}

static int choose_socket(struct gw_admin_client *client, const char *file_socket)
{
    const char *named = gw_command_line_value(client->line, GW_FLAG_SOCKET);
    struct sockets sockets;

    if (named == NULL)
        named = file_socket;
    if (named == NULL) {
        find_sockets(&sockets);
        if (sockets.count != 1)
            return refuse_choice(client->line, &sockets);
        named = sockets.paths[0];
    }
    if (strlen(named) >= sizeof client->socket)
        return gw_complain(client->line, "%s: the path is too long for a socket", named);
    (void)memcpy(client->socket, named, strlen(named) + 1);
    return GW_EXIT_DONE;
}

/* ---- the client ------------------------------------------------------------------------------------------------- */

static size_t on_bytes(char *bytes, size_t size, size_t count, void *context)
{
    struct gw_admin_client *client = context;

    gw_buffer_append(&client->body, bytes, size * count);
    return client->body.has_failed ? 0 : size * count;
}

/* No option of the environment may lead the request elsewhere. */
static bool set_up(struct gw_admin_client *client)
{
    client->curl = curl_easy_init();
    return client->curl != NULL &&
           curl_easy_setopt(client->curl, CURLOPT_UNIX_SOCKET_PATH, client->socket) == CURLE_OK &&
           curl_easy_setopt(client->curl, CURLOPT_NOPROXY, "*") == CURLE_OK &&
           curl_easy_setopt(client->curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(client->curl, CURLOPT_TIMEOUT, TIMEOUT_S) == CURLE_OK &&
           curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, on_bytes) == CURLE_OK &&
           curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, client) == CURLE_OK;
}

int gw_admin_client_open(const struct gw_command_line *line, const char *file_socket,
                         struct gw_admin_client **ret_client)
{
    struct gw_admin_client *client = calloc(1, sizeof *client);
    int exit_status;

    if (client == NULL)
        return gw_complain_memory(line);
    client->line = line;
    gw_buffer_init(&client->body, ANSWER_MAX_BYTES);
    exit_status = choose_socket(client, file_socket);
    if (exit_status == GW_EXIT_DONE && !set_up(client))
        exit_status = gw_complain_memory(line);
    if (exit_status == GW_EXIT_DONE)
        *ret_client = client;
    else
        gw_admin_client_close(client);
    return exit_status;
}

void gw_admin_client_close(struct gw_admin_client *client)
{
    if (client == NULL)
        return;
    curl_easy_cleanup(client->curl);
    gw_buffer_done(&client->body);
    free(client);
}

/* ---- a question ------------------------------------------------------------------------------------------------- */

static int complain(const struct gw_admin_client *client, CURLcode failed)
{
    if (client->body.has_failed && !client->body.is_too_long)
        return gw_complain_memory(client->line);
    if (failed == CURLE_COULDNT_CONNECT)
        return gw_complain(client->line, "no gateway answers at %s: is it running, and does it belong to this user?",
                           client->socket);
    return gw_complain(client->line, "%s: %s", client->socket, curl_easy_strerror(failed));
}

static CURLcode set_request(struct gw_admin_client *client, const char *method, const char *path, struct gw_text body)
{
    char url[URL_MAX];
    CURLcode failed;

    (void)snprintf(url, sizeof url, "http://localhost%s", path);
    failed = curl_easy_setopt(client->curl, CURLOPT_URL, url);
    if (failed == CURLE_OK)
        failed = curl_easy_setopt(client->curl, CURLOPT_HTTPGET, 1L);
    if (failed == CURLE_OK && body.len > 0)
        failed = curl_easy_setopt(client->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
    if (failed == CURLE_OK && body.len > 0)
        failed = curl_easy_setopt(client->curl, CURLOPT_POSTFIELDS, body.ptr);
    return failed == CURLE_OK ? curl_easy_setopt(client->curl, CURLOPT_CUSTOMREQUEST, method) : failed;
}

int gw_admin_client_ask(struct gw_admin_client *client, const char *method, const char *path, struct gw_text body,
                        struct gw_admin_answer *ret_answer)
{
    CURLcode failed = set_request(client, method, path, body);

    gw_buffer_reset(&client->body);
    if (failed == CURLE_OK)
        failed = curl_easy_perform(client->curl);
    if (failed == CURLE_OK)
        failed = curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &ret_answer->status);
    gw_buffer_append_byte(&client->body, '\0');
    if (failed != CURLE_OK || client->body.has_failed)
        return complain(client, failed);
    gw_buffer_truncate(&client->body, client->body.len - 1);
    ret_answer->body = gw_buffer_text(&client->body);
    return GW_EXIT_DONE;
}
