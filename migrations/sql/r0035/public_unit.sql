-- What readers who know structures as cells only are given of the place of a violation: the commune, on the day of the act,
-- of the middle of its public cell.
CREATE FUNCTION keep_public_unit_of_violation() RETURNS trigger LANGUAGE plpgsql
AS $$
BEGIN
    NEW.public_unit_id := unit_of_cells(coarse_cells(NEW.place, coarse_grid_m()), NEW.occurred_on);
    RETURN NEW;
END
$$;

CREATE TRIGGER keep_public_unit_of_violation BEFORE INSERT OR UPDATE OF place, occurred_on, unit_id ON violation
FOR EACH ROW EXECUTE FUNCTION keep_public_unit_of_violation();
