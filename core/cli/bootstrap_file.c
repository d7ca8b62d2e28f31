/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/bootstrap_file.h"

#include "cli/exit_status.h"
#include "plugin/plugin_dir.h"

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

/* A service drops findings that nobody reads; for a command the findings are its result. */
static void print(const char *bytes, size_t len, bool is_service)
{
    if (is_service)
        (void)gw_output_write(gw_output_standard(STDERR_FILENO), bytes, len);
    else
        (void)fwrite(bytes, 1, len, stderr);
}

void gw_bootstrap_print_findings(const struct gw_diagnostics *diagnostics, bool is_service)
{
    static const char no_memory[] = "gangway: no memory to list all findings of this file\n";
    struct gw_buffer findings;

    gw_buffer_init(&findings, FINDINGS_MAX_BYTES);
    gw_diagnostics_print(diagnostics, &findings);
    if (findings.len > 0)
        print(findings.ptr, findings.len, is_service);
    if (findings.has_failed || diagnostics->has_failed)
        print(no_memory, sizeof no_memory - 1, is_service);
    gw_buffer_done(&findings);
}

static int read_file(struct gw_arena *arena, const struct gw_bootstrap_request *request, bool is_service,
                     const struct gw_bootstrap **ret_bootstrap)
{
    struct gw_diagnostics diagnostics;
    enum gw_status status;

    gw_diagnostics_init(&diagnostics, arena, request->file);
    status = gw_bootstrap_read(arena, request, &diagnostics, ret_bootstrap);
    gw_bootstrap_print_findings(&diagnostics, is_service);
    if (status == GW_OK)
        return GW_EXIT_DONE;
    return status == GW_CONFIG ? GW_EXIT_CONFIG : GW_EXIT_FAILED;
}

int gw_bootstrap_file_read(struct gw_arena *arena, const struct gw_bootstrap_request *request,
                           const struct gw_bootstrap **ret_bootstrap)
{
    return read_file(arena, request, false, ret_bootstrap);
}

int gw_bootstrap_service_read(struct gw_arena *arena, const struct gw_bootstrap_request *request,
                              const struct gw_bootstrap **ret_bootstrap)
{
    return read_file(arena, request, true, ret_bootstrap);
}

struct gw_log gw_bootstrap_log(const struct gw_bootstrap *bootstrap)
{
    static const enum gw_log_format formats[] = {
        [GW_LOG_CHOICE_JSON] = GW_LOG_JSON,
        [GW_LOG_CHOICE_PLAIN] = GW_LOG_PLAIN,
    };
    uint32_t choice = bootstrap->settings.log_format;

    if (choice == GW_LOG_CHOICE_AUTO)
        choice = gw_output_standard(STDERR_FILENO)->is_terminal ? GW_LOG_CHOICE_PLAIN : GW_LOG_CHOICE_JSON;
    return (struct gw_log){.output = gw_output_standard(STDERR_FILENO),
                           .format = formats[choice],
                           .level = (enum gw_log_level)bootstrap->settings.log_level};
}
