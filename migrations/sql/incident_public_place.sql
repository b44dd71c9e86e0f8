-- What the public is given of the position of an incident: the commune of the middle of its public cell. An incident without
-- a position has the commune that its reporter chose; on a structure alone it is read from the cells of the structure.
CREATE FUNCTION keep_public_unit() RETURNS trigger LANGUAGE plpgsql
AS $$
BEGIN
    NEW.public_unit_id := CASE
        WHEN NEW.place IS NOT NULL
        THEN unit_of_cells(coarse_cells(NEW.place, coarse_grid_m()), vietnamese_day(NEW.reported_at))
        WHEN NEW.structure_id IS NULL THEN NEW.unit_id
    END;
    RETURN NEW;
END
$$;

CREATE TRIGGER keep_public_unit BEFORE INSERT OR UPDATE OF place, structure_id, unit_id ON incident
FOR EACH ROW EXECUTE FUNCTION keep_public_unit();
