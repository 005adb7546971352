{# every row of tracks, pages and screens of every Segment source, cleaned; nothing is left out #}
-- depends_on: {{ ref('forgotten_ids') }}, {{ ref('forgotten_salt') }}
with final as (
    {{ segment_events() }}
)

select * from final
