"""Tools of the house: preparing a machine, running the checks, taking pictures."""
