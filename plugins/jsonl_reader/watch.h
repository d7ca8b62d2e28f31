/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wakes a follower when its file grows or its path names another file. It is only a hint: the follower also checks once
 * a second, so a file system without inotify, or with an exhausted limit, costs a second at most. Belongs to one
 * thread.
 */
#ifndef JSONL_READER_WATCH_H
#define JSONL_READER_WATCH_H

struct watch {
    int fd; /* for host->wait; -1: none */
    int folder;
    int named;
    int open_file;
};

void watch_init(struct watch *watch);
void watch_done(struct watch *watch);

/* Watches the folder of path, the file at path, and the open file (-1: none). Returns 1 if something is watched that
 * was not before, so check again before waiting; otherwise 0. */
int watch_arm(struct watch *watch, const char *path, int file);

/* Discards the events so far. */
void watch_drain(struct watch *watch);

#endif
