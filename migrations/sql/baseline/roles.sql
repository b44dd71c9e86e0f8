-- Extensions, the roles of the application, and what all tables use.

CREATE EXTENSION IF NOT EXISTS postgis;
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gist;

-- Roles belong to the server: another database of it may have created them.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'registry_position_reader') THEN
        CREATE ROLE registry_position_reader NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'registry_web') THEN
        CREATE ROLE registry_web LOGIN NOINHERIT NOBYPASSRLS;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'registry_worker') THEN
        CREATE ROLE registry_worker LOGIN NOINHERIT NOBYPASSRLS;
    END IF;
    -- Made beforehand by the server's administrator, they have it, and the owner may not be allowed to grant it.
    IF NOT (pg_has_role('registry_web', 'registry_position_reader', 'MEMBER')
            AND pg_has_role('registry_worker', 'registry_position_reader', 'MEMBER')) THEN
        GRANT registry_position_reader TO registry_web, registry_worker;
    END IF;
END
$$;

CREATE SEQUENCE change_id_seq AS bigint;

-- Text for searching: lower case without accents. unaccent is only STABLE, an index needs IMMUTABLE; the dictionary
-- is named so that search_path cannot change the result.
CREATE FUNCTION fold(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
AS $$ SELECT lower(public.unaccent('public.unaccent'::regdictionary, normalize(value, NFC))) $$;
