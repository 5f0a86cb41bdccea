-- The trial store, the same on SQLite and PostgreSQL. Times are seconds since 1970 by the database's clock. A value that is not a number is null.
CREATE TABLE study (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    spec TEXT NOT NULL,
    spec_hash TEXT NOT NULL,
    higher_is_better INTEGER NOT NULL,
    reports_higher_is_better INTEGER NOT NULL,
    max_trials BIGINT,
    max_failures INTEGER NOT NULL,
    max_losses INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    state TEXT NOT NULL,
    stop_reason TEXT,
    revision BIGINT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL
);

CREATE TABLE worker (
    id TEXT NOT NULL PRIMARY KEY,
    study_id TEXT NOT NULL REFERENCES study (id) ON DELETE CASCADE,
    host TEXT NOT NULL,
    process_id BIGINT NOT NULL,
    slot TEXT,
    gpus INTEGER NOT NULL,
    memory BIGINT NOT NULL,
    tags TEXT NOT NULL,
    started_at DOUBLE PRECISION NOT NULL,
    seen_at DOUBLE PRECISION NOT NULL
);

CREATE TABLE trial (
    study_id TEXT NOT NULL REFERENCES study (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    state TEXT NOT NULL,
    parameters TEXT NOT NULL,
    grid_index BIGINT,
    requires_gpus INTEGER NOT NULL,
    requires_memory BIGINT NOT NULL,
    requires_tag TEXT,
    attempt INTEGER NOT NULL,
    losses INTEGER NOT NULL,
    worker_id TEXT,
    lease_until DOUBLE PRECISION,
    value DOUBLE PRECISION,
    error TEXT,
    revision BIGINT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    finished_at DOUBLE PRECISION,
    PRIMARY KEY (study_id, number),
    UNIQUE (study_id, grid_index)
);

CREATE INDEX trial_by_revision ON trial (study_id, revision);
CREATE INDEX trial_by_state ON trial (study_id, state, lease_until);

CREATE TABLE attempt (
    study_id TEXT NOT NULL,
    trial_number BIGINT NOT NULL,
    number INTEGER NOT NULL,
    worker_id TEXT NOT NULL,
    state TEXT NOT NULL,
    folder TEXT,
    error TEXT,
    started_at DOUBLE PRECISION NOT NULL,
    ended_at DOUBLE PRECISION,
    PRIMARY KEY (study_id, trial_number, number),
    FOREIGN KEY (study_id, trial_number) REFERENCES trial (study_id, number) ON DELETE CASCADE
);

CREATE TABLE report (
    study_id TEXT NOT NULL,
    trial_number BIGINT NOT NULL,
    attempt INTEGER NOT NULL,
    step BIGINT NOT NULL,
    value DOUBLE PRECISION,
    revision BIGINT NOT NULL,
    PRIMARY KEY (study_id, trial_number, attempt, step),
    FOREIGN KEY (study_id, trial_number) REFERENCES trial (study_id, number) ON DELETE CASCADE
);

CREATE INDEX report_by_revision ON report (study_id, revision);
