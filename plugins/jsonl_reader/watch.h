/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wakes a follower when its file grows or its path names another one. Only a hint: who waits looks once a second all
 * the same, so a file system without inotify, or a limit on it, costs a second and nothing else. Belongs to one thread.
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

/* Watches the folder of path, what path names, and the file that is open as file (-1: none). 1: something is watched
 * that was not before, so look again before you wait; else 0. */
int watch_arm(struct watch *watch, const char *path, int file);

/* Forgets what has happened. */
void watch_drain(struct watch *watch);

#endif
