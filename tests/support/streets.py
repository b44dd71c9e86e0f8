"""What the register says of the lines of streets that belong to communes."""

STREETS = """
    SELECT u.code, s.name, s.road_class, l.source, ST_AsText(l.line)
      FROM street_line l JOIN street s ON s.id = l.street_id JOIN admin_unit u ON u.id = s.unit_id
     ORDER BY u.code, s.name
"""
