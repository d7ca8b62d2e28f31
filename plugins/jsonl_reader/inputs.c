/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of files. See inputs.h. */
#include "inputs.h"

#include <errno.h>
#include <string.h>

void inputs_init(struct inputs *inputs, const struct gw_host *host, const char *path, const char *written,
                 int is_following)
{
    *inputs = (struct inputs){
        .origin = {.host = host, .path = path, .written = written, .is_growing = is_following},
        .is_following = is_following,
    };
}

void inputs_done(struct inputs *inputs)
{
    while (inputs->count > 0)
        input_free(inputs->items[--inputs->count]);
}

void inputs_drop_first(struct inputs *inputs)
{
    input_free(inputs->items[0]);
    inputs->count--;
    memmove(&inputs->items[0], &inputs->items[1], inputs->count * sizeof inputs->items[0]);
}

struct input *inputs_named(const struct inputs *inputs, struct gw_text name)
{
    uint32_t index;

    for (index = 0; index < inputs->count; index++) {
        struct input *input = inputs->items[index];
        if (input->state != INPUT_FOUND && gw_text_is(name, input->name))
            return input;
    }
    return NULL;
}

struct input *inputs_unreported(const struct inputs *inputs)
{
    uint32_t index;

    for (index = 0; index < inputs->count; index++) {
        struct input *input = inputs->items[index];
        if (input->state == INPUT_FOUND && inputs_named(inputs, gw_text_of(input->name)) == NULL)
            return input;
    }
    return NULL;
}

static int is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

static int is_queued(const struct inputs *inputs, const struct stat *seen)
{
    uint32_t index;

    for (index = 0; index < inputs->count; index++) {
        if (is_same_file(&inputs->items[index]->seen, seen))
            return 1;
    }
    return 0;
}

/* A rotated file is complete, so its first line needs no newline. A file with the same first line as the current one
 * would have the same source name; only the current one is read. */
static enum gw_status inputs_add_rotated(struct inputs *inputs, const char *path, const struct input *current)
{
    struct input_origin whole = inputs->origin;
    struct input *input = NULL;
    struct gw_error error = {0};
    enum gw_status status;

    whole.is_growing = 0;
    status = input_open(&whole, path, &input, &error);
    if (status == GW_NOMEM)
        return status;
    if (status != GW_OK && status != GW_END)
        gw_host_log(whole.host, GW_CODE_ROTATED_FILE_SKIPPED, "skipped a rotated file: %s", error.text);
    if (status != GW_OK)
        return GW_OK;
    if (current != NULL && strcmp(input->name, current->name) == 0)
        input_free(input);
    else
        inputs->items[inputs->count++] = input;
    return GW_OK;
}

/* Takes ownership of current, which may be NULL. It comes after the rotated files. */
static enum gw_status inputs_add(struct inputs *inputs, struct input *current, const struct timespec *since,
                                 struct gw_error *reterr)
{
    struct rotation rotation;
    enum gw_status status = rotation_find(inputs->origin.path, since, &rotation);
    size_t index;

    for (index = 0; status == GW_OK && index < rotation.count && inputs->count < INPUTS_MAX - 1; index++) {
        const struct rotated *file = &rotation.files[index];
        int is_current = current != NULL && is_same_file(&file->seen, &current->seen);

        if (!is_current && !is_queued(inputs, &file->seen))
            status = inputs_add_rotated(inputs, file->path, current);
    }
    rotation_done(&rotation);
    if (status != GW_OK) {
        input_free(current);
        return gw_error_set(reterr, status, "no memory to look beside %s", inputs->origin.path);
    }
    if (current != NULL)
        inputs->items[inputs->count++] = current;
    return GW_OK;
}

enum gw_status inputs_find(struct inputs *inputs, struct gw_error *reterr)
{
    struct input *current = NULL;
    struct gw_error error = {0};
    enum gw_status status = input_open(&inputs->origin, inputs->origin.path, &current, &error);
    int is_missing = status == GW_CONFIG && error.os_error == ENOENT;

    if (status == GW_OK && (current->is_stream || !inputs->is_following)) {
        inputs->items[inputs->count++] = current;
        return GW_OK;
    }
    if (!inputs->is_following || (status != GW_OK && status != GW_END && !is_missing)) {
        if (reterr != NULL)
            *reterr = error;
        return status;
    }
    status = inputs_add(inputs, current, NULL, reterr);
    if (status == GW_OK && inputs->count == 0 && is_missing)
        return gw_error_set(reterr, GW_TRANSIENT, "waiting for %s to appear", inputs->origin.path);
    return status;
}

enum gw_status inputs_find_later(struct inputs *inputs, struct gw_error *reterr)
{
    const struct input *last = inputs->items[inputs->count - 1];
    struct input *current = NULL;
    struct stat named;
    struct stat now;
    enum gw_status status;

    if (stat(inputs->origin.path, &named) != 0 || !S_ISREG(named.st_mode) || is_same_file(&named, &last->seen))
        return GW_OK;
    status = input_open(&inputs->origin, inputs->origin.path, &current, reterr);
    if (status == GW_END)
        return GW_OK;
    if (status != GW_OK)
        return status;
    if (is_queued(inputs, &current->seen) || fstat(last->fd, &now) != 0) {
        input_free(current);
        return GW_OK;
    }
    return inputs_add(inputs, current, &now.st_mtim, reterr);
}
