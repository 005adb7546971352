{{ config(enabled=var('reporting'), materialized='view') }}

{{ performance(
    {
        'canonical_source': "coalesce(canonical_source, '(not set)')",
        'campaign': "coalesce(lower(trim(campaign)), '(not set)')",
    },
    {'canonical_source': 'canonical_source', 'campaign': 'campaign'},
) }}
