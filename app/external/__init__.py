"""All that leaves this machine: one module for each kind of counterpart, and `http.py`, through which all of it goes."""
