"""How long a test waits for what must come: a machine may stand still, and waiting longer costs only what fails."""

PATIENCE_S = 120
