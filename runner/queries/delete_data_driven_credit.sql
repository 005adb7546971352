-- Identifiers: {data_driven_credit}
-- Parameter: %(models)s whose rows leave; null for all
delete from {data_driven_credit}
where %(models)s::text[] is null or attribution_model = any(%(models)s::text[]);
