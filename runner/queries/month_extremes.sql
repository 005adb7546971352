-- The first and the last row of a table by time, and whether one is outside of a month.
-- Identifiers: {table}, {column}; parameters: %(first_day)s, %(next_day)s, first days of the month and of the next one
select
    cast(min({column}) as text) as first_row,
    cast(max({column}) as text) as last_row,
    coalesce(
        min({column}) < cast(%(first_day)s as timestamp) at time zone 'UTC'
        or max({column}) >= cast(%(next_day)s as timestamp) at time zone 'UTC',
        false
    ) as is_outside
from {table};
