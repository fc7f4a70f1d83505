// Produces values of 256 bytes round robin and waits for every report.
#include "bench.h"

static long reported = 0;

static void on_report(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque) {
    (void)rk, (void)opaque;
    if (message->err) die("report", rd_kafka_err2str(message->err));
    reported++;
}

int main(int argc, char **argv) {
    options o = parse(argc, argv);
    rd_kafka_conf_set_dr_msg_cb(o.conf, on_report);
    rd_kafka_t *rk = client(RD_KAFKA_PRODUCER, o.conf);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, o.topic, NULL);
    const struct rd_kafka_metadata *metadata;
    rd_kafka_resp_err_t error = rd_kafka_metadata(rk, 0, topic, &metadata, 10000);
    if (error) die("metadata", rd_kafka_err2str(error));
    rd_kafka_metadata_destroy(metadata);

    char value[256];
    memset(value, 'v', sizeof value);
    double began = now();
    for (long i = 0; i < o.records; i++) {
        int partition = (int)(i % o.partitions);
        while (rd_kafka_produce(topic, partition, RD_KAFKA_MSG_F_COPY, value, sizeof value, NULL, 0, NULL) == -1) {
            if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
                die("produce", rd_kafka_err2str(rd_kafka_last_error()));
            rd_kafka_poll(rk, 100);
        }
        if (i % 100 == 0) rd_kafka_poll(rk, 0);
    }
    while (reported < o.records) rd_kafka_poll(rk, 100);
    report(o.records, now() - began);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(rk);
}
