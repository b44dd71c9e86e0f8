-- What the roles of the application may do. Nothing is deleted but working data, cleared samples and replaced lists.
GRANT SELECT, INSERT, UPDATE ON
    admin_succession, admin_unit, antenna_tower, attachment, attachment_link, attestation_round, bulk_edit, cable_duct,
    cable_member, cable_pole, cable_route, calendar_day, capacity_entry, case_clock, case_counter, case_message,
    colocation_agreement, colocation_as_built, colocation_item, colocation_offer, colocation_request, dated_setting,
    export_job, finding, import_batch, import_decision, import_missing, import_progress, import_result, import_row,
    import_word, legal_term, manhole, notice_mail, occupation, one_time_link, organisation, organisation_alias,
    organisation_succession, pole_line, power_pole_shared, request_key, role_area, role_assignment, route_item,
    route_list, saved_search, saved_search_find, saved_search_look, sign_in_counter, site_house, street, street_line,
    structure_disclosure, structure_label, tariff, technical_trench, technical_tunnel, user_account, user_password,
    user_session, violation, violation_competence, violation_kind
    TO registry_web, registry_worker;
GRANT DELETE ON
    cable_member, colocation_item, import_decision, import_missing, import_progress, import_result, import_row,
    import_word, one_time_link, request_key, saved_search, saved_search_find, saved_search_look, sign_in_counter,
    street_line, user_session
    TO registry_web, registry_worker;
-- Rows that are final.
GRANT SELECT, INSERT ON
    audit_event, audit_note, audit_payload, case_event, colocation_screening, notice, notice_read, occupation_claim
    TO registry_web, registry_worker;
-- Layers are replaced as a whole.
GRANT SELECT, INSERT, DELETE ON basemap_feature, basemap_layer TO registry_web, registry_worker;
-- Written by triggers and migrations only.
GRANT SELECT ON admin_unit_piece, revertible_table, structure_gone TO registry_web, registry_worker;
-- The sums of a place are those of the triggers.
GRANT SELECT, INSERT, UPDATE (organisation_id, label, unit, total, height_m, diameter_mm, level) ON capacity_place
    TO registry_web, registry_worker;

-- Exact positions: the application writes them and reads them as registry_position_reader only (ADR 0005).
GRANT INSERT, UPDATE ON structure TO registry_web, registry_worker;
GRANT INSERT ON attachment_position TO registry_web, registry_worker;
DO $$
DECLARE
    target text;
    readable text;
BEGIN
    FOREACH target IN ARRAY ARRAY['structure', 'structure_history'] LOOP
        SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO readable FROM pg_attribute
         WHERE attrelid = target::regclass AND attnum > 0 AND attname NOT IN ('geom', 'geom_m', 'given_position');
        EXECUTE format('GRANT SELECT (%s) ON %I TO registry_web, registry_worker', readable, target);
    END LOOP;
END
$$;
GRANT SELECT ON
    structure, structure_history, structure_gone, structure_disclosure, attachment_position,
    structure_class, structure_tally, structure_tally_change, structure_cell, structure_cell_tally
    TO registry_position_reader;
-- What questions about positions join and filter by.
GRANT SELECT ON
    admin_unit, admin_unit_history, admin_unit_piece, antenna_tower, antenna_tower_history, cable_duct,
    cable_duct_history, cable_member, cable_member_history, cable_pole, cable_pole_history, cable_route,
    cable_route_history, capacity_entry, capacity_entry_history, capacity_place, capacity_place_history, dated_setting,
    manhole, manhole_history, organisation, organisation_alias, organisation_alias_history, organisation_history,
    pole_line, pole_line_history, power_pole_shared, power_pole_shared_history, site_house, site_house_history, street,
    technical_trench, technical_trench_history, technical_tunnel, technical_tunnel_history
    TO registry_position_reader;

-- The pages put jobs into the queue; everything else is the worker's.
GRANT SELECT, INSERT ON procrastinate_jobs, procrastinate_events TO registry_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON
    procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers, procrastinate_workers
    TO registry_worker;

-- Functions that run as their owner and are called by name.
REVOKE EXECUTE ON FUNCTION
    add_up_structures(), count_structures_anew(), analyse_import_rows(), analyse_import_results(),
    rows_of_change(bigint, text, bigint, bigint), structures_of_change(bigint), obstacles_of_change(bigint),
    begin_revert(bigint), revert_steps(bigint, int), revert_step(bigint, text, text, bigint, bigint), end_revert()
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    analyse_import_rows(), analyse_import_results(), structures_of_change(bigint), obstacles_of_change(bigint),
    begin_revert(bigint), revert_steps(bigint, int), revert_step(bigint, text, text, bigint, bigint), end_revert()
    TO registry_web, registry_worker;
GRANT EXECUTE ON FUNCTION add_up_structures() TO registry_worker;
