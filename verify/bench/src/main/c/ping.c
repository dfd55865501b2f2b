/*
 * The two ends of a round trip over the socket that is descriptor 3, as plain as C can have them.
 *
 *   ping serve                      answers every message with 24 bytes: the floor
 *   ping measure COUNT FILE HEX     sends the message HEX and waits for 24 bytes, COUNT times;
 *                                   writes the nanoseconds of each as 32-bit numbers to FILE
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { LINK = 3, REPLY_BYTES = 24, MOST_BYTES = 256 };

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int serve(void)
{
    char message[MOST_BYTES];
    char reply[REPLY_BYTES] = {0};
    while (recv(LINK, message, sizeof message, 0) > 0) {
        if (send(LINK, reply, sizeof reply, 0) != sizeof reply) {
            return 1;
        }
    }
    return 0;
}

static size_t parse(const char *hex, char *message)
{
    size_t length = strlen(hex) / 2;
    for (size_t i = 0; i < length && i < MOST_BYTES; i++) {
        unsigned byte;
        sscanf(hex + 2 * i, "%2x", &byte);
        message[i] = (char)byte;
    }
    return length;
}

static int measure(int count, const char *file, const char *hex)
{
    char message[MOST_BYTES], reply[REPLY_BYTES];
    ssize_t length = (ssize_t)parse(hex, message);
    uint32_t *times = calloc((size_t)count, sizeof *times);
    if (!times) {
        return 1;
    }
    for (int i = 0; i < count; i++) {
        uint64_t begin = now_ns();
        if (send(LINK, message, (size_t)length, 0) != length
            || recv(LINK, reply, sizeof reply, MSG_WAITALL) != (ssize_t)sizeof reply) {
            fprintf(stderr, "ping: the server went after %d messages\n", i);
            return 1;
        }
        times[i] = (uint32_t)(now_ns() - begin);
    }
    FILE *out = fopen(file, "wb");
    if (!out || fwrite(times, sizeof *times, (size_t)count, out) != (size_t)count) {
        return 1;
    }
    return fclose(out) ? 1 : 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "serve")) {
        return serve();
    }
    if (argc == 5 && !strcmp(argv[1], "measure")) {
        return measure(atoi(argv[2]), argv[3], argv[4]);
    }
    fprintf(stderr, "usage: ping serve | ping measure COUNT FILE HEX\n");
    return 2;
}
