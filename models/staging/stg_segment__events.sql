{# every row of tracks, pages and screens of every Segment source, cleaned; nothing is left out #}
with final as (
    {{ segment_events() }}
)

select * from final
