/** The tables of TIAToolbox's SQLiteStore, version 1.0.1, statement for statement. */

export const rtree = `CREATE VIRTUAL TABLE rtree USING rtree(
                id,                      -- Integer primary key
                min_x, max_x,            -- 1st dimension min, max
                min_y, max_y             -- 2nd dimension min, max
            )`

export const tables = `
  CREATE TABLE metadata (key TEXT UNIQUE, value TEXT);
  CREATE TABLE annotations(
                id INTEGER PRIMARY KEY,  -- Integer primary key
                key TEXT UNIQUE,         -- Unique identifier (UUID)
                objtype TEXT,            -- Object type
                cx FLOAT NOT NULL,       -- X of centroid/representative point
                cy FLOAT NOT NULL,       -- Y of centroid/representative point
                geometry BLOB,           -- Detailed geometry
                properties TEXT,         -- JSON properties
                area FLOAT NOT NULL      -- Area (for ordering)
            );`

/** What the store says of itself; values are JSON. */
export const metadata = { version: '1.0.1', compression: 'zlib', compression_level: 9 }
