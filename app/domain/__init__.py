"""Rules only: values in, values out. No database, no clock, no network; time and chance are arguments."""
