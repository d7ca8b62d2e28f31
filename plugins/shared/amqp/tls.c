/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL above the sockets of wire.c. See tls.h. */
#include "tls.h"

#include <gangway/scope.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

struct rabbit_tls {
    SSL_CTX *context;
    BIO_METHOD *sockets; /* how OpenSSL reads and writes */
};

GW_DEFINE_AUTO(struct rabbit_tls, rabbit_tls_free);
GW_DEFINE_AUTO(SSL, SSL_free);

/* ---- sockets of OpenSSL ---- */

static int write_socket(BIO *bio, const char *bytes, int len)
{
    const int *fd = BIO_get_data(bio);
    size_t written;
    enum gw_status status = rabbit_socket_write(*fd, bytes, (size_t)len, &written, NULL);

    BIO_clear_retry_flags(bio);
    if (status == GW_OK && written == 0)
        BIO_set_retry_write(bio);
    return status == GW_OK && written > 0 ? (int)written : -1;
}

static int read_socket(BIO *bio, char *bytes, int room)
{
    const int *fd = BIO_get_data(bio);
    size_t len;
    enum gw_status status = rabbit_socket_read(*fd, bytes, (size_t)room, &len, NULL);

    BIO_clear_retry_flags(bio);
    if (status == GW_OK && len == 0)
        BIO_set_retry_read(bio);
    return status == GW_OK && len > 0 ? (int)len : -1;
}

static long control_socket(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static BIO_METHOD *make_sockets(void)
{
    BIO_METHOD *sockets = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "gangway socket");

    if (sockets != NULL) {
        (void)BIO_meth_set_write(sockets, write_socket);
        (void)BIO_meth_set_read(sockets, read_socket);
        (void)BIO_meth_set_ctrl(sockets, control_socket);
    }
    return sockets;
}

/* ---- context ---- */

/* The reason of OpenSSL's first error, and forgets all. */
static const char *reason(void)
{
    const char *text = ERR_reason_error_string(ERR_peek_error());

    ERR_clear_error();
    return text != NULL ? text : "unknown error";
}

/* Without a password of the file's, OpenSSL would ask for one at the terminal. */
static int give_password(char *buffer, int room, int is_writing, void *password)
{
    (void)is_writing;
    return password != NULL ? snprintf(buffer, (size_t)room, "%s", (const char *)password) : 0;
}

static enum gw_status read_own(SSL_CTX *context, const struct rabbit_tls_files *files, struct gw_error *reterr)
{
    SSL_CTX_set_default_passwd_cb(context, give_password);
    SSL_CTX_set_default_passwd_cb_userdata(context, (void *)files->key_password);
    if (SSL_CTX_use_certificate_chain_file(context, files->cert) != 1)
        return gw_error_set(reterr, GW_CONFIG, "cert: %s: %s", files->cert, reason());
    if (SSL_CTX_use_PrivateKey_file(context, files->key, SSL_FILETYPE_PEM) != 1)
        return gw_error_set(reterr, GW_CONFIG, "key: %s: %s", files->key, reason());
    if (SSL_CTX_check_private_key(context) != 1)
        return gw_error_set(reterr, GW_CONFIG, "key: %s does not belong to %s", files->key, files->cert);
    return GW_OK;
}

static enum gw_status read_authorities(SSL_CTX *context, const char *ca, struct gw_error *reterr)
{
    if (ca == NULL && SSL_CTX_set_default_verify_paths(context) != 1)
        return gw_error_set(reterr, GW_CONFIG, "the authorities of the system: %s", reason());
    if (ca != NULL && SSL_CTX_load_verify_locations(context, ca, NULL) != 1)
        return gw_error_set(reterr, GW_CONFIG, "ca: %s: %s", ca, reason());
    return GW_OK;
}

enum gw_status rabbit_tls_new(const struct rabbit_tls_files *files, struct rabbit_tls **ret_tls,
                              struct gw_error *reterr)
{
    gw_auto(rabbit_tls_free) struct rabbit_tls *tls = calloc(1, sizeof *tls);
    enum gw_status status;

