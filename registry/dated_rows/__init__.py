"""What is done with the rows of any table of law: add, confirm, withdraw, propose, list; one declaration a table."""
