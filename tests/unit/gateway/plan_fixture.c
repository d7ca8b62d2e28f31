/* SPDX-License-Identifier: Apache-2.0 */
#include "plan_fixture.h"

#include "check_main.h"

#include <stdlib.h>

const struct gw_bootstrap *plan_model(struct gw_arena *arena, const char *plugin_dir, const char *text,
                                      bool resolves_secrets)
{
    struct gw_bootstrap_request request = {
        .file = "/f.yaml", .plugin_dir = plugin_dir, .resolves_secrets = resolves_secrets, .text = text};
    const struct gw_bootstrap *bootstrap = NULL;
    struct gw_diagnostics diagnostics;
    struct gw_buffer findings;
    enum gw_status status;

    gw_diagnostics_init(&diagnostics, arena, request.file);
    status = gw_bootstrap_read(arena, &request, &diagnostics, &bootstrap);
    gw_buffer_init(&findings, SIZE_MAX);
    gw_diagnostics_print(&diagnostics, &findings);
    ck_assert_msg(status == GW_OK, "%s\n%s", text, findings.len > 0 ? findings.ptr : "");
    gw_buffer_done(&findings);
    return bootstrap;
}

void plan_secrets(void)
{
    ck_assert_int_eq(setenv("PLAN_HUSH", "canary-hush", 1), 0);
    ck_assert_int_eq(setenv("PLAN_SAME", "canary-hush", 1), 0);
    ck_assert_int_eq(setenv("PLAN_OTHER", "canary-other", 1), 0);
}
