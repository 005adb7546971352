-- The parts of a first build that are done.
-- Identifiers: {schema} of build_steps
select
    model_name,
    kind,
    part
from {schema}.build_steps;
