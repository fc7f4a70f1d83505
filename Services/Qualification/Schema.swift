import GRDB

/// The tables. Each is written by one topic, and every row belongs to one dealership; `position` is the offset of the
/// click that the row comes from, which is the only order there is.
enum Schema {
    static let canonicalTables = [
        "conversations", "requests", "customers", "conversation_customers", "deals", "conversation_deals", "announced",
    ]

    /// The conversation of a row, as SQL; customers and deals can be of several.
    static func conversation(of table: String) -> String? {
        switch table {
        case "conversations": "id"
        case "requests", "conversation_customers", "conversation_deals": "conversation"
        default: nil
        }
    }

    /// Rowid tables with unique indexes: twice as fast to fold into as clustered ones.
    static func create(_ db: Database) throws {
        try db.execute(sql: messages + qualifications + dealCreated + unannounced)
    }

    private static let messages = """
        CREATE TABLE IF NOT EXISTS conversations (
            dealership TEXT NOT NULL, id TEXT NOT NULL, channel TEXT NOT NULL,
            first_message_at INTEGER NOT NULL, first_offset INTEGER NOT NULL,
            UNIQUE (dealership, id)
        );

        """

    /// `body` is the click as it stands in the log, `answer` its outcome. A click that the log lost has only the latter.
    /// What a click and a deal came of stands in the log too, and is said again by what they cause.
    private static let qualifications = """
        CREATE TABLE IF NOT EXISTS requests (
            dealership TEXT NOT NULL, id TEXT NOT NULL, conversation TEXT NOT NULL, time INTEGER NOT NULL,
            position INTEGER NOT NULL, body BLOB, outcome TEXT, answer BLOB, correlation_id TEXT, traceparent TEXT,
            UNIQUE (dealership, id)
        );
        CREATE INDEX IF NOT EXISTS requests_open ON requests (position) WHERE outcome IS NULL;
        CREATE INDEX IF NOT EXISTS requests_of_conversation ON requests (dealership, conversation, position);
        CREATE TABLE IF NOT EXISTS customers (
            dealership TEXT NOT NULL, id TEXT NOT NULL, first_name TEXT NOT NULL, last_name TEXT NOT NULL,
            emails TEXT NOT NULL, phones TEXT NOT NULL, search TEXT NOT NULL, position INTEGER NOT NULL,
            UNIQUE (dealership, id)
        );
        CREATE TABLE IF NOT EXISTS conversation_customers (
            dealership TEXT NOT NULL, conversation TEXT NOT NULL, customer TEXT NOT NULL,
            UNIQUE (dealership, conversation, customer)
        );
        CREATE TABLE IF NOT EXISTS deals (
            dealership TEXT NOT NULL, id TEXT NOT NULL, customer TEXT NOT NULL, position INTEGER NOT NULL,
            body BLOB NOT NULL, correlation_id TEXT, causation_id TEXT, traceparent TEXT,
            UNIQUE (dealership, id)
        );
        CREATE INDEX IF NOT EXISTS deals_in_order ON deals (dealership, position);
        CREATE TABLE IF NOT EXISTS conversation_deals (
            dealership TEXT NOT NULL, conversation TEXT NOT NULL, deal TEXT NOT NULL, position INTEGER NOT NULL,
            UNIQUE (dealership, conversation, deal)
        );
        CREATE INDEX IF NOT EXISTS conversations_of_deal ON conversation_deals (dealership, deal);

        """

    private static let dealCreated = """
        CREATE TABLE IF NOT EXISTS announced (
            dealership TEXT NOT NULL, deal TEXT NOT NULL,
            UNIQUE (dealership, deal)
        );

        """

    /// The deals that are not announced. `owed` asks for them after every batch and every second, and comparing all
    /// deals with all announcements would take longer each year, so this is an index over two tables: kept by
    /// triggers, a function of their content whatever the order they were written in, and not canonical.
    private static let unannounced = """
        CREATE TABLE IF NOT EXISTS unannounced (
            dealership TEXT NOT NULL, deal TEXT NOT NULL, position INTEGER NOT NULL,
            UNIQUE (dealership, deal)
        );
        CREATE INDEX IF NOT EXISTS unannounced_in_order ON unannounced (position);
        CREATE TRIGGER IF NOT EXISTS deal_is_new AFTER INSERT ON deals
            WHEN NOT EXISTS (SELECT 1 FROM announced WHERE dealership = NEW.dealership AND deal = NEW.id)
            BEGIN INSERT INTO unannounced VALUES (NEW.dealership, NEW.id, NEW.position); END;
        CREATE TRIGGER IF NOT EXISTS deal_is_announced AFTER INSERT ON announced
            BEGIN DELETE FROM unannounced WHERE dealership = NEW.dealership AND deal = NEW.deal; END;

        """
}
