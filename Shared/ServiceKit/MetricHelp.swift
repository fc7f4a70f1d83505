/// What each metric says, by the name that Prometheus reads: the list of all there are.
enum MetricHelp {
    static let texts: [String: String] = [
        // What customers and staff notice.
        "dc_messages_accepted_total": "Customers' messages that were accepted, by channel and by where they were kept.",
        "dc_message_e2e_seconds": "From a message's acceptance to its writing on an open stream of the other side.",
        "dc_qualify_seconds": "From a click on Qualify to its answer.",
        "dc_http_requests_total": "HTTP requests that were answered.",
        "dc_http_request_seconds": "From an HTTP request's head to the head of its answer.",
        "dc_owner_unreachable_total": "Requests that a shard's owner did not answer.",
        "dc_sse_connections": "Streams that are open.",
        "dc_sse_dropped_total": "Streams that ended before their client wanted, by reason.",

        // The log and what is made of it.
        "dc_consumer_lag_records": "Records of a topic that a shard has yet to fold.",
        "dc_consumer_lag_seconds": "How long the next record has been waiting to be folded.",
        "dc_fold_seconds": "Time of one transaction that folds the records of a shard that came together.",
        "dc_records_folded_total": "Records that were folded.",
        "dc_records_skipped_total": "Records of a type that this version does not know.",
        "dc_dead_letters_total": "Records that were refused since the process started, also while folding them anew.",
        "dc_dead_letter_records": "Dead letters in the files of the shards that are held here.",
        "dc_shards": "Shards that are held here, by state.",
        "dc_owed_records": "Records that a shard owes to the log.",
        "dc_owed_oldest_seconds": "How long the oldest of them has been owed.",
        "dc_owed_failures_total": "Owed records that could not be made.",
        "dc_restore_remaining_records": "Records that a shard's restore has yet to fold.",
        "dc_restore_remaining_seconds": "What that will take at the rate so far.",
        "dc_restore_records_per_second": "Records that a restore folds a second.",
        "dc_snapshots_total": "Copies of shards, by what came of them.",

        // Ingest.
        "dc_spool_pending": "Messages in the spool that the log has not acknowledged.",
        "dc_spool_oldest_seconds": "How long the oldest of them has been waiting.",
        "dc_spool_rows": "Messages in the spool, also those that are only kept in case the log loses them.",
        "dc_spool_writable": "1 while the spool's last write succeeded.",
        "dc_spool_reclaims_total": "Lost connections and lost tails after which the spool was compared with the log.",
        "dc_texts_waiting": "Texts that nobody has begun to send.",
        "dc_texts_claimed": "Texts that are being handed to the provider.",
        "dc_texts_unconfirmed": "Texts of which nobody knows whether the provider took them.",
        "dc_texts_sent_total": "Attempts to send a text, by outcome.",
        "dc_text_reports_total": "The provider's reports about texts, by status.",
        "dc_media_fetched_total": "Files of texts that were fetched, by outcome.",

        // librdkafka's own figures, every 10 s.
        "kafka_client_queue_records": "Records that a client has queued to be sent or acknowledged.",
        "kafka_client_queue_bytes": "Bytes of them.",
        "kafka_client_fetch_queue_records": "Records that were fetched and not yet taken.",
        "kafka_client_sent_records_total": "Records that were sent.",
        "kafka_client_received_records_total": "Records that were received.",
        "kafka_client_sent_bytes_total": "Bytes sent to brokers.",
        "kafka_client_received_bytes_total": "Bytes received from brokers.",
        "kafka_client_send_errors_total": "Requests to brokers that failed to be sent.",
        "kafka_client_send_retries_total": "Requests to brokers that were sent again.",
        "kafka_client_request_seconds": "Mean time of a request, at the broker where it is longest.",
        "kafka_client_request_p99_seconds": "The 99th percentile of it.",
        "kafka_client_rebalances_total": "Rebalances of the consumer group.",
        "kafka_client_errors_total": "Errors that librdkafka told of, by code.",
        "kafka_client_dropped_total": "Records to passing topics that were dropped.",
        "kafka_client_replacements_total": "Producers that were replaced inside the client.",

        // The process.
        "dc_build_info": "1; the version is in the label.",
        "process_cpu_seconds_total": "Processor time, of user and system.",
        "process_resident_memory_bytes": "Memory in use.",
        "process_virtual_memory_bytes": "Address space in use.",
        "process_open_fds": "Open file descriptors.",
        "process_max_fds": "How many there may be.",
        "process_threads": "Threads.",
        "process_start_time_seconds": "When the process started, in seconds since 1970.",
        "dc_disk_free_bytes": "Room on the disk of the data directory.",
        "dc_disk_size_bytes": "Size of that disk.",
    ]
}
