-- One computation at a time puts its rows in the place of those before; readers go on.
-- Identifiers: {data_driven_credit}
set local lock_timeout = '10s';
lock table {data_driven_credit} in share row exclusive mode;
