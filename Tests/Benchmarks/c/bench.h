// What the C programs of the benchmark share: their options, a clock, and how they fail.
#pragma once
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    const char *topic, *file;
    int partitions;
    long records;
    rd_kafka_conf_t *conf;
} options;

static inline void die(const char *what, const char *why) {
    fprintf(stderr, "error: %s: %s\n", what, why);
    exit(1);
}

static inline double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

// The line that the script reads.
static inline void report(long records, double seconds) { printf("%ld records in %.6f s\n", records, seconds); }

static inline void set(rd_kafka_conf_t *conf, const char *name, const char *value) {
    char error[256];
    if (rd_kafka_conf_set(conf, name, value, error, sizeof error) != RD_KAFKA_CONF_OK) die(name, error);
}

// -t topic, -p partitions, -n records, -f file, -X property=value (also the bootstrap servers).
static inline options parse(int argc, char **argv) {
    options o = {.topic = "", .file = "", .partitions = 1, .records = 0, .conf = rd_kafka_conf_new()};
    for (int c; (c = getopt(argc, argv, "t:p:n:f:X:")) != -1;) {
        if (c == 't') o.topic = optarg;
        else if (c == 'p') o.partitions = atoi(optarg);
        else if (c == 'n') o.records = atol(optarg);
        else if (c == 'f') o.file = optarg;
        else if (c == 'X') {
            char *equals = strchr(optarg, '=');
            if (!equals) die(optarg, "is not property=value");
            *equals = 0;
            set(o.conf, optarg, equals + 1);
        } else exit(2);
    }
    return o;
}

static inline rd_kafka_t *client(rd_kafka_type_t type, rd_kafka_conf_t *conf) {
    char error[256];
    rd_kafka_t *rk = rd_kafka_new(type, conf, error, sizeof error);
    if (!rk) die("rd_kafka_new", error);
    return rk;
}

// All partitions from their start, without a group; everything arrives on the queue that is returned.
static inline rd_kafka_queue_t *assign_from_start(rd_kafka_t *rk, const options *o) {
    rd_kafka_poll_set_consumer(rk);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(o->partitions);
    for (int p = 0; p < o->partitions; p++) rd_kafka_topic_partition_list_add(list, o->topic, p)->offset = 0;
    rd_kafka_resp_err_t error = rd_kafka_assign(rk, list);
    if (error) die("assign", rd_kafka_err2str(error));
    rd_kafka_topic_partition_list_destroy(list);
    return rd_kafka_queue_get_consumer(rk);
}
