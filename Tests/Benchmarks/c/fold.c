// Consumes customers' messages and folds them into SQLite: insert the message, update its conversation, and move the
// position in the same transaction, a batch of at most 1,000 records at a time. Values are read by a byte scan.
#include "bench.h"
#include <sqlite3.h>

static sqlite3 *db;

static void run(const char *sql) {
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) die(sql, sqlite3_errmsg(db));
}

static sqlite3_stmt *prepare(const char *sql) {
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK)
        die(sql, sqlite3_errmsg(db));
    return statement;
}

static void step(sqlite3_stmt *statement) {
    if (sqlite3_step(statement) != SQLITE_DONE) die("step", sqlite3_errmsg(db));
    sqlite3_reset(statement);
}

static void bind_text(sqlite3_stmt *statement, int index, const char *text, int length) {
    sqlite3_bind_text(statement, index, text, length, SQLITE_STATIC);
}

// The string after "name":" in the value; nothing here is escaped.
static const char *field(const rd_kafka_message_t *message, const char *name, int *length) {
    const char *found = memmem(message->payload, message->len, name, strlen(name));
    if (!found) die("missing", name);
    found += strlen(name);
    const char *end = memchr(found, '"', (size_t)((const char *)message->payload + message->len - found));
    if (!end) die("unclosed", name);
    *length = (int)(end - found);
    return found;
}

int main(int argc, char **argv) {
    options o = parse(argc, argv);
    if (sqlite3_open(o.file, &db) != SQLITE_OK) die(o.file, sqlite3_errmsg(db));
    // The same settings as Shared/Shards gives its writer.
    run("PRAGMA journal_mode = WAL");
    run("PRAGMA synchronous = NORMAL");
    run("PRAGMA cache_size = -16384");
    run("PRAGMA wal_autocheckpoint = 10000");
    run("CREATE TABLE messages (\"offset\" INTEGER PRIMARY KEY, conversation TEXT NOT NULL, client_id TEXT NOT NULL,"
        " text TEXT NOT NULL, at INTEGER NOT NULL, UNIQUE (conversation, client_id))");
    run("CREATE TABLE conversations (\"key\" INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, messages INTEGER NOT NULL,"
        " last_message INTEGER NOT NULL)");
    run("CREATE TABLE _positions (topic TEXT PRIMARY KEY, next INTEGER NOT NULL, last_id TEXT NOT NULL) WITHOUT ROWID");
    sqlite3_stmt *insert = prepare("INSERT OR IGNORE INTO messages VALUES (?, ?, ?, ?, ?)");
    sqlite3_stmt *update = prepare(
        "INSERT INTO conversations (id, messages, last_message) VALUES (?, 1, ?)"
        " ON CONFLICT (id) DO UPDATE SET messages = messages + 1, last_message = excluded.last_message");
    sqlite3_stmt *position = prepare("INSERT OR REPLACE INTO _positions VALUES ('messages', ?, ?)");

    rd_kafka_t *rk = client(RD_KAFKA_CONSUMER, o.conf);
    rd_kafka_message_t *batch[1000];
    long seen = 0;
    double began = 0;
    rd_kafka_queue_t *queue = assign_from_start(rk, &o);
    while (seen < o.records) {
        ssize_t count = rd_kafka_consume_batch_queue(queue, 1000, batch, 1000);
        if (count <= 0) continue;
        if (!seen) began = now();
        run("BEGIN IMMEDIATE");
        for (ssize_t i = 0; i < count; i++) {
            rd_kafka_message_t *message = batch[i];
            if (message->err) die("consume", rd_kafka_message_errstr(message));
            rd_kafka_headers_t *headers;
            const void *type, *id;
            size_t type_length, id_length;
            if (rd_kafka_message_headers(message, &headers) ||
                rd_kafka_header_get_last(headers, "ce_type", &type, &type_length) ||
                rd_kafka_header_get_last(headers, "ce_id", &id, &id_length) ||
                memcmp(type, "directchat.message.received.v1", type_length) != 0)
                die("fold", "not a customer's message");
            int conversation_length, client_length, text_length;
            const char *conversation = field(message, "\"conversationId\":\"", &conversation_length);
            const char *client_id = field(message, "\"clientMessageId\":\"", &client_length);
            const char *text = field(message, "\"text\":\"", &text_length);
            sqlite3_bind_int64(insert, 1, message->offset);
            bind_text(insert, 2, conversation, conversation_length);
            bind_text(insert, 3, client_id, client_length);
            bind_text(insert, 4, text, text_length);
            sqlite3_bind_int64(insert, 5, rd_kafka_message_timestamp(message, NULL));
            step(insert);
            if (sqlite3_changes(db)) {
                bind_text(update, 1, conversation, conversation_length);
                sqlite3_bind_int64(update, 2, message->offset);
                step(update);
            }
            if (i == count - 1) {
                sqlite3_bind_int64(position, 1, message->offset + 1);
                // The record's stamp, as RecordIdentity.swift makes it.
                char stamp[256];
                int stamp_length = snprintf(stamp, sizeof stamp, "%.*s\x1f%lld", (int)id_length, (const char *)id,
                                            (long long)rd_kafka_message_timestamp(message, NULL));
                bind_text(position, 2, stamp, stamp_length);
                step(position);
            }
        }
        run("COMMIT");
        for (ssize_t i = 0; i < count; i++) rd_kafka_message_destroy(batch[i]);
        seen += count;
    }
    report(seen, now() - began);
    sqlite3_finalize(insert);
    sqlite3_finalize(update);
    sqlite3_finalize(position);
    sqlite3_close(db);
    rd_kafka_queue_destroy(queue);
    rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);
}
