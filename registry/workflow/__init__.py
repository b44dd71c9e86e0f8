"""The workflow engine: cases with declared states and moves, legal deadlines, and the working calendar."""
