/* The clock of the day, SHIFTED_CLOCK_SECONDS later; what counts durations is left as it is. For bin/on_day. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
    static long shift = -1;
    int failed = (int)syscall(SYS_clock_gettime, clock, now);
    if (failed || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return failed;
    if (shift == -1) {
        const char *said = getenv("SHIFTED_CLOCK_SECONDS");
        shift = said ? atol(said) : 0;
    }
    now->tv_sec += shift;
    return 0;
}

int gettimeofday(struct timeval *now, void *zone) {
    struct timespec read;
    (void)zone;
    if (!now || clock_gettime(CLOCK_REALTIME, &read)) return now ? -1 : 0;
    now->tv_sec = read.tv_sec;
    now->tv_usec = read.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *now) {
    struct timespec read;
    clock_gettime(CLOCK_REALTIME, &read);
    if (now) *now = read.tv_sec;
    return read.tv_sec;
}
