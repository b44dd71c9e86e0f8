-- The columns of each kind of structure, joined to structure by id.

CREATE TABLE antenna_tower (
    id BIGINT NOT NULL,
    mast_class VARCHAR(40) NOT NULL,
    mast_form VARCHAR(40),
    mount VARCHAR(40),
    height_m NUMERIC(12, 3) NOT NULL,
    building_height_m NUMERIC(12, 3),
    half_width_m NUMERIC(12, 3),
    design_wind_zone TEXT,
    platform_heights TEXT,
    load_margin_pct NUMERIC(6, 2),
    lightning_checked_on DATE,
    earthing_checked_on DATE,
    power_supply TEXT,
    backup_hours NUMERIC(6, 2),
    emf_certificate TEXT,
    emf_certified_on DATE,
    rated_area_m2 NUMERIC(12, 3),
    rated_area_height_m NUMERIC(12, 3),
    CONSTRAINT pk_antenna_tower PRIMARY KEY (id),
    CONSTRAINT ck_antenna_tower_height CHECK (height_m BETWEEN 1 AND 350),
    CONSTRAINT ck_antenna_tower_rated_area CHECK (rated_area_m2 > 0 AND rated_area_height_m > 0),
    CONSTRAINT ck_antenna_tower_load_margin CHECK (load_margin_pct BETWEEN 0 AND 100),
    CONSTRAINT ck_antenna_tower_mast_class CHECK (mast_class IN ('A1a', 'A1b', 'A2a', 'A2b', 'A2c')),
    CONSTRAINT ck_antenna_tower_mast_form CHECK (mast_form IN ('self_supporting', 'guyed', 'monopole', 'disguised')),
    CONSTRAINT ck_antenna_tower_mount CHECK (mount IN ('ground', 'roof')),
    CONSTRAINT fk_antenna_tower_id FOREIGN KEY (id) REFERENCES structure (id)
);

CREATE TABLE site_house (
    id BIGINT NOT NULL,
    floor_area_m2 NUMERIC(12, 3),
    power_kva NUMERIC(12, 3),
    fire_safety VARCHAR(40),
    CONSTRAINT pk_site_house PRIMARY KEY (id),
    CONSTRAINT ck_site_house_floor_area CHECK (floor_area_m2 >= 0),
    CONSTRAINT ck_site_house_power CHECK (power_kva >= 0),
    CONSTRAINT ck_site_house_fire_safety CHECK (fire_safety IN ('approved', 'self_checked', 'not_checked')),
    CONSTRAINT fk_site_house_id FOREIGN KEY (id) REFERENCES structure (id)
);

CREATE TABLE cable_pole (
    id BIGINT NOT NULL,
    material VARCHAR(40),
    length_m NUMERIC(12, 3),
    setting_depth_m NUMERIC(12, 3),
    pole_role VARCHAR(40),
    lowest_cable_m NUMERIC(12, 3),
    cabinet_count BIGINT,
    lean_deg NUMERIC,
    rated_top_load_n NUMERIC(12, 1),
    CONSTRAINT pk_cable_pole PRIMARY KEY (id),
    CONSTRAINT ck_cable_pole_length CHECK (length_m BETWEEN 3 AND 30),
    CONSTRAINT ck_cable_pole_depth_below_length CHECK (setting_depth_m < length_m),
    CONSTRAINT ck_cable_pole_rated_top_load CHECK (rated_top_load_n > 0),
    CONSTRAINT ck_cable_pole_lean CHECK (lean_deg BETWEEN 0 AND 90),
    CONSTRAINT ck_cable_pole_pole_material CHECK (material IN ('concrete', 'steel', 'wood', 'composite')),
    CONSTRAINT ck_cable_pole_pole_role CHECK (pole_role IN ('straight', 'corner', 'crossing', 'end')),
    CONSTRAINT fk_cable_pole_id FOREIGN KEY (id) REFERENCES structure (id)
);

CREATE TABLE pole_line (
    id BIGINT NOT NULL,
    pole_count BIGINT,
    usual_span_m NUMERIC(12, 3),
    shared_voltage_kv NUMERIC,
    may_hang_here BOOLEAN,
    CONSTRAINT pk_pole_line PRIMARY KEY (id),
    CONSTRAINT ck_pole_line_pole_count CHECK (pole_count >= 2),
    CONSTRAINT fk_pole_line_id FOREIGN KEY (id) REFERENCES structure (id)
);

