"""The requests of Kafka that the front has to know, and the error codes that it answers with."""

from enum import IntEnum

from wire import Reader


class Api(IntEnum):
    PRODUCE = 0
    FETCH = 1
    METADATA = 3
    OFFSET_COMMIT = 8
    FIND_COORDINATOR = 10
    JOIN_GROUP = 11
    HEARTBEAT = 12
    LEAVE_GROUP = 13
    SYNC_GROUP = 14
    DESCRIBE_GROUPS = 15
    LIST_GROUPS = 16
    API_VERSIONS = 18
    CREATE_TOPICS = 19
    DELETE_TOPICS = 20
    DELETE_RECORDS = 21
    INIT_PRODUCER_ID = 22
    END_TXN = 26
    WRITE_TXN_MARKERS = 27
    TXN_OFFSET_COMMIT = 28
    ALTER_CONFIGS = 33
    CREATE_PARTITIONS = 37
    DELETE_GROUPS = 42
    INCREMENTAL_ALTER_CONFIGS = 44


class Error(IntEnum):
    NONE = 0
    ILLEGAL_GENERATION = 22
    INCONSISTENT_GROUP_PROTOCOL = 23
    INVALID_GROUP_ID = 24
    UNKNOWN_MEMBER_ID = 25
    INVALID_SESSION_TIMEOUT = 26
    REBALANCE_IN_PROGRESS = 27
    NON_EMPTY_GROUP = 68
    MEMBER_ID_REQUIRED = 79
    FENCED_INSTANCE_ID = 82


# The newest versions that clients may use: the last ones that are not flexible, so that `wire` can read them. The later
# ones of TxnOffsetCommit name a member, of a group that noida-db does not know.
NEWEST = {
    Api.PRODUCE: 8, Api.FETCH: 11, Api.METADATA: 8, Api.OFFSET_COMMIT: 7, Api.FIND_COORDINATOR: 2, Api.JOIN_GROUP: 5,
    Api.HEARTBEAT: 3, Api.LEAVE_GROUP: 3, Api.SYNC_GROUP: 3, Api.DESCRIBE_GROUPS: 4, Api.LIST_GROUPS: 2,
    Api.TXN_OFFSET_COMMIT: 2, Api.DELETE_GROUPS: 1, Api.INIT_PRODUCER_ID: 1,
}


class Request:
    """One request frame, without its length: the header is read, `body` stands where the body begins."""

    def __init__(self, frame: bytes):
        self.frame = frame
        self.body = Reader(frame)
        self.api = self.body.i16()
        self.version = self.body.i16()
        self.correlation = frame[4:8]
        self.body.skip(4)
        self.client_id = self.body.nullable_string() or ""
        self.header = frame[:self.body.position]
