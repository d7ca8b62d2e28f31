/* SPDX-License-Identifier: Apache-2.0 */
/* Topics and their partitions, found by message, by name and by number. See sources.h. */
#include "sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool sources_init(struct sources *sources, const struct gw_option_map *topics)
{
    uint64_t index;

    memset(sources, 0, sizeof *sources);
    sources->topics = calloc((size_t)topics->count, sizeof *sources->topics);
    if (sources->topics == NULL)
        return false;
    sources->topic_count = (uint32_t)topics->count;
    for (index = 0; index < topics->count; index++) {
        struct topic *topic = &sources->topics[index];

        topic->name = topics->items[index].key;
        if (strcmp(topics->items[index].value, "auto") != 0)
            topic->type = gw_text_of(topics->items[index].value);
    }
    return true;
}

static void source_free(struct source *source)
{
    free((void *)source->name.ptr);
    free(source);
}

void sources_done(struct sources *sources)
{
    uint32_t index;
    int32_t partition;

    for (index = 0; index < sources->topic_count; index++) {
        struct topic *topic = &sources->topics[index];

        for (partition = 0; partition < topic->count; partition++)
            if (topic->sources[partition] != NULL)
                source_free(topic->sources[partition]);
        free(topic->sources);
    }
    free(sources->topics);
    memset(sources, 0, sizeof *sources);
}

struct topic *sources_topic(const struct sources *sources, const char *name)
{
    uint32_t index;

    for (index = 0; index < sources->topic_count; index++)
        if (strcmp(sources->topics[index].name, name) == 0)
            return &sources->topics[index];
    return NULL;
}

/* Makes room for this partition. */
static bool topic_reach(struct topic *topic, int32_t partition)
{
    int32_t count = topic->count > 0 ? topic->count : 16;
    struct source **grown;

    if (partition < topic->count)
        return true;
    while (count <= partition && count <= INT32_MAX / 2)
        count *= 2;
    grown = realloc(topic->sources, (size_t)count * sizeof *grown);
    if (grown == NULL || count <= partition)
        return false;
    memset(grown + topic->count, 0, (size_t)(count - topic->count) * sizeof *grown);
    topic->sources = grown;
    topic->count = count;
    return true;
}

static char *name_make(const char *cluster, const char *group, const char *topic, int32_t partition)
{
    size_t room = strlen(cluster) + strlen(group) + strlen(topic) + 16;
    char *name = malloc(room);

    if (name != NULL)
        (void)snprintf(name, room, "%s/%s/%s/%d", cluster, group, topic, (int)partition);
    return name;
}

struct source *sources_add(struct sources *sources, const char *topic, int32_t partition, const char *cluster,
                           const char *group)
{
    struct topic *owner = sources_topic(sources, topic);
    struct source *source;
    char *name;

    if (owner == NULL || partition < 0 || !topic_reach(owner, partition))
        return NULL;
    source = calloc(1, sizeof *source);
    name = name_make(cluster, group, topic, partition);
    if (source == NULL || name == NULL) {
        free(source);
        free(name);
        return NULL;
    }
    source->topic = owner;
    source->name = gw_text_of(name);
    source->partition = partition;
    source->given = source->passed = source->settled = source->told = source->last_offset = SOURCE_NO_OFFSET;
    owner->sources[partition] = source;
    owner->is_missing = false;
    sources->count++;
    return source;
}

void sources_remove(struct sources *sources, struct source *source)
{
    source->topic->sources[source->partition] = NULL;
    source->is_gone = true;
    sources->count--;
    if (source->lent == 0)
        source_free(source);
}

void source_give_back(struct source *source)
{
    source->lent--;
    if (source->is_gone && source->lent == 0)
        source_free(source);
}

static struct source *topic_source(const struct topic *topic, int32_t partition)
{
    return partition >= 0 && partition < topic->count ? topic->sources[partition] : NULL;
}

