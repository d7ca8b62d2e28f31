/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The slot start: decides from where each source is read, and verifies that the topic is the same as before. The mark
 * of a position contains the timestamp of the last record that was read; that record is read again before anything is
 * fetched. If the topic was recreated, or retention deleted records that were not read, the source is stopped until an
 * operator decides.
 */
#include "mark.h"
#include "membership.h"

#include <gangway/scope.h>
#include <gangway/sdk/calendar.h>

#include <stdlib.h>
#include <string.h>

enum { LOOK_MS = 10000, RANGE_MS = 1000 };

/* One start, and the question to the cluster about it. */
struct candidate {
    struct gw_start *start;
    struct source *source;
    struct lookup_question question;
};

static void stop(struct consumer *self, struct source *source)
{
    source->state = SOURCE_OPENED;
    membership_halt(self, source);
}

/* ---- the questions --------------------------------------------------------------------------------------------- */

static bool has_mark(const struct gw_start *start)
{
    return start->has_mark && start->offset > mark_distance(start->mark);
}

/* The offset of the last record before the position. */
static int64_t last_offset(const struct gw_start *start)
{
    return start->offset - 1 - mark_distance(start->mark);
}

/* The offset to ask about: the record before the position, the position, or the beginning that the operator configured.
 */
static int64_t ask_at(const struct consumer *self, const struct gw_start *start)
{
    if (start->offset != GW_OFFSET_NONE)
        return has_mark(start) ? last_offset(start) : start->offset;
    return self->config->start == START_LATEST ? RD_KAFKA_OFFSET_END : RD_KAFKA_OFFSET_BEGINNING;
}

/* False: there is no question, and the start has its status. */
static bool prepare(struct consumer *self, struct candidate *candidate)
{
    struct gw_start *start = candidate->start;

    candidate->source = sources_named(&self->sources, start->source);
    start->status = GW_OK;
    start->reason[0] = '\0';
    if (candidate->source == NULL) {
        gw_start_refuse(start, GW_TRANSIENT, "the group gave it to another member meanwhile");
        return false;
    }
    if (start->offset == GW_OFFSET_NONE && self->config->start == START_ERROR) {
        gw_start_refuse(start, GW_CONFIG,
                        "no position is stored, and `start` is error: an operator says where it begins");
        stop(self, candidate->source);
        return false;
    }
    candidate->question = (struct lookup_question){
        .topic = candidate->source->topic->name,
        .partition = candidate->source->partition,
        .at = ask_at(self, start),
    };
    return true;
}

/* ---- the answers ----------------------------------------------------------------------------------------------- */

static const char *time_text(uint64_t mark, char text[GW_RFC3339_MAX])
{
    if (mark == 0)
        return "no time";
    gw_rfc3339_write((int64_t)mark, text);
    return text;
}

/* The answer is the record at the offset, or the next one behind it. */
static void judge_record(struct gw_start *start, const struct lookup_question *question)
{
    char found[GW_RFC3339_MAX];
    char expected[GW_RFC3339_MAX];

    if (!has_mark(start))
        return;
    if (question->offset != question->at)
        gw_start_refuse(start, GW_CONFIG,
                        "the record read last, at offset %lld, is gone, and the next one is at %lld: was the "
                        "topic created again, or compacted?",
                        (long long)question->at, (long long)question->offset);
    else if (question->mark != mark_time(start->mark))
        gw_start_refuse(start, GW_CONFIG,
                        "at offset %lld is a record of %s (%llu), and the one read there was of %s (%llu): "
                        "was the topic created again?",
                        (long long)question->at, time_text(question->mark, found), (unsigned long long)question->mark,
                        time_text(mark_time(start->mark), expected), (unsigned long long)mark_time(start->mark));
}

static void refuse_range(struct gw_start *start, rd_kafka_resp_err_t code)
{
    gw_start_refuse(start, GW_TRANSIENT, "where its records begin and end is not known: %s", rd_kafka_err2str(code));
}

static void refuse_deleted(struct gw_start *start, int64_t first)
{
    gw_start_refuse(start, GW_CONFIG,
                    "%lld records were deleted before they were read: the position is %lld, and the first that is kept "
                    "is %lld",
                    (long long)(first - start->offset), (long long)start->offset, (long long)first);
}

static void refuse_end(struct gw_start *start, int64_t end)
{
    gw_start_refuse(start, GW_CONFIG,
                    "the partition ends at offset %lld, before the position %lld: was the topic created again?",
                    (long long)end, (long long)start->offset);
}

static void judge_end(struct gw_start *start, const struct lookup_question *question)
{
    if (has_mark(start))
        refuse_end(start, question->offset);
}

/* Where the partition begins and ends. Returns whether the source was refused: that is not known, or the position is
 * outside. */
