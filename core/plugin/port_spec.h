/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ports as tables: numbers, versions, features and mandatory slots. So no code needs a case per port to check
 * whether a plugin is complete. Static storage, any thread.
 */
#ifndef GW_PLUGIN_PORT_SPEC_H
#define GW_PLUGIN_PORT_SPEC_H

#include <stddef.h>
#include <stdint.h>

/* A slot that may not be NULL. */
struct gw_slot_spec {
    const char *name;
    uint32_t offset;  /* in the ops struct */
    uint32_t feature; /* mandatory only for plugins with this feature bit; 0: for all */
};

struct gw_feature_spec {
    uint32_t bit;
    const char *word;
};

struct gw_port_spec {
    uint32_t number; /* enum gw_port */
    const char *word;
    uint16_t major; /* the versions that this core accepts: this major, up to this minor */
    uint16_t minor;
    uint32_t ops_size; /* in the first minor version: the smallest struct of a plugin */
    const struct gw_feature_spec *features;
    size_t feature_count;
    const struct gw_slot_spec *slots;
    size_t slot_count;
};

/* The port with this number; NULL: there is none. */
const struct gw_port_spec *gw_port_spec_find(uint32_t number);

/* The word for a feature bit of a port; NULL: the port has no such feature. */
const char *gw_port_feature_word(const struct gw_port_spec *port, uint32_t bit);

#endif
