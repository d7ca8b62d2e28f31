/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notifier: writes one line per notice to standard output or standard error, for quickstarts and terminals. Text from
 * outside cannot control the terminal: control characters and bytes that are not UTF-8 are written as \xNN. All slots
 * run on the relay's thread. Both streams belong to the process and are never closed here.
 */
#include "line.h"

#include <gangway/host.h>
#include <gangway/plugin.h>
#include <gangway/port/notifier.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The pause before the next write if poll reports the stream as ready but it accepts nothing. */
enum { PAUSE_MS = 5 };

enum console_stream { CONSOLE_AUTO = 0, CONSOLE_STDOUT = 1, CONSOLE_STDERR = 2 };

struct console_config {
    const char *text;
    uint32_t stream;
};

struct console {
    const struct gw_host *host;
    int fd;
    const char *name;
    int torn; /* the last line is incomplete, so the next one begins on a new line */
};

static const struct gw_option console_options[] = {
    {.name = "text",
     .help = "The text of the line; without it the event's default text, such as `Out of stock for LAMP`.",
     .type = GW_OPTION_TEMPLATE,
     .escape = GW_ESCAPE_TERMINAL,
     .offset = offsetof(struct console_config, text)},
    {.name = "stream",
     .help = "The stream for the lines; auto: standard output, unless a publisher writes its events there.",
     .fallback = "auto",
     .choices = "auto|stdout|stderr",
     .type = GW_OPTION_CHOICE,
     .flags = GW_OPTION_IDENTITY,
     .offset = offsetof(struct console_config, stream)},
};

static enum gw_status console_open(const struct gw_host *host, const void *config, void **ret_self,
                                   struct gw_error *reterr)
{
    const struct console_config *options = config;
    struct console *self = calloc(1, sizeof *self);

    if (self == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a console notifier");
    self->host = host;
    self->fd = options->stream == CONSOLE_AUTO     ? host->console
               : options->stream == CONSOLE_STDERR ? STDERR_FILENO
                                                   : STDOUT_FILENO;
    self->name = self->fd == STDERR_FILENO ? "standard error" : "standard output";
    *ret_self = self;
    return GW_OK;
}

static void console_close(void *opaque)
{
    free(opaque);
}

static enum gw_status console_check(void *opaque, const struct gw_report *report)
{
    const struct console *self = opaque;
    int flags = fcntl(self->fd, F_GETFL);

    if (flags < 0)
        return gw_report_line(report, GW_CONFIG, self->name, "is closed");
    if ((flags & O_ACCMODE) == O_RDONLY)
        return gw_report_line(report, GW_CONFIG, self->name, "is open for reading only");
    return gw_report_line(report, GW_OK, self->name, "is open");
}

/* Every failure is TRANSIENT: a full disk may get space, and a reader may return after a restart. Until then the core
 * keeps the notice. */
static enum gw_status console_status(const struct console *self, int os_error, struct gw_error *reterr)
{
    return gw_error_set_errno(reterr, GW_TRANSIENT, os_error, "writing to %s", self->name);
}

/* Never blocks beyond the deadline. */
static enum gw_status console_write(struct console *self, const char *bytes, size_t len, int64_t deadline_ms,
                                    struct gw_error *reterr)
{
    while (len > 0) {
        uint32_t ready = 0;
        enum gw_status status = self->host->wait(self->host, self->fd, GW_WAIT_WRITE, deadline_ms, &ready);
        int64_t written;

        if (status != GW_OK)
            return gw_error_set(reterr, status, "waiting for %s", self->name);
        if ((ready & GW_WAIT_WRITE) == 0)
            return gw_error_set(reterr, GW_TRANSIENT, "%s has no reader", self->name);
        written = self->host->write(self->host, self->fd, gw_text_span(bytes, len));
        if (written == -EAGAIN)
            (void)self->host->wait(self->host, -1, 0, self->host->monotonic_ms(self->host) + PAUSE_MS, &ready);
        if (written == -EINTR || written == -EAGAIN)
            continue;
        if (written < 0)
            return console_status(self, (int)-written, reterr);
        bytes += written;
        len -= (size_t)written;
        self->torn = bytes[-1] != '\n';
    }
    return GW_OK;
}

static enum gw_status console_send(void *opaque, const struct gw_notice *notice, struct gw_verdict *verdict,
                                   int64_t deadline_ms, struct gw_error *reterr)
{
    struct console *self = opaque;
    struct gw_text text = gw_notice_text(notice, "text");
    struct line line;
    enum gw_status status;

    line_begin(&line, self->torn);
    line_add(&line, text.len > 0 ? text : gw_notice_event(notice)->type);
    line_end(&line);
    status = console_write(self, line.bytes, line.len, deadline_ms, reterr);
    if (status == GW_OK)
        verdict->status = GW_OK;
    return status;
}

static const struct gw_notifier_ops console_ops = {
    .size = sizeof(struct gw_notifier_ops),
    .send = console_send,
};

const struct gw_plugin gw_plugin_descriptor = {
    GW_PLUGIN(NOTIFIER),    .name = "console_notifier",
    .version = "1.0.0",     .summary = "Tells people on the console: one line per notice",
    .ops = &console_ops,    GW_PLUGIN_OPTIONS(console_options, struct console_config),
    .open = console_open,   .close = console_close,
    .check = console_check,
};
