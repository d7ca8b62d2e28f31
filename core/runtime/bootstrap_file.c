/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/bootstrap_file.h"

#include "runtime/exit_status.h"
#include "runtime/plugin_dir.h"

#include <stdio.h>
#include <unistd.h>

enum { MODEL_MAX_BYTES = 64 * 1024 * 1024, FINDINGS_MAX_BYTES = 4 * 1024 * 1024 };

struct gw_arena *gw_bootstrap_arena_new(void)
{
    return gw_arena_new(MODEL_MAX_BYTES);
}

struct gw_bootstrap_request gw_bootstrap_request_of(const struct gw_command_line *line, const char *file,
                                                    bool resolves_secrets)
{
    return (struct gw_bootstrap_request){.file = file,
                                         .plugin_dir = gw_command_line_value(line, GW_FLAG_PLUGIN_DIR),
                                         .default_plugin_dir = gw_plugin_dir_default(),
                                         .resolves_secrets = resolves_secrets};
}

void gw_bootstrap_print_findings(const struct gw_diagnostics *diagnostics)
{
    struct gw_buffer findings;

    gw_buffer_init(&findings, FINDINGS_MAX_BYTES);
    gw_diagnostics_print(diagnostics, &findings);
    if (findings.len > 0)
        (void)fwrite(findings.ptr, 1, findings.len, stderr);
    if (findings.has_failed || diagnostics->has_failed)
        (void)fputs("gangway: there is no memory for all that is to be said about this file\n", stderr);
    gw_buffer_done(&findings);
}

int gw_bootstrap_file_read(struct gw_arena *arena, const struct gw_bootstrap_request *request,
                           const struct gw_bootstrap **ret_bootstrap)
{
    struct gw_diagnostics diagnostics;
    enum gw_status status;

    gw_diagnostics_init(&diagnostics, arena, request->file);
    status = gw_bootstrap_read(arena, request, &diagnostics, ret_bootstrap);
    gw_bootstrap_print_findings(&diagnostics);
    if (status == GW_OK)
        return GW_EXIT_DONE;
    return status == GW_CONFIG ? GW_EXIT_CONFIG : GW_EXIT_FAILED;
}

struct gw_log gw_bootstrap_log(const struct gw_bootstrap *bootstrap)
{
    static const enum gw_log_format formats[] = {
        [GW_LOG_CHOICE_JSON] = GW_LOG_JSON,
        [GW_LOG_CHOICE_PLAIN] = GW_LOG_PLAIN,
    };
    uint32_t choice = bootstrap->settings.log_format;

    if (choice == GW_LOG_CHOICE_AUTO)
        choice = isatty(STDERR_FILENO) ? GW_LOG_CHOICE_PLAIN : GW_LOG_CHOICE_JSON;
    return (struct gw_log){
        .fd = STDERR_FILENO, .format = formats[choice], .level = (enum gw_log_level)bootstrap->settings.log_level};
}
