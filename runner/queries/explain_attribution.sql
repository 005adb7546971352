-- Where a person's signup came from: no row for one who did not sign up.
-- Identifiers: {attribution}
-- Parameter: %(alias_id)s
select *
from {attribution}
where alias_id = %(alias_id)s;
