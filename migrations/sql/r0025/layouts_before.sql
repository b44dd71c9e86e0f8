DROP TABLE import_layout;

CREATE TABLE import_word (
    organisation_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    word TEXT NOT NULL,
    field TEXT,
    used_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_import_word PRIMARY KEY (organisation_id, kind, word),
    CONSTRAINT fk_import_word_organisation_id FOREIGN KEY (organisation_id) REFERENCES organisation (id)
);
