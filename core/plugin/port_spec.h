/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ports as tables: their numbers, versions, features and mandatory slots, so that nobody needs a case per port to
 * know whether a plugin has all that its port asks for. Static storage, any thread.
 */
#ifndef GW_PLUGIN_PORT_SPEC_H
#define GW_PLUGIN_PORT_SPEC_H

#include <stddef.h>
#include <stdint.h>

/* A slot that may not be NULL. */
struct gw_slot_spec {
    const char *name;
    uint32_t offset;  /* in the ops struct */
    uint32_t feature; /* mandatory only for plugins with this bit; 0: for all */
};

struct gw_feature_spec {
    uint32_t bit;
    const char *word;
};

struct gw_port_spec {
    uint32_t number; /* enum gw_port */
    const char *word;
    uint16_t major; /* what this core speaks: this major, up to this minor */
    uint16_t minor;
    uint32_t ops_size; /* of the major's first minor: the least that a plugin has */
    const struct gw_feature_spec *features;
    size_t feature_count;
    const struct gw_slot_spec *slots;
    size_t slot_count;
};

/* The port of this number; NULL when there is none. */
const struct gw_port_spec *gw_port_spec_find(uint32_t number);

/* The word for one feature bit of a port; NULL when the port has none such. */
const char *gw_port_feature_word(const struct gw_port_spec *port, uint32_t bit);

#endif
