-- Structures of every kind: their numbers, exact positions and public cells, labels.

-- Side of the public grid in metres: a dated setting, read as of the time of the transaction.
CREATE FUNCTION coarse_grid_m() RETURNS double precision LANGUAGE sql STABLE
AS $$
    SELECT (value #>> '{}')::double precision FROM dated_setting
    WHERE key = 'position.coarse_grid_m'
      AND valid_from <= (coalesce(nullif(current_setting('registry.now', true), '')::timestamptz, now())
                         AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
    ORDER BY valid_from DESC LIMIT 1
$$;

-- The cells (squares of the grid of the province, EPSG:5897) that a geometry touches; a point has exactly one.
CREATE FUNCTION coarse_cells(exact geometry, side double precision) RETURNS geometry LANGUAGE plpgsql IMMUTABLE STRICT
AS $$
DECLARE
    flat geometry := ST_Transform(exact, 5897);
    x double precision;
    y double precision;
BEGIN
    IF GeometryType(exact) = 'POINT' THEN
        x := floor(ST_X(flat) / side) * side;
        y := floor(ST_Y(flat) / side) * side;
        RETURN ST_Multi(ST_Transform(ST_MakeEnvelope(x, y, x + side, y + side, 5897), 4326));
    END IF;
    RETURN (SELECT ST_Multi(ST_Transform(ST_Union(cell.geom), 4326)) FROM ST_SquareGrid(side, flat) cell
            WHERE ST_Intersects(cell.geom, flat));
END
$$;

-- Each write of a position writes its public cells; restricted structures have none.
CREATE FUNCTION keep_coarse_position() RETURNS trigger LANGUAGE plpgsql
AS $$
BEGIN
    NEW.geom_coarse := CASE WHEN NEW.sharing_status = 'restricted' THEN NULL
                            ELSE coarse_cells(NEW.geom, coarse_grid_m()) END;
    RETURN NEW;
END
$$;

-- Numbers of structures (ADR 0016): of each million every number comes once, in an order that only the key knows.
CREATE SEQUENCE structure_number_seq AS bigint MINVALUE 0 START 0;
CREATE TABLE structure_number_key (
    id SMALLINT NOT NULL,
    key BYTEA NOT NULL,
    CONSTRAINT pk_structure_number_key PRIMARY KEY (id)
);

INSERT INTO structure_number_key (id, key)
SELECT 1, decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex');

-- The next number: the count of numbers drawn so far, put through a Feistel network over 20 bits (Luby and Rackoff,
-- 1988), which maps counts to numbers one to one. Results beyond the million are mapped again until one is within
-- (cycle walking; Black and Rogaway, 2002).
CREATE FUNCTION draw_structure_number() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    drawn bigint := nextval('structure_number_seq');
    million bigint := drawn / 1000000;
    place bigint := drawn % 1000000;
    secret bytea := (SELECT key FROM structure_number_key);
    high int;
    low int;
    kept int;
    mixed bytea;
BEGIN
    LOOP
        high := place >> 10;
        low := place & 1023;
        FOR round IN 1..6 LOOP
            mixed := sha256(secret || int8send(million) || int4send(round << 10 | low));
            kept := low;
            low := high # (get_byte(mixed, 0) << 8 | get_byte(mixed, 1)) & 1023;
            high := kept;
        END LOOP;
        place := high << 10 | low;
        EXIT WHEN place < 1000000;
    END LOOP;
    RETURN million * 1000000 + place + 1;
END
$$;

-- Where a structure or its public cells are, as bytes in an order that keeps neighbours together (ADR 0015): the geohash
-- (base32, nine letters, some 5 m) of the middle of the box, after a figure for the size of the box. A structure that
-- reaches into a window has its middle within half its size of the window. Bytes, because no collation reorders them.
CREATE FUNCTION place_key(place public.geometry) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT (width_bucket(greatest(public.ST_XMax(place) - public.ST_XMin(place), public.ST_YMax(place) - public.ST_YMin(place)),
                         ARRAY[1e-9, 0.01, 0.08]::double precision[])::text || public.ST_GeoHash(place, 9))::bytea
$$;

CREATE TABLE structure (
    id BIGINT DEFAULT draw_structure_number() NOT NULL,
    code TEXT NOT NULL,
    kind TEXT NOT NULL,
    owner_organisation_id BIGINT NOT NULL,
    owner_category VARCHAR(40) NOT NULL,
    manager_organisation_id BIGINT,
    own_code TEXT,
    name TEXT COLLATE "vi-x-icu" NOT NULL,
    status VARCHAR(40) NOT NULL,
    sharing_status VARCHAR(40) NOT NULL,
    not_shareable_reason VARCHAR(40),
    sharing_kind VARCHAR(40),
    sharing_conditions TEXT,
    max_users BIGINT,
    geom geometry(GEOMETRY, 4326) NOT NULL,
    geom_m geometry(GEOMETRY, 5897) GENERATED ALWAYS AS (ST_Transform(geom, 5897)) STORED,
    given_position TEXT,
    given_srid BIGINT NOT NULL,
    position_operation TEXT NOT NULL,
    geom_coarse geometry(MULTIPOLYGON, 4326),
    accuracy_m NUMERIC(12, 3),
    position_method VARCHAR(40) NOT NULL,
    surveyed_on DATE,
    commune_id BIGINT,
    outside_area BOOLEAN NOT NULL,
    address TEXT,
    street_id BIGINT,
    road_name TEXT,
    chainage_km NUMERIC,
    is_urban BOOLEAN,
    built_on DATE,
    in_service_on DATE,
    condition VARCHAR(40),
    last_inspected_on DATE,
    has_identification_mark BOOLEAN,
    plan_conformity VARCHAR(40),
    plan_item TEXT,
    permit_regime VARCHAR(40),
    permit_number TEXT,
    permit_on DATE,
    land_kind VARCHAR(40),
    land_contract TEXT,
    is_public_asset BOOLEAN NOT NULL,
    funding_source TEXT,
    standards_declared TEXT,
    note TEXT,
    provenance VARCHAR(40) NOT NULL,
    is_sample BOOLEAN NOT NULL,
    confirmed_on DATE,
    confirmed_by_id BIGINT,
    valid_from DATE,
    valid_to DATE,
    created_at TIMESTAMPTZ NOT NULL,
    created_by_id BIGINT,
    updated_at TIMESTAMPTZ NOT NULL,
    version BIGINT NOT NULL,
    search_text TEXT GENERATED ALWAYS AS (fold(coalesce(code, '') || ' ' || coalesce(own_code, '') || ' ' ||
        coalesce(name, '') || ' ' || coalesce(road_name, '') || ' ' || coalesce(address, ''))) STORED,
    is_published BOOLEAN GENERATED ALWAYS AS (sharing_status IN ('available', 'shared_available', 'upgradable')
        AND status = 'active') STORED NOT NULL,
    built_year_only BOOLEAN,
    in_service_year_only BOOLEAN,
    CONSTRAINT pk_structure PRIMARY KEY (id),
    CONSTRAINT uq_structure_id_owner_organisation_id UNIQUE (id, owner_organisation_id),
    CONSTRAINT uq_structure_owner_organisation_id_own_code UNIQUE (owner_organisation_id, own_code),
    CONSTRAINT uq_structure_code UNIQUE (code),
    CONSTRAINT ck_structure_version_positive CHECK (version > 0),
    CONSTRAINT ck_structure_name_given CHECK (char_length(btrim(name)) > 0),
    CONSTRAINT ck_structure_geom_sound CHECK (ST_IsValid(geom) AND NOT ST_IsEmpty(geom)),
    CONSTRAINT ck_structure_geom_finite
        CHECK (ST_XMin(geom) >= -180 AND ST_XMax(geom) <= 180 AND ST_YMin(geom) >= -90 AND ST_YMax(geom) <= 90),
    CONSTRAINT ck_structure_commune_or_outside CHECK (commune_id IS NOT NULL OR outside_area),
    CONSTRAINT ck_structure_reason_if_not_shareable
        CHECK ((sharing_status = 'not_shareable') = (not_shareable_reason IS NOT NULL)),
    CONSTRAINT ck_structure_valid_period CHECK (valid_to IS NULL OR valid_from IS NULL OR valid_to >= valid_from),
    CONSTRAINT ck_structure_service_after_built
        CHECK (in_service_on IS NULL OR built_on IS NULL OR in_service_on >= built_on
            OR (coalesce(in_service_year_only, false) AND date_part('year', in_service_on) = date_part('year',
            built_on))),
    CONSTRAINT ck_structure_owner_category
        CHECK (owner_category IN ('operator', 'tower_company', 'power', 'state_budget', 'zone_investor', 'other')),
    CONSTRAINT ck_structure_status
        CHECK (status IN ('planned', 'building', 'active', 'suspended', 'decommissioned', 'removed')),
    CONSTRAINT ck_structure_sharing_status
        CHECK (sharing_status IN ('not_assessed', 'available', 'shared_available', 'shared_full', 'exclusive_full',
            'upgradable', 'not_shareable', 'restricted', 'not_applicable')),
    CONSTRAINT ck_structure_not_shareable_reason
        CHECK (not_shareable_reason IN ('off_plan', 'technical', 'economic', 'unsafe', 'security', 'other')),
    CONSTRAINT ck_structure_sharing_kind CHECK (sharing_kind IN ('passive', 'active')),
    CONSTRAINT ck_structure_position_method CHECK (position_method IN ('survey', 'gps', 'map', 'drawing', 'unknown')),
    CONSTRAINT ck_structure_condition CHECK (condition IN ('good', 'fair', 'degraded', 'dangerous')),
    CONSTRAINT ck_structure_plan_conformity CHECK (plan_conformity IN ('unknown', 'conforms', 'deviates')),
    CONSTRAINT ck_structure_permit_regime CHECK (permit_regime IN ('permit', 'exempt', 'notice', 'unknown')),
    CONSTRAINT ck_structure_land_kind CHECK (land_kind IN ('own', 'rented', 'public', 'road', 'unknown')),
    CONSTRAINT ck_structure_provenance
        CHECK (provenance IN ('declared', 'imported', 'surveyed', 'inferred', 'sample')),
    CONSTRAINT fk_structure_owner_organisation_id FOREIGN KEY (owner_organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_structure_manager_organisation_id
        FOREIGN KEY (manager_organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_structure_commune_id FOREIGN KEY (commune_id) REFERENCES admin_unit (id),
    CONSTRAINT fk_structure_street_id FOREIGN KEY (street_id) REFERENCES street (id),
    CONSTRAINT fk_structure_confirmed_by_id FOREIGN KEY (confirmed_by_id) REFERENCES user_account (id),
    CONSTRAINT fk_structure_created_by_id FOREIGN KEY (created_by_id) REFERENCES user_account (id)
);
CREATE INDEX ix_structure_commune_id_code ON structure (commune_id, code);
CREATE INDEX ix_structure_geom ON structure USING gist (geom);
CREATE INDEX ix_structure_geom_coarse ON structure USING gist (geom_coarse);
CREATE INDEX ix_structure_geom_m ON structure USING gist (geom_m);
CREATE INDEX ix_structure_kind_code ON structure (kind, code);
CREATE INDEX ix_structure_name_id ON structure (name, id);
CREATE INDEX ix_structure_owner_organisation_id_code ON structure (owner_organisation_id, code);
CREATE INDEX ix_structure_place ON structure (place_key(geom), id);
CREATE INDEX ix_structure_place_coarse ON structure (place_key(geom_coarse), id);
CREATE INDEX ix_structure_public_asset ON structure (owner_organisation_id, kind) WHERE is_public_asset IS TRUE;
CREATE INDEX ix_structure_published ON structure USING gist (geom) WHERE is_published;
CREATE INDEX ix_structure_published_code ON structure (code) WHERE is_published;
CREATE INDEX ix_structure_published_near ON structure USING gist (kind, geom_m) WHERE is_published;
CREATE INDEX ix_structure_sample ON structure (id) WHERE is_sample;
CREATE INDEX ix_structure_updated_at_id ON structure (updated_at, id);

CREATE TRIGGER coarse_position_insert BEFORE INSERT ON structure FOR EACH ROW EXECUTE FUNCTION keep_coarse_position();
CREATE TRIGGER coarse_position_update BEFORE UPDATE ON structure FOR EACH ROW
    WHEN (NEW.geom IS DISTINCT FROM OLD.geom OR NEW.sharing_status IS DISTINCT FROM OLD.sharing_status)
    EXECUTE FUNCTION keep_coarse_position();

-- A structure is never deleted, except sample data (flask demo clear) and what a reverted change had created.
CREATE FUNCTION refuse_real_deletion() RETURNS trigger LANGUAGE plpgsql
AS $$
BEGIN
    IF NOT OLD.is_sample AND coalesce(current_setting('registry.reverting', true), '') = '' THEN
        RAISE EXCEPTION 'structure % is never deleted', OLD.code USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END
$$;

CREATE TRIGGER never_deleted BEFORE DELETE ON structure FOR EACH ROW EXECUTE FUNCTION refuse_real_deletion();

-- Exact positions that open cases disclose to their parties.
CREATE TABLE structure_disclosure (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    structure_id BIGINT NOT NULL,
    organisation_id BIGINT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id BIGINT NOT NULL,
    until TIMESTAMPTZ,
    CONSTRAINT pk_structure_disclosure PRIMARY KEY (id),
    CONSTRAINT uq_structure_disclosure_case UNIQUE (structure_id, organisation_id, subject_kind, subject_id),
    CONSTRAINT fk_structure_disclosure_structure_id FOREIGN KEY (structure_id) REFERENCES structure (id),
    CONSTRAINT fk_structure_disclosure_organisation_id FOREIGN KEY (organisation_id) REFERENCES organisation (id)
);
CREATE INDEX ix_structure_disclosure_open ON structure_disclosure (organisation_id, structure_id) WHERE until IS NULL;
CREATE INDEX ix_structure_disclosure_subject_kind_subject_id ON structure_disclosure (subject_kind, subject_id);

-- The random code of each printed label.
CREATE TABLE structure_label (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    code TEXT NOT NULL,
    structure_id BIGINT NOT NULL,
    sheet_id BIGINT NOT NULL,
    issued_at TIMESTAMPTZ NOT NULL,
    issued_by_id BIGINT NOT NULL,
    revoked_at TIMESTAMPTZ,
    revoked_by_id BIGINT,
    CONSTRAINT pk_structure_label PRIMARY KEY (id),
    CONSTRAINT uq_structure_label_code UNIQUE (code),
    CONSTRAINT ck_structure_label_code_form CHECK (code ~ '^[0-9A-HJKMNP-TV-Z]{16}$'),
    CONSTRAINT ck_structure_label_revoked_by CHECK ((revoked_at IS NULL) = (revoked_by_id IS NULL)),
    CONSTRAINT ck_structure_label_revoked_after_issue CHECK (revoked_at >= issued_at),
    CONSTRAINT fk_structure_label_structure_id FOREIGN KEY (structure_id) REFERENCES structure (id),
    CONSTRAINT fk_structure_label_issued_by_id FOREIGN KEY (issued_by_id) REFERENCES user_account (id),
    CONSTRAINT fk_structure_label_revoked_by_id FOREIGN KEY (revoked_by_id) REFERENCES user_account (id)
);
CREATE INDEX ix_structure_label_sheet_id ON structure_label (sheet_id);
CREATE INDEX ix_structure_label_structure_id ON structure_label (structure_id);
