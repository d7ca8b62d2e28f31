/* SPDX-License-Identifier: Apache-2.0 */
/* A turn is drawn as a whole, so that nothing that happens while it runs changes the turns after it. */
#include "random_turn.h"

enum { TRIES_MAX = 200 };

void random_turn_draw(struct random_turn *turn, const struct random_mix *mix, int64_t least, int64_t most)
{
    turn->count = (uint32_t)(least + random_below(most - least + 1));
    require(turn->count <= RANDOM_TURN_MAX);
    for (uint32_t index = 0; index < turn->count; index++)
        turn->commands[index] = random_command(mix);
}

void random_turn_send(struct shop *shop, const struct random_turn *turn)
{
    for (uint32_t index = 0; index < turn->count; index++) {
        shop->next.next = shop->sent + 1;
        random_command_send(shop, &turn->commands[index]);
    }
}

enum gw_status random_turn_run(struct shop *shop, const struct random_meeting *meeting, uint32_t *ret_conflicts)
{
    enum gw_status status = GW_CONFLICT;

    *ret_conflicts = 0;
    for (int tries = 0; status != GW_OK && status != GW_ALREADY; tries++) {
        require(tries < TRIES_MAX);
        status = status == GW_UNKNOWN ? GW_OK : shop_attempt(shop);
        if (status != GW_OK) {
            if (status != GW_TRANSIENT)
                ck_abort_msg("attempt: %s", shop->error.text);
            continue;
        }
        if (meeting != NULL)
            meeting->run(meeting->context);
        meeting = NULL;
        status = gw_turn_commit(shop->turn, &shop->error);
        *ret_conflicts += status == GW_CONFLICT;
    }
    return status;
}

void random_turn_append_results(struct gw_buffer *text, struct shop *shop, uint32_t count)
{
    for (uint32_t index = 0; index < count; index++) {
        gw_buffer_append_string(text, shop_result(shop, index));
        gw_buffer_append_byte(text, '\n');
    }
}

static const char *text_of(struct gw_buffer *buffer)
{
    gw_buffer_append_byte(buffer, '\0');
    require(!buffer->has_failed);
    return buffer->ptr;
}

void random_turn_require_same(struct gw_buffer *found, struct gw_buffer *expected)
{
    require_same_text(text_of(found), text_of(expected));
}

void random_turn_require_same_end(struct shop *found, struct shop *expected)
{
    struct gw_buffer ends[2];

    require_same_text(random_commands_end(found, &ends[0]), random_commands_end(expected, &ends[1]));
    gw_buffer_done(&ends[0]);
    gw_buffer_done(&ends[1]);
}
