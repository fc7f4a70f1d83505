import GRDB
import ServiceKit

/// The tables beside those of `Threads`; each is written by one topic, and joins happen in reads.
enum Schema {
    static let version = 3
    /// `presence` is not among them: its topic forgets.
    static let canonicalTables = Threads.tables + ["staff_events", "outcomes", "contacts"]

    static func create(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE INDEX IF NOT EXISTS conversations_list ON conversations (dealership, last_message);
                CREATE INDEX IF NOT EXISTS conversations_changed ON conversations (changed);

                -- From messages: what staff did beside answering.
                CREATE TABLE IF NOT EXISTS staff_events (
                    "offset" INTEGER PRIMARY KEY,
                    conversation TEXT NOT NULL,
                    event_id TEXT NOT NULL,
                    type TEXT NOT NULL,
                    at INTEGER NOT NULL,
                    by_id TEXT NOT NULL,
                    by_name TEXT NOT NULL,
                    to_id TEXT,
                    to_name TEXT
                );
                CREATE INDEX IF NOT EXISTS staff_events_conversation ON staff_events (conversation);

                -- From qualifications: the first outcome of each click.
                CREATE TABLE IF NOT EXISTS outcomes (
                    "offset" INTEGER PRIMARY KEY,
                    dealership TEXT NOT NULL,
                    request TEXT NOT NULL,
                    conversation TEXT NOT NULL,
                    event_id TEXT NOT NULL,
                    type TEXT NOT NULL,
                    at INTEGER NOT NULL,
                    messages_offset INTEGER,
                    by_id TEXT,
                    by_name TEXT,
                    customer TEXT,
                    customer_name TEXT,
                    deal TEXT,
                    UNIQUE (dealership, request)
                );
                CREATE INDEX IF NOT EXISTS outcomes_conversation ON outcomes (conversation);
                CREATE INDEX IF NOT EXISTS outcomes_deal ON outcomes (deal) WHERE deal IS NOT NULL;

                -- From qualifications: who a conversation is with, and its latest deal.
                CREATE TABLE IF NOT EXISTS contacts (
                    dealership TEXT NOT NULL,
                    conversation TEXT NOT NULL,
                    customer TEXT NOT NULL,
                    name TEXT NOT NULL,
                    emails TEXT NOT NULL,
                    phones TEXT NOT NULL,
                    search TEXT NOT NULL,
                    deal TEXT,
                    changed INTEGER NOT NULL,
                    UNIQUE (dealership, conversation)
                );
                CREATE INDEX IF NOT EXISTS contacts_changed ON contacts (changed);
                CREATE INDEX IF NOT EXISTS contacts_customer ON contacts (dealership, customer, changed);

                -- From presence.
                CREATE TABLE IF NOT EXISTS presence (
                    dealership TEXT NOT NULL,
                    conversation TEXT NOT NULL,
                    state TEXT NOT NULL,
                    until INTEGER,
                    page TEXT,
                    "offset" INTEGER NOT NULL,
                    UNIQUE (dealership, conversation)
                );
                CREATE INDEX IF NOT EXISTS presence_offset ON presence ("offset");
                """)
    }
}
