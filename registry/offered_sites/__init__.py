"""Sites that offices offer for equipment: roofs, land, public buildings, lamp posts; operators ask for them."""
