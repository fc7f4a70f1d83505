// Consumes a topic from its start in batches and touches each value.
#include "bench.h"

int main(int argc, char **argv) {
    options o = parse(argc, argv);
    rd_kafka_t *rk = client(RD_KAFKA_CONSUMER, o.conf);
    rd_kafka_message_t *batch[1000];
    long seen = 0;
    unsigned long sum = 0;
    double began = 0;
    rd_kafka_queue_t *queue = assign_from_start(rk, &o);
    while (seen < o.records) {
        ssize_t count = rd_kafka_consume_batch_queue(queue, 1000, batch, 1000);
        if (!seen) began = now();
        for (ssize_t i = 0; i < count; i++) {
            if (batch[i]->err) die("consume", rd_kafka_message_errstr(batch[i]));
            sum += batch[i]->len + ((unsigned char *)batch[i]->payload)[0];
            seen++;
            rd_kafka_message_destroy(batch[i]);
        }
    }
    report(seen, now() - began);
    if (!sum) die("consume", "empty values");
    rd_kafka_queue_destroy(queue);
    rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);
}
