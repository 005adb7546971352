{# every row of tracks, pages and screens of every Segment source, cleaned; nothing is left out #}
with segment_rows as (
    {{ segment_events() }}
),

final as (
    select
        *,
        {{ reject_reason() }} as reject_reason
    from segment_rows
)

select * from final
