{# every row of identifies and aliases: no events, they only teach which id is whose #}
with segment_rows as (
    {{ segment_identity_calls() }}
),

final as (
    select
        *,
        {{ reject_reason(['anonymous_id', 'previous_id', 'user_id']) }} as reject_reason
    from segment_rows
)

select * from final
