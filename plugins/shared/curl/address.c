/* SPDX-License-Identifier: Apache-2.0 */
/* A URL, taken apart by libcurl. See address.h. */
#include "address.h"

#include <gangway/sdk/buffer.h>

#include <stdbool.h>
#include <string.h>

enum { SCHEMES_TEXT_MAX = 128 };

static bool is_one_of(const char *scheme, const char *const *schemes)
{
    for (; *schemes != NULL; schemes++)
        if (strcmp(scheme, *schemes) == 0)
            return true;
    return false;
}

/* "https:// or http://" */
static const char *schemes_text(const char *const *schemes, char text[SCHEMES_TEXT_MAX])
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; schemes[i] != NULL && used < SCHEMES_TEXT_MAX; i++) {
        const char *between = i == 0 ? "" : schemes[i + 1] == NULL ? " or " : ", ";
        int written = snprintf(text + used, SCHEMES_TEXT_MAX - used, "%s%s://", between, schemes[i]);

        used += written > 0 ? (size_t)written : 0;
    }
    return text;
}

static bool has_part(const CURLU *handle, CURLUPart part)
{
    char *text = NULL;
    bool has_it = curl_url_get((CURLU *)(uintptr_t)handle, part, &text, 0) == CURLUE_OK;

    curl_free(text);
    return has_it;
}

static enum gw_status read_parts(CURLU *handle, struct curl_address *ret_address)
{
    CURLUcode code = curl_url_get(handle, CURLUPART_SCHEME, &ret_address->scheme, 0);

    if (code == CURLUE_OK)
        code = curl_url_get(handle, CURLUPART_HOST, &ret_address->host, 0);
    if (code == CURLUE_OK)
        code = curl_url_get(handle, CURLUPART_PORT, &ret_address->port, CURLU_DEFAULT_PORT);
    ret_address->has_login = has_part(handle, CURLUPART_USER) || has_part(handle, CURLUPART_PASSWORD);
    ret_address->has_fragment = has_part(handle, CURLUPART_FRAGMENT);
    return code == CURLUE_OK ? GW_OK : code == CURLUE_OUT_OF_MEMORY ? GW_NOMEM : GW_INVALID;
}

enum gw_status curl_address_read(const char *url, const char *const *schemes, struct curl_address *ret_address,
                                 struct gw_error *reterr)
{
    CURLU *handle = curl_url();
    char expected[SCHEMES_TEXT_MAX];
    CURLUcode code;
    enum gw_status status;

    if (handle == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a URL");
    /* without CURLU_GUESS_SCHEME: a URL has its scheme */
    code = curl_url_set(handle, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME);
    status = code == CURLUE_OK ? read_parts(handle, ret_address) : code == CURLUE_OUT_OF_MEMORY ? GW_NOMEM : GW_INVALID;
    curl_url_cleanup(handle);
    if (status == GW_NOMEM)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a URL");
    if (status != GW_OK)
        return gw_error_set(reterr, GW_INVALID, "is no URL that can be read; expected one that begins with %s",
                            schemes_text(schemes, expected));
    if (!is_one_of(ret_address->scheme, schemes))
        return gw_error_set(reterr, GW_INVALID, "has the scheme %s; expected %s", ret_address->scheme,
                            schemes_text(schemes, expected));
    return GW_OK;
}

void curl_address_done(struct curl_address *address)
{
    curl_free(address->scheme);
    curl_free(address->host);
    curl_free(address->port);
    *address = (struct curl_address){0};
}
