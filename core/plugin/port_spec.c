/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The slots of the four ports, as their headers in include/gangway/port mark them: MUST for all plugins, or MUST for
 * those with a feature bit. A slot that a later minor version adds is MAY and is not listed. Constants, any thread.
 */
#include "plugin/port_spec.h"

#include <gangway/port/entrypoint.h>
#include <gangway/port/notifier.h>
#include <gangway/port/publisher.h>
#include <gangway/port/repository.h>
#include <gangway/scope.h>

/* The size of a struct whose last member was `member`. This is the size in the first minor version, even if the struct
 * has grown since. */
#define SIZE_UP_TO(type, member) (offsetof(type, member) + sizeof(((type *)NULL)->member))

#define SLOT(type, name, feature)            \
    {                                        \
#name, offsetof(type, name), feature \
    }

static const struct gw_slot_spec entrypoint_slots[] = {
    SLOT(struct gw_entrypoint_ops, poll, 0),
    SLOT(struct gw_entrypoint_ops, settle, 0),
    SLOT(struct gw_entrypoint_ops, start, GW_ENTRYPOINT_ORDERED),
};

static const struct gw_feature_spec entrypoint_features[] = {
    {GW_ENTRYPOINT_ORDERED, "ORDERED"},
    {GW_ENTRYPOINT_ANSWERS, "ANSWERS"},
    {GW_ENTRYPOINT_SINGLE, "SINGLE"},
};

static const struct gw_slot_spec repository_slots[] = {
    SLOT(struct gw_repository_ops, migrate, 0),
    SLOT(struct gw_repository_ops, claim, 0),
    SLOT(struct gw_repository_ops, open_session, 0),
    SLOT(struct gw_repository_ops, close_session, 0),
    SLOT(struct gw_repository_ops, load, 0),
    SLOT(struct gw_repository_ops, apply, 0),
    SLOT(struct gw_repository_ops, positions, 0),
    SLOT(struct gw_repository_ops, set_position, 0),
    SLOT(struct gw_repository_ops, forget_position, 0),
    SLOT(struct gw_repository_ops, query, 0),
    SLOT(struct gw_repository_ops, advance, GW_REPOSITORY_INBOX),
    SLOT(struct gw_repository_ops, expire, GW_REPOSITORY_INBOX),
    SLOT(struct gw_repository_ops, outbox_next, GW_REPOSITORY_OUTBOX),
    SLOT(struct gw_repository_ops, outbox_settle, GW_REPOSITORY_OUTBOX),
    SLOT(struct gw_repository_ops, outbox_figures, GW_REPOSITORY_OUTBOX),
    SLOT(struct gw_repository_ops, lease, GW_REPOSITORY_SHARED),
    SLOT(struct gw_repository_ops, dead_list, GW_REPOSITORY_DEAD_LETTERS),
    SLOT(struct gw_repository_ops, dead_discard, GW_REPOSITORY_DEAD_LETTERS),
    SLOT(struct gw_repository_ops, dead_requeue, GW_REPOSITORY_DEAD_LETTERS),
    SLOT(struct gw_repository_ops, dead_count, GW_REPOSITORY_DEAD_LETTERS),
    SLOT(struct gw_repository_ops, notices_next, GW_REPOSITORY_NOTICES),
    SLOT(struct gw_repository_ops, notices_settle, GW_REPOSITORY_NOTICES),
    SLOT(struct gw_repository_ops, notices_recipients, GW_REPOSITORY_NOTICES),
    SLOT(struct gw_repository_ops, notices_last_answer, GW_REPOSITORY_NOTICES),
    SLOT(struct gw_repository_ops, notices_history, GW_REPOSITORY_NOTICES),
    SLOT(struct gw_repository_ops, notices_expire, GW_REPOSITORY_NOTICES),
    SLOT(struct gw_repository_ops, notices_forget, GW_REPOSITORY_NOTICES),
};

static const struct gw_feature_spec repository_features[] = {
    {GW_REPOSITORY_OUTBOX, "OUTBOX"}, {GW_REPOSITORY_DEAD_LETTERS, "DEAD_LETTERS"}, {GW_REPOSITORY_INBOX, "INBOX"},
    {GW_REPOSITORY_SHARED, "SHARED"}, {GW_REPOSITORY_NOTICES, "NOTICES"},
};

static const struct gw_slot_spec publisher_slots[] = {
    SLOT(struct gw_publisher_ops, publish, 0),
};

static const struct gw_slot_spec notifier_slots[] = {
    SLOT(struct gw_notifier_ops, send, 0),
};

static const struct gw_feature_spec notifier_features[] = {
    {GW_NOTIFIER_THREADS, "THREADS"},
};

static const struct gw_port_spec ports[] = {
    {
        .number = GW_PORT_ENTRYPOINT,
        .word = "entrypoint",
        .major = GW_ENTRYPOINT_MAJOR,
        .minor = GW_ENTRYPOINT_MINOR,
        .ops_size = SIZE_UP_TO(struct gw_entrypoint_ops, resolve),
        .features = entrypoint_features,
        .feature_count = gw_array_length(entrypoint_features),
        .slots = entrypoint_slots,
        .slot_count = gw_array_length(entrypoint_slots),
    },
    {
        .number = GW_PORT_REPOSITORY,
        .word = "repository",
        .major = GW_REPOSITORY_MAJOR,
        .minor = GW_REPOSITORY_MINOR,
        .ops_size = SIZE_UP_TO(struct gw_repository_ops, outbox_await),
        .features = repository_features,
        .feature_count = gw_array_length(repository_features),
        .slots = repository_slots,
        .slot_count = gw_array_length(repository_slots),
    },
    {
        .number = GW_PORT_PUBLISHER,
        .word = "publisher",
        .major = GW_PUBLISHER_MAJOR,
        .minor = GW_PUBLISHER_MINOR,
        .ops_size = SIZE_UP_TO(struct gw_publisher_ops, keepalive),
        .slots = publisher_slots,
        .slot_count = gw_array_length(publisher_slots),
    },
    {
        .number = GW_PORT_NOTIFIER,
        .word = "notifier",
        .major = GW_NOTIFIER_MAJOR,
        .minor = GW_NOTIFIER_MINOR,
        .ops_size = SIZE_UP_TO(struct gw_notifier_ops, keepalive),
        .features = notifier_features,
        .feature_count = gw_array_length(notifier_features),
        .slots = notifier_slots,
        .slot_count = gw_array_length(notifier_slots),
    },
};

const struct gw_port_spec *gw_port_spec_find(uint32_t number)
{
    for (size_t i = 0; i < gw_array_length(ports); i++) {
        if (ports[i].number == number)
            return &ports[i];
    }
    return NULL;
}

const char *gw_port_feature_word(const struct gw_port_spec *port, uint32_t bit)
{
    for (size_t i = 0; i < port->feature_count; i++) {
        if (port->features[i].bit == bit)
            return port->features[i].word;
    }
    return NULL;
}
