/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks the descriptor: first magic, versions and size, then each member. port_spec.h says which slots a port
 * requires; option_check.c checks the option table. Any thread.
 */
#include "plugin/plugin_check.h"

#include "plugin/loaded_memory.h"
#include "plugin/metric_check.h"
#include "plugin/option_check.h"
#include "plugin/port_spec.h"

#include <gangway/scope.h>

#include <stddef.h>

enum {
    /* magic, struct_size, abi_major, abi_minor: their layout never changes */
    PROLOGUE_SIZE = offsetof(struct gw_plugin, port_major),
    OPS_SIZE_MAX = 4096,
    SHOWN_MAX = 80
};

/* sizeof(struct gw_plugin) in each minor version of the ABI. A minor version that makes it larger adds a line. */
static const uint32_t descriptor_sizes[GW_ABI_MINOR + 1] = {
    [0] = offsetof(struct gw_plugin, lint) + sizeof(((struct gw_plugin *)NULL)->lint),
};

static bool fail(struct gw_inspection *inspection, const char *subject, const char *text)
{
    return gw_inspection_fail(inspection, GW_ABI, subject, "%s", text);
}

static bool check_magic(struct gw_inspection *inspection, const struct gw_plugin *plugin, uint64_t symbol_size)
{
    if ((uintptr_t)plugin % _Alignof(struct gw_plugin) != 0 || gw_loaded_readable(plugin) < PROLOGUE_SIZE)
        return fail(inspection, "magic", "its descriptor lies in no memory of a loaded object, or is not aligned");
    if (symbol_size < PROLOGUE_SIZE)
        return gw_inspection_fail(inspection, GW_ABI, "magic", "its descriptor has %llu bytes, expected %u",
                                  (unsigned long long)symbol_size, descriptor_sizes[GW_ABI_MINOR]);
    if (plugin->magic != GW_PLUGIN_MAGIC)
        return gw_inspection_fail(inspection, GW_ABI, "magic", "its descriptor's magic is 0x%08x, expected 0x%08x",
                                  plugin->magic, (unsigned)GW_PLUGIN_MAGIC);
    return gw_inspection_pass(inspection, "magic", "0x%08x", plugin->magic);
}

/* A plugin's version is accepted if the major numbers are equal and its minor is not above the core's. */
static bool check_version(struct gw_inspection *inspection, const char *subject, const uint16_t found[2],
                          const uint16_t ours[2])
{
    if (found[0] == ours[0] && found[1] <= ours[1])
        return gw_inspection_pass(inspection, subject, "%u.%u, and this core has %u.%u", found[0], found[1], ours[0],
                                  ours[1]);
    return gw_inspection_fail(inspection, GW_ABI, subject, "it was built for %s %u.%u, expected %u.0 up to %u.%u",
                              subject, found[0], found[1], ours[0], ours[0], ours[1]);
}

static bool check_abi(struct gw_inspection *inspection, const struct gw_plugin *plugin)
{
    return check_version(inspection, "abi", (const uint16_t[]){plugin->abi_major, plugin->abi_minor},
                         (const uint16_t[]){GW_ABI_MAJOR, GW_ABI_MINOR});
}

static bool check_size(struct gw_inspection *inspection, const struct gw_plugin *plugin, uint64_t symbol_size)
{
    uint32_t expected = descriptor_sizes[plugin->abi_minor];

    if (plugin->struct_size != expected)
        return gw_inspection_fail(inspection, GW_ABI, "descriptor size",
                                  "its descriptor says that it has %u bytes, expected %u of abi %u.%u",
                                  plugin->struct_size, expected, plugin->abi_major, plugin->abi_minor);
    if (symbol_size < expected || gw_loaded_readable(plugin) < expected)
        return gw_inspection_fail(inspection, GW_ABI, "descriptor size",
                                  "its descriptor says that it has %u bytes, and its symbol has %llu", expected,
                                  (unsigned long long)symbol_size);
    return gw_inspection_pass(inspection, "descriptor size", "%u bytes", expected);
}

static const struct gw_port_spec *check_port(struct gw_inspection *inspection, const struct gw_plugin *plugin)
{
    const struct gw_port_spec *port = gw_port_spec_find(plugin->port);

    if (port == NULL) {
#define PORT_WORD(name, number, word) " " #number " (" word ")"
        gw_inspection_fail(inspection, GW_ABI, "port", "its port is number %u, expected one of" GW_PORT_LIST(PORT_WORD),
                           plugin->port);
#undef PORT_WORD
        return NULL;
    }
    if (!check_version(inspection, port->word, (const uint16_t[]){plugin->port_major, plugin->port_minor},
                       (const uint16_t[]){port->major, port->minor}))
        return NULL;
    return port;
}

static bool check_name(struct gw_inspection *inspection, const struct gw_plugin *plugin, const char *name)
{
    char shown[SHOWN_MAX];

    if (!gw_loaded_is_string(plugin->name) || strcmp(plugin->name, name) != 0)
        return gw_inspection_fail(inspection, GW_ABI, "name",
                                  "its descriptor's name is '%s', expected '%s' as its file",
                                  gw_loaded_show(plugin->name, shown, sizeof shown), name);
    return gw_inspection_pass(inspection, "name", "'%s', as its file", name);
}

static bool check_text(struct gw_inspection *inspection, const char *subject, const char *text)
{
    char shown[SHOWN_MAX];

    if (!gw_loaded_is_string(text) || text[0] == '\0')
        return gw_inspection_fail(
            inspection, GW_ABI, subject, "its %s is %s, expected text", subject,
            text != NULL && gw_loaded_is_string(text) ? "empty" : gw_loaded_show(text, shown, sizeof shown));
    return gw_inspection_pass(inspection, subject, "%s", gw_loaded_show(text, shown, sizeof shown));
}

