// Makes a topic with one replica (-p partitions), or deletes it (-p 0).
#include "bench.h"

int main(int argc, char **argv) {
    options o = parse(argc, argv);
    int create = o.partitions > 0;
    rd_kafka_t *rk = client(RD_KAFKA_PRODUCER, o.conf);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    char text[256];
    if (create) {
        rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(o.topic, o.partitions, 1, text, sizeof text);
        if (!topic) die(o.topic, text);
        rd_kafka_CreateTopics(rk, &topic, 1, NULL, queue);
        rd_kafka_NewTopic_destroy(topic);
    } else {
        rd_kafka_DeleteTopic_t *topic = rd_kafka_DeleteTopic_new(o.topic);
        rd_kafka_DeleteTopics(rk, &topic, 1, NULL, queue);
        rd_kafka_DeleteTopic_destroy(topic);
    }
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, 30000);
    if (!event) die(o.topic, "no answer");
    if (rd_kafka_event_error(event)) die(o.topic, rd_kafka_event_error_string(event));
    size_t count;
    const rd_kafka_topic_result_t **results =
        create ? rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
               : rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count);
    for (size_t i = 0; i < count; i++)
        if (rd_kafka_topic_result_error(results[i]))
            die(o.topic, rd_kafka_err2str(rd_kafka_topic_result_error(results[i])));
    rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(rk);
}
