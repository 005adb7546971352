-- What changed of a person's attribution after its first writing, in order; of any id that is theirs now.
-- Identifiers: {attribution_changes}
-- Parameter: %(ids)s
select
    changed_at,
    alias_id,
    signup_timestamp,
    change_kind,
    reason,
    changed_columns,
    old_values,
    new_values
from {attribution_changes}
where alias_id = any(%(ids)s::text[])
order by changed_at, alias_id, change_kind;
