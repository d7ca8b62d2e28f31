/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses the status for an error of libcurl. See status.h. */
#include "status.h"

/*
 * CONFIG is for errors that last until somebody changes the bootstrap file or the server: an address that is none, a
 * refused login, a certificate that does not verify (expired, for another name, signed by an unknown authority), a
 * server without the encryption that is required, a certificate of our own that cannot be read. They are retried
 * nevertheless, because the change may be on the server, such as a renewed certificate.
 *
 * Everything else is TRANSIENT: names that do not resolve (a name server is away more often than a name is wrong),
 * refused and lost connections, timeouts, handshakes that break off (a server that restarts breaks them off, too), and
 * every unknown code, because a needless attempt does less harm than a notice that is given up.
 *
 * A server that needs more than the client's resources, such as an answer that is too long, is none of these errors:
 * the client ends the transfer itself (client.h).
 */
enum gw_status curl_status(CURLcode code)
{
    switch (code) {
    case CURLE_OK:
        return GW_OK;
    case CURLE_OUT_OF_MEMORY:
        return GW_NOMEM;
    case CURLE_ABORTED_BY_CALLBACK: /* only at a shutdown */
        return GW_CANCELLED;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_NOT_BUILT_IN:
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_UNKNOWN_OPTION:
    case CURLE_INTERFACE_FAILED:
    case CURLE_LOGIN_DENIED:
    case CURLE_AUTH_ERROR:
    case CURLE_REMOTE_ACCESS_DENIED:
    case CURLE_USE_SSL_FAILED: /* no STARTTLS, though it is required */
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
        return GW_CONFIG;
    default:
        return GW_TRANSIENT;
    }
}
