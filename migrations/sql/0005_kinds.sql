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
    CONSTRAINT pk_antenna_tower PRIMARY KEY (id),
    CONSTRAINT ck_antenna_tower_height CHECK (height_m BETWEEN 1 AND 350),
    CONSTRAINT ck_antenna_tower_load_margin CHECK (load_margin_pct BETWEEN 0 AND 100),
    CONSTRAINT fk_antenna_tower_id FOREIGN KEY(id) REFERENCES structure (id),
    CONSTRAINT ck_antenna_tower_mast_class CHECK (mast_class IN ('A1a', 'A1b', 'A2a', 'A2b', 'A2c')),
    CONSTRAINT ck_antenna_tower_mast_form CHECK (mast_form IN ('self_supporting', 'guyed', 'monopole', 'disguised')),
    CONSTRAINT ck_antenna_tower_mount CHECK (mount IN ('ground', 'roof'))
);

CREATE TABLE site_house (
    id BIGINT NOT NULL,
    floor_area_m2 NUMERIC(12, 3),
    power_kva NUMERIC(12, 3),
    fire_safety VARCHAR(40),
    CONSTRAINT pk_site_house PRIMARY KEY (id),
    CONSTRAINT ck_site_house_floor_area CHECK (floor_area_m2 >= 0),
    CONSTRAINT ck_site_house_power CHECK (power_kva >= 0),
    CONSTRAINT fk_site_house_id FOREIGN KEY(id) REFERENCES structure (id),
    CONSTRAINT ck_site_house_fire_safety CHECK (fire_safety IN ('approved', 'self_checked', 'not_checked'))
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
    CONSTRAINT pk_cable_pole PRIMARY KEY (id),
    CONSTRAINT ck_cable_pole_length CHECK (length_m BETWEEN 3 AND 30),
    CONSTRAINT ck_cable_pole_depth_below_length CHECK (setting_depth_m < length_m),
    CONSTRAINT ck_cable_pole_lean CHECK (lean_deg BETWEEN 0 AND 90),
    CONSTRAINT fk_cable_pole_id FOREIGN KEY(id) REFERENCES structure (id),
    CONSTRAINT ck_cable_pole_pole_material CHECK (material IN ('concrete', 'steel', 'wood', 'composite')),
    CONSTRAINT ck_cable_pole_pole_role CHECK (pole_role IN ('straight', 'corner', 'crossing', 'end'))
);

CREATE TABLE pole_line (
    id BIGINT NOT NULL,
    pole_count BIGINT,
    usual_span_m NUMERIC(12, 3),
    shared_voltage_kv NUMERIC,
    may_hang_here BOOLEAN,
    CONSTRAINT pk_pole_line PRIMARY KEY (id),
    CONSTRAINT ck_pole_line_pole_count CHECK (pole_count >= 2),
    CONSTRAINT fk_pole_line_id FOREIGN KEY(id) REFERENCES structure (id)
);

CREATE TABLE power_pole_shared (
    id BIGINT NOT NULL,
    material VARCHAR(40),
    length_m NUMERIC(12, 3),
    voltage_kv NUMERIC,
    power_clearance_m NUMERIC(12, 3),
    lowest_cable_m NUMERIC(12, 3),
    CONSTRAINT pk_power_pole_shared PRIMARY KEY (id),
    CONSTRAINT ck_power_pole_shared_length CHECK (length_m BETWEEN 3 AND 60),
    CONSTRAINT ck_power_pole_shared_voltage CHECK (voltage_kv BETWEEN 0 AND 500),
    CONSTRAINT fk_power_pole_shared_id FOREIGN KEY(id) REFERENCES structure (id),
    CONSTRAINT ck_power_pole_shared_pole_material CHECK (material IN ('concrete', 'steel', 'wood', 'composite'))
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
    CONSTRAINT fk_manhole_id FOREIGN KEY(id) REFERENCES structure (id),
    CONSTRAINT ck_manhole_lid_material CHECK (lid_material IN ('cast_iron', 'concrete', 'composite', 'steel'))
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
    CONSTRAINT pk_cable_duct PRIMARY KEY (id),
    CONSTRAINT ck_cable_duct_bores CHECK (bore_count BETWEEN 1 AND 200),
    CONSTRAINT ck_cable_duct_diameter CHECK (bore_diameter_mm BETWEEN 10 AND 2000),
    CONSTRAINT ck_cable_duct_two_manholes CHECK (from_manhole_id IS NULL OR from_manhole_id <> to_manhole_id),
    CONSTRAINT fk_cable_duct_id FOREIGN KEY(id) REFERENCES structure (id),
    CONSTRAINT fk_cable_duct_from_manhole_id FOREIGN KEY(from_manhole_id) REFERENCES manhole (id),
    CONSTRAINT fk_cable_duct_to_manhole_id FOREIGN KEY(to_manhole_id) REFERENCES manhole (id),
    CONSTRAINT ck_cable_duct_duct_material CHECK (duct_material IN ('pvc', 'hdpe', 'steel', 'concrete'))
);

CREATE TABLE technical_trench (
    id BIGINT NOT NULL,
    inner_width_m NUMERIC(12, 3),
    depth_m NUMERIC(12, 3),
    services_inside TEXT,
    CONSTRAINT pk_technical_trench PRIMARY KEY (id),
    CONSTRAINT ck_technical_trench_size CHECK (inner_width_m >= 0 AND depth_m >= 0),
    CONSTRAINT fk_technical_trench_id FOREIGN KEY(id) REFERENCES structure (id)
);

CREATE TABLE technical_tunnel (
    id BIGINT NOT NULL,
    inner_width_m NUMERIC(12, 3),
    inner_height_m NUMERIC(12, 3),
    access_point_count BIGINT,
    has_ventilation BOOLEAN,
    has_fire_system BOOLEAN,
    tunnel_operator TEXT,
    CONSTRAINT pk_technical_tunnel PRIMARY KEY (id),
    CONSTRAINT ck_technical_tunnel_size CHECK (inner_width_m >= 0 AND inner_height_m >= 0),
    CONSTRAINT fk_technical_tunnel_id FOREIGN KEY(id) REFERENCES structure (id)
);
