-- What two spellings of one code of an owner have in common: compatible forms (full width), one case, single spaces, one
-- hyphen, Latin letters in place of Cyrillic ones of the same shape, no decimals of a whole number ("499.0", as
-- spreadsheets write it). Three zeros may be thousands and are kept.
CREATE FUNCTION code_key(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT regexp_replace(
        translate(
            btrim(regexp_replace(lower(normalize(value, NFKC)), '\s+', ' ', 'g')),
            '‐‑‒–—−авекмнорстухіјѕ', '------abekmhopctyxijs'
        ),
        '^([0-9]+)[.,]0{1,2}$', '\1'
    )
$$;

CREATE INDEX ix_structure_code_key ON structure (owner_organisation_id, code_key(own_code));
