/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The partitions that the group has given to this member, by topic and number; each is a source. Belongs to the
 * worker's thread; knows nothing of librdkafka's calls but the handle by which a message names its topic.
 */
#ifndef KAFKA_CONSUMER_SOURCES_H
#define KAFKA_CONSUMER_SOURCES_H

#include <gangway/log_pace.h>
#include <gangway/option.h>
#include <gangway/text.h>

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum source_state {
    SOURCE_FOUND,  /* ours, and the core does not know it yet */
    SOURCE_OPENED, /* reported, and not started */
    SOURCE_RUNNING /* started: delivers */
};

enum { SOURCE_NO_OFFSET = -1 };

/* What is the matter with a running source; the graver the higher. */
enum source_trouble {
    TROUBLE_NONE,
    TROUBLE_DAMAGE, /* a record set cannot be read: it is fetched again from there */
    TROUBLE_DOUBT   /* what was read last may not fit what is there now: the core is to start it again */
};

/* trouble.c's. */
struct trouble {
    enum source_trouble kind;
    int64_t noted_ms; /* when it was last noted; 0: never */
    int64_t wait_ms;  /* how long it was then waited for */
    int64_t due_ms;   /* when to try again */
    struct gw_log_pace pace;
};

/* lag.c's: a source in which messages seem to wait and which does not move. */
struct stillness {
    int64_t at;
    int64_t since_ms;     /* 0: it moves, or nothing waits */
    int64_t ask_ms;       /* when to ask how far it may be read */
    int64_t readable_end; /* the answer; SOURCE_NO_OFFSET: not known */
};

/* One partition. */
struct source {
    struct topic *topic;
    struct gw_text name; /* CLUSTER/GROUP/TOPIC/PARTITION */
    int32_t partition;
    enum source_state state;
    bool is_gone;    /* taken away; it is freed when nothing of it is lent any more */
    bool is_fetched; /* librdkafka has it in its assignment */
    struct trouble trouble;
    struct stillness stillness;
    uint64_t lent;       /* messages */
    int64_t given;       /* behind the last message that was handed over */
    int64_t passed;      /* behind what is no message there; SOURCE_NO_OFFSET: not known */
    int64_t settled;     /* behind the last message that was settled; SOURCE_NO_OFFSET before the first start */
    int64_t told;        /* what the broker was told of that */
    int64_t last_offset; /* of the last record before `given`; SOURCE_NO_OFFSET: not known */
    uint64_t last_mark;  /* of it */
};

/* One topic of the option `topics`. */
struct topic {
    const char *name;
    struct gw_text type;            /* what its messages are; empty: they say so themselves */
    const rd_kafka_topic_t *handle; /* by which librdkafka's messages name it, once one was seen */
    struct source **sources;        /* by partition, with gaps */
    int32_t count;
    bool is_missing; /* the cluster said that there is none; said once */
};

struct sources {
    struct topic *topics;
    uint32_t topic_count;
    uint32_t count;       /* of sources that are ours */
    struct topic *recent; /* of the last message */
};

/* Takes topics and types from the option, which is borrowed. False: no memory. */
bool sources_init(struct sources *sources, const struct gw_option_map *topics);

/* Frees everything, lent or not. */
void sources_done(struct sources *sources);

struct topic *sources_topic(const struct sources *sources, const char *name);

/* A partition that is ours now. NULL: no memory, or a topic that was not asked for. The name is made of these. */
struct source *sources_add(struct sources *sources, const char *topic, int32_t partition, const char *cluster,
                           const char *group);

/* It is ours no longer. Frees it, now or with the last message that is given back. */
void sources_remove(struct sources *sources, struct source *source);

/* One message less is lent. */
void source_give_back(struct source *source);

/* NULL when it is not ours. */
struct source *sources_find(const struct sources *sources, const char *topic, int32_t partition);
struct source *sources_named(const struct sources *sources, struct gw_text name);

/* The source of a message. NULL when it is not ours. */
struct source *sources_of_message(struct sources *sources, const rd_kafka_message_t *message);

/* The client is ended, and its handles with it. */
void sources_forget_handles(struct sources *sources);

/* The next one after `after` (NULL: the first) that is ours, in no particular order. NULL: no more. */
struct source *sources_next(const struct sources *sources, const struct source *after);

/* Takes a source's name apart: false when it is none of this cluster (NULL: of any) and group. */
bool source_parse(struct gw_text name, const char *cluster, const char *group, char *ret_topic, size_t room,
                  int32_t *ret_partition);

#endif
