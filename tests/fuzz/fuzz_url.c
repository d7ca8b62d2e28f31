/* SPDX-License-Identifier: Apache-2.0 */
/* A connection string of postgres_repository: it is accepted or refused, and no text shows a piece of it. Each * of the
 * input becomes a secret, which no text may contain. */
#include "fuzz.h"

#include "login.h"

#include <stdbool.h>
#include <string.h>

enum { URL_MAX = 64 * 1024 };

static const char secret[] = "qZ7vKx";

static int32_t is_known(const struct gw_lint *lint, struct gw_text option, struct gw_text key)
{
    (void)lint, (void)option, (void)key;
    return 1;
}

static void check_finding(const struct gw_lint *lint, int32_t status, struct gw_text option, struct gw_text key,
                          struct gw_text finding)
{
    (void)key;
    fuzz_promise(status == GW_CONFIG && option.len > 0 && finding.len > 0);
    fuzz_promise(memmem(finding.ptr, (size_t)finding.len, secret, strlen(secret)) == NULL);
    fuzz_promise(memchr(finding.ptr, '\n', (size_t)finding.len) == NULL);
    *(bool *)lint->context = true;
}

static bool write_url(char url[URL_MAX], const uint8_t *bytes, size_t len)
{
    size_t used = 0;

    for (size_t i = 0; i < len; i++) {
        if (used + sizeof secret >= URL_MAX || bytes[i] == '\0')
            return false;
        if (bytes[i] == '*')
            used += (size_t)snprintf(url + used, URL_MAX - used, "%s", secret);
        else
            url[used++] = (char)bytes[i];
    }
    url[used] = '\0';
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static char url[URL_MAX];
    static struct login login;
    bool has_finding = false;
    struct gw_lint lint = {.size = sizeof lint, .context = &has_finding, .is_known = is_known, .line = check_finding};
    struct options options = {.url = url, .schema = "gangway", .connect_timeout_ms = 1000};
    struct gw_error error = {0};
    enum gw_status status;

    if (!write_url(url, bytes, len))
        return 0;
    status = login_lint(&options, &lint);
    fuzz_promise(status == GW_OK || status == GW_CONFIG);
    fuzz_promise(has_finding == (status == GW_CONFIG));
    if (login_init(&login, &options, "fuzz", &error) != GW_OK)
        fuzz_promise(status == GW_CONFIG && error.text[0] != '\0' && strstr(error.text, secret) == NULL);
    return 0;
}
