/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The partitions that the group has assigned to this member, by topic and number; each is a source. Belongs to the
 * worker's thread. Of librdkafka it knows only the handle by which a message names its topic.
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
    SOURCE_FOUND,  /* assigned, and not reported to the core yet */
    SOURCE_OPENED, /* reported, and not started */
    SOURCE_RUNNING /* started: delivers */
};

enum { SOURCE_NO_OFFSET = -1 };

/* The trouble of a running source. A higher value is more severe. */
enum source_trouble {
    TROUBLE_NONE,
    TROUBLE_DAMAGE, /* a record set cannot be read; it is fetched again */
    TROUBLE_DOUBT   /* the last records may be from a topic that was deleted or recreated, so the core must start the
                       source again */
};

/* Used by trouble.c. */
struct trouble {
    enum source_trouble kind;
    int64_t noted_ms; /* when it was last recorded; 0: never */
    int64_t wait_ms;  /* the wait that followed */
    int64_t due_ms;   /* when to try again */
    struct gw_log_pace pace;
};

/* Used by lag.c: a source that does not move although messages seem to wait. */
struct stillness {
    int64_t at;
    int64_t since_ms;     /* 0: it moves, or no message waits */
    int64_t ask_ms;       /* when to ask up to where it can be read */
    int64_t readable_end; /* the answer; SOURCE_NO_OFFSET: not known */
};

/* One partition. */
struct source {
    struct topic *topic;
    struct gw_text name; /* CLUSTER/GROUP/TOPIC/PARTITION */
    int32_t partition;
    enum source_state state;
    bool is_gone;    /* revoked; freed when no message of it is borrowed any more */
    bool is_fetched; /* librdkafka has it in its assignment */
    struct trouble trouble;
    struct stillness stillness;
    uint64_t lent;       /* number of borrowed messages */
    int64_t given;       /* the offset behind the last message that was handed over */
    int64_t passed;      /* the offset behind the last one without a message; SOURCE_NO_OFFSET: unknown */
    int64_t settled;     /* the offset behind the last settled message; SOURCE_NO_OFFSET before the first start */
    int64_t told;        /* the offset that was committed to the broker */
    int64_t last_offset; /* of the last record before `given`; SOURCE_NO_OFFSET: unknown */
    uint64_t last_mark;  /* the mark of that record */
};

/* One topic of the option `topics`. */
struct topic {
    const char *name;
    struct gw_text type;            /* the command of its messages; empty: each message says it */
    const rd_kafka_topic_t *handle; /* the handle in librdkafka's messages, once a message was seen */
    struct source **sources;        /* by partition, with gaps */
    int32_t count;
    bool is_missing; /* the cluster said that it does not exist, which was logged */
};

struct sources {
    struct topic *topics;
    uint32_t topic_count;
    uint32_t count;       /* number of sources that this member has */
    struct topic *recent; /* the topic of the last message */
};

/* Takes topics and types from the option, which is borrowed. False: no memory. */
bool sources_init(struct sources *sources, const struct gw_option_map *topics);

/* Frees everything, borrowed or not. */
void sources_done(struct sources *sources);

struct topic *sources_topic(const struct sources *sources, const char *name);

/* Adds an assigned partition. The name is made of the arguments. NULL: no memory, or a topic that is not in the option.
 */
struct source *sources_add(struct sources *sources, const char *topic, int32_t partition, const char *cluster,
                           const char *group);

/* Removes a source that this member no longer has. It is freed now, or with the last message that is given back. */
void sources_remove(struct sources *sources, struct source *source);

/* Counts one borrowed message less. */
void source_give_back(struct source *source);

/* NULL: this member does not have it. */
struct source *sources_find(const struct sources *sources, const char *topic, int32_t partition);
struct source *sources_named(const struct sources *sources, struct gw_text name);

/* The source of a message. NULL: this member does not have it. */
struct source *sources_of_message(struct sources *sources, const rd_kafka_message_t *message);

/* Forgets the handles of a client that was ended. */
void sources_forget_handles(struct sources *sources);

/* The source behind `after` (NULL: the first one), in no particular order. NULL: no more. */
struct source *sources_next(const struct sources *sources, const struct source *after);

/* Splits a source's name. False: it is not a source of this cluster (NULL: any) and group. */
bool source_parse(struct gw_text name, const char *cluster, const char *group, char *ret_topic, size_t room,
                  int32_t *ret_partition);

#endif
