-- The whole of the first version. Times are UTC ticks and ids are bytes; SQL computes neither. SQLite keeps no checksums
-- of its pages, so each row whose damage could pass for something else has one of its own.

-- One row: who the store is, how often it was opened, and whether it is open (0), was stopped in order by its broker (1), or only closed (2).
CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    store_id INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    state INTEGER NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;

-- The catalog of queues, topics and subscriptions.
CREATE TABLE entry (
    id INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    owner INTEGER NOT NULL,
    name TEXT NOT NULL,
    pattern TEXT NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;

-- Batches are tagged with a log's number rather than with its id, because the id of a removed log may be given again
-- while batches of the old one are still there. A removed log has no id; its row goes with its last place.
-- A last record is noted before what is in the write-ahead log is copied into the file, where no checksum shows that
-- the newest batches are missing: those up to it were there. Later ones are in the write-ahead log only.
CREATE TABLE log (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id INTEGER UNIQUE,
    last_noted INTEGER NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;

-- The global log. The directory says which logs' records are in the body, and comes first in the row, so that
-- reading it does not load the pages of the body.
CREATE TABLE batch (
    id INTEGER PRIMARY KEY,
    directory BLOB NOT NULL,
    body BLOB NOT NULL
) STRICT;

-- A closed stretch of the global log, named by its last batch; live counts its places, live_bytes what they take of its bytes.
CREATE TABLE segment (
    id INTEGER PRIMARY KEY,
    first_batch INTEGER NOT NULL,
    live INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    live_bytes INTEGER NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;
CREATE INDEX segment_dead ON segment (id) WHERE live = 0;
CREATE INDEX segment_sparse ON segment (id) WHERE live_bytes * 2 < bytes;

-- Where a log's records are: one row for each log that had live records in a segment when it was closed or compacted, with
-- their number and bytes at that time.
CREATE TABLE place (
    log INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL,
    segment INTEGER NOT NULL,
    first_batch INTEGER NOT NULL,
    first_sequence INTEGER NOT NULL,
    records INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (log, last_sequence)
) STRICT, WITHOUT ROWID;

-- The cursors of 128 subscriptions a row.
CREATE TABLE cursor_shard (
    id INTEGER PRIMARY KEY,
    entries BLOB NOT NULL
) STRICT;

-- The checksum is that of the columns before it; the payload has its own, which includes the row's.
CREATE TABLE scheduled (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    due INTEGER NOT NULL,
    log INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    payload_checksum INTEGER NOT NULL,
    payload BLOB NOT NULL
) STRICT;
CREATE INDEX scheduled_by_due ON scheduled (due);

-- The ids that senders gave, remembered to recognize a repetition.
CREATE TABLE message_id (
    ordinal INTEGER PRIMARY KEY,
    log INTEGER NOT NULL,
    id BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;
