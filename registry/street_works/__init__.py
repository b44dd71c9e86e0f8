"""Works of roads, power, lighting and water in streets, announced by those who do them (R5)."""
