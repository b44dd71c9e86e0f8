"""How much the tests would notice: branches run, decisions changed in Python, conditions dropped in SQL.

`make coverage` runs all tests and keeps, for each line of registry/, which of them run it; `make mutants` changes one
decision at a time (operators.py) in a sample that the source itself fixes (sample.py), and runs the tests of its line,
those that run least of the program first; `make sql-mutants` drops constraints, triggers and conditions (sql.py).
Results and survivors are written to var/mutation/. A survivor is a missing test, or a change that changes nothing.
"""
