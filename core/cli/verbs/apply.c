/* SPDX-License-Identifier: Apache-2.0 */
/* `apply`: changes the running gateway to what a file says. */
#include "cli/bootstrap_file.h"
#include "cli/complaint.h"
#include "cli/exit_status.h"
#include "cli/listing.h"
#include "cli/verbs.h"
#include "cli/verbs/order.h"
#include "json/json.h"
#include "json/json_writer.h"

#include <gangway/scope.h>

#include <stdio.h>
#include <string.h>

GW_DEFINE_AUTO(struct gw_arena, gw_arena_free);
GW_DEFINE_AUTO(struct gw_json_reader, gw_json_reader_free);

enum { COMPONENTS_MAX_BYTES = 16 * 1024 * 1024 };

static const struct gw_column columns[] = {
    {.name = "component"}, {.name = "change"}, {.name = "state"}, {.name = "reason"}};

/* A cell; NULL: it is null, or there is no memory. */
static const char *cell_of(struct gw_arena *arena, const struct gw_json_object *object, const char *name)
{
    const struct gw_json_member *member = gw_json_find(object, name);

    if (member == NULL || member->kind != GW_JSON_STRING)
        return NULL;
    return gw_arena_copy(arena, member->text.ptr, (size_t)member->text.len);
}

static bool add_row(struct gw_json_reader *reader, struct gw_arena *arena, const struct gw_json_member *component,
                    struct gw_listing *table)
{
    struct gw_json_object object;
    const char *id = gw_arena_copy(arena, component->name.ptr, (size_t)component->name.len);

    if (id == NULL || gw_json_read_object(reader, arena, component->text, &object, NULL) != GW_OK)
        return false;
    gw_listing_add(table, (const char *const[]){id, cell_of(arena, &object, "change"), cell_of(arena, &object, "state"),
                                                cell_of(arena, &object, "reason")});
    return true;
}

/* A row for each component that was changed. */
static bool print_components(struct gw_arena *arena, struct gw_text json)
{
    gw_auto(gw_json_reader_free) struct gw_json_reader *reader = gw_json_reader_new(COMPONENTS_MAX_BYTES);
    struct gw_json_object components;
    struct gw_listing table;
    struct gw_buffer text;
    bool is_whole = reader != NULL && gw_json_read_object(reader, arena, json, &components, NULL) == GW_OK;

    gw_listing_init(&table, arena, columns, gw_array_length(columns));
    for (size_t index = 0; is_whole && index < components.count; index++)
        is_whole = add_row(reader, arena, &components.members[index], &table);
    gw_buffer_init(&text, SIZE_MAX);
    if (is_whole && components.count > 0)
        gw_listing_print(&table, GW_FORMAT_PLAIN, &text);
    is_whole = is_whole && !text.has_failed;
    if (is_whole && text.len > 0)
        (void)fwrite(text.ptr, 1, (size_t)text.len, stdout);
    gw_buffer_done(&text);
    return is_whole;
}

/* One object for every verdict; what the file is refused for is in its text. */
static bool print_json(struct gw_arena *arena, const struct gw_order_answer *answer)
{
    const char *components = gw_arena_copy(arena, answer->components.ptr, (size_t)answer->components.len);
    struct gw_json_writer json;
    struct gw_buffer text;
    bool is_whole;

    if (components == NULL)
        return false;
    gw_buffer_init(&text, SIZE_MAX);
    gw_json_writer_init(&json, &text, 1);
    gw_json_write_open(&json, '{');
    gw_json_write_string_at(&json, "verdict", answer->verdict);
    gw_json_write_string_at(&json, "text", answer->text);
    gw_json_write_key(&json, "components");
    gw_json_write_raw(&json, components[0] != '\0' ? components : "{}");
    gw_json_write_close(&json, '}');
    is_whole = !text.has_failed;
    if (is_whole)
        (void)fwrite(text.ptr, 1, (size_t)text.len, stdout);
    gw_buffer_done(&text);
    return is_whole;
}

static bool is_in_force(const struct gw_order_answer *answer)
{
    return strcmp(answer->verdict, "applied") == 0 || strcmp(answer->verdict, "not_up") == 0;
}

static bool is_done(const struct gw_order_answer *answer)
{
    return strcmp(answer->verdict, "applied") == 0 || strcmp(answer->verdict, "unchanged") == 0;
}

/* What is in force is a result; what is not, or is not up, is an error. */
static int print(const struct gw_command_line *line, struct gw_arena *arena, const struct gw_order_answer *answer)
{
    if (is_done(answer))
        (void)printf("%s\n", answer->text);
    if (is_in_force(answer) && !print_components(arena, answer->components))
        return gw_complain_memory(line);
    if (is_done(answer))
        return GW_EXIT_DONE;
    return gw_complain(line, "%s%s", strcmp(answer->verdict, "refused") == 0 ? "refused: " : "", answer->text);
}

int gw_verb_apply(const struct gw_command_line *line)
{
    gw_auto(gw_arena_free) struct gw_arena *arena = gw_bootstrap_arena_new();
    struct gw_order_answer answer = {0};
    int exit_status;

    if (arena == NULL)
        return gw_complain_memory(line);
    exit_status = gw_order_give(line, "apply", arena, &answer);
    if (answer.verdict != NULL && line->format == GW_FORMAT_JSON) {
        if (!print_json(arena, &answer))
            return gw_complain_memory(line);
        return exit_status == GW_EXIT_DONE && !is_done(&answer) ? GW_EXIT_FAILED : exit_status;
    }
    return exit_status == GW_EXIT_DONE ? print(line, arena, &answer) : exit_status;
}
