import GRDB

/// What texting adds to the tables of `Threads`.
enum TextSchema {
    static let tables = ["texts", "texts_received", "text_routes", "consents", "attachments"]

    static func create(_ db: Database) throws {
        try db.execute(
            sql: """
                -- Each text to a customer, and how far it has come.
                CREATE TABLE IF NOT EXISTS texts (
                    "offset" INTEGER PRIMARY KEY,
                    dealership TEXT NOT NULL,
                    number TEXT NOT NULL,
                    phone TEXT NOT NULL,
                    at INTEGER NOT NULL,
                    asks_consent INTEGER NOT NULL,
                    rank INTEGER NOT NULL,
                    claim TEXT,
                    claimed_at INTEGER,
                    sid TEXT,
                    provider_status TEXT,
                    error_code INTEGER,
                    reason TEXT,
                    changed INTEGER NOT NULL
                );
                -- What is not with the provider yet.
                CREATE INDEX IF NOT EXISTS texts_open ON texts (dealership, number, phone, "offset") WHERE rank < 15;
                CREATE INDEX IF NOT EXISTS texts_unconfirmed ON texts ("offset") WHERE rank = 15;
                CREATE INDEX IF NOT EXISTS texts_changed ON texts (changed);

                -- Tells a repeated webhook from a new text, whichever conversation it goes to.
                CREATE TABLE IF NOT EXISTS texts_received (
                    dealership TEXT NOT NULL,
                    client_id TEXT NOT NULL,
                    "offset" INTEGER NOT NULL,
                    UNIQUE (dealership, client_id)
                );
                -- From which conversation staff texted a phone last: there the answer goes.
                CREATE TABLE IF NOT EXISTS text_routes (
                    dealership TEXT NOT NULL,
                    number TEXT NOT NULL,
                    phone TEXT NOT NULL,
                    conversation TEXT NOT NULL,
                    changed INTEGER NOT NULL,
                    UNIQUE (dealership, number, phone)
                );
                CREATE TABLE IF NOT EXISTS consents (
                    dealership TEXT NOT NULL,
                    number TEXT NOT NULL,
                    phone TEXT NOT NULL,
                    state TEXT NOT NULL,
                    changed INTEGER NOT NULL,
                    UNIQUE (dealership, number, phone)
                );
                CREATE TABLE IF NOT EXISTS attachments (
                    "offset" INTEGER NOT NULL,
                    idx INTEGER NOT NULL,
                    url TEXT NOT NULL,
                    content_type TEXT NOT NULL,
                    state TEXT NOT NULL,
                    bytes INTEGER,
                    sha256 TEXT,
                    reason TEXT,
                    changed INTEGER NOT NULL,
                    UNIQUE ("offset", idx)
                );
                CREATE INDEX IF NOT EXISTS attachments_pending ON attachments ("offset") WHERE state = 'pending';
                CREATE INDEX IF NOT EXISTS attachments_changed ON attachments (changed);
                """)
    }
}