    if (tls != NULL) {
        tls->context = SSL_CTX_new(TLS_client_method());
        tls->sockets = make_sockets();
    }
    if (tls == NULL || tls->context == NULL || tls->sockets == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for TLS");
    (void)SSL_CTX_set_min_proto_version(tls->context, TLS1_2_VERSION);
    SSL_CTX_set_verify(tls->context, SSL_VERIFY_PEER, NULL);
    (void)SSL_CTX_set_mode(tls->context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    status = read_authorities(tls->context, files->ca, reterr);
    if (status == GW_OK && files->cert != NULL)
        status = read_own(tls->context, files, reterr);
    if (status == GW_OK)
        *ret_tls = gw_take(tls);
    return status;
}

void rabbit_tls_free(struct rabbit_tls *tls)
{
    if (tls == NULL)
        return;
    SSL_CTX_free(tls->context);
    BIO_meth_free(tls->sockets);
    free(tls);
}

/* ---- handshake ---- */

static bool is_address(const char *name)
{
    unsigned char address[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;
}

static bool expect_name(SSL *ssl, const char *name)
{
    if (is_address(name))
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, name) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1;
}

static SSL *make_session(const struct rabbit_tls *tls, struct rabbit_wire *wire, const char *name)
{
    gw_auto(SSL_free) SSL *ssl = SSL_new(tls->context);
    BIO *bio = ssl != NULL ? BIO_new(tls->sockets) : NULL;

    if (bio == NULL)
        return NULL;
    BIO_set_data(bio, &wire->fd);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    return expect_name(ssl, name) ? gw_take(ssl) : NULL;
}

/* A handshake that breaks off is transient, as a broker that restarts breaks them off; a certificate lasts. */
static enum gw_status refuse_handshake(SSL *ssl, struct gw_error *reterr)
{
    const long verdict = SSL_get_verify_result(ssl);
    const bool is_refused = ERR_GET_REASON(ERR_peek_error()) == SSL_R_CERTIFICATE_VERIFY_FAILED;

    if (is_refused && verdict != X509_V_OK) {
        ERR_clear_error();
        return gw_error_set(reterr, GW_CONFIG, "the broker's certificate: %s", X509_verify_cert_error_string(verdict));
    }
    return gw_error_set(reterr, GW_TRANSIENT, "the TLS handshake broke off: %s", reason());
}

static enum gw_status shake_hands(const struct gw_host *host, SSL *ssl, int fd, int64_t deadline_ms,
                                  struct gw_error *reterr)
{
    for (;;) {
        uint32_t ready = 0;
        enum gw_status status;
        int code;
        int cause;

        ERR_clear_error();
        code = SSL_connect(ssl);
        cause = SSL_get_error(ssl, code);
        if (code == 1)
            return GW_OK;
        if (cause != SSL_ERROR_WANT_READ && cause != SSL_ERROR_WANT_WRITE)
            return refuse_handshake(ssl, reterr);
        status = host->wait(host, fd, cause == SSL_ERROR_WANT_READ ? GW_WAIT_READ : GW_WAIT_WRITE, deadline_ms, &ready);
        if (status != GW_OK)
            return gw_error_set(reterr, status, "waiting for the TLS handshake");
        if (ready == 0)
            return gw_error_set(reterr, GW_TRANSIENT, "no answer to the TLS handshake");
    }
}

/* The session in progress, as the functions of a wire. */
static enum gw_status session_status(struct rabbit_wire *wire, int code, struct gw_error *reterr)
{
    const int cause = SSL_get_error(wire->session, code);

    wire->wants_write = cause == SSL_ERROR_WANT_WRITE;
    if (cause == SSL_ERROR_WANT_READ || cause == SSL_ERROR_WANT_WRITE)
        return GW_OK;
    if (cause == SSL_ERROR_ZERO_RETURN)
        return gw_error_set(reterr, GW_TRANSIENT, "the broker closed the connection");
    return gw_error_set(reterr, GW_TRANSIENT, "TLS: %s", reason());
}

static int lower(size_t len)
{
    return len < INT_MAX ? (int)len : INT_MAX;
}

static enum gw_status session_read(struct rabbit_wire *wire, char *bytes, size_t room, size_t *ret_len,
                                   struct gw_error *reterr)
{
    int len;

    ERR_clear_error();
    len = SSL_read(wire->session, bytes, lower(room));
    *ret_len = len > 0 ? (size_t)len : 0;
    return len > 0 ? GW_OK : session_status(wire, len, reterr);
}

static enum gw_status session_write(struct rabbit_wire *wire, const char *bytes, size_t len, size_t *ret_len,
                                    struct gw_error *reterr)
{
    int written;

    ERR_clear_error();
    written = SSL_write(wire->session, bytes, lower(len));
    *ret_len = written > 0 ? (size_t)written : 0;
    return written > 0 ? GW_OK : session_status(wire, written, reterr);
}

static void session_end(struct rabbit_wire *wire)
{
    ERR_clear_error();
    (void)SSL_shutdown(wire->session); /* says that it ends, as far as the socket takes it */
    SSL_free(wire->session);
    ERR_clear_error();
}

static const struct rabbit_wire_layer session_layer = {session_read, session_write, session_end};

enum gw_status rabbit_tls_secure(const struct rabbit_tls *tls, const struct gw_host *host, struct rabbit_wire *wire,
                                 const char *name, int64_t deadline_ms, struct gw_error *reterr)
{
    gw_auto(SSL_free) SSL *ssl = make_session(tls, wire, name);
    enum gw_status status;

    if (ssl == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for TLS");
    status = shake_hands(host, ssl, wire->fd, deadline_ms, reterr);
    if (status != GW_OK)
        return status;
    wire->session = gw_take(ssl);
    wire->layer = &session_layer;
    return GW_OK;
}
