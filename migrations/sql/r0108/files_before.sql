-- The function of r0093: files of registrations and of requests for sites are given to each reader.
CREATE OR REPLACE FUNCTION reader_has_subject_of(attachment bigint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    link record;
    is_given boolean := false;
BEGIN
    FOR link IN SELECT subject_kind, subject_id FROM attachment_link WHERE attachment_id = attachment LOOP
        is_given := CASE link.subject_kind
            WHEN 'structure' THEN
                coalesce(nullif(current_setting('registry.area_tables', true), '')::text[] && '{*,attachment}', false)
            WHEN 'violation' THEN EXISTS (SELECT FROM violation v WHERE v.id = link.subject_id)
            WHEN 'incident' THEN EXISTS (SELECT FROM incident i WHERE i.id = link.subject_id)
            WHEN 'colocation' THEN EXISTS (SELECT FROM colocation_request r WHERE r.id = link.subject_id)
            WHEN 'agreement' THEN EXISTS (SELECT FROM colocation_agreement a WHERE a.id = link.subject_id)
            ELSE true
        END;
        IF is_given THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END
$$;
