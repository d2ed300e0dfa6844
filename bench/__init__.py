"""`make bench`: measures speed and size against the limits and prints them side by side. Numbers depend on the machine; ratios less."""
