-- The ids that leave go on the list, as hashes: those of macros/privacy/seeded_hash.sql and salted_hash.sql.
-- Identifiers: {forgotten_ids}, {forgotten_salt}
insert into {forgotten_ids} (id_key, id_hash, forgotten_at)
select
    hashtextextended(forget_ids.id, forgotten_salt.key_seed) as id_key,
    encode(sha256(convert_to(forgotten_salt.salt || forget_ids.id, getdatabaseencoding())), 'hex') as id_hash,
    current_timestamp as forgotten_at
from forget_ids
cross join {forgotten_salt} as forgotten_salt
on conflict (id_hash) do nothing;
