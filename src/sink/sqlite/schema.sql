-- The embedded store of vitalvec, schema version 1 (PRAGMA user_version); PRAGMA application_id is 0x76766563, "vvec".
-- Any program with SQLite 3.24 or newer and FTS5 can read it, also while vitalvec writes.

CREATE TABLE meta(
    -- model       fingerprint of the model that made the vectors; absent in a store without vectors
    -- dimensions  length of a vector; absent in a store without vectors
    -- template    version of the wording
    -- created_by  program and version that made the store
    -- complete    1 when the last run into the store came to its end, else 0
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE users(
    user INTEGER PRIMARY KEY, -- a number of this store only, in the order of arrival
    user_id TEXT NOT NULL UNIQUE -- as written in the records
);

CREATE TABLE days(
    -- user * 4194304 + days since 0000-01-01 (1970-01-01 is 719528): one user's days lie together, in order
    day INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL,
    date TEXT NOT NULL, -- YYYY-MM-DD
    id TEXT NOT NULL, -- UUIDv5 of namespace DNS and vitalvec/day/<user_id>/<date>
    kind TEXT NOT NULL, -- day
    records INTEGER NOT NULL,
    text TEXT NOT NULL, -- the readable day
    gist TEXT NOT NULL, -- what the vector was made of
    facets TEXT NOT NULL, -- JSON array of text
    facets_day_before TEXT NOT NULL, -- JSON array of text
    -- the day in numbers; NULL: no data that day
{properties}
    content_hash TEXT NOT NULL, -- over everything but template, model and vector
    template TEXT NOT NULL,
    model TEXT -- NULL: no vector
);

CREATE TABLE vectors(
    day INTEGER PRIMARY KEY, -- as in days
    vector BLOB NOT NULL -- unit vector of the gist: float32, little-endian
);

CREATE VIRTUAL TABLE words USING fts5(
    text, gist, facets, -- search by word; rowid is days.day
    content = 'days',
    content_rowid = 'day',
    tokenize = 'porter unicode61 remove_diacritics 2'
);
-- A batch of days becomes one segment of the index, and sixteen of a size are merged at once.
INSERT INTO words(words, rank) VALUES ('hashsize', 16777216);
INSERT INTO words(words, rank) VALUES ('automerge', 0);

-- The index follows the days, whichever program changes them; a day that goes takes its vector along.
CREATE TRIGGER days_inserted AFTER INSERT ON days BEGIN
    INSERT INTO words(rowid, text, gist, facets) VALUES (new.day, new.text, new.gist, new.facets);
END;

CREATE TRIGGER days_updated AFTER UPDATE OF text, gist, facets ON days BEGIN
    INSERT INTO words(words, rowid, text, gist, facets) VALUES ('delete', old.day, old.text, old.gist, old.facets);
    INSERT INTO words(rowid, text, gist, facets) VALUES (new.day, new.text, new.gist, new.facets);
END;

CREATE TRIGGER days_deleted AFTER DELETE ON days BEGIN
    INSERT INTO words(words, rowid, text, gist, facets) VALUES ('delete', old.day, old.text, old.gist, old.facets);
    DELETE FROM vectors WHERE day = old.day;
END;

-- What src/sink/sqlite/columns.rs says comes next: the tables columns and packed_users, a copy of days by column, with
-- triggers that keep it honest. When the first run ends, it adds: CREATE INDEX days_by_date ON days(date);