CREATE TABLE power_pole_shared (
    id BIGINT NOT NULL,
    material VARCHAR(40),
    length_m NUMERIC(12, 3),
    voltage_kv NUMERIC,
    power_clearance_m NUMERIC(12, 3),
    lowest_cable_m NUMERIC(12, 3),
    setting_depth_m NUMERIC(12, 3),
    pole_role VARCHAR(40),
    rated_top_load_n NUMERIC(12, 1),
    lowest_power_line_m NUMERIC(12, 3),
    CONSTRAINT pk_power_pole_shared PRIMARY KEY (id),
    CONSTRAINT ck_power_pole_shared_length CHECK (length_m BETWEEN 3 AND 60),
    CONSTRAINT ck_power_pole_shared_depth_below_length CHECK (setting_depth_m < length_m),
    CONSTRAINT ck_power_pole_shared_rated_top_load CHECK (rated_top_load_n > 0),
    CONSTRAINT ck_power_pole_shared_voltage CHECK (voltage_kv BETWEEN 0 AND 500),
    CONSTRAINT ck_power_pole_shared_pole_material CHECK (material IN ('concrete', 'steel', 'wood', 'composite')),
    CONSTRAINT ck_power_pole_shared_pole_role CHECK (pole_role IN ('straight', 'corner', 'crossing', 'end')),
    CONSTRAINT fk_power_pole_shared_id FOREIGN KEY (id) REFERENCES structure (id)
);

CREATE TABLE manhole (
    id BIGINT NOT NULL,
    inner_length_m NUMERIC(12, 3),
    inner_width_m NUMERIC(12, 3),
    depth_m NUMERIC(12, 3),
    lid_count BIGINT,
    lid_material VARCHAR(40),
    lid_load_class TEXT,
    lid_present BOOLEAN,
    has_water BOOLEAN,
    key_holder TEXT,
    CONSTRAINT pk_manhole PRIMARY KEY (id),
    CONSTRAINT ck_manhole_lids CHECK (lid_count >= 0),
    CONSTRAINT ck_manhole_depth CHECK (depth_m >= 0),
    CONSTRAINT ck_manhole_lid_material CHECK (lid_material IN ('cast_iron', 'concrete', 'composite', 'steel')),
    CONSTRAINT fk_manhole_id FOREIGN KEY (id) REFERENCES structure (id)
);

CREATE TABLE cable_duct (
    id BIGINT NOT NULL,
    from_manhole_id BIGINT,
    to_manhole_id BIGINT,
    from_manhole_code TEXT,
    to_manhole_code TEXT,
    bore_count BIGINT NOT NULL,
    bore_diameter_mm NUMERIC(10, 1),
    duct_material VARCHAR(40),
    subduct_count BIGINT,
    cover_depth_m NUMERIC(12, 3),
    stated_length_m NUMERIC(12, 3),
    bore_inner_diameter_mm NUMERIC(10, 1),
    CONSTRAINT pk_cable_duct PRIMARY KEY (id),
    CONSTRAINT ck_cable_duct_bores CHECK (bore_count BETWEEN 1 AND 200),
    CONSTRAINT ck_cable_duct_diameter CHECK (bore_diameter_mm BETWEEN 10 AND 2000),
    CONSTRAINT ck_cable_duct_inner_diameter CHECK (bore_inner_diameter_mm BETWEEN 5 AND 2000),
    CONSTRAINT ck_cable_duct_two_manholes CHECK (from_manhole_id IS NULL OR from_manhole_id <> to_manhole_id),
    CONSTRAINT ck_cable_duct_duct_material CHECK (duct_material IN ('pvc', 'hdpe', 'steel', 'concrete')),
    CONSTRAINT fk_cable_duct_id FOREIGN KEY (id) REFERENCES structure (id),
    CONSTRAINT fk_cable_duct_from_manhole_id FOREIGN KEY (from_manhole_id) REFERENCES manhole (id),
    CONSTRAINT fk_cable_duct_to_manhole_id FOREIGN KEY (to_manhole_id) REFERENCES manhole (id)
);
CREATE INDEX ix_cable_duct_from_manhole_id ON cable_duct (from_manhole_id);
CREATE INDEX ix_cable_duct_to_manhole_id ON cable_duct (to_manhole_id);

CREATE TABLE technical_trench (
    id BIGINT NOT NULL,
    inner_width_m NUMERIC(12, 3),
    depth_m NUMERIC(12, 3),
    services_inside TEXT,
    tray_width_mm NUMERIC(10, 1),
    tray_rated_kg_m NUMERIC(12, 3),
    CONSTRAINT pk_technical_trench PRIMARY KEY (id),
    CONSTRAINT ck_technical_trench_size CHECK (inner_width_m >= 0 AND depth_m >= 0),
    CONSTRAINT ck_technical_trench_tray_width CHECK (tray_width_mm > 0),
    CONSTRAINT ck_technical_trench_tray_rated CHECK (tray_rated_kg_m > 0),
    CONSTRAINT fk_technical_trench_id FOREIGN KEY (id) REFERENCES structure (id)
);

