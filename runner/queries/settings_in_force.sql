-- The settings that the tables agree with.
-- Identifiers: {schema} of settings_in_force
select
    setting_name,
    setting_value
from {schema}.settings_in_force;