static bool check_features(struct gw_inspection *inspection, const struct gw_plugin *plugin,
                           const struct gw_port_spec *port)
{
    uint32_t known = 0;

    for (size_t i = 0; i < port->feature_count; i++)
        known |= port->features[i].bit;
    if ((plugin->features & ~known) != 0)
        return gw_inspection_fail(inspection, GW_ABI, "features",
                                  "its features are 0x%x, expected only bits of 0x%x, which %s %u.%u knows",
                                  plugin->features, known, port->word, port->major, port->minor);
    return gw_inspection_pass(inspection, "features", "0x%x", plugin->features);
}

static bool check_slot(struct gw_inspection *inspection, const struct gw_plugin *plugin,
                       const struct gw_port_spec *port, const struct gw_slot_spec *slot)
{
    const char *word = gw_port_feature_word(port, slot->feature);
    const void *function;

    if (slot->feature != 0 && (plugin->features & slot->feature) == 0)
        return true;
    /* The plugin's own struct is too short for this slot, so it does not have it. */
    if (slot->offset + sizeof function > *(const uint32_t *)plugin->ops)
        function = NULL;
    else
        memcpy(&function, (const char *)plugin->ops + slot->offset, sizeof function);
    if (function == NULL)
        return gw_inspection_fail(inspection, GW_ABI, "slots", "its slot %s is NULL, expected a function%s%s",
                                  slot->name, word != NULL ? ", as its features say " : "", word != NULL ? word : "");
    if (!gw_loaded_is_code(function))
        return gw_inspection_fail(inspection, GW_ABI, "slots", "its slot %s points to no code, expected a function",
                                  slot->name);
    return true;
}

static bool check_slots(struct gw_inspection *inspection, const struct gw_plugin *plugin,
                        const struct gw_port_spec *port)
{
    bool is_well = true;

    for (size_t i = 0; i < port->slot_count; i++)
        is_well = check_slot(inspection, plugin, port, &port->slots[i]) && is_well;
    if (is_well)
        (void)gw_inspection_pass(inspection, "slots", "every mandatory one is a function");
    return is_well;
}

static bool check_ops(struct gw_inspection *inspection, const struct gw_plugin *plugin, const struct gw_port_spec *port)
{
    size_t readable = gw_loaded_readable(plugin->ops);
    uint32_t size;

    if (plugin->ops == NULL)
        return fail(inspection, "operations", "it has no operations (NULL), expected those of its port");
    if (readable < sizeof size || (uintptr_t)plugin->ops % sizeof(void *) != 0)
        return fail(inspection, "operations", "its operations lie in no memory of a loaded object");
    memcpy(&size, plugin->ops, sizeof size);
    if (size < port->ops_size || size > OPS_SIZE_MAX || size % sizeof(void *) != 0 || size > readable)
        return gw_inspection_fail(inspection, GW_ABI, "operations",
                                  "its operations say that they have %u bytes, expected %u of %s %u.0 or a little more",
                                  size, port->ops_size, port->word, port->major);
    (void)gw_inspection_pass(inspection, "operations", "%u bytes", size);
    return check_slots(inspection, plugin, port);
}

static bool check_lint(struct gw_inspection *inspection, const struct gw_plugin *plugin)
{
    const void *function;

    memcpy(&function, &plugin->lint, sizeof function);
    if (function != NULL && !gw_loaded_is_code(function))
        return gw_inspection_fail(inspection, GW_ABI, "lint",
                                  "its lint points to no code, expected a function or NULL");
    return gw_inspection_pass(inspection, "lint", "%s", function != NULL ? "is a function" : "it has none");
}

static bool check_functions(struct gw_inspection *inspection, const struct gw_plugin *plugin)
{
    const void *functions[3];
    static const char *const names[3] = {"open", "close", "check"};
    bool is_well = true;

    memcpy(&functions[0], &plugin->open, sizeof functions[0]);
    memcpy(&functions[1], &plugin->close, sizeof functions[1]);
    memcpy(&functions[2], &plugin->check, sizeof functions[2]);
    for (size_t i = 0; i < gw_array_length(functions); i++) {
        if (functions[i] == NULL || !gw_loaded_is_code(functions[i]))
            is_well = gw_inspection_fail(inspection, GW_ABI, "functions", "its %s %s, expected a function", names[i],
                                         functions[i] == NULL ? "is NULL" : "points to no code");
    }
    if (is_well)
        (void)gw_inspection_pass(inspection, "functions", "open, close and check are functions");
    return is_well;
}

bool gw_plugin_check(struct gw_inspection *inspection, const struct gw_plugin *plugin, uint64_t symbol_size,
                     const char *name)
{
    const struct gw_port_spec *port;

    if (!check_magic(inspection, plugin, symbol_size) || !check_abi(inspection, plugin) ||
        !check_size(inspection, plugin, symbol_size))
        return false;
    (void)check_name(inspection, plugin, name);
    (void)check_text(inspection, "version", plugin->version);
    (void)check_text(inspection, "summary", plugin->summary);
    (void)check_functions(inspection, plugin);
    (void)check_lint(inspection, plugin);
    port = check_port(inspection, plugin);
    if (port != NULL) {
        (void)check_features(inspection, plugin, port);
        (void)check_ops(inspection, plugin, port);
    }
    (void)gw_option_table_check(inspection, plugin);
    (void)gw_metric_table_check(inspection, plugin);
    if (plugin->reserved != 0)
        (void)gw_inspection_fail(inspection, GW_ABI, "reserved", "its reserved field is %u, expected 0",
                                 plugin->reserved);
    return !gw_inspection_has_failed(inspection);
}
