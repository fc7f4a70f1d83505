// Writes customers' messages as CloudEvents: blocks of 1,000, in each 50 conversations that take turns.
#include "bench.h"

static void on_report(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque) {
    (void)rk, (void)opaque;
    if (message->err) die("report", rd_kafka_err2str(message->err));
}

int main(int argc, char **argv) {
    options o = parse(argc, argv);
    rd_kafka_conf_set_dr_msg_cb(o.conf, on_report);
    rd_kafka_t *rk = client(RD_KAFKA_PRODUCER, o.conf);
    for (long i = 0; i < o.records; i++) {
        char conversation[64], id[160], time[32], value[512];
        snprintf(conversation, sizeof conversation, "01K9ZJX8A0%016ld", i / 1000 * 50 + i % 50);
        // Time-ordered, as our documentation asks clients for.
        snprintf(id, sizeof id, "%s.c.01K9ZK3V5Q%016ld", conversation, i);
        snprintf(time, sizeof time, "2026-11-22T%02ld:%02ld:%02ld.000Z", i / 3600 % 24, i / 60 % 60, i % 60);
        int length = snprintf(value, sizeof value,
            "{\"channel\":\"web\",\"clientMessageId\":\"01K9ZK3V5Q%016ld\",\"conversationId\":\"%s\","
            "\"text\":\"Is stock 12886 still available, and could I drive it on Saturday around ten? %08ld\","
            "\"visitorId\":\"01K9ZJW1E5%016ld\"}", i, conversation, i, i / 20);
        rd_kafka_headers_t *headers = rd_kafka_headers_new(7);
        const char *pairs[][2] = {
            {"ce_specversion", "1.0"}, {"ce_id", id}, {"ce_source", "/dealerships/bench/ingest"},
            {"ce_type", "directchat.message.received.v1"}, {"ce_time", time}, {"ce_subject", conversation},
            {"content-type", "application/json"}};
        for (size_t h = 0; h < sizeof pairs / sizeof *pairs; h++)
            rd_kafka_header_add(headers, pairs[h][0], -1, pairs[h][1], -1);
        for (;;) {
            rd_kafka_resp_err_t error = rd_kafka_producev(
                rk, RD_KAFKA_V_TOPIC(o.topic), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_KEY("bench", 5),
                RD_KAFKA_V_VALUE(value, (size_t)length), RD_KAFKA_V_HEADERS(headers),
                // ce_time, whose day this is.
                RD_KAFKA_V_TIMESTAMP((1795305600L + i % 86400) * 1000), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
            if (!error) break;
            if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) die("produce", rd_kafka_err2str(error));
            rd_kafka_poll(rk, 100);
        }
        if (i % 100 == 0) rd_kafka_poll(rk, 0);
    }
    rd_kafka_flush(rk, 60000);
    if (rd_kafka_outq_len(rk)) die("seed", "not everything was acknowledged");
    rd_kafka_destroy(rk);
}
