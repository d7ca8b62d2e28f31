/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Question: shared by the caller and the thread that resolves the name. The last of them frees it, so the caller can
 * give up at any time. The number of threads that are left behind is bounded by the timeout of the resolver
 * (resolv.conf) divided by that of the callers.
 */
#include "question.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct question {
    atomic_int holders;
    atomic_bool is_answered;
    int event_fd; /* readable once it is answered */
    int code;     /* of getaddrinfo; it and found belong to the thread until it has answered */
    struct addrinfo *found;
    char name[];
};

static void question_release(struct question *question)
{
    if (atomic_fetch_sub(&question->holders, 1) > 1)
        return;
    if (question->found != NULL)
        freeaddrinfo(question->found);
    if (question->event_fd >= 0)
        (void)close(question->event_fd);
    free(question);
}

static void *look_up(void *context)
{
    static const uint64_t one = 1;
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct question *question = context;

    question->code = getaddrinfo(question->name, NULL, &hints, &question->found);
    if (question->code != 0)
        question->found = NULL;
    atomic_store(&question->is_answered, true);
    while (write(question->event_fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
    question_release(question);
    return NULL;
}

static int start_detached(struct question *question)
{
    pthread_attr_t attributes;
    pthread_t thread;
    int failed = pthread_attr_init(&attributes);

    if (failed != 0)
        return failed;
    failed = pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (failed == 0)
        failed = pthread_create(&thread, &attributes, look_up, question);
    (void)pthread_attr_destroy(&attributes);
    return failed;
}

static enum gw_status question_new(const char *name, struct question **ret_question, struct gw_error *reterr)
{
    struct question *question = calloc(1, sizeof *question + strlen(name) + 1);
    int failed;

    if (question == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory to look a host up");
    strcpy(question->name, name);
    question->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    atomic_store(&question->holders, 2);
    failed = question->event_fd >= 0 ? start_detached(question) : errno;
    if (failed != 0) {
        atomic_store(&question->holders, 1);
        question_release(question);
        return gw_error_set_errno(reterr, GW_TRANSIENT, failed, "starting to look the host %s up", name);
    }
    *ret_question = question;
    return GW_OK;
}

static enum gw_status await(struct question *question, const struct gw_host *host, int64_t deadline_ms,
                            struct gw_error *reterr)
{
    while (!atomic_load(&question->is_answered)) {
        uint32_t ready = 0;

        if (host->wait(host, question->event_fd, GW_WAIT_READ, deadline_ms, &ready) == GW_CANCELLED)
            return gw_error_set(reterr, GW_CANCELLED, "cancelled while the host %s was looked up", question->name);
        if (ready == 0 && host->monotonic_ms(host) >= deadline_ms)
            return gw_error_set(reterr, GW_TRANSIENT, "the name servers did not answer in time for the host %s",
                                question->name);
    }
    if (question->code != 0)
        return gw_error_set(reterr, question->code == EAI_MEMORY ? GW_NOMEM : GW_TRANSIENT,
                            "the host %s has no address: %s", question->name, gai_strerror(question->code));
    return GW_OK;
}

enum gw_status question_ask(const char *name, const struct gw_host *host, int64_t deadline_ms,
                            struct addrinfo **ret_found, struct gw_error *reterr)
{
    struct question *question = NULL;
    enum gw_status status = question_new(name, &question, reterr);

    if (status != GW_OK)
        return status;
    status = await(question, host, deadline_ms, reterr);
    if (status == GW_OK) {
        *ret_found = question->found;
        question->found = NULL;
    }
    question_release(question);
    return status;
}
