-- One computation at a time puts its rows in the place of those before; readers go on.
-- Identifiers: {data_driven_credit}
-- Parameter: %(lock_timeout)s
select set_config('lock_timeout', %(lock_timeout)s, true);
lock table {data_driven_credit} in share row exclusive mode;
