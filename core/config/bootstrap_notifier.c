/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the templates and recipients of a destination in its bound config, with the help of its option table. Main
 * thread.
 */
#include "config/bootstrap_reader.h"

#include <string.h>

static const char *config_text(const void *config, const struct gw_option *option)
{
    const char *text;

    memcpy(&text, (const char *)config + option->offset, sizeof text);
    return text;
}

static struct gw_option_list config_list(const void *config, const struct gw_option *option)
{
    struct gw_option_list list;

    memcpy(&list, (const char *)config + option->offset, sizeof list);
    return list;
}

static size_t count_options(const struct gw_option_table *table, uint32_t type)
{
    size_t count = 0;

    for (uint32_t i = 0; i < table->count; i++)
        if (gw_option_at(table, i)->type == type || gw_option_at(table, i)->item_type == type)
            count++;
    return count;
}

static void collect_templates(struct gw_bootstrap_reader *reader, const struct gw_option_table *table,
                              struct gw_component *component)
{
    struct gw_notifier_template *templates =
        gw_reader_alloc(reader, count_options(table, GW_OPTION_TEMPLATE), sizeof *templates);
    size_t count = 0;

    for (uint32_t i = 0; i < table->count && templates != NULL; i++) {
        const struct gw_option *option = gw_option_at(table, i);

        if (option->type == GW_OPTION_TEMPLATE)
            templates[count++] =
                (struct gw_notifier_template){.name = option->name,
                                              .text = config_text(component->config, option),
                                              .escape = (enum gw_escape)option->escape,
                                              .is_published = component->section == GW_SECTION_PUBLISHERS};
    }
    component->templates = templates;
    component->template_count = count;
}

/* The values of one option: all items of a list, or the text if it is set. */
static struct gw_option_list recipients_of(const struct gw_component *component, const struct gw_option *option,
                                           const char **single)
{
    if (option->type == GW_OPTION_LIST && option->item_type == GW_OPTION_RECIPIENT)
        return config_list(component->config, option);
    if (option->type != GW_OPTION_RECIPIENT)
        return (struct gw_option_list){NULL, 0};
    *single = config_text(component->config, option);
    return (struct gw_option_list){single, *single != NULL ? 1 : 0};
}

static bool is_told_already(const struct gw_component *component, const char *recipient)
{
    for (size_t i = 0; i < component->recipient_count; i++)
        if (strcmp(component->recipients[i], recipient) == 0)
            return true;
    return false;
}

/* A repeated recipient is refused, because both rows would have the same idempotency key. */
static void add_recipients(struct gw_bootstrap_reader *reader, struct gw_component_draft *draft,
                           const struct gw_option *option, const char **recipients)
{
    const char *single = NULL;
    struct gw_option_list list = recipients_of(&draft->component, option, &single);
    const struct gw_yaml_node *place = gw_yaml_find(draft->node, option->name);

    for (uint64_t i = 0; i < list.count; i++) {
        if (list.items[i] == NULL)
            continue;
        if (is_told_already(&draft->component, list.items[i]))
            gw_reader_error(reader, place != NULL ? place : draft->node,
                            "a recipient in '%s' is there twice; expected each once", option->name);
        else
            recipients[draft->component.recipient_count++] = list.items[i];
    }
}

static size_t count_recipients(const struct gw_option_table *table, const struct gw_component *component)
{
    const char *single;
    size_t count = 0;

    for (uint32_t i = 0; i < table->count; i++)
        count += recipients_of(component, gw_option_at(table, i), &single).count;
    return count;
}

static void collect_recipients(struct gw_bootstrap_reader *reader, const struct gw_option_table *table,
                               struct gw_component_draft *draft)
{
    const char **recipients =
        gw_reader_alloc(reader, count_recipients(table, &draft->component) + 1, sizeof *recipients);

    if (recipients == NULL)
        return;
    draft->component.recipients = recipients;
    if (count_options(table, GW_OPTION_RECIPIENT) == 0) {
        recipients[draft->component.recipient_count++] = "";
        return;
    }
    for (uint32_t i = 0; i < table->count; i++)
        add_recipients(reader, draft, gw_option_at(table, i), recipients);
}

void gw_reader_publisher(struct gw_bootstrap_reader *reader, struct gw_component_draft *draft)
{
    struct gw_option_table table = gw_option_table_of(draft->component.plugin);

    collect_templates(reader, &table, &draft->component);
}

void gw_reader_notifier(struct gw_bootstrap_reader *reader, struct gw_component_draft *draft)
{
    struct gw_option_table table = gw_option_table_of(draft->component.plugin);

    collect_templates(reader, &table, &draft->component);
    collect_recipients(reader, &table, draft);
    if (draft->component.recipient_count == 0 && !draft->has_wrong_options)
        gw_reader_error(reader, draft->node, "'%s' has no recipient; expected at least one", draft->component.id);
}
