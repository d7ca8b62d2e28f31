/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses the status for an error of librdkafka or of a broker. */
#include "client.h"

#include <stdarg.h>
#include <stdio.h>

/*
 * CONFIG is for errors that last until somebody changes the cluster or the bootstrap file: rights, logins,
 * certificates, a missing topic, a request that the brokers do not support. They are retried nevertheless, at long
 * intervals, because the change may be on the cluster.
 *
 * PERMANENT is for one record: its size or its content. If a batch was refused for its size, only sending its records
 * one by one shows which record was the cause.
 *
 * Everything else is transient: leaders move, brokers return, coordinators load, quotas refill. An unknown code counts
 * as transient too, because retrying a record needlessly does less harm than giving it up needlessly.
 */
enum gw_status kafka_status(rd_kafka_resp_err_t code)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return GW_OK;
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
    case RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE:
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR_SECURITY_DISABLED:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE:
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR_INVALID_REQUIRED_ACKS:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP: /* a record carries the time of sending, so a clock is wrong */
    case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
    case RD_KAFKA_RESP_ERR_INVALID_GROUP_ID:
    case RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT:
    case RD_KAFKA_RESP_ERR_GROUP_MAX_SIZE_REACHED:
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID: /* another member has the same static membership */
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
        return GW_CONFIG;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
        return GW_PERMANENT;
    default:
        return GW_TRANSIENT;
    }
}

/* Errors that a missing connection can cause for a caller that waits for an answer. */
static bool may_be_connection(rd_kafka_resp_err_t code)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
        return true;
    default:
        return false;
    }
}

const char *kafka_text(rd_kafka_resp_err_t code)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        return "there is no such topic";
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION: /* no option names partitions by number */
        return "there is no such topic any more";
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        return "this user may not use the topic";
    default:
        return rd_kafka_err2str(code);
    }
}

/* Why there was no answer: a client with a fatal error, or a missing connection. */
static const struct kafka_cause *cause_of(const struct kafka_watch *watch, rd_kafka_resp_err_t code)
{
    bool is_purged = code == RD_KAFKA_RESP_ERR__PURGE_QUEUE || code == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;

    if (watch == NULL)
        return NULL;
    if (watch->is_fatal && (is_purged || code == RD_KAFKA_RESP_ERR__FATAL))
        return &watch->fatal;
    return may_be_connection(code) ? kafka_watch_cause(watch) : NULL;
}

enum gw_status kafka_error(struct gw_error *reterr, const struct kafka_watch *watch, rd_kafka_resp_err_t code,
                           const char *format, ...)
{
    const struct kafka_cause *cause = cause_of(watch, code);
    enum gw_status status = kafka_status(cause != NULL ? cause->code : code);
    char context[256];
    va_list arguments;

    va_start(arguments, format);
    if (vsnprintf(context, sizeof context, format, arguments) < 0)
        context[0] = '\0';
    va_end(arguments);
    return gw_error_set(reterr, status, "%s: %s", context, cause != NULL ? cause->text : kafka_text(code));
}
