/* SPDX-License-Identifier: Apache-2.0 */
/* Warns of components of one section that claim the same (component_place.h): only one of them can work at a time. */
#include "config/bootstrap_reader.h"
#include "config/component_place.h"

#include <string.h>

struct claim {
    const struct gw_component_draft *draft;
    const struct gw_option *option;
    const char *text;
};

struct claims {
    struct claim *items;
    size_t count;
};

/* Not while a value is unknown, because its reference is not resolved. */
static bool is_readable(const struct gw_component_draft *draft)
{
    return draft->component.config != NULL && !draft->has_wrong_options && draft->component.is_resolved;
}

static size_t count_options(const struct gw_bootstrap_reader *reader)
{
    size_t count = 0;

    for (size_t i = 0; i < reader->draft_count; i++)
        if (is_readable(&reader->drafts[i]))
            count += gw_option_table_of(reader->drafts[i].component.plugin).count;
    return count;
}

static void report(struct gw_bootstrap_reader *reader, const struct claim *claim, const struct claim *first)
{
    const struct gw_component *component = &claim->draft->component;
    const struct gw_yaml_node *node = gw_yaml_find(claim->draft->node, claim->option->name);

    gw_diagnostics_add(reader->diagnostics, GW_SEVERITY_WARNING, node != NULL ? node->line : component->line,
                       node != NULL ? node->column : component->column,
                       "'%s' has the same value as in '%s' at %u:%u; only one of the two can work at a time; expected "
                       "another value",
                       claim->option->name, first->draft->component.id, first->draft->component.line,
                       first->draft->component.column);
}

static void compare(struct gw_bootstrap_reader *reader, const struct claims *claims, const struct claim *claim)
{
    for (size_t i = 0; i < claims->count; i++)
        if (claims->items[i].draft->component.section == claim->draft->component.section &&
            claims->items[i].draft != claim->draft && strcmp(claims->items[i].text, claim->text) == 0) {
            report(reader, claim, &claims->items[i]);
            return;
        }
}

static void add_claims(struct gw_bootstrap_reader *reader, const struct gw_component_draft *draft,
                       struct claims *claims)
{
    struct gw_option_table table = gw_option_table_of(draft->component.plugin);

    for (uint32_t i = 0; i < table.count; i++) {
        struct claim claim = {.draft = draft, .option = gw_option_at(&table, i)};

        if (gw_component_claim(reader->arena, &draft->component, claim.option, &claim.text) != GW_OK)
            reader->diagnostics->has_failed = true;
        if (claim.text == NULL)
            continue;
        compare(reader, claims, &claim);
        claims->items[claims->count++] = claim;
    }
}

void gw_reader_exclusive_options(struct gw_bootstrap_reader *reader)
{
    struct claims claims = {gw_reader_alloc(reader, count_options(reader), sizeof *claims.items), 0};

    for (size_t i = 0; i < reader->draft_count && claims.items != NULL; i++)
        if (is_readable(&reader->drafts[i]))
            add_claims(reader, &reader->drafts[i], &claims);
}
