-- Without counts by group.
DROP TRIGGER fact_insert ON structure;
DROP TRIGGER fact_delete ON structure;
DROP TRIGGER fact_update ON structure;
DROP TRIGGER fact_insert ON capacity_place;
DROP TRIGGER fact_delete ON capacity_place;
DROP TRIGGER fact_update ON capacity_place;
DROP FUNCTION add_up_structures(), count_structures_anew(), add_up_facts(), move_facts(), place_cells(), count_fresh_since(date),
    note_facts(), note_changed_facts(), note_places(), note_changed_places();
DROP VIEW structure_fact_now;
DROP FUNCTION days_of_structure(bigint);
DROP FUNCTION unit_of_cells(geometry, date);
DROP FUNCTION communes_key(date);
DROP FUNCTION vietnamese_day(timestamptz);
ALTER TABLE structure_cell DROP COLUMN unit_id, DROP COLUMN placed_by;
DROP INDEX ix_structure_history_suspended;
DROP TABLE structure_group, structure_fresh_since, structure_year_count, structure_fact, structure_fact_change;
ALTER FUNCTION add_up_pyramid() RENAME TO add_up_structures;
ALTER FUNCTION count_pyramid_anew() RENAME TO count_structures_anew;
GRANT EXECUTE ON FUNCTION add_up_structures() TO registry_worker;
