{# every row of identifies and aliases: no events, they only teach which id is whose #}
-- depends_on: {{ ref('forgotten_ids') }}, {{ ref('forgotten_salt') }}
with final as (
    {{ segment_identity_calls() }}
)

select * from final
