"""How long a first build and a night take, measured against one bare SQL statement."""
