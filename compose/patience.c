// A plugin for librdkafka clients of the local broker. That broker answers a fetch at once also when it has nothing,
// whatever `fetch.wait.max.ms` says, so that idle consumers ask thousands of times a second and fill every core. Here a
// connection whose answers keep one size, as empty ones do, waits a little longer each time before it asks again.
#include <librdkafka/rdkafka.h>
#include <unistd.h>

enum { fetch = 1, quick_microseconds = 10000, longest_milliseconds = 25 };

// Each connection has a thread of its own in librdkafka.
static _Thread_local size_t last_size;
static _Thread_local unsigned wait_milliseconds;

static rd_kafka_resp_err_t on_response(
    rd_kafka_t *rk, int socket, const char *broker, int32_t id, int16_t api, int16_t version, int32_t correlation,
    size_t size, int64_t microseconds, rd_kafka_resp_err_t error, void *opaque) {
    (void)rk, (void)socket, (void)broker, (void)id, (void)version, (void)correlation, (void)error, (void)opaque;
    if (api != fetch) return RD_KAFKA_RESP_ERR_NO_ERROR;
    if (size != last_size || microseconds > quick_microseconds) {
        wait_milliseconds = 0;
    } else {
        wait_milliseconds = wait_milliseconds ? wait_milliseconds * 2 : 1;
        if (wait_milliseconds > longest_milliseconds) wait_milliseconds = longest_milliseconds;
        usleep(wait_milliseconds * 1000);
    }
    last_size = size;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_new(
    rd_kafka_t *rk, const rd_kafka_conf_t *conf, void *opaque, char *text, size_t length) {
    (void)conf, (void)opaque, (void)text, (void)length;
    return rd_kafka_interceptor_add_on_response_received(rk, "patience", on_response, NULL);
}

// The name that librdkafka looks for.
rd_kafka_resp_err_t conf_init(rd_kafka_conf_t *conf, void **opaque, char *text, size_t length) {
    (void)opaque, (void)text, (void)length;
    return rd_kafka_conf_interceptor_add_on_new(conf, "patience", on_new, NULL);
}
