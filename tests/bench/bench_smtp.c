/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libcurl alone needs for mails: bench_smtp URL SENDER RECIPIENT FILE COUNT sends the mail in FILE so many times
 * through one handle, and prints the seconds of the clock. run_smtp.py compares a gateway with it.
 */
#include <curl/curl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAIL_MAX = 1024 * 1024 };

struct mail {
    char bytes[MAIL_MAX];
    size_t len;
    size_t sent;
};

static void require(int holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "bench_smtp: %s\n", what);
    exit(1);
}

static size_t on_read(char *room, size_t size, size_t count, void *opaque)
{
    struct mail *mail = opaque;
    size_t left = mail->len - mail->sent;
    size_t len = left < size * count ? left : size * count;

    memcpy(room, mail->bytes + mail->sent, len);
    mail->sent += len;
    return len;
}

static double seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void set_up(CURL *easy, char **arguments, struct mail *mail, struct curl_slist *recipients)
{
    require(curl_easy_setopt(easy, CURLOPT_URL, arguments[0]) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_MAIL_FROM, arguments[1]) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, recipients) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_READDATA, mail) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)mail->len) == CURLE_OK,
            "libcurl refuses a setting");
}

int main(int argc, char **argv)
{
    static struct mail mail;
    struct curl_slist *recipients;
    FILE *file;
    CURL *easy;
    double begun;

    require(argc == 6, "usage: bench_smtp URL SENDER RECIPIENT FILE COUNT");
    file = fopen(argv[4], "rbe");
    require(file != NULL, "no such file");
    mail.len = fread(mail.bytes, 1, sizeof mail.bytes, file);
    (void)fclose(file);
    easy = curl_easy_init();
    recipients = curl_slist_append(NULL, argv[3]);
    require(easy != NULL && recipients != NULL, "no memory");
    set_up(easy, argv + 1, &mail, recipients);
    begun = seconds();
    for (long left = atol(argv[5]); left > 0; left--) {
        mail.sent = 0;
        require(curl_easy_perform(easy) == CURLE_OK, "a mail was not sent");
    }
    printf("%.3f\n", seconds() - begun);
    curl_easy_cleanup(easy);
    curl_slist_free_all(recipients);
    return 0;
}
