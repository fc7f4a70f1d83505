import Contracts

/// What a verification found of one canonical table.
public struct TableReport: Codable, Sendable, Equatable {
    public struct Side: Codable, Sendable, Equatable {
        public var rows: Int
        /// `CanonicalHash`.
        public var hash: String
    }

    /// Hashes of the rows of each conversation.
    public struct Conversations: Codable, Sendable, Equatable {
        public var compared: Int
        public var different: Int
        /// The first of those that differ, in the order of their ids.
        public var named: [Conversation]
    }

    public struct Conversation: Codable, Sendable, Equatable {
        public var id: String
        /// Nil where that side has no row of it.
        public var live: String?
        public var rebuilt: String?
    }

    public var table: String
    public var live: Side
    public var rebuilt: Side
    /// Rows that one side lacks or has otherwise.
    public var different: Int
    /// The first of them in the order of the table's key.
    public var first: RowDifference?
    /// Nil where the table's rows are of no conversation.
    public var conversations: Conversations?

    public var isSame: Bool { live == rebuilt }
}

/// One row that is not the same in the live and in the rebuilt file.
public struct RowDifference: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable {
        /// Both have a row of this key.
        case changed
        /// The live file lacks it.
        case missing
        /// Only the live file has it: no record of the log wrote it.
        case extra
    }

    public struct Column: Codable, Sendable, Equatable {
        public var name: String
        public var value: ColumnValue
    }

    public struct Change: Codable, Sendable, Equatable {
        public var name: String
        public var live: ColumnValue
        public var rebuilt: ColumnValue
    }

    /// The record that wrote the row last.
    public struct Writer: Codable, Sendable, Equatable {
        public var topic: String
        public var partition: Int32
        public var offset: Int64
    }

    public var kind: Kind
    public var key: [Column]
    /// Columns that differ; all of them where one side has no such row.
    public var columns: [Change]
    public var conversation: String?
    public var writer: Writer?
    /// Of the rebuilt row, else of the live one.
    var rowId: Int64

    private enum CodingKeys: CodingKey { case kind, key, columns, conversation, writer }

    init(
        kind: Kind, key: [Column], columns: [Change], conversation: String?, writer: Writer? = nil, rowId: Int64
    ) {
        (self.kind, self.key, self.columns) = (kind, key, columns)
        (self.conversation, self.writer, self.rowId) = (conversation, writer, rowId)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            kind: try container.decode(Kind.self, forKey: .kind),
            key: try container.decode([Column].self, forKey: .key),
            columns: try container.decode([Change].self, forKey: .columns),
            conversation: try container.decodeIfPresent(String.self, forKey: .conversation),
            writer: try container.decodeIfPresent(Writer.self, forKey: .writer), rowId: 0)
    }
}
