CREATE TABLE import_row (
    batch_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    cells TEXT[] NOT NULL,
    geometry TEXT,
    original TEXT[],
    CONSTRAINT pk_import_row PRIMARY KEY (batch_id, number),
    CONSTRAINT fk_import_row_batch_id FOREIGN KEY(batch_id) REFERENCES import_batch (id) ON DELETE CASCADE,
    CONSTRAINT ck_import_row_number CHECK (number > 0)
);

CREATE TABLE import_result (
    batch_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    outcome VARCHAR(40) NOT NULL,
    warned BOOLEAN NOT NULL,
    structure_id BIGINT,
    problems JSONB,
    changes JSONB,
    moved_m NUMERIC(12, 3),
    CONSTRAINT pk_import_result PRIMARY KEY (batch_id, number),
    CONSTRAINT ck_import_result_row_outcome CHECK (outcome IN ('new', 'changed', 'unchanged', 'duplicate', 'refused'))
);
CREATE INDEX ix_import_result_batch_id_outcome_number ON import_result (batch_id, outcome, number);
CREATE INDEX ix_import_result_problems ON import_result (batch_id, number) WHERE problems IS NOT NULL;

CREATE TABLE import_decision (
    batch_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    choice VARCHAR(40) NOT NULL,
    decided_by_id BIGINT,
    decided_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_import_decision PRIMARY KEY (batch_id, number),
    CONSTRAINT fk_import_decision_batch_id FOREIGN KEY(batch_id) REFERENCES import_batch (id) ON DELETE CASCADE,
    CONSTRAINT ck_import_decision_row_choice CHECK (choice IN ('new', 'update', 'skip')),
    CONSTRAINT fk_import_decision_decided_by_id FOREIGN KEY(decided_by_id) REFERENCES user_account (id)
);

CREATE TABLE import_missing (
    batch_id BIGINT NOT NULL,
    structure_id BIGINT NOT NULL,
    choice VARCHAR(40),
    decided_by_id BIGINT,
    decided_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_import_missing PRIMARY KEY (batch_id, structure_id),
    CONSTRAINT fk_import_missing_batch_id FOREIGN KEY(batch_id) REFERENCES import_batch (id) ON DELETE CASCADE,
    CONSTRAINT fk_import_missing_structure_id FOREIGN KEY(structure_id) REFERENCES structure (id) ON DELETE CASCADE,
    CONSTRAINT ck_import_missing_missing_choice CHECK (choice IN ('keep', 'decommission')),
    CONSTRAINT fk_import_missing_decided_by_id FOREIGN KEY(decided_by_id) REFERENCES user_account (id)
);
CREATE INDEX ix_import_missing_structure_id ON import_missing (structure_id);

CREATE TABLE import_progress (
    batch_id BIGINT NOT NULL,
    step TEXT NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    cancel_requested BOOLEAN DEFAULT 'false' NOT NULL,
    CONSTRAINT pk_import_progress PRIMARY KEY (batch_id),
    CONSTRAINT fk_import_progress_batch_id FOREIGN KEY(batch_id) REFERENCES import_batch (id) ON DELETE CASCADE
);

CREATE TABLE import_word (
    organisation_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    word TEXT NOT NULL,
    field TEXT,
    used_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_import_word PRIMARY KEY (organisation_id, kind, word),
    CONSTRAINT fk_import_word_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id)
);
