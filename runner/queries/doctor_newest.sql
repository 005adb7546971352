-- When the newest row of a source table arrived, by the server's clock. Identifiers: {table}
select extract(epoch from now() - max(received_at))::double precision as lag_seconds
from {table}
where isfinite(received_at);