CREATE TABLE technical_tunnel (
    id BIGINT NOT NULL,
    inner_width_m NUMERIC(12, 3),
    inner_height_m NUMERIC(12, 3),
    access_point_count BIGINT,
    has_ventilation BOOLEAN,
    has_fire_system BOOLEAN,
    tunnel_operator TEXT,
    tray_width_mm NUMERIC(10, 1),
    tray_rated_kg_m NUMERIC(12, 3),
    CONSTRAINT pk_technical_tunnel PRIMARY KEY (id),
    CONSTRAINT ck_technical_tunnel_size CHECK (inner_width_m >= 0 AND inner_height_m >= 0),
    CONSTRAINT ck_technical_tunnel_tray_width CHECK (tray_width_mm > 0),
    CONSTRAINT ck_technical_tunnel_tray_rated CHECK (tray_rated_kg_m > 0),
    CONSTRAINT fk_technical_tunnel_id FOREIGN KEY (id) REFERENCES structure (id)
);

CREATE TABLE cable_route (
    id BIGINT NOT NULL,
    cable_kind VARCHAR(40) NOT NULL,
    fibre_count BIGINT,
    lit_fibre_count BIGINT,
    laying VARCHAR(40),
    underground_m NUMERIC(12, 3),
    installed_on DATE,
    removed_on DATE,
    dead_flag BOOLEAN,
    dead_on DATE,
    dead_evidence TEXT,
    outer_diameter_mm NUMERIC(10, 1),
    mass_kg_m NUMERIC(12, 3),
    installed_year_only BOOLEAN,
    CONSTRAINT pk_cable_route PRIMARY KEY (id),
    CONSTRAINT ck_cable_route_fibres CHECK (fibre_count BETWEEN 1 AND 10000),
    CONSTRAINT ck_cable_route_lit_fibres CHECK (lit_fibre_count BETWEEN 0 AND fibre_count),
    CONSTRAINT ck_cable_route_fibres_of_fibre CHECK (cable_kind = 'fibre' OR fibre_count IS NULL),
    CONSTRAINT ck_cable_route_lit_of_fibres CHECK (fibre_count IS NOT NULL OR lit_fibre_count IS NULL),
    CONSTRAINT ck_cable_route_underground_part
        CHECK (underground_m IS NULL OR (laying IS NOT NULL AND laying = 'mixed')),
    CONSTRAINT ck_cable_route_underground CHECK (underground_m >= 0),
    CONSTRAINT ck_cable_route_size CHECK (outer_diameter_mm > 0 AND mass_kg_m > 0),
    CONSTRAINT ck_cable_route_removed_after_installed CHECK (removed_on >= installed_on),
    CONSTRAINT ck_cable_route_dead_between CHECK (dead_on >= installed_on AND dead_on <= removed_on),
    CONSTRAINT ck_cable_route_dead_has_day_and_evidence
        CHECK (coalesce(dead_flag, false) = (dead_on IS NOT NULL)
            AND coalesce(dead_flag, false) = (dead_evidence IS NOT NULL)),
    CONSTRAINT ck_cable_route_cable_kind CHECK (cable_kind IN ('fibre', 'copper', 'coaxial')),
    CONSTRAINT ck_cable_route_laying CHECK (laying IN ('aerial', 'underground', 'mixed')),
    CONSTRAINT fk_cable_route_id FOREIGN KEY (id) REFERENCES structure (id)
);
CREATE INDEX ix_cable_route_dead ON cable_route (id) WHERE dead_flag;

-- What carries a cable, in order. The list of a cable is replaced as a whole, so rows may be deleted.
CREATE TABLE cable_member (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    organisation_id BIGINT NOT NULL,
    cable_id BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    structure_id BIGINT NOT NULL,
    CONSTRAINT pk_cable_member PRIMARY KEY (id),
    CONSTRAINT uq_cable_member_cable_id_ordinal UNIQUE (cable_id, ordinal),
    CONSTRAINT ck_cable_member_ordinal CHECK (ordinal > 0),
    CONSTRAINT ck_cable_member_not_itself CHECK (structure_id <> cable_id),
    CONSTRAINT fk_cable_member_cable_id FOREIGN KEY (cable_id) REFERENCES cable_route (id),
    CONSTRAINT fk_cable_member_cable_id_organisation_id
        FOREIGN KEY (cable_id, organisation_id) REFERENCES structure (id, owner_organisation_id) ON UPDATE CASCADE,
    CONSTRAINT fk_cable_member_structure_id FOREIGN KEY (structure_id) REFERENCES structure (id)
);
CREATE INDEX ix_cable_member_structure_id ON cable_member (structure_id);