struct source *sources_find(const struct sources *sources, const char *topic, int32_t partition)
{
    const struct topic *owner = sources_topic(sources, topic);

    return owner != NULL ? topic_source(owner, partition) : NULL;
}

struct source *sources_named(const struct sources *sources, struct gw_text name)
{
    struct source *source = NULL;

    while ((source = sources_next(sources, source)) != NULL)
        if (gw_text_equal(source->name, name))
            return source;
    return NULL;
}

/* A handle identifies a topic as long as the client lives, so the name is compared only once. */
static struct topic *topic_of_handle(struct sources *sources, const rd_kafka_topic_t *handle)
{
    struct topic *topic;
    uint32_t index;

    for (index = 0; index < sources->topic_count; index++)
        if (sources->topics[index].handle == handle)
            return &sources->topics[index];
    topic = sources_topic(sources, rd_kafka_topic_name(handle));
    if (topic != NULL)
        topic->handle = handle;
    return topic;
}

struct source *sources_of_message(struct sources *sources, const rd_kafka_message_t *message)
{
    if (message->rkt == NULL)
        return NULL;
    if (sources->recent == NULL || sources->recent->handle != message->rkt)
        sources->recent = topic_of_handle(sources, message->rkt);
    return sources->recent != NULL ? topic_source(sources->recent, message->partition) : NULL;
}

void sources_forget_handles(struct sources *sources)
{
    uint32_t index;

    for (index = 0; index < sources->topic_count; index++)
        sources->topics[index].handle = NULL;
    sources->recent = NULL;
}

struct source *sources_next(const struct sources *sources, const struct source *after)
{
    uint32_t index = after != NULL ? (uint32_t)(after->topic - sources->topics) : 0;
    int32_t partition = after != NULL ? after->partition + 1 : 0;

    for (; index < sources->topic_count; index++, partition = 0) {
        const struct topic *topic = &sources->topics[index];

        for (; partition < topic->count; partition++)
            if (topic->sources[partition] != NULL)
                return topic->sources[partition];
    }
    return NULL;
}

/* The partition: the number behind the last slash of a name of len bytes. */
static bool parse_partition(const char *name, size_t len, size_t *ret_slash, int32_t *ret_partition)
{
    size_t at = len;
    int64_t number = 0;
    int64_t unit = 1;

    while (at > 0 && name[at - 1] >= '0' && name[at - 1] <= '9' && len - at < 10) {
        at--;
        number += (name[at] - '0') * unit;
        unit *= 10;
    }
    if (at == len || at == 0 || name[at - 1] != '/' || number > INT32_MAX || (name[at] == '0' && len - at > 1))
        return false;
    *ret_slash = at - 1;
    *ret_partition = (int32_t)number;
    return true;
}

/* The id of a cluster and the name of a topic contain no slash; the name of a group may. */
bool source_parse(struct gw_text name, const char *cluster, const char *group, char *ret_topic, size_t room,
                  int32_t *ret_partition)
{
    size_t group_len = strlen(group);
    size_t end = 0;
    size_t topic;
    const char *slash = name.len > 0 ? memchr(name.ptr, '/', (size_t)name.len) : NULL;
    size_t head = slash != NULL ? (size_t)(slash - name.ptr) : 0;

    if (slash == NULL || !parse_partition(name.ptr, (size_t)name.len, &end, ret_partition))
        return false;
    for (topic = end; topic > head && name.ptr[topic - 1] != '/'; topic--)
        ;
    if (topic <= head + 1 || topic == end || end - topic >= room)
        return false;
    if (cluster != NULL && (strlen(cluster) != head || memcmp(name.ptr, cluster, head) != 0))
        return false;
    if (topic - 1 - (head + 1) != group_len || memcmp(name.ptr + head + 1, group, group_len) != 0)
        return false;
    memcpy(ret_topic, name.ptr + topic, end - topic);
    ret_topic[end - topic] = '\0';
    return true;
}