static bool refuse_outside(struct consumer *self, struct gw_start *start, const struct lookup_question *question,
                           int64_t *ret_first, int64_t *ret_end)
{
    bool is_new = start->offset == GW_OFFSET_NONE;
    rd_kafka_resp_err_t code =
        lookup_range(&self->lookup, question->topic, question->partition, RANGE_MS, ret_first, ret_end);

    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        refuse_range(start, code);
    else if (!is_new && *ret_first > start->offset)
        refuse_deleted(start, *ret_first);
    else if (!is_new && *ret_end < start->offset)
        refuse_end(start, *ret_end);
    else
        return false;
    return true;
}

/* Retention may have deleted only records that were read; then nothing is lost. */
static void judge_range(struct consumer *self, struct gw_start *start, const struct lookup_question *question)
{
    int64_t first = 0;
    int64_t end = 0;

    if (!refuse_outside(self, start, question, &first, &end) && first <= question->at)
        gw_start_refuse(start, GW_TRANSIENT,
                        "its records begin at %lld and end at %lld, and were out of reach a moment ago",
                        (long long)first, (long long)end);
}

/* The record cannot be read, so its mark cannot be compared; only the beginning and end of the partition are checked. A
 * source whose next record is that one starts, and does not move. */
static void judge_unreadable(struct consumer *self, struct gw_start *start, const struct lookup_question *question)
{
    int64_t first = 0;
    int64_t end = 0;

    if (!refuse_outside(self, start, question, &first, &end) && start->offset == GW_OFFSET_NONE)
        start->offset = self->config->start == START_LATEST ? end : first;
}

static void decide_start(struct consumer *self, struct gw_start *start, const struct lookup_question *question)
{
    bool is_new = start->offset == GW_OFFSET_NONE;

    switch (question->answer) {
    case LOOKUP_RECORD:
    case LOOKUP_END:
        if (is_new)
            start->offset = question->offset;
        else if (question->answer == LOOKUP_RECORD)
            judge_record(start, question);
        else
            judge_end(start, question);
        break;
    case LOOKUP_OUT_OF_RANGE:
        if (is_new)
            gw_start_refuse(start, GW_TRANSIENT, "its beginning changed while it was looked for");
        else
            judge_range(self, start, question);
        break;
    case LOOKUP_UNREADABLE:
        judge_unreadable(self, start, question);
        break;
    case LOOKUP_FAILED:
        gw_start_refuse(start, kafka_status(question->code), "%s", kafka_text(question->code));
        break;
    case LOOKUP_NONE:
    default:
        gw_start_refuse(start, GW_TRANSIENT, "its broker does not answer");
    }
}

/* ---- all of them ----------------------------------------------------------------------------------------------- */

static enum gw_status look_up_records(struct consumer *self, struct candidate *candidates, uint32_t count,
                                      struct gw_error *reterr)
{
    struct lookup_question *questions = calloc((size_t)count + 1, sizeof *questions);
    enum gw_status status;
    uint32_t index;

    if (questions == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory to look at %u partitions", count);
    for (index = 0; index < count; index++)
        questions[index] = candidates[index].question;
    status = count > 0 ? lookup_ask(&self->lookup, questions, count, LOOK_MS, reterr) : GW_OK;
    for (index = 0; index < count && status == GW_OK; index++)
        decide_start(self, candidates[index].start, &questions[index]);
    free(questions);
    return status;
}

static void begin(struct source *source, const struct gw_start *start)
{
    source->given = source->settled = start->offset;
    source->passed = source->told = SOURCE_NO_OFFSET;
    source->trouble.kind = TROUBLE_NONE;
    source->last_offset = has_mark(start) ? last_offset(start) : SOURCE_NO_OFFSET;
    source->last_mark = start->mark;
}

/* Fetches the sources that are OK, and stops fetching the others. */
static enum gw_status run(struct consumer *self, struct candidate *candidates, uint32_t count, struct gw_error *reterr)
{
    struct source **sources = calloc((size_t)count + 1, sizeof *sources);
    uint32_t well = 0;
    uint32_t index;
    enum gw_status status;

    if (sources == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory to start %u partitions", count);
    for (index = 0; index < count; index++) {
        struct source *source = candidates[index].source;

        stop(self, source);
        if (candidates[index].start->status != GW_OK)
            continue;
        begin(source, candidates[index].start);
        sources[well++] = source;
    }
    status = well > 0 ? membership_fetch(self, sources, well, reterr) : GW_OK;
    for (index = 0; index < well && status == GW_OK; index++)
        sources[index]->state = SOURCE_RUNNING;
    free(sources);
    return status;
}

enum gw_status consumer_start(void *opaque, struct gw_start *starts, uint32_t count, struct gw_error *reterr)
{
    struct consumer *self = opaque;
    struct candidate *candidates = calloc((size_t)count + 1, sizeof *candidates);
    uint32_t asked = 0;
    uint32_t index;
    enum gw_status status;

    if (candidates == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory to start %u partitions", count);
    for (index = 0; index < count; index++) {
        candidates[asked].start = &starts[index];
        asked += prepare(self, &candidates[asked]);
    }
    status = look_up_records(self, candidates, asked, reterr);
    if (status == GW_OK)
        status = run(self, candidates, asked, reterr);
    free(candidates);
    return status;
}
